"""Units to choose from, for somebody who sees the whole city: it is no team that anybody looks at as one."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.dataset import Dataset
from recommender.domain import MISSING
from recommender.service.member import unit_name
from recommender.store.database import Database
from recommender.store.units import headcounts


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit with how many people in service it and those below it have; `depth` 0 stands on top."""

    unit_id: str
    name: str
    people: int
    depth: int


def units_to_choose(database: Database, dataset: Dataset) -> tuple[UnitChoice, ...]:
    """Return all units that somebody stands in or below, each behind the one above it, by name."""
    with database.reading() as connection:
        own = headcounts(connection, dataset.policy.is_active)
    ids, parent = dataset.units.ids, dataset.units.parent.tolist()
    total = [own.get(one, 0) for one in ids]
    children: dict[int, list[int]] = {}
    for row, above in enumerate(parent):
        children.setdefault(above, []).append(row)
    found: list[UnitChoice] = []

    def add(row: int, depth: int) -> int:
        place = len(found)
        found.append(UnitChoice(ids[row], unit_name(dataset, ids[row]), 0, depth))
        below = sorted(children.get(row, ()), key=lambda one: unit_name(dataset, ids[one]).casefold())
        people = total[row] + sum(add(one, depth + 1) for one in below)
        found[place] = UnitChoice(ids[row], unit_name(dataset, ids[row]), people, depth)
        return people

    for row in sorted(children.get(MISSING, ()), key=lambda one: unit_name(dataset, ids[one]).casefold()):
        add(row, 0)
    return tuple(one for one in found if one.people)
