"""Plans of people and units: what was accepted, what is suggested, what it takes in hours and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from recommender.explain import Language
from recommender.planning.hours import plan_year_of
from recommender.planning.plan import Item, PersonPlan, seen_of
from recommender.service.advice import Ready
from recommender.service.member import unit_name
from recommender.service.members import Members
from recommender.service.plan_looks import tell_look
from recommender.service.plan_made import choices_of, plans_of, suggested_to
from recommender.service.team import people_of
from recommender.service.team_list import by_name, paged
from recommender.store.askers import Asker
from recommender.store.plans import Plan, list_plans

__all__ = ["Item", "PersonPlan", "Plan", "TeamPlan", "person_plan", "team_plan", "whole_team_plan"]

PAGE = 25  # people on a page of a unit's plan
_EACH = 0.05  # seconds for somebody who was not asked about before: 300 people take 15 s of a processor


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """The plan of a unit with all below it, or of the whole city, for one year; people in service only.

    Attributes
    ----------
    unit_id, unit : "" for the whole city.
    people : of this page, by name; only they have suggestions.
    page, pages : from 1; a page beyond the last is the last.
    planned_hours, planned_cost : of everybody, of accepted programs that are not completed in the year.
    accepted : programs accepted for everybody; `unpriced` of those still to come have no cost.
    below, above : how many people are below their floor or above their ceiling with what is planned.
    seconds : how long the suggestions for everybody take about, at the longest; 0 where there are none.
    seen : by what an approval names that this was seen, everybody in it (`planning.plan.seen_of`).
    plans : approved so far for the unit and year, the newest first.
    """

    unit_id: str
    unit: str
    year: int
    people: tuple[PersonPlan, ...]
    pages: int
    page: int
    total_people: int
    planned_hours: float
    planned_cost: float
    accepted: int
    unpriced: int
    below: int
    above: int
    seconds: float
    seen: str
    plans: tuple[Plan, ...]


def person_plan(
    members: Members, employee_id: str, year: int, language: Language, asker: Asker
) -> PersonPlan:
    """Return the plan of one person, with suggestions that are not decided yet; the ledger tells of the look.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    """
    ready = members.advice.ready()
    (member,) = members.of([employee_id], ready)
    tell_look(members, ready, asker, {"year": year}, member.pseudonym)
    suggested = suggested_to(members, ready, [member], year, (language, asker))
    return plans_of(ready, [member], choices_of(members, [member], year), suggested, year)[0]


def team_plan(
    members: Members, unit_id: str | None, year: int, page: int, language: Language, asker: Asker
) -> TeamPlan:
    """Return a page of the plan of a unit and all below it, None = of the city; the ledger tells of the look.

    Raises
    ------
    UnknownUnit
        There is no such unit.
    """
    ready = members.advice.ready()
    everybody = sorted(people_of(members, ready, unit_id), key=by_name)
    pages, shown, part = paged(everybody, page, PAGE)
    choices = choices_of(members, everybody, year)
    plans = plans_of(ready, everybody, choices, {}, year)
    suggested = suggested_to(members, ready, part, year, (language, asker))
    told = _told(members, ready, unit_id, year, plans)
    _tell(members, ready, told, asker)
    return replace(
        told, people=tuple(plans_of(ready, part, choices, suggested, year)), pages=pages, page=shown
    )


def whole_team_plan(
    members: Members, unit_id: str | None, year: int, language: Language, asker: Asker
) -> TeamPlan:
    """Return the plan of everybody on one page, as `team_plan`; it may take `TeamPlan.seconds`.

    Raises
    ------
    UnknownUnit
        There is no such unit.
    """
    ready = members.advice.ready()
    everybody = sorted(people_of(members, ready, unit_id), key=by_name)
    suggested = suggested_to(members, ready, everybody, year, (language, asker))
    plans = plans_of(ready, everybody, choices_of(members, everybody, year), suggested, year)
    told = _told(members, ready, unit_id, year, plans)
    _tell(members, ready, told, asker)
    return told


def _tell(members: Members, ready: Ready, told: TeamPlan, asker: Asker) -> None:
    detail = {"unit_id": told.unit_id, "year": told.year, "people": told.total_people}
    tell_look(members, ready, asker, detail)


def _told(
    members: Members, ready: Ready, unit_id: str | None, year: int, plans: Sequence[PersonPlan]
) -> TeamPlan:
    with members.advice.database.reading() as connection:
        kept = list_plans(connection, [unit_id or ""], year=year)
    accepted = [item for one in plans for item in one.in_state("accepted")]
    verdicts = [one.verdict for one in plans]
    return TeamPlan(
        unit_id=unit_id or "",
        unit=unit_name(ready.city.catalogue.dataset, unit_id or ""),
        year=year,
        people=tuple(plans),
        pages=1,
        page=1,
        total_people=len(plans),
        planned_hours=sum((one.planned_hours for one in plans), 0.0),
        planned_cost=sum((one.planned_cost for one in plans), 0.0),
        accepted=len(accepted),
        unpriced=sum(one.counts and one.cost is None for one in accepted),
        below=verdicts.count("below"),
        above=verdicts.count("above"),
        seconds=_EACH * len(plans) if year >= plan_year_of(ready.city.norms.as_of) else 0.0,
        seen=seen_of(plans),
        plans=tuple(one for one in kept if not one.employee_id),
    )
