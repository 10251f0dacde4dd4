"""From arrays to the contract's tables: ids, dates and texts as they stand in the files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from recommender.domain import DateArray, IntArray, TextArray
from recommender.schema import TABLES


def frame(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a contract table with exactly the contract's columns in their order."""
    return pd.DataFrame({column.name: columns[column.name] for column in TABLES[name].columns})


def numbered(prefix: str, count: int, width: int) -> TextArray:
    """Return ids such as E00001."""
    return np.array([f"{prefix}{n:0{width}d}" for n in range(1, count + 1)], dtype=object)


def pick(ids: TextArray | tuple[str, ...] | list[str], rows: IntArray) -> TextArray:
    """Return the id of each row, empty where the row is negative."""
    table = np.array([*ids, ""], dtype=object)
    chosen: TextArray = table[np.where(rows < 0, len(ids), rows)]
    return chosen


def iso(days: DateArray) -> TextArray:
    """Return ISO dates, empty where there is none."""
    text = np.datetime_as_string(days.astype("datetime64[D]")).astype(object)
    return np.where(np.isnat(days), "", text)
