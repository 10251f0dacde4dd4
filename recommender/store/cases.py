"""What decisions, objections and corrections have in common: a person, a line in the ledger, pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, func, select

from recommender.errors import DataError, Fault, UnknownEmployee
from recommender.store.askers import Asker
from recommender.store.ledger import append, event_line
from recommender.store.subjects import Subject, subject_of, touch
from recommender.store.tables import contract


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of a list are wanted.

    Attributes
    ----------
    employee_ids : only those about these people; None = everybody.
    after : only those after this id; "" = from the beginning.
    limit : at most so many.
    """

    employee_ids: Collection[str] | None = None
    after: str = ""
    limit: int = 100


def changed_person(connection: Connection, employee_id: str) -> Subject:
    """Return a person about whom something is about to be written, and let answers that were kept die.

    Until the transaction ends nobody else writes about the person.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    """
    people = contract["employees"]
    if connection.execute(select(people.c.row).where(people.c.employee_id == employee_id)).first() is None:
        known = connection.scalar(select(func.count()).select_from(people)) or 0
        raise UnknownEmployee([employee_id], [0], known)
    subject_of(connection, employee_id)
    touch(connection, [employee_id])
    return subject_of(connection, employee_id)


def record(
    connection: Connection, event: str, person: Subject, asker: Asker, detail: Mapping[str, object]
) -> None:
    """Add a line about what was done to the ledger; `detail` holds no name, id of a person or free text."""
    append(connection, [event_line(event, asker, person.pseudonym, detail)])


def rows_of(connection: Connection, table: Table, page: Page, **equal: object) -> list[Mapping[str, Any]]:
    """Return a page of a table in the order of its ids, that of time; `equal` narrows it by column."""
    key = next(iter(table.primary_key.columns))
    wanted = select(table).where(key > page.after).order_by(key).limit(page.limit)
    if page.employee_ids is not None:
        wanted = wanted.where(table.c.employee_id.in_(page.employee_ids))
    for name, value in equal.items():
        if value is not None:
            wanted = wanted.where(table.c[name] == value)
    return [dict(row) for row in connection.execute(wanted).mappings()]


def closed_rows(connection: Connection, table: Table, limit: int) -> list[Mapping[str, Any]]:
    """Return rows of a table that were closed, whatever the outcome, the latest first."""
    wanted = (
        select(table).where(table.c.closed_at.is_not(None)).order_by(table.c.closed_at.desc()).limit(limit)
    )
    return [dict(row) for row in connection.execute(wanted).mappings()]


def require(table: str, **values: str | None) -> None:
    """Refuse texts that are empty.

    Raises
    ------
    DataError
        It names each of them.
    """
    faults = [
        Fault(table, 2, name, value, "is empty.", "Fill it in.")
        for name, value in values.items()
        if not (value or "").strip()
    ]
    if faults:
        raise DataError(faults)


def require_one_of(table: str, column: str, value: str, choices: Collection[str]) -> None:
    """Refuse a word that is none of the choices.

    Raises
    ------
    DataError
        It names them.
    """
    if value not in choices:
        allowed = f"Write one of: {', '.join(choices)}."
        raise DataError([Fault(table, 2, column, value, "is not known here.", allowed)])
