"""Many rows at once: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError

Values = Sequence[object]  # of one row, in the order of the columns named
AT_ONCE = 5_000  # rows


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Values]) -> int:
    """Add rows in their order and return how many.

    Parameters
    ----------
    columns : names of the columns that the values are of; the others take their defaults.
    """
    if connection.dialect.name == "postgresql":
        return _copy(connection, table, columns, rows)
    added = 0
    statement = insert(table)
    for portion in portions(rows, AT_ONCE):
        connection.execute(statement, [dict(zip(columns, values, strict=True)) for values in portion])
        added += len(portion)
    return added


def number_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after the highest number there is, which may have come with the rows.

    SQLite always does. A number that was given once is not given again before.
    """
    if connection.dialect.name != "postgresql" or "row" not in table.c:
        return
    highest = select(func.coalesce(func.max(table.c.row), 0)).scalar_subquery()
    sequence = func.pg_get_serial_sequence(table.name, "row")
    connection.execute(select(func.setval(sequence, highest + 1, text("false"))))


def portions(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield the rows in lists of at most `size`."""
    remaining = iter(rows)
    while portion := list(islice(remaining, size)):
        yield portion


def _copy(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Values]) -> int:
    quote = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table.name)} ({', '.join(map(quote, columns))}) FROM STDIN"
    driver: Any = connection.dialect.loaded_dbapi
    added = 0
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for values in rows:
                copy.write_row(values)
                added += 1
    except driver.Error as error:  # as SQLAlchemy does it for its own statements
        raise DBAPIError.instance(
            statement, None, error, driver.Error, hide_parameters=True, dialect=connection.dialect
        ) from error
    finally:
        cursor.close()
    return added
