"""Plans that were approved: copies of what stood in them, with a digest in the ledger that proves them.

What is planned comes from decisions and may change with each of them; what somebody put his name to does not.
So a plan keeps what it said of each person when it was approved: name, position, JP done, floor and ceiling.
The digest covers all of it, people by their pseudonyms beside their names, and a random salt of the plan: who
has the digest alone, as the ledger does, finds out no name by trying; and after an erasure, which gives the
plan another salt, nothing makes the digest any more.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, Table, insert, select, update

from recommender.errors import DataError, Fault, UnknownEmployee, UnknownEntry
from recommender.store import tables
from recommender.store.askers import Asker
from recommender.store.cases import require
from recommender.store.ledger import append, event_line
from recommender.store.stamps import new_id, stamp
from recommender.store.subjects import pseudonyms_of, subject_of
from recommender.store.writing import known_employees

_COLUMNS = [column for column in tables.plans.columns if column.name != "salt"]
_NUMBERS = ("hours", "cost", "hours_done", "floor", "ceiling")
_DAYS = ("starts_on", "ends_on")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One program for one person, as it stood when the plan was approved.

    Attributes
    ----------
    hours : hours of training (JP); None where the catalogue has none.
    cost : in the catalogue's currency, for one person; None where it has none.
    decided_by, decided_at, reason : of the decision that put it there.
    counts : whether its hours and cost were still to come: it was not completed in the year already.
    is_compulsory : whether a mandate asked it of the person.
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
    counts: bool = True
    is_compulsory: bool = False


@dataclass(frozen=True, slots=True)
class PlanPerson:
    """What a plan said of one person when it was approved.

    Attributes
    ----------
    name, position : "" where the data had none.
    hours_done : JP in the year of the plan; `floor` and `ceiling` what the policy asked, None = no rule.
    """

    employee_id: str
    name: str
    position: str
    hours_done: float
    floor: float | None
    ceiling: float | None


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan that somebody approves.

    Attributes
    ----------
    unit_id : the unit whose plan it is, with all units below it; "" otherwise.
    employee_id : the person whose plan it is; "" otherwise. Where neither is named it is the whole city's.
    people : everybody who has rows, once.
    approved_by : the human who approves it, by name or id.
    unit : what the unit is called; "" where it is of none.
    """

    unit_id: str
    employee_id: str
    year: int
    rows: Sequence[PlanRow]
    people: Sequence[PlanPerson]
    approved_by: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """An approved plan without its rows."""

    plan_id: str
    unit_id: str
    unit: str
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
        It has no rows, nobody approved it, it is of a unit and of a person at once, it is of one person
        and names others, or its people are not those of its rows.
    UnknownEmployee
        A row is about nobody.
    """
    _check(connection, plan)
    names = _pseudonyms(connection, [row.employee_id for row in plan.rows], made=True)
    salt = secrets.token_hex(16)
    kept = Plan(
        plan_id=new_id(),
        unit_id=plan.unit_id,
        unit=plan.unit,
        employee_id=plan.employee_id,
        year=plan.year,
        digest=_digest(salt, plan, plan.rows, plan.people, names),
        approved_by=plan.approved_by,
        asker=asker.id,
        approved_at=stamp(),
    )
    connection.execute(insert(tables.plans).values(asdict(kept) | {"salt": salt}))
    _keep(connection, tables.plan_rows, kept.plan_id, plan.rows)
    _keep(connection, tables.plan_people, kept.plan_id, plan.people)
    detail = {"plan_id": kept.plan_id, "unit_id": kept.unit_id, "year": kept.year, "digest": kept.digest}
    counts = {"people": len(plan.people), "rows": len(plan.rows)}
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
    return [PlanRow(**row) for row in _kept(connection, tables.plan_rows, plan_id)]


def plan_people(connection: Connection, plan_id: str) -> list[PlanPerson]:
    """Return who stands in a plan, in the order in which it was approved."""
    return [PlanPerson(**row) for row in _kept(connection, tables.plan_people, plan_id)]


def proves(connection: Connection, plan: Plan) -> bool:
    """Return whether what is kept still makes the plan's digest: not after somebody in it was erased."""
    salt = connection.scalar(select(tables.plans.c.salt).where(tables.plans.c.plan_id == plan.plan_id))
    rows, people = plan_rows(connection, plan.plan_id), plan_people(connection, plan.plan_id)
    names = _pseudonyms(connection, [row.employee_id for row in rows])
    return plan.digest == _digest(salt or "", plan, rows, people, names)


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
    if sorted(one.employee_id for one in plan.people) != sorted(ids):
        problem, remedy = "does not name those of its rows.", "Name everybody who has rows, once."
        raise DataError([Fault("plans", None, "people", None, problem, remedy)])
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


def _digest(
    salt: str,
    plan: NewPlan | Plan,
    rows: Sequence[PlanRow],
    people: Sequence[PlanPerson],
    names: Mapping[str, str],
) -> str:
    parts = [[_told(one, names) for one in kind] for kind in (people, rows)]
    told = json.dumps([plan.unit_id, plan.unit, plan.year, *parts], separators=(",", ":"))
    return sha256(f"{salt}{told}".encode()).hexdigest()


def _told(kept: PlanRow | PlanPerson, names: Mapping[str, str]) -> dict[str, object]:
    """Return it as the digest covers it: numbers and days in the one form that the database gives back."""
    told = asdict(kept)
    known = {name: value for name, value in told.items() if value is not None}
    numbers = {name: float(known[name]) for name in _NUMBERS if name in known}
    days = {name: known[name].isoformat() for name in _DAYS if name in known}
    return told | numbers | days | {"employee_id": names.get(kept.employee_id, "")}


def _keep(
    connection: Connection, table: Table, plan_id: str, several: Sequence[PlanRow | PlanPerson]
) -> None:
    numbered = [
        asdict(one) | {"plan_id": plan_id, "number": number} for number, one in enumerate(several, start=1)
    ]
    connection.execute(insert(table), numbered)


def _kept(connection: Connection, table: Table, plan_id: str) -> list[RowMapping]:
    columns = [column for column in table.c if column.name not in ("plan_id", "number")]
    asked = select(*columns).where(table.c.plan_id == plan_id).order_by(table.c.number)
    return list(connection.execute(asked).mappings())
