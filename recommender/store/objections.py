"""Objections to being ranked by a machine (UU 27/2022 art. 10): the ranking is hidden until a human decides.

A person has one objection that stands at most. While it is open, and after it was upheld, the automated
ranking of the person is hidden; after it was withdrawn or dismissed it is shown again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from recommender.errors import EntryConflict, UnknownEntry
from recommender.store.askers import Asker
from recommender.store.cases import (
    Page,
    changed_person,
    closed_rows,
    record,
    require,
    require_one_of,
    rows_of,
)
from recommender.store.stamps import new_id, stamp
from recommender.store.tables import objections

Outcome = Literal["upheld", "dismissed"]
OUTCOMES: tuple[Outcome, ...] = ("upheld", "dismissed")
_STANDING = ("open", "upheld")
_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection.

    Attributes
    ----------
    status : "open", "withdrawn", "upheld" or "dismissed".
    raised_by : the key by which it was raised.
    closed_by : the human who decided, or the key by which it was withdrawn.
    outcome : how the human who decided explained it.
    """

    objection_id: str
    employee_id: str
    reason: str | None
    status: str
    raised_at: str
    raised_by: str
    closed_at: str | None = None
    closed_by: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a named human decided about an objection, and why."""

    outcome: Outcome
    decided_by: str
    explanation: str | None = None


def raise_objection(connection: Connection, employee_id: str, reason: str | None, asker: Asker) -> Objection:
    """Keep a new objection; a reason is not asked for.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    EntryConflict
        An objection of the person stands already.
    """
    person = changed_person(connection, employee_id)
    if (standing := standing_objection(connection, employee_id)) is not None:
        raise EntryConflict(
            f"the objection {standing.objection_id!r} of this person is {standing.status} since "
            f"{standing.closed_at or standing.raised_at}; the ranking is hidden already."
        )
    raised = Objection(new_id(), employee_id, reason, "open", stamp(), asker.id)
    values = {name: getattr(raised, name) for name in objections.c.keys()}  # noqa: SIM118 - not a dict
    connection.execute(insert(objections).values(values))
    record(connection, "objection", person, asker, _detail(raised.objection_id, "open"))
    return raised


def withdraw_objection(connection: Connection, employee_id: str, asker: Asker) -> Objection:
    """End the objection that stands, so that the ranking of the person is shown again.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    UnknownEntry
        No objection of the person stands.
    """
    person = changed_person(connection, employee_id)
    standing = standing_objection(connection, employee_id)
    if standing is None:
        raise UnknownEntry("no objection of this person stands, so there is none to withdraw.")
    _close(connection, standing.objection_id, "withdrawn", asker.id, None)
    record(connection, "objection", person, asker, _detail(standing.objection_id, "withdrawn"))
    return _one(connection, standing.objection_id)


def rule_on_objection(connection: Connection, objection_id: str, ruling: Ruling, asker: Asker) -> Objection:
    """Keep what a named human decided.

    Raises
    ------
    UnknownEntry
        There is no such objection.
    EntryConflict
        It is not open any more.
    DataError
        The outcome is none of `OUTCOMES`, or nobody decided.
    """
    require_one_of("objections", "outcome", ruling.outcome, OUTCOMES)
    require("objections", decided_by=ruling.decided_by)
    person = changed_person(connection, _one(connection, objection_id).employee_id)
    found = _one(connection, objection_id)  # again: from here on nobody else writes about the person
    if found.status != "open":
        raise EntryConflict(f"the objection {objection_id!r} is {found.status} since {found.closed_at}.")
    _close(connection, objection_id, ruling.outcome, ruling.decided_by, ruling.explanation)
    record(connection, "objection", person, asker, _detail(objection_id, ruling.outcome))
    return _one(connection, objection_id)


def list_objections(connection: Connection, page: Page, status: str | None = None) -> list[Objection]:
    """Return objections, the earliest first; `status` narrows them."""
    return [Objection(**row) for row in rows_of(connection, objections, page, status=status)]


def closed_objections(connection: Connection, limit: int) -> list[Objection]:
    """Return those that were closed, the latest first."""
    return [Objection(**row) for row in closed_rows(connection, objections, limit)]


def standing_objection(connection: Connection, employee_id: str) -> Objection | None:
    """Return the objection of a person that is open or upheld."""
    wanted = select(objections).where(
        objections.c.employee_id == employee_id, objections.c.status.in_(_STANDING)
    )
    row = connection.execute(wanted.order_by(objections.c.objection_id)).mappings().first()
    return None if row is None else Objection(**row)


def is_hidden(connection: Connection, employee_id: str) -> bool:
    """Return whether the automated ranking of a person must not be shown."""
    return bool(hidden_people(connection, [employee_id]))


def hidden_people(connection: Connection, ids: Collection[str] | None = None) -> set[str]:
    """Return whose automated ranking must not be shown, of these people or (None) of all."""
    wanted = select(objections.c.employee_id).where(objections.c.status.in_(_STANDING))
    if ids is None:
        return set(connection.scalars(wanted))
    listed, found = list(ids), set[str]()
    for start in range(0, len(listed), _PER_QUERY):
        some = listed[start : start + _PER_QUERY]
        found.update(connection.scalars(wanted.where(objections.c.employee_id.in_(some))))
    return found


def _one(connection: Connection, objection_id: str) -> Objection:
    wanted = select(objections).where(objections.c.objection_id == objection_id)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise UnknownEntry(
            f"there is no objection {objection_id!r}; take the id from the list of objections."
        )
    return Objection(**row)


def _close(
    connection: Connection, objection_id: str, status: str, closed_by: str, outcome: str | None
) -> None:
    values = {"status": status, "closed_at": stamp(), "closed_by": closed_by, "outcome": outcome}
    connection.execute(update(objections).where(objections.c.objection_id == objection_id).values(values))


def _detail(objection_id: str, status: str) -> dict[str, object]:
    return {"objection_id": objection_id, "status": status}
