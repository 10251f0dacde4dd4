"""The tree of units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection, func, select, union

from recommender.store.tables import contract


def headcounts(connection: Connection, is_active: Callable[[str], bool]) -> dict[str, int]:
    """Return how many people in service each unit has itself, those below it left out; "" = without a unit.

    Parameters
    ----------
    is_active : whether a status means that somebody is in service.
    """
    people = contract["employees"].c
    counted = select(people.unit_id, people.status, func.count()).group_by(people.unit_id, people.status)
    found: Counter[str] = Counter()
    for unit_id, status, count in connection.execute(counted):
        if is_active(status or ""):
            found[unit_id or ""] += count
    return dict(found)


def units_below(connection: Connection, unit_id: str) -> list[str]:
    """Return a unit and all units below it; [] where neither a unit nor a person names it."""
    units, people = contract["units"].c, contract["employees"].c
    known = union(select(units.unit_id), select(people.unit_id)).subquery()
    if connection.execute(select(known.c.unit_id).where(known.c.unit_id == unit_id).limit(1)).first() is None:
        return []
    children: dict[str, list[str]] = {}
    for one, parent in connection.execute(select(units.unit_id, units.parent_unit_id)):
        children.setdefault(parent or "", []).append(one)
    found = [unit_id]
    for one in found:  # grows while it is walked; the contract has no cycles
        found += children.get(one, ())
    return found
