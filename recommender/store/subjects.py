"""Pseudonyms: the one place that leads from a person to what the ledger says of the person, and back.

Pseudonym and salt are drawn by chance, not made from the id: an NIP consists of dates and a serial number, so
that whatever is computed from it can be undone by trying. When a person's row is gone, nothing leads back.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from recommender.store.stamps import stamp
from recommender.store.tables import subjects

_PER_QUERY = 500  # ids named in one statement: both databases limit their number


@dataclass(frozen=True, slots=True)
class Subject:
    """A person as the ledger knows the person.

    Attributes
    ----------
    pseudonym : 32 hexadecimal digits.
    salt : a secret that goes into the digests of what is kept of the person, 32 hexadecimal digits.
    revision : how often something about the person changed.
    """

    employee_id: str
    pseudonym: str
    salt: str
    revision: int


def subject_of(connection: Connection, employee_id: str) -> Subject:
    """Return a person's row, made on the spot where there is none yet (needs a connection that writes)."""
    found = _found(connection, employee_id)
    if found is None:
        made = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(made(subjects).values(new_subject(employee_id)).on_conflict_do_nothing())
        found = _found(connection, employee_id)
    if found is None:
        raise AssertionError("a row that was just written is there")
    return found


def new_subject(employee_id: str) -> dict[str, object]:
    """Return the row of a person who has none."""
    return {
        "employee_id": employee_id,
        "pseudonym": secrets.token_hex(16),
        "salt": secrets.token_hex(16),
        "revision": 1,
        "updated_at": stamp(),
    }


def pseudonyms_of(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return the pseudonym of each person who has one."""
    found: dict[str, str] = {}
    for some in _portions(ids):
        rows = connection.execute(
            select(subjects.c.employee_id, subjects.c.pseudonym).where(subjects.c.employee_id.in_(some))
        )
        found.update((row.employee_id, row.pseudonym) for row in rows)
    return found


def employee_of(connection: Connection, pseudonym: str) -> str | None:
    """Return whose pseudonym it is; None for one that was never given, or whose person was erased."""
    found = connection.execute(select(subjects.c.employee_id).where(subjects.c.pseudonym == pseudonym))
    return found.scalar_one_or_none()


def touch(connection: Connection, ids: Collection[str]) -> None:
    """Say that something about these people changed, so that answers kept of them are not given again."""
    for some in _portions(sorted(ids)):
        connection.execute(
            update(subjects)
            .where(subjects.c.employee_id.in_(some))
            .values(revision=subjects.c.revision + 1, updated_at=stamp())
        )


def _found(connection: Connection, employee_id: str) -> Subject | None:
    columns = (subjects.c.employee_id, subjects.c.pseudonym, subjects.c.salt, subjects.c.revision)
    row = connection.execute(select(*columns).where(subjects.c.employee_id == employee_id)).one_or_none()
    return None if row is None else Subject(*row)


def _portions(ids: Collection[str]) -> list[list[str]]:
    listed = list(ids)
    return [listed[start : start + _PER_QUERY] for start in range(0, len(listed), _PER_QUERY)]
