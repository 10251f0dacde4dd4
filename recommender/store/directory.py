"""People as the service looks them up: one, page by page, by pseudonym, and who stands in which unit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import CTE, Column, Connection, Text, func, literal, select

from recommender.errors import UnknownEmployee, UnknownUnit
from recommender.store.bulk import portions
from recommender.store.tables import contract, subjects

_people, _units = contract["employees"], contract["units"]
_PER_QUERY = 500  # ids named in one statement: both databases limit their number
_COLUMNS = [column for column in _people.columns if column.name != "row"]


def employee_row(connection: Connection, employee_id: str) -> dict[str, object] | None:
    """Return a person's row by column, None if there is no such person."""
    found = (
        connection.execute(select(*_COLUMNS).where(_people.c.employee_id == employee_id)).mappings().first()
    )
    return None if found is None else dict(found)


def names_of(connection: Connection, employee_ids: Collection[str]) -> dict[str, str]:
    """Return the name of each of these people that is there; "" where the data have none."""
    found: dict[str, str] = {}
    for some in portions(employee_ids, _PER_QUERY):
        asked = select(_people.c.employee_id, _people.c.name).where(_people.c.employee_id.in_(some))
        found.update((one.employee_id, one.name or "") for one in connection.execute(asked))
    return found


def unit_row(connection: Connection, unit_id: str) -> dict[str, object] | None:
    """Return a unit's row by column (name, parent_unit_id, manager_id); None if the data have none."""
    columns = [column for column in _units.columns if column.name != "row"]
    found = connection.execute(select(*columns).where(_units.c.unit_id == unit_id)).mappings().first()
    return None if found is None else dict(found)


def require_named(connection: Connection, employee_id: str, unit_id: str) -> None:
    """Refuse an employee or a unit that the data do not know; "" names none.

    Raises
    ------
    UnknownEmployee, UnknownUnit
        It names some that they know.
    """
    if employee_id and not _is_there(connection, _people.c.employee_id, employee_id):
        known = connection.scalar(select(func.count()).select_from(_people)) or 0
        raise UnknownEmployee([employee_id], [0], known)
    # A unit counts that people stand in, even where the table of units does not have it.
    named = (_units.c.unit_id, _people.c.unit_id)
    if unit_id and not any(_is_there(connection, column, unit_id) for column in named):
        some = select(_units.c.unit_id).order_by(_units.c.unit_id).limit(6)
        raise UnknownUnit(unit_id, connection.scalars(some).all())


def people_page(
    connection: Connection, after: int, limit: int, unit_id: str | None = None
) -> tuple[list[dict[str, object]], int | None]:
    """Return up to `limit` people that came after the row number `after`, and the last one's if more follow.

    Parameters
    ----------
    unit_id : only people of this unit and those below it; None = everybody.
    """
    asked = select(*_COLUMNS, _people.c.row).where(_people.c.row > after).order_by(_people.c.row)
    if unit_id is not None:
        asked = asked.where(_people.c.unit_id.in_(select(_below(unit_id).c.unit_id)))
    found = connection.execute(asked.limit(limit + 1)).mappings().all()
    page = [{name: value for name, value in one.items() if name != "row"} for one in found[:limit]]
    return page, int(found[limit - 1]["row"]) if len(found) > limit else None


def pseudonyms_page(connection: Connection, after: str, limit: int) -> tuple[list[str], str | None]:
    """Return up to `limit` pseudonyms behind `after` in their own, random order, and the last if more follow.

    In the order of the table of people a pseudonym would tell whose it is.
    """
    asked = select(subjects.c.pseudonym).where(subjects.c.pseudonym > after).order_by(subjects.c.pseudonym)
    found = list(connection.execute(asked.limit(limit + 1)).scalars())
    return found[:limit], found[limit - 1] if len(found) > limit else None


def people_by_pseudonym(connection: Connection, pseudonyms: Collection[str]) -> Mapping[str, str]:
    """Return the employee_id behind each pseudonym that is somebody's."""
    asked = select(subjects.c.pseudonym, subjects.c.employee_id).where(subjects.c.pseudonym.in_(pseudonyms))
    return {one.pseudonym: one.employee_id for one in connection.execute(asked)}


def people_below(connection: Connection, employee_ids: Collection[str], unit_id: str) -> set[str]:
    """Return those of the people who stand in the unit or in one below it."""
    below = select(_below(unit_id).c.unit_id)
    asked = select(_people.c.employee_id).where(
        _people.c.employee_id.in_(employee_ids), _people.c.unit_id.in_(below)
    )
    return set(connection.execute(asked).scalars())


def is_below(connection: Connection, unit_id: str, top: str) -> bool:
    """Return whether a unit is `top` or stands below it."""
    below = _below(top)
    return connection.execute(select(below.c.unit_id).where(below.c.unit_id == unit_id)).first() is not None


def _is_there(connection: Connection, column: Column[Any], value: str) -> bool:
    return connection.execute(select(column).where(column == value).limit(1)).first() is not None


def _below(unit_id: str) -> CTE:
    # The unit itself counts even where the table of units does not have it. UNION and not UNION ALL: units
    # that stand below each other in a circle would never end.
    top = select(literal(unit_id, Text).label("unit_id")).cte("below", recursive=True)
    return top.union(select(_units.c.unit_id).where(_units.c.parent_unit_id == top.c.unit_id))
