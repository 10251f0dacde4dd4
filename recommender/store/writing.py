"""What clients send about people, and the revisions that say that something changed.

All of it happens in the transaction of the connection given. A person's row in `subjects` is locked before
anything of the person is written, always in the order of ids: two writers of one person come one after the
other, and the last one acknowledged has written last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Insert, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from recommender.store.bulk import portions
from recommender.store.subjects import new_subject, touch
from recommender.store.tables import contract, revisions, subjects

REVISIONS = ("catalogue", "records", "access")
_AT_ONCE = 500  # ids named in one statement: both databases limit their number


def put_employee(connection: Connection, row: Mapping[str, object]) -> bool:
    """Write one person: a column of the contract that the row does not name becomes empty.

    Parameters
    ----------
    row : typed values by column of `employees`; with `sex` or `birth_year` also those of `employee_audit`.

    Returns
    -------
    created : whether the person was not there before.
    """
    employee_id = str(row["employee_id"])
    people = contract["employees"]
    new = _made(connection, subjects).values(new_subject(employee_id)).on_conflict_do_nothing()
    # Not `rowcount`, which says nothing of an INSERT on PostgreSQL.
    if connection.execute(new.returning(subjects.c.employee_id)).first() is None:
        touch(connection, [employee_id])
    values = {column.name: row.get(column.name) for column in people.columns if column.name != "row"}
    changed = connection.execute(update(people).where(people.c.employee_id == employee_id).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(people).values(values))
    if "sex" in row or "birth_year" in row:
        _put_audit(connection, row)
    raise_revision(connection, "records")
    return changed.rowcount == 0


def add_records(connection: Connection, table: str, rows: Sequence[Mapping[str, object]]) -> int:
    """Add records of people in their order and return how many.

    Parameters
    ----------
    table : one of `tables.RECORDS`.
    rows : typed values by column of the contract; a column that is not named is empty.

    Raises
    ------
    EntryConflict
        On leaving the transaction's block: a person or program is not there, or a feedback_id is.
    """
    if not rows:
        return 0
    target = contract[table]
    names = [column.name for column in target.columns if column.name != "row"]
    people = {str(row["employee_id"]) for row in rows if row.get("employee_id") is not None}
    _lock(connection, people)
    connection.execute(insert(target), [{name: row.get(name) for name in names} for row in rows])
    touch(connection, people)
    raise_revision(connection, "records")  # assessments, too: the city's date is that of the latest record
    return len(rows)


def known_employees(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of the ids that are somebody's."""
    return _found(connection, contract["employees"].c.employee_id, ids)


def taken_feedback_ids(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of the ids that an answer of feedback has already."""
    return _found(connection, contract["feedback"].c.feedback_id, ids)


def raise_revision(connection: Connection, name: str) -> None:
    """Say that something changed: "catalogue", "records" or "access"."""
    first = _made(connection, revisions).values(name=name, revision=1)
    higher = {"revision": revisions.c.revision + 1}
    connection.execute(first.on_conflict_do_update(index_elements=["name"], set_=higher))


def revisions_of(connection: Connection) -> dict[str, int]:
    """Return how often each of `REVISIONS` was raised."""
    found = {row.name: row.revision for row in connection.execute(select(revisions))}
    return {name: found.get(name, 0) for name in REVISIONS}


def _put_audit(connection: Connection, row: Mapping[str, object]) -> None:
    table = contract["employee_audit"]
    values = {name: row.get(name) for name in ("employee_id", "sex", "birth_year")}
    written = _made(connection, table).values(values)
    changed = {name: values[name] for name in ("sex", "birth_year")}
    connection.execute(written.on_conflict_do_update(index_elements=["employee_id"], set_=changed))


def _found(connection: Connection, column: Column[Any], ids: Collection[str]) -> set[str]:
    asked = (select(column).where(column.in_(some)) for some in _portions(ids))
    return {str(id_) for one in asked for id_ in connection.scalars(one)}


def _lock(connection: Connection, ids: Collection[str]) -> None:
    """Wait for whoever writes about the same people; on SQLite there is one writer anyway."""
    if connection.dialect.name == "postgresql":
        for some in _portions(ids):
            wanted = select(subjects.c.employee_id).where(subjects.c.employee_id.in_(some))
            connection.execute(wanted.order_by(subjects.c.employee_id).with_for_update()).all()


def _made(connection: Connection, table: Any) -> Any:
    """Return an INSERT that knows what to do on a conflict, which both databases spell alike."""
    made: type[Insert] = postgresql.Insert if connection.dialect.name == "postgresql" else sqlite.Insert
    return made(table)


def _portions(ids: Collection[str]) -> Iterator[list[str]]:
    return portions(sorted(ids), _AT_ONCE)
