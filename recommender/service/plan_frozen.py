"""What an approved plan keeps of the plans of people, and those plans made of it again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from itertools import groupby

from recommender.planning.hours import Hours
from recommender.planning.plan import Item, PersonPlan, plan_of
from recommender.store.plans import PlanPerson, PlanRow

_OF_ITEM = [one.name for one in fields(PlanRow) if one.name != "employee_id"]


def frozen(plans: Iterable[PersonPlan]) -> tuple[list[PlanRow], list[PlanPerson]]:
    """Return what is kept: the accepted programs of everybody, and of whom there are any."""
    rows, people = [], []
    for plan in plans:
        if accepted := plan.in_state("accepted"):
            rows += [_row(plan, item) for item in accepted]
            people.append(_person(plan))
    return rows, people


def thawed(rows: Sequence[PlanRow], people: Sequence[PlanPerson], year: int) -> tuple[PersonPlan, ...]:
    """Return the plans of people as they were approved; nothing in them is of today."""
    by_person = {id_: list(some) for id_, some in groupby(rows, key=lambda row: row.employee_id)}
    return tuple(
        plan_of(
            tuple(_item(row) for row in by_person.get(one.employee_id, ())),
            Hours(year, one.hours_done, one.floor, one.ceiling),
            (one.employee_id, one.name, one.position),
        )
        for one in people
    )


def _row(plan: PersonPlan, item: Item) -> PlanRow:
    return PlanRow(plan.employee_id, **{name: getattr(item, name) for name in _OF_ITEM})


def _item(row: PlanRow) -> Item:
    told = asdict(row)
    del told["employee_id"]
    return Item(**told, state="accepted")


def _person(plan: PersonPlan) -> PlanPerson:
    hours = plan.hours
    return PlanPerson(plan.employee_id, plan.name, plan.position, hours.done, hours.floor, hours.ceiling)
