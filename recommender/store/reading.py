"""All tables of the contract out of a database, as text cells: read like files, and checked like files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, select

from recommender.schema import TABLES
from recommender.sources import RawTable, Source
from recommender.sources.cells import cell_text
from recommender.sources.raw import raw_table
from recommender.store.database import open_database
from recommender.store.migrating import check_ready
from recommender.store.people import read_policy
from recommender.store.tables import contract


def source_of(address: str) -> Source:
    """Return all tables of a database, as they stood at one moment.

    A row's number is that of its column `row`, so that it can be found again.

    Raises
    ------
    StoreError
        There is no such database, or its tables are not those of this release.
    """
    database = open_database(address)
    try:
        with database.reading(patient=True) as connection:
            check_ready(connection, database.shown)
            tables = {name: _table(connection, name) for name in TABLES}
            policy = read_policy(connection)
    finally:
        database.close()
    return Source({name: table for name, table in tables.items() if len(table.rows)}, policy=policy)


def _table(connection: Connection, name: str) -> RawTable:
    table = contract[name]
    columns = [column.name for column in TABLES[name].columns]
    asked = select(table.c.row, *(table.c[column] for column in columns)).order_by(table.c.row)
    found = connection.execute(asked).all()
    numbers, *values = zip(*found, strict=True) if found else ((), *((),) * len(columns))
    # A column that nobody filled is not given: the database cannot know whether it stood in a file.
    given = {
        column: _texts(cells)
        for column, cells in zip(columns, values, strict=True)
        if any(cell is not None for cell in cells)
    }
    return raw_table(name, name, given, np.array(numbers, dtype=np.int64))


def _texts(cells: Sequence[object]) -> list[str]:
    known = {cell: cell_text(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]
