"""Vocabularies of ids, and references between tables as row numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.dataset.cells import Tables
from recommender.domain import IntArray, Vocabulary
from recommender.schema import TABLES

# Tables whose ids are kept where other tables name them, even if the table itself is absent.
_NAMED_ELSEWHERE = ("competencies", "positions", "units")


def vocabularies(tables: Tables) -> Mapping[str, Vocabulary]:
    """Return the ids of every table that others refer to, in the order of first appearance."""
    found = {name: _own_ids(tables, name) for name in ("employees", "programs", *_NAMED_ELSEWHERE)}
    for name in _NAMED_ELSEWHERE:
        if name in tables.absent:
            found[name] = Vocabulary(dict.fromkeys(_mentions(tables, name)))
    return found


def linked(tables: Tables, ids: Mapping[str, Vocabulary], table: str, column: str) -> IntArray:
    """Return, for each row of a table, the row that its column refers to, `MISSING` where empty."""
    target = TABLES[table].column(column).references
    if target is None:
        raise ValueError(f"{table}.{column} refers to no table")
    cells = tables[table].columns[column]
    return np.asarray(ids[target].rows(cells.words)[cells.codes])


def _own_ids(tables: Tables, name: str) -> Vocabulary:
    return Vocabulary(tables[name].texts(TABLES[name].key[0]))


def _mentions(tables: Tables, name: str) -> list[str]:
    columns = (
        tables[table.name].columns[column.name]
        for table in TABLES.values()
        for column in table.columns
        if column.references == name
    )
    return [word for cells in columns for word in cells.words if word]
