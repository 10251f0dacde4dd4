"""One raw table to one checked table: every rule that a single table must keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from recommender.dataset.cells import Cells, CheckedTable
from recommender.dataset.parse import Problems, empty_value, parse_words
from recommender.domain import IntArray
from recommender.errors import Fault
from recommender.policy import Policy
from recommender.schema import Column, Kind, Table
from recommender.sources import RawTable
from recommender.sources.cells import did_you_mean, shown
from recommender.sources.distinct import Texts


def read_table(raw: RawTable | None, table: Table, policy: Policy) -> tuple[CheckedTable, list[Fault]]:
    """Return the table's values and its faults; a table that is not there has no rows and no faults."""
    if raw is None or not len(raw):
        faults = list(raw.faults) if raw is not None else []
        name = raw.file if raw is not None else table.name
        columns = {column.name: no_cells(column, 0) for column in table.columns}
        none = np.empty(0, dtype=np.int64)
        return CheckedTable(table, name, none, columns, (), whole=not faults), faults
    faults = list(raw.faults)
    columns = {}
    for column in table.columns:
        if column.name in raw.columns:
            columns[column.name], problems = _read(raw.cells[column.name], column, policy)
            faults += _spread(raw, column, columns[column.name], problems)
        else:
            columns[column.name] = no_cells(column, len(raw.rows))
    lacking = [name for name in (*table.key, *table.filled) if name not in raw.columns]
    whole = not raw.faults and not lacking
    checked = CheckedTable(table, raw.file, raw.rows, columns, raw.columns, whole)
    faults += (_missing_column(raw, name) for name in lacking)
    faults += _empty_cells(checked, lacking)
    if table.unique and not lacking:
        faults += _repeated_keys(checked)
    return checked, faults


def _read(texts: Texts, column: Column, policy: Policy) -> tuple[Cells, Problems]:
    codes, words = texts.codes, texts.words
    empty = np.flatnonzero(words == "")
    if len(empty):  # the empty text becomes code -1, and the words after it move up by one
        codes = np.where(codes == empty[0], -1, codes - (codes > empty[0]))
        words = np.delete(words, empty[0])
    words, values, problems = parse_words(words, column, policy)
    if column.kind in (Kind.ID, Kind.TEXT):  # two spellings of one id or choice are one word
        spelled = Texts.of(words)
        moved, words = spelled.codes, spelled.words
        codes, values = np.append(moved, -1)[codes], words
        problems = {int(moved[place]): problem for place, problem in problems.items()}
    ending = np.array([empty_value(column.kind)], dtype=values.dtype)
    return Cells(codes, np.append(words, ""), np.append(values, ending)), problems


def no_cells(column: Column, rows: int) -> Cells:
    """Return a column in which every cell is empty."""
    kind = {Kind.DATE: "datetime64[D]", Kind.ID: "object", Kind.TEXT: "object", Kind.LIST: "object"}
    values = np.array([empty_value(column.kind)], dtype=kind.get(column.kind, "float64"))
    return Cells(np.full(rows, -1, dtype=np.int64), np.array([""], dtype=object), values)


def _spread(raw: RawTable, column: Column, cells: Cells, problems: Problems) -> Iterator[Fault]:
    """Yield a fault for every row that holds a word with a problem."""
    for row in np.flatnonzero(np.isin(cells.codes, list(problems))):
        code = int(cells.codes[row])
        value = shown(column, str(cells.words[code]))
        yield Fault(raw.file, int(raw.rows[row]), column.name, value, *problems[code])


def _missing_column(raw: RawTable, name: str) -> Fault:
    remedy = f"Add this column; its name stands in row 1.{did_you_mean(name, raw.ignored)}"
    return Fault(raw.file, None, name, None, "is missing.", remedy)


def _empty_cells(table: CheckedTable, lacking: list[str]) -> Iterator[Fault]:
    for name in (*table.table.key, *table.table.filled):
        if name not in lacking:
            empty = table.columns[name].codes < 0
            yield from table.faults(empty, name, "is empty.", "Fill it in, or delete the row.")


def _repeated_keys(table: CheckedTable) -> Iterator[Fault]:
    key = table.table.key
    codes = [table.columns[name].codes for name in key]
    first = _first_rows(codes)
    filled = np.logical_and.reduce([column >= 0 for column in codes])
    for row in np.flatnonzero((first != np.arange(len(table))) & filled):
        problem = f"repeats the key of row {table.rows[first[row]]}."
        yield table.fault(int(row), key[-1], problem, f"Keep one row for each {' and '.join(key)}.")


def _first_rows(codes: Sequence[IntArray]) -> IntArray:
    """Return, for each row, the place of the first row with the same codes."""
    group = np.zeros(len(codes[0]), dtype=np.int64)
    for column in codes:
        # Groups and codes are fewer than rows, so that the product stays far below the largest number.
        joint = group * (int(column.max(initial=0)) + 2) + column + 1
        _, first, group = np.unique(joint, return_index=True, return_inverse=True)
    return np.asarray(first[group])
