"""Plans that were approved: made of what is accepted at that moment, and shown as they were."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from recommender.planning.plan import Item, PersonPlan, plan_of
from recommender.service.member import unit_name
from recommender.service.members import Members
from recommender.service.plan_made import plans_of
from recommender.service.team import people_of
from recommender.service.team_list import by_name
from recommender.store.askers import Asker
from recommender.store.decisions import latest_choices
from recommender.store.plans import NewPlan, Plan, PlanRow, list_plans, plan_rows, proves
from recommender.store.plans import approve_plan as keep_plan


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose plan is approved: a unit's with all below it, or a person's; of neither = the city's."""

    unit_id: str = ""
    employee_id: str = ""


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """A plan as it was approved.

    Attributes
    ----------
    unit : the unit's name; "" for the plan of a person or of the city.
    people : what stood in it; names, positions and JP done in other programs are those of today.
    is_proved : whether the rows still make the plan's digest: not after somebody in it was erased.
    """

    plan: Plan
    unit: str
    people: tuple[PersonPlan, ...]
    planned_hours: float
    planned_cost: float
    accepted: int
    is_proved: bool


def approve_plan(members: Members, scope: Scope, year: int, approved_by: str, asker: Asker) -> Plan:
    """Keep a copy of what is accepted for everybody in the scope, which does not change any more.

    Raises
    ------
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
        choices = latest_choices(connection, [one.employee_id for one in people], year)
        plans = plans_of(ready, people, choices, {}, year)
        rows = [_row(plan, item) for plan in plans for item in plan.in_state("accepted")]
        new = NewPlan(scope.unit_id, scope.employee_id, year, rows, approved_by)
        return keep_plan(connection, new, asker)


def plans_approved_of(members: Members, employee_id: str, year: int) -> list[Plan]:
    """Return the plans of one person that were approved for a year, the newest first."""
    with members.advice.database.reading() as connection:
        return list_plans(connection, employee_id=employee_id, year=year)


def approved_plan(members: Members, plan: Plan) -> ApprovedPlan:
    """Return an approved plan as it was approved; who was erased since is not in it."""
    with members.advice.database.reading() as connection:
        rows, is_proved = plan_rows(connection, plan.plan_id), proves(connection, plan)
    by_person = {id_: list(some) for id_, some in groupby(rows, key=lambda row: row.employee_id)}
    people = tuple(
        plan_of(
            tuple(_item(row) for row in by_person[one.employee_id]),
            one.hours_in(plan.year, {row.program_id for row in by_person[one.employee_id]}),
            (one.employee_id, one.name, one.position),
        )
        for one in members.there(list(by_person))
    )
    dataset = members.advice.ready().city.catalogue.dataset
    return ApprovedPlan(
        plan,
        unit_name(dataset, plan.unit_id),
        people,
        planned_hours=sum((one.planned_hours for one in people), 0.0),
        planned_cost=sum((one.planned_cost for one in people), 0.0),
        accepted=sum(len(one.items) for one in people),
        is_proved=is_proved,
    )


def _row(plan: PersonPlan, item: Item) -> PlanRow:
    return PlanRow(
        employee_id=plan.employee_id,
        program_id=item.program_id,
        title=item.title,
        provider=item.provider,
        form=item.form,
        hours=item.hours,
        cost=item.cost,
        starts_on=item.starts_on,
        ends_on=item.ends_on,
        decided_by=item.decided_by,
        decided_at=item.decided_at,
        reason=item.reason,
    )


def _item(row: PlanRow) -> Item:
    return Item(
        program_id=row.program_id,
        title=row.title,
        provider=row.provider,
        form=row.form,
        hours=row.hours,
        cost=row.cost,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state="accepted",
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
        counts=True,
    )
