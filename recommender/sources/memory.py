"""Tables given as Python rows; they pass the same checks as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from recommender.errors import Fault
from recommender.schema import TABLES
from recommender.sources.cells import text_cells
from recommender.sources.header import read_header, unknown_table
from recommender.sources.raw import RawTable, Source, broken_table, raw_table

_EXACT = 2.0**53


def source_from_rows(tables: Mapping[str, Sequence[Mapping[str, object]]]) -> Source:
    """Return a source of tables given as rows; the first row of each counts as row 2."""
    known = {name: _table(name, rows) for name, rows in tables.items() if name in TABLES}
    notes = tuple(unknown_table(name, name) for name in tables if name not in TABLES)
    return Source(known, notes=notes)


def _table(name: str, records: Sequence[Mapping[str, object]]) -> RawTable:
    rows = np.arange(2, 2 + len(records))
    if not records:
        return raw_table(name, name, {}, rows)
    header = read_header(name, name, list(dict.fromkeys(key for record in records for key in record)))
    if header.faults:
        return broken_table(name, name, *header.faults)
    found: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for column in header.positions:
        values = (record.get(column) for record in records)
        found[column], wrong = text_cells(values, TABLES[name].column(column), name, rows, _EXACT)
        faults += wrong
    table = raw_table(name, name, found, rows, faults, header.notes)
    return replace(table, ignored=header.ignored)
