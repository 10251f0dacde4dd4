"""The tree of units."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, union

from recommender.store.tables import contract


def headcounts(connection: Connection) -> dict[str, int]:
    """Return how many people each unit has itself, those below it left out; "" = without a unit."""
    people = contract["employees"].c
    counted = select(people.unit_id, func.count()).group_by(people.unit_id)
    return {unit_id or "": count for unit_id, count in connection.execute(counted)}


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
