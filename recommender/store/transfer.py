"""A whole city into a database, all or nothing, and out of it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, text, update

from recommender.errors import StoreError
from recommender.schema import TABLES
from recommender.store.askers import Asker
from recommender.store.bulk import insert_rows, number_on
from recommender.store.database import Database
from recommender.store.erasure import erase
from recommender.store.migrating import check_ready
from recommender.store.people import read_policy
from recommender.store.stamps import stamp
from recommender.store.subjects import new_subject
from recommender.store.tables import RECORDS, contract, decisions, policies, subjects
from recommender.store.writing import raise_revision

Rows = Sequence[Mapping[str, object]]
Progress = Callable[[str, int], None]  # a table, and how many more of its rows are done
_TOLD_EVERY = 1_000  # rows


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows by table, people who are new, and people who were removed."""

    rows: dict[str, int]
    new: int
    removed: int


@dataclass(frozen=True, slots=True)
class Exported:
    """One table: names of the columns that anybody filled, and its rows in order."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def import_rows(
    database: Database,
    tables: Mapping[str, Rows],
    policy_text: str,
    progress: Progress | None = None,
    *,
    eraser: Asker | None = None,
) -> Imported:
    """Replace all tables of the contract in one transaction; a table that is not named becomes empty.

    What is kept of people beside these tables (pseudonyms, decisions, objections, the ledger) stays, for all
    who are still there.

    Parameters
    ----------
    tables : checked rows of typed values by column.
    policy_text : the `policy.toml` that comes with them, "" where none does.
    eraser : who has people erased that are in the database but not in `tables`; None = nobody may be.

    Raises
    ------
    StoreError
        People would be removed though nobody said so, or programs that decisions are about.
    """
    with database.writing(patient=True) as connection:
        check_ready(connection, database.shown)
        _hold_still(connection)
        people = [str(row["employee_id"]) for row in tables.get("employees", ())]
        before = set(connection.scalars(select(contract["employees"].c.employee_id)))
        absent = sorted(before.difference(people))
        if eraser is None:
            _check_absent(absent)
        _check_programs(connection, tables.get("programs", ()))
        for name in reversed(RECORDS):
            connection.execute(delete(contract[name]))
        if eraser is not None:
            for employee_id in absent:
                erase(connection, employee_id, eraser)
        rows = _replace(connection, tables, progress)
        new = [id_ for id_ in people if id_ not in before]
        _know(connection, new)
        _put_policy(connection, policy_text)
        for name in ("catalogue", "records"):
            raise_revision(connection, name)
    return Imported(rows, len(new), len(absent))


def export_rows(database: Database) -> tuple[dict[str, Exported], str]:
    """Return the tables that have rows, as they stood at one moment, and the policy of the last import."""
    with database.reading(patient=True) as connection:
        check_ready(connection, database.shown)
        found = {name: _exported(connection, name) for name in TABLES}
        return {name: table for name, table in found.items() if table.rows}, read_policy(connection)


def _hold_still(connection: Connection) -> None:
    """Let nobody else write meanwhile, and references stay open until the end."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {', '.join([*contract, subjects.name])} IN EXCLUSIVE MODE"))
        connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    else:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))


def _check_absent(absent: Sequence[str]) -> None:
    if absent:
        raise StoreError(
            f"{len(absent)} of the people in the database are not in these data; nothing was changed. Say "
            "--remove-absent to erase them with all that is kept of them, or add them to the data (who has "
            "left keeps the row, with a status)."
        )


def _check_programs(connection: Connection, programs: Rows) -> None:
    decided = set(connection.scalars(select(decisions.c.program_id).distinct()))
    if lost := sorted(decided - {row["program_id"] for row in programs}):
        raise StoreError(
            f"{len(lost)} programs that decisions are about are not in these data, for one {lost[0]!r}; "
            "nothing was changed. Keep them in the table of programs; active = false takes them off lists."
        )


def _replace(connection: Connection, tables: Mapping[str, Rows], progress: Progress | None) -> dict[str, int]:
    for name in reversed(TABLES):  # who is referred to goes last, and comes first
        connection.execute(delete(contract[name]))
    written = {}
    for name, table in TABLES.items():
        columns = [column.name for column in table.columns]
        rows = _told(name, _numbered(tables.get(name, ()), columns), progress)
        written[name] = insert_rows(connection, contract[name], ["row", *columns], rows)
        number_on(connection, contract[name])
    return {name: count for name, count in written.items() if count}


def _numbered(rows: Rows, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    # Numbered from 1, so that the same data give the same numbers.
    for number, row in enumerate(rows, start=1):
        yield number, *(row.get(column) for column in columns)


def _told(
    name: str, rows: Iterator[tuple[object, ...]], progress: Progress | None
) -> Iterator[tuple[object, ...]]:
    count = 0
    for count, row in enumerate(rows, start=1):
        yield row
        if progress is not None and count % _TOLD_EVERY == 0:
            progress(name, _TOLD_EVERY)
    if progress is not None:
        progress(name, count % _TOLD_EVERY)


def _know(connection: Connection, new: Sequence[str]) -> None:
    """Give new people a pseudonym, and say of all others that something changed."""
    connection.execute(update(subjects).values(revision=subjects.c.revision + 1, updated_at=stamp()))
    made = [new_subject(employee_id) for employee_id in new]
    if made:
        columns = list(made[0])
        insert_rows(connection, subjects, columns, ([one[name] for name in columns] for one in made))


def _put_policy(connection: Connection, policy_text: str) -> None:
    if policy_text != read_policy(connection):
        connection.execute(insert(policies).values(text=policy_text, imported_at=stamp()))


def _exported(connection: Connection, name: str) -> Exported:
    table = contract[name]
    columns = [column.name for column in TABLES[name].columns]
    asked = select(*(table.c[column] for column in columns)).order_by(table.c.row)
    rows = [tuple(row) for row in connection.execute(asked)]
    filled = [place for place in range(len(columns)) if any(row[place] is not None for row in rows)]
    return Exported(
        tuple(columns[place] for place in filled), [tuple(row[place] for place in filled) for row in rows]
    )
