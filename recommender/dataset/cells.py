"""Checked columns: each distinct text is read once, rows point to it.

A city's hundred thousand rows hold few distinct ids, days and words, so that all checks look at distinct
texts and only faulty rows are ever visited one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.domain import BoolArray, IntArray, TextArray
from recommender.errors import Fault
from recommender.policy import Policy
from recommender.schema import Table
from recommender.sources.cells import shown


@dataclass(frozen=True, slots=True)
class Cells:
    """One column.

    Attributes
    ----------
    codes : for each row the place of its text in `words`; -1 where empty.
    words : distinct texts in order of first appearance, and "" at the end, which -1 points to.
    values : what each word means (a number, a day, or the word itself), the empty value at the end.
    """

    codes: IntArray
    words: TextArray
    values: NDArray[Any]

    def texts(self) -> TextArray:
        """Return the text of each row."""
        return self.words[self.codes]

    def spread(self) -> NDArray[Any]:
        """Return the value of each row."""
        return self.values[self.codes]


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """One table of the contract with every column, also those not given (then empty).

    Attributes
    ----------
    file : the file as the user knows it; the table's name where it was not given.
    rows : row numbers as an editor counts them.
    given : the columns that were there.
    whole : every row and every key cell could be read, so that an id not found here exists nowhere.
    """

    table: Table
    file: str
    rows: IntArray
    columns: Mapping[str, Cells]
    given: tuple[str, ...]
    whole: bool

    def __len__(self) -> int:
        return len(self.rows)

    def texts(self, column: str) -> TextArray:
        """Return the text of each row, "" where empty."""
        return self.columns[column].texts()

    def values(self, column: str) -> NDArray[Any]:
        """Return the value of each row, NaN, NaT or "" where empty."""
        return self.columns[column].spread()

    def faults(self, where: BoolArray, column: str, problem: str, remedy: str) -> Iterator[Fault]:
        """Yield one fault for each row marked in `where`."""
        for row in np.flatnonzero(where):
            yield self.fault(int(row), column, problem, remedy)

    def fault(self, row: int, column: str, problem: str, remedy: str) -> Fault:
        """Return the fault of the cell at `row` (from 0) of `column`."""
        cells = self.columns[column]
        text = str(cells.words[cells.codes[row]])
        value = shown(self.table.column(column), text) if text else None
        return Fault(self.file, int(self.rows[row]), column, value, problem, remedy)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of the contract, also those not given (then without rows), and the policy they follow.

    `today` is the day of the check: it is read once, so that a check at midnight has one answer.
    """

    policy: Policy
    by_name: Mapping[str, CheckedTable]
    today: date

    def __getitem__(self, name: str) -> CheckedTable:
        return self.by_name[name]

    @property
    def absent(self) -> tuple[str, ...]:
        """Tables that were not given or have no rows; a table that could not be read is not absent."""
        return tuple(name for name, table in self.by_name.items() if table.whole and not len(table))
