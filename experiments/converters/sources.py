"""Reading the files of a public data set; what is missing or not understood is named, never guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pandas as pd

from recommender.errors import DataError, Fault

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One file as text, rows in the file's order.

    Attributes
    ----------
    file : the file's name.
    frame : the cells; "" where empty.
    first_row : number of the first record as an editor counts it.
    """

    file: str
    frame: pd.DataFrame
    first_row: int = 2

    def texts(self, column: str) -> pd.Series[str]:
        """Return a column as it stands."""
        return self.frame[column]

    def parsed(self, column: str, parse: Callable[[str], Value], expected: str) -> list[Value]:
        """Return `parse` of each cell.

        Raises
        ------
        DataError
            `parse` raised ValueError, KeyError or SyntaxError; all such cells are named.
        """
        values: list[Value] = []
        faults: list[Fault] = []
        for row, text in enumerate(self.frame[column], start=self.first_row):
            try:
                values.append(parse(text))
            except (ValueError, KeyError, SyntaxError):
                remedy = f"Expected {expected}; use the file as it was published."
                faults.append(Fault(self.file, row, column, text, "is not understood.", remedy))
        if faults:
            raise DataError(faults)
        return values

    def words(self, column: str, meaning: Mapping[str, Value]) -> list[Value]:
        """Return what each cell's word means; a word without a meaning is an error."""
        return self.parsed(column, meaning.__getitem__, f"one of {', '.join(meaning)}")

    def numbers(self, column: str) -> list[float]:
        """Return a column of numbers, NaN where the cell is empty or a question mark."""
        return self.parsed(column, _number, "a number, or nothing")


def _number(text: str) -> float:
    return float("nan") if text in ("", "?") else float(text)


def find_file(source: Path, data_set: str, file: str) -> Path:
    """Return where a file of a data set is: in `source` itself or in its sub-folder named like the set.

    Raises
    ------
    DataError
        It is in neither.
    """
    places = (source / file, source / data_set / file)
    for path in places:
        if path.is_file():
            return path
    remedy = f"Give the folder that holds {file}, or the one that holds {data_set}/{file}, as source."
    raise DataError([Fault(file, None, None, str(source), "is a folder without this file.", remedy)])


def read_csv(path: Path, columns: Sequence[str]) -> SourceTable:
    """Read a file with commas and a header."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        remedy = "Use the file as it was published."
        raise DataError([Fault(path.name, None, name, None, "is missing.", remedy) for name in missing])
    return SourceTable(path.name, frame)


def read_tabbed(path: Path, columns: Sequence[str]) -> SourceTable:
    """Read a file with tabs and no header, naming its columns."""
    frame = pd.read_csv(path, sep="\t", names=list(columns), dtype=str, keep_default_na=False)
    return SourceTable(path.name, frame, first_row=1)


def read_json_lines(path: Path, columns: Sequence[str]) -> SourceTable:
    """Read a file with one JSON object a line; whole numbers stay as they are written."""
    lines = path.read_text("utf-8").splitlines()
    table = SourceTable(path.name, pd.DataFrame({"line": lines}, dtype=str), first_row=1)
    rows = table.parsed("line", lambda line: _cells(line, columns), f"an object with {', '.join(columns)}")
    return SourceTable(path.name, pd.DataFrame(rows, columns=list(columns), dtype=str), first_row=1)


def _cells(line: str, columns: Sequence[str]) -> list[str]:
    cells = json.loads(line)
    return [str(cells[column]) for column in columns]
