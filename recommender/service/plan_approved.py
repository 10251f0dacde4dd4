"""Plans that were approved: made of what is accepted at that moment, and shown as they were."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.errors import PlanChanged
from recommender.planning.plan import PersonPlan, seen_of
from recommender.service.member import unit_name
from recommender.service.members import Members
from recommender.service.plan_frozen import frozen, thawed
from recommender.service.plan_looks import tell_look
from recommender.service.plan_made import plans_of
from recommender.service.team import people_of
from recommender.service.team_list import by_name
from recommender.store.askers import Asker
from recommender.store.decisions import latest_choices
from recommender.store.plans import NewPlan, Plan, list_plans, plan_people, plan_rows, proves
from recommender.store.plans import approve_plan as keep_plan
from recommender.store.subjects import pseudonyms_of


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose plan of which year is approved: a unit's with all below it, or a person's; else the city's."""

    year: int
    unit_id: str = ""
    employee_id: str = ""


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """A plan as it was approved.

    Attributes
    ----------
    people : everybody who stood in it, as the plan told of them then, wherever they are now.
    is_proved : whether what is kept still makes the plan's digest: not after somebody in it was erased.
    """

    plan: Plan
    people: tuple[PersonPlan, ...]
    planned_hours: float
    planned_cost: float
    accepted: int
    is_proved: bool


def approve_plan(members: Members, scope: Scope, seen: str, approved_by: str, asker: Asker) -> Plan:
    """Keep a copy of what is accepted for everybody in the scope, which does not change any more.

    Parameters
    ----------
    seen : what was seen, as the plan named it (`planning.plan.seen_of`).

    Raises
    ------
    PlanChanged
        What is accepted now is not what was seen.
    DataError
        Nothing is accepted, or nobody approves it.
    UnknownEmployee, UnknownUnit
        The scope names nobody.
    """
    ready = members.advice.ready()
    people = (
        members.of([scope.employee_id], ready)
        if scope.employee_id
        else sorted(people_of(members, ready, scope.unit_id or None), key=by_name)
    )
    with members.advice.database.writing() as connection:  # nobody decides meanwhile
        choices = latest_choices(connection, [one.employee_id for one in people], scope.year)
        plans = plans_of(ready, people, choices, {}, scope.year)
        if seen_of(plans) != seen:
            raise PlanChanged
        unit = unit_name(ready.city.catalogue.dataset, scope.unit_id)
        new = NewPlan(scope.unit_id, scope.employee_id, scope.year, *frozen(plans), approved_by, unit)
        return keep_plan(connection, new, asker)


def plans_approved_of(members: Members, employee_id: str, year: int) -> list[Plan]:
    """Return the plans of one person that were approved for a year, the newest first."""
    with members.advice.database.reading() as connection:
        return list_plans(connection, employee_id=employee_id, year=year)


def approved_plan(members: Members, plan: Plan, asker: Asker) -> ApprovedPlan:
    """Return an approved plan as it was approved; who was erased since is not in it."""
    with members.advice.database.reading() as connection:
        pseudonym = pseudonyms_of(connection, [plan.employee_id]).get(plan.employee_id, "")
        rows, kept = plan_rows(connection, plan.plan_id), plan_people(connection, plan.plan_id)
        is_proved = proves(connection, plan)
    people = thawed(rows, kept, plan.year)
    tell_look(members, members.advice.ready(), asker, {"plan_id": plan.plan_id}, pseudonym)
    return ApprovedPlan(
        plan,
        people,
        planned_hours=sum((one.planned_hours for one in people), 0.0),
        planned_cost=sum((one.planned_cost for one in people), 0.0),
        accepted=len(rows),
        is_proved=is_proved,
    )
