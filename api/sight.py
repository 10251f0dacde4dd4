"""Whom somebody sees. Who is out of sight looks like who does not exist: nobody learns who is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.access import Reach
from api.problems import NO_PERSON, NO_UNIT, Refused, UnknownPlaces
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.directory import employee_row, is_below, people_below, people_by_pseudonym


@dataclass(frozen=True, slots=True)
class Sight:
    """Who asks, and how far the operation lets him see."""

    database: Database
    asker: Asker
    reach: Reach

    @property
    def sees_all(self) -> bool:
        """Whether everybody is in sight, by name."""
        return self.reach is Reach.ALL

    def person(self, told: str) -> str:
        """Return the employee_id of somebody in sight, told by id or, to a data scientist, by pseudonym.

        Whether such a person exists is left to who looks for the person.

        Raises
        ------
        Refused
            404: out of sight.
        """
        found = self._in_sight([told]).get(told)
        if found is None:
            raise Refused(404, NO_PERSON, "unknown-employee")
        return found

    def known_person(self, told: str) -> str:
        """Return the employee_id of somebody who is there and in sight.

        Raises
        ------
        Refused
            404: not there, or out of sight.
        """
        person = self.person(told)
        with self.database.reading() as connection:
            if employee_row(connection, person) is None:
                raise Refused(404, NO_PERSON, "unknown-employee")
        return person

    def may_read_line_about(self, employee_id: str | None) -> bool:
        """Return whether a line of the ledger may be read; None = about nobody who is still there.

        Lines name people by pseudonym, so that whoever sees everybody may read them all.
        """
        if self.reach in (Reach.ALL, Reach.PSEUDONYMS):
            return True
        return employee_id is not None and employee_id in self._in_sight([employee_id])

    def people(self, told: Sequence[str]) -> list[str]:
        """Return the employee_ids of a list of people in sight, in its order.

        Raises
        ------
        UnknownPlaces
            Some are out of sight; it names their places.
        """
        found = self._in_sight(told)
        absent = [place for place, one in enumerate(told) if one not in found]
        if absent:
            raise UnknownPlaces(absent)
        return [found[one] for one in told]

    def unit(self, unit_id: str) -> str:
        """Return the id of a unit in sight.

        Raises
        ------
        Refused
            404: out of sight.
        """
        if not self.sees_unit(unit_id):
            raise Refused(404, NO_UNIT, "unknown-unit")
        return unit_id

    def sees_unit(self, unit_id: str) -> bool:
        """Return whether a unit is in sight."""
        return _can_be_an_id(unit_id) and (self.sees_all or self._is_own(unit_id))

    @property
    def own_unit(self) -> str | None:
        """The unit that what is listed is narrowed to; None = not narrowed."""
        return None if self.sees_all else self.asker.unit_id

    def _is_own(self, unit_id: str) -> bool:
        if self.reach is not Reach.BELOW or not self.asker.unit_id:
            return False
        with self.database.reading() as connection:
            return is_below(connection, unit_id, self.asker.unit_id)

    def _in_sight(self, told: Sequence[str]) -> dict[str, str]:
        ids = {one for one in told if _can_be_an_id(one)}
        match self.reach:
            case Reach.ALL:
                return {one: one for one in ids}
            case Reach.SELF:
                return {one: one for one in ids if one == self.asker.employee_id}
            case Reach.BELOW if self.asker.unit_id:
                with self.database.reading() as connection:
                    return {one: one for one in people_below(connection, ids, self.asker.unit_id)}
            case Reach.PSEUDONYMS:
                with self.database.reading() as connection:
                    return dict(people_by_pseudonym(connection, ids))
        return {}


def _can_be_an_id(text: str) -> bool:
    # Neither database can be asked for such a text, and no row has it.
    return bool(text) and "\0" not in text and text.isprintable()
