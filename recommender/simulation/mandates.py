"""Who must attend what: the mandates of the facts file, resolved to the city's positions and units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.domain import BoolArray
from recommender.simulation.courses import Courses
from recommender.simulation.layout import Layout
from recommender.simulation.people import People
from recommender.simulation.reference import read
from recommender.simulation.roles import Roles


@dataclass(frozen=True, slots=True)
class Mandate:
    """One rule; `position` and `unit` are rows, -1 = any, and an empty tier = any."""

    program: int
    position: int
    tier: str
    unit: int
    due_on: str
    repeat_months: float


def city_mandates(courses: Courses, roles: Roles, layout: Layout) -> list[Mandate]:
    """Return the mandates whose program, position and unit exist in this city."""
    names = [site.name for site in layout.sites]
    resolved = [_resolve(row, courses, roles, names) for row in read("providers")["mandates"]]
    return [mandate for mandate in resolved if mandate is not None]


def _resolve(row: dict[str, Any], courses: Courses, roles: Roles, names: list[str]) -> Mandate | None:
    position, unit = row.get("position"), row.get("unit")
    absent = row["program"] not in courses.row_of
    if absent or (position and position not in roles.ids) or (unit and unit not in names):
        return None
    return Mandate(
        program=courses.row_of[row["program"]],
        position=roles.ids.index(position) if position else -1,
        tier=row.get("tier", ""),
        unit=names.index(unit) if unit else -1,
        due_on=row["due_on"],
        repeat_months=float(row.get("repeat_months", np.nan)),
    )


def bound_by(mandates: list[Mandate], people: People, roles: Roles, programs: int) -> BoolArray:
    """Return (people, programs): whether a mandate binds the person to the program."""
    tiers = np.array(roles.tiers, dtype=object)[people.role]
    bound = np.zeros((len(people), programs), dtype=np.bool_)
    for mandate in mandates:
        position = (mandate.position < 0) | (people.role == mandate.position)
        unit = (mandate.unit < 0) | (people.unit == mandate.unit)
        tier = (tiers == mandate.tier) if mandate.tier else True
        bound[:, mandate.program] |= position & unit & tier
    return bound
