"""What people want corrected in their own data (UU 27/2022 art. 6), and what a named human did about it.

The data themselves are the personnel system's: a correction is a request, which is closed when that system
has sent the right value or somebody refused it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from recommender.errors import DataError, EntryConflict, Fault, UnknownEntry
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
from recommender.store.tables import OF_PEOPLE, contract, corrections

Outcome = Literal["done", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("done", "refused")


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be corrected.

    Attributes
    ----------
    field : table and column, such as "employees.grade".
    wanted : what should stand there, or in words which row is wrong and how.
    """

    field: str
    wanted: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """One request.

    Attributes
    ----------
    status : "open", "done" or "refused".
    raised_by : the key by which it was raised.
    closed_by : the human who closed it.
    outcome : how that human explained it.
    """

    correction_id: str
    employee_id: str
    field: str
    wanted: str
    reason: str | None
    status: str
    raised_at: str
    raised_by: str
    closed_at: str | None = None
    closed_by: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """How a named human closed a request, and why; a refusal must say why."""

    outcome: Outcome
    closed_by: str
    explanation: str | None = None


def raise_correction(connection: Connection, employee_id: str, wish: Wish, asker: Asker) -> Correction:
    """Keep a new request.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    DataError
        The field is no column that tells of people, or it does not say what is wanted.
    """
    _check_field(wish.field)
    require("corrections", wanted=wish.wanted)
    person = changed_person(connection, employee_id)
    raised = Correction(
        correction_id=new_id(),
        employee_id=employee_id,
        status="open",
        raised_at=stamp(),
        raised_by=asker.id,
        **asdict(wish),
    )
    connection.execute(insert(corrections).values(asdict(raised)))
    record(connection, "correction", person, asker, _detail(raised, "open"))
    return raised


def close_correction(
    connection: Connection, correction_id: str, closing: Closing, asker: Asker
) -> Correction:
    """Keep how a named human closed a request.

    Raises
    ------
    UnknownEntry
        There is no such request.
    EntryConflict
        It is closed already.
    DataError
        The outcome is none of `OUTCOMES`, nobody closed it, or it is refused without a reason.
    """
    require_one_of("corrections", "outcome", closing.outcome, OUTCOMES)
    require("corrections", closed_by=closing.closed_by)
    if closing.outcome == "refused":
        require("corrections", explanation=closing.explanation)
    person = changed_person(connection, _one(connection, correction_id).employee_id)
    found = _one(connection, correction_id)  # again: from here on nobody else writes about the person
    if found.status != "open":
        raise EntryConflict(f"the correction {correction_id!r} is {found.status} since {found.closed_at}.")
    values = {
        "status": closing.outcome,
        "closed_at": stamp(),
        "closed_by": closing.closed_by,
        "outcome": closing.explanation,
    }
    connection.execute(update(corrections).where(corrections.c.correction_id == correction_id).values(values))
    record(connection, "correction", person, asker, _detail(found, closing.outcome))
    return _one(connection, correction_id)


def list_corrections(connection: Connection, page: Page, status: str | None = None) -> list[Correction]:
    """Return requests, the earliest first; `status` narrows them."""
    return [Correction(**row) for row in rows_of(connection, corrections, page, status=status)]


def closed_corrections(connection: Connection, limit: int) -> list[Correction]:
    """Return those that were closed, the latest first."""
    return [Correction(**row) for row in closed_rows(connection, corrections, limit)]


def _one(connection: Connection, correction_id: str) -> Correction:
    wanted = select(corrections).where(corrections.c.correction_id == correction_id)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        raise UnknownEntry(
            f"there is no correction {correction_id!r}; take the id from the list of corrections."
        )
    return Correction(**row)


def _check_field(field: str) -> None:
    table, _, column = field.partition(".")
    if table not in OF_PEOPLE or column not in contract[table].c or column == "row":
        remedy = f"Write table.column, such as employees.grade; the tables are {', '.join(OF_PEOPLE)}."
        raise DataError(
            [Fault("corrections", 2, "field", field, "is no column that tells of people.", remedy)]
        )


def _detail(correction: Correction, status: str) -> dict[str, object]:
    return {"correction_id": correction.correction_id, "field": correction.field, "status": status}
