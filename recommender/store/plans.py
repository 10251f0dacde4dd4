"""Plans that were approved: copies of what stood in them, with a digest in the ledger that proves them.

What is planned comes from decisions and may change with each of them; what somebody put his name to does not.
The digest covers a random salt, unit, year and the rows, people by their pseudonyms: it tells nothing of
anybody, and after an erasure nothing makes it any more.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Connection, insert, select, update

from recommender.errors import DataError, Fault, UnknownEmployee, UnknownEntry
from recommender.store import tables
from recommender.store.askers import Asker
from recommender.store.cases import require
from recommender.store.ledger import append, event_line
from recommender.store.stamps import new_id, stamp
from recommender.store.subjects import pseudonyms_of, subject_of
from recommender.store.writing import known_employees

_COLUMNS = [column for column in tables.plans.columns if column.name != "salt"]
_NUMBERS = ("hours", "cost")
_DAYS = ("starts_on", "ends_on")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One program for one person, as it stood when the plan was approved.

    Attributes
    ----------
    hours : hours of training (JP); None where the catalogue has none.
    cost : in the catalogue's currency, for one person; None where it has none.
    decided_by, decided_at, reason : of the decision that put it there.
    """

    employee_id: str
    program_id: str
    title: str
    provider: str
    form: str
    hours: float | None
    cost: float | None
    starts_on: date | None
    ends_on: date | None
    decided_by: str
    decided_at: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan that somebody approves.

    Attributes
    ----------
    unit_id : the unit whose plan it is, with all units below it; "" otherwise.
    employee_id : the person whose plan it is; "" otherwise. Where neither is named it is the whole city's.
    approved_by : the human who approves it, by name or id.
    """

    unit_id: str
    employee_id: str
    year: int
    rows: Sequence[PlanRow]
    approved_by: str


@dataclass(frozen=True, slots=True)
class Plan:
    """An approved plan without its rows."""

    plan_id: str
    unit_id: str
    employee_id: str
    year: int
    digest: str
    approved_by: str
    asker: str
    approved_at: str


def approve_plan(connection: Connection, plan: NewPlan, asker: Asker) -> Plan:
    """Keep a plan for good, and its digest in the ledger.

    Raises
    ------
    DataError
        It has no rows, nobody approved it, it is of a unit and of a person at once, or it is of one person
        and names others.
    UnknownEmployee
        A row is about nobody.
    """
    _check(connection, plan)
    names = _pseudonyms(connection, [row.employee_id for row in plan.rows], made=True)
    salt = secrets.token_hex(16)
    kept = Plan(
        plan_id=new_id(),
        unit_id=plan.unit_id,
        employee_id=plan.employee_id,
        year=plan.year,
        digest=_digest(salt, plan.unit_id, plan.year, plan.rows, names),
        approved_by=plan.approved_by,
        asker=asker.id,
        approved_at=stamp(),
    )
    connection.execute(insert(tables.plans).values(asdict(kept) | {"salt": salt}))
    numbered = [
        asdict(row) | {"plan_id": kept.plan_id, "number": number}
        for number, row in enumerate(plan.rows, start=1)
    ]
    connection.execute(insert(tables.plan_rows), numbered)
    people = {row.employee_id for row in plan.rows}
    detail = {"plan_id": kept.plan_id, "unit_id": kept.unit_id, "year": kept.year, "digest": kept.digest}
    counts = {"people": len(people), "rows": len(numbered)}
    append(connection, [event_line("plan", asker, names.get(plan.employee_id, ""), detail | counts)])
    return kept


def list_plans(
    connection: Connection,
    unit_ids: Collection[str] | None = None,
    employee_id: str = "",
    year: int | None = None,
) -> list[Plan]:
    """Return approved plans, the newest first.

    Parameters
    ----------
    unit_ids : only plans of these units; None = of any unit or person.
    employee_id : only plans of this one person.
    """
    plans = tables.plans.c
    asked = select(*_COLUMNS).order_by(plans.approved_at.desc(), plans.plan_id.desc())
    if unit_ids is not None:
        asked = asked.where(plans.unit_id.in_(unit_ids))
    if employee_id:
        asked = asked.where(plans.employee_id == employee_id)
    if year is not None:
        asked = asked.where(plans.year == year)
    return [Plan(**row) for row in connection.execute(asked).mappings()]


def find_plan(connection: Connection, plan_id: str) -> Plan:
    """Return an approved plan.

    Raises
    ------
    UnknownEntry
        There is no such plan.
    """
    found = connection.execute(select(*_COLUMNS).where(tables.plans.c.plan_id == plan_id)).mappings().first()
    if found is None:
        raise UnknownEntry(f"there is no plan {plan_id!r}; take the id from the list of plans.")
    return Plan(**found)


def plan_rows(connection: Connection, plan_id: str) -> list[PlanRow]:
    """Return what stands in a plan, in the order in which it was approved."""
    kept = tables.plan_rows.c
    columns = [column for column in kept if column.name not in ("plan_id", "number")]
    asked = select(*columns).where(kept.plan_id == plan_id).order_by(kept.number)
    return [PlanRow(**row) for row in connection.execute(asked).mappings()]


def proves(connection: Connection, plan: Plan) -> bool:
    """Return whether the rows still make the plan's digest: not after somebody in it was erased."""
    salt = connection.scalar(select(tables.plans.c.salt).where(tables.plans.c.plan_id == plan.plan_id))
    rows = plan_rows(connection, plan.plan_id)
    names = _pseudonyms(connection, [row.employee_id for row in rows])
    return plan.digest == _digest(salt or "", plan.unit_id, plan.year, rows, names)


def forget_salts(connection: Connection, plan_ids: Collection[str]) -> None:
    """Give plans another salt: then nobody can find out by trying what their digests were made of."""
    for plan_id in plan_ids:
        fresh = update(tables.plans).where(tables.plans.c.plan_id == plan_id)
        connection.execute(fresh.values(salt=secrets.token_hex(16)))


def _check(connection: Connection, plan: NewPlan) -> None:
    require("plans", approved_by=plan.approved_by)
    if not plan.rows:
        remedy = "Accept programs for it first."
        raise DataError([Fault("plans", None, None, None, "nothing stands in the plan.", remedy)])
    if plan.unit_id and plan.employee_id:
        remedy = "Leave one of both out."
        problem = "stands beside a unit: a plan is of a unit or of a person."
        raise DataError([Fault("plans", None, "employee_id", plan.employee_id, problem, remedy)])
    ids = list(dict.fromkeys(row.employee_id for row in plan.rows))
    if plan.employee_id and ids != [plan.employee_id]:
        problem, remedy = "is not the only one in the plan.", "Leave the rows of others out."
        raise DataError([Fault("plans", None, "employee_id", plan.employee_id, problem, remedy)])
    known = known_employees(connection, ids)
    if unknown := [place for place, id_ in enumerate(ids) if id_ not in known]:
        raise UnknownEmployee(ids, unknown)


def _pseudonyms(connection: Connection, ids: Collection[str], *, made: bool = False) -> dict[str, str]:
    """Return pseudonyms; `made` = those that are missing are made (needs a connection that writes)."""
    wanted = set(ids)
    found = pseudonyms_of(connection, wanted)
    if made:
        found |= {id_: subject_of(connection, id_).pseudonym for id_ in sorted(wanted - set(found))}
    return found


def _digest(salt: str, unit_id: str, year: int, rows: Sequence[PlanRow], names: Mapping[str, str]) -> str:
    told = json.dumps([unit_id, year, [_told(row, names) for row in rows]], separators=(",", ":"))
    return sha256(f"{salt}{told}".encode()).hexdigest()


def _told(row: PlanRow, names: Mapping[str, str]) -> dict[str, object]:
    """Return a row as the digest covers it: numbers and days in the one form that the database gives back."""
    numbers = {name: None if (value := getattr(row, name)) is None else float(value) for name in _NUMBERS}
    days = {name: None if (value := getattr(row, name)) is None else value.isoformat() for name in _DAYS}
    return asdict(row) | numbers | days | {"employee_id": names.get(row.employee_id, "")}
