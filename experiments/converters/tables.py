"""Writing contract tables, and what a conversion reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recommender.errors import DataError, Fault
from recommender.policy import FILE_NAME
from recommender.schema import TABLES


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written.

    Attributes
    ----------
    tables : number of rows by table.
    notes : what the reader of a result should know about the data, in whole sentences.
    """

    tables: Mapping[str, int]
    notes: tuple[str, ...]


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame], policy: str = "") -> dict[str, int]:
    """Write each table as CSV, and the policy if there is one; return the number of rows by table.

    Raises
    ------
    DataError
        The folder holds files already, which would become part of the data.
    """
    for name, frame in tables.items():
        unknown = set(frame.columns) - {column.name for column in TABLES[name].columns}
        if unknown:
            raise ValueError(f"{name} has no column {', '.join(sorted(unknown))} in the contract.")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        remedy = "Give a new or an empty folder, so that no other table is mixed in."
        raise DataError([Fault(str(folder), None, None, None, "holds files already.", remedy)])
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    if policy:
        (folder / FILE_NAME).write_text(policy, "utf-8")
    return {name: len(frame) for name, frame in tables.items()}
