"""Checked tables as rows of plain values, as a database takes them."""

from __future__ import annotations

import math

from recommender.dataset.cells import Cells, CheckedTable
from recommender.schema import Kind


def typed_rows(table: CheckedTable) -> list[dict[str, object]]:
    """Return the rows in their order: texts, floats, dates and flags, None where a cell is empty.

    Columns that were not given are not named.
    """
    values = {name: _values(table.columns[name], table.table.column(name).kind) for name in table.given}
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def _values(cells: Cells, kind: Kind) -> list[object]:
    meanings = [_plain(value, kind) for value in cells.values.tolist()]
    return [meanings[code] for code in cells.codes.tolist()]  # code -1, an empty cell, is the last meaning


def _plain(value: object, kind: Kind) -> object:
    if kind is Kind.DATE or isinstance(value, str):  # an empty day is None already
        return value or None
    if not isinstance(value, float) or math.isnan(value):
        return None
    return bool(value) if kind is Kind.FLAG else value
