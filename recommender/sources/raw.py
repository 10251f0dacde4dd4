"""What readers hand over: raw tables of text, and what they could not read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from recommender.domain import IntArray
from recommender.errors import Fault
from recommender.sources.distinct import Texts


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as it stands in its file.

    Attributes
    ----------
    name : the contract's name of the table.
    file : the file as the user knows it (`employees.csv`, `city.xlsx[employees]`).
    cells : by column one text per row, stripped, "" where empty; rows without any text are left out.
    rows : row number of each row as an editor counts it, header = 1. In a CSV file with line breaks inside
        quotes it is the number of the record.
    faults : what could not be read; the cells named there are empty, the rows left out.
    notes : what was ignored.
    ignored : names in the header that are not the contract's.
    """

    name: str
    file: str
    cells: Mapping[str, Texts]
    rows: IntArray
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def columns(self) -> tuple[str, ...]:
        """The contract's columns found, in the file's order."""
        return tuple(self.cells)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file gave: its tables, and the faults and notes that belong to no table."""

    tables: tuple[RawTable, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """All raw tables of one source by name.

    Attributes
    ----------
    folder : where they and the policy stand; None for tables from memory or from a database.
    policy : the text of a `policy.toml` that stands in no folder.
    """

    tables: Mapping[str, RawTable]
    folder: Path | None = None
    faults: tuple[Fault, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    policy: str = ""


def raw_table(
    name: str,
    file: str,
    cells: Mapping[str, Texts | Iterable[str]],
    rows: IntArray,
    faults: Sequence[Fault] = (),
    notes: Sequence[str] = (),
) -> RawTable:
    """Return the table with its cells stripped and its empty rows left out (and counted in a note)."""
    stripped = {column: _texts(texts).stripped() for column, texts in cells.items()}
    filled = np.zeros(len(rows), dtype=np.bool_)
    for texts in stripped.values():
        filled |= (texts.words != "")[texts.codes]
    empty = len(rows) - int(filled.sum())
    if empty:
        kept = np.flatnonzero(filled)
        stripped = {column: texts.at(kept) for column, texts in stripped.items()}
        rows = rows[kept]
        notes = (*notes, f"{file}: {empty} empty {'row' if empty == 1 else 'rows'} left out.")
    return RawTable(name, file, stripped, rows, tuple(faults), tuple(notes))


def _texts(texts: Texts | Iterable[str]) -> Texts:
    return texts if isinstance(texts, Texts) else Texts.of(texts)


def broken_table(name: str, file: str, *faults: Fault) -> RawTable:
    """Return a table of which nothing could be read."""
    return RawTable(name, file, {}, np.empty(0, dtype=np.int64), faults)


def unreadable(file: str, problem: str, remedy: str) -> Fault:
    """Return the fault of a whole file."""
    return Fault(file, None, None, None, problem, remedy)
