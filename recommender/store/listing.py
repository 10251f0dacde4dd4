"""Who people of a list are now, and by what one sees whether anything about them has changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from recommender.store.bulk import portions
from recommender.store.people import HIDING
from recommender.store.tables import contract, objections, subjects

_PER_QUERY = 500  # ids named in one statement: both databases limit their number


@dataclass(frozen=True, slots=True)
class Listed:
    """A person as a list looks the person up.

    Attributes
    ----------
    revision : how often what is kept of the person changed.
    name : "" where none is kept.
    hidden : whether an objection keeps the automated list back.
    """

    employee_id: str
    pseudonym: str
    revision: int
    name: str
    hidden: bool


def listed_people(connection: Connection, employee_ids: Collection[str]) -> dict[str, Listed]:
    """Return each of these people by id, in one query for all; who is not there is left out."""
    people = contract["employees"].c
    hiding = select(objections.c.employee_id).where(objections.c.status.in_(HIDING))
    asked = select(
        people.employee_id,
        subjects.c.pseudonym,
        subjects.c.revision,
        people.name,
        people.employee_id.in_(hiding).label("hidden"),
    ).join(subjects, subjects.c.employee_id == people.employee_id)
    found: dict[str, Listed] = {}
    for some in portions(list(employee_ids), _PER_QUERY):
        for row in connection.execute(asked.where(people.employee_id.in_(some))):
            employee_id, pseudonym, revision, name, hidden = row
            found[employee_id] = Listed(employee_id, pseudonym, revision, name or "", bool(hidden))
    return found
