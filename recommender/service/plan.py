"""Plans of people and units: what was accepted, what is suggested, what it takes in hours and money."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.planning.plan import Item, PersonPlan
from recommender.store.plans import Plan

__all__ = ["Item", "PersonPlan", "PlanWanted", "Scope", "TeamPlan"]


@dataclass(frozen=True, slots=True)
class PlanWanted:
    """Which page of a unit's plan; `year` None = the plan year of the data's date."""

    year: int | None = None
    page: int = 1
    size: int = 25


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose plan is approved: that of a unit with all below it, or of one person; of neither = the city's."""

    unit_id: str = ""
    employee_id: str = ""


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """The plan of a unit with all below it, or of the whole city, for one year; people in service only.

    Attributes
    ----------
    unit_id, unit : "" for the whole city.
    people : of this page, by name; only they have suggestions.
    page, pages : from 1; a page beyond the last is the last.
    planned_hours, planned_cost, accepted : sums over everybody; `unpriced` of the accepted have no cost.
    below, above : how many people are below their floor or above their ceiling with what is planned.
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
    plans: tuple[Plan, ...]
