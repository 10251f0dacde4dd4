"""What readers hand over: raw tables of text, and what they could not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recommender.domain import IntArray
from recommender.errors import Fault


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as it stands in its file.

    Attributes
    ----------
    name : the contract's name of the table.
    file : the file as the user knows it (`employees.csv`, `city.xlsx[employees]`).
    columns : the contract's columns found, in the file's order.
    frame : one text per cell, stripped, "" where empty; rows without any text are left out.
    rows : row number of each row of `frame` as an editor counts it, header = 1. In a CSV file with line
        breaks inside quotes it is the number of the record.
    faults : what could not be read; the cells named there are empty, the rows left out.
    notes : what was ignored.
    ignored : names in the header that are not the contract's.
    """

    name: str
    file: str
    columns: tuple[str, ...]
    frame: pd.DataFrame
    rows: IntArray
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: its tables, and the faults and notes that belong to no table."""

    tables: tuple[RawTable, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """All raw tables of one source by name; `folder` is None where the tables came from memory."""

    tables: Mapping[str, RawTable]
    folder: Path | None = None
    faults: tuple[Fault, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())


def raw_table(
    name: str,
    file: str,
    cells: Mapping[str, Sequence[str] | pd.Series],
    rows: IntArray,
    faults: Sequence[Fault] = (),
    notes: Sequence[str] = (),
) -> RawTable:
    """Return the table with its cells stripped and its empty rows left out (and counted in a note)."""
    frame = pd.DataFrame({column: pd.Series(texts, dtype="str") for column, texts in cells.items()})
    frame = frame.apply(lambda column: column.str.strip()) if len(frame) else frame
    filled = np.zeros(len(rows), dtype=bool)
    for column in frame:
        filled |= frame[column].ne("").to_numpy(dtype=bool)
    empty = len(rows) - int(filled.sum())
    if empty:
        frame, rows = frame.loc[filled].reset_index(drop=True), rows[filled]
        notes = (*notes, f"{file}: {empty} empty {'row' if empty == 1 else 'rows'} left out.")
    return RawTable(name, file, tuple(cells), frame, rows, tuple(faults), tuple(notes))


def broken_table(name: str, file: str, *faults: Fault) -> RawTable:
    """Return a table of which nothing could be read."""
    return RawTable(name, file, (), pd.DataFrame(), np.empty(0, dtype=np.int64), faults)


def unreadable(file: str, problem: str, remedy: str) -> Fault:
    """Return the fault of a whole file."""
    return Fault(file, None, None, None, problem, remedy)
