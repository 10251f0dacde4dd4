"""Who of a team is listed, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from recommender.service.member import Lack, Member, first_due

_WORTH_NAMING = 0.1  # steps of the scale: a smaller shortfall is none to speak of

Sort = Literal["gap", "name", "hours", "deadline", "waiting"]
Only = Literal["", "owed", "overdue", "waiting"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people of a team are listed, and in which order; a page beyond the last is the last.

    Attributes
    ----------
    search : words that must all stand in name, employee_id or position; case does not count.
    sort : "gap" the largest sum of weight x shortfall first, "name" by the alphabet, "hours" who owes most
        first, "deadline" who has the earliest first and who has none last, "waiting" for whom nothing is
        decided first, then by gap. Ties are broken by name, then by id.
    unit_id : only people of this unit and those below it; "" = all.
    competency : id: only people who lack something in it, and "gap" is weight x shortfall in it; "" = all.
    only : who owes hours, who has an overdue compulsory program, for whom nothing is decided; "" = all.
    kind : kind of the competencies of the heat map; "" = all.
    """

    search: str = ""
    sort: Sort = "gap"
    unit_id: str = ""
    competency: str = ""
    only: Only = ""
    kind: str = ""
    page: int = 1
    size: int = 25


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One person in a team.

    Attributes
    ----------
    decided : how many programs stand in the person's plan for the plan year.
    waiting : no objection stands, something is lacking, and nothing is decided for the plan year yet, neither
        for a program nor against one.
    lacks : what to name first: the competency by which the team is filtered, then by shortfall in levels, the
        largest first, which is what a heat map shows; without what is too small to speak of.
    gap : by which people stand in the order of the gap: weight x shortfall, summed, or in that competency.
    """

    member: Member
    decided: int
    waiting: bool
    lacks: tuple[Lack, ...] = ()
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Filter:
    """What `Wanted` means in one team.

    Attributes
    ----------
    units : in which somebody must stand; None = all.
    competency : its row in the catalogue; None = all.
    least : weight x shortfall from which on something is lacking.
    step : of the scale of levels.
    """

    wanted: Wanted
    units: frozenset[str] | None
    competency: int | None
    least: float
    step: float

    def passes(self, row: TeamRow) -> bool:
        """Return whether somebody is listed."""
        member, only = row.member, self.wanted.only
        return (
            (self.units is None or member.unit_id in self.units)
            and (self.competency is None or self._gap(member) >= self.least)
            and (only != "owed" or member.hours.owed > 0)
            and (only != "overdue" or member.overdue)
            and (only != "waiting" or row.waiting)
            and _found(self.wanted.search, member)
        )

    def in_order(self, rows: Sequence[TeamRow]) -> list[TeamRow]:
        """Return the people in the order that is wanted."""
        keys: dict[Sort, Callable[[TeamRow], Any]] = {
            "gap": lambda row: -self._gap(row.member),
            "name": lambda row: by_name(row.member),
            "hours": lambda row: -row.member.hours.owed,
            "deadline": lambda row: first_due(row.member.deadlines),
            "waiting": lambda row: (not row.waiting, -self._gap(row.member)),
        }
        key = keys[self.wanted.sort]
        return sorted(rows, key=lambda row: (key(row), by_name(row.member)))

    def told(self, row: TeamRow) -> TeamRow:
        """Return a row with what is named of somebody, and by which the order of the gap goes."""
        named = (one for one in row.member.lacks if one.shortfall >= _WORTH_NAMING * self.step)
        order = sorted(named, key=lambda one: (one.competency != self.competency, -one.shortfall))
        return replace(row, lacks=tuple(order), gap=self._gap(row.member))

    def _gap(self, member: Member) -> float:
        if self.competency is None:
            return member.gap
        found = lack_in(member, self.competency)
        return 0.0 if found is None else found.weighted


def by_name(member: Member) -> tuple[str, str]:
    """Return the key by which people stand in the order of the alphabet."""
    return member.name.casefold(), member.employee_id


def lack_in(member: Member, competency: int) -> Lack | None:
    """Return how somebody stands in a competency; None where it is not asked for."""
    return next((one for one in member.lacks if one.competency == competency), None)


def paged(rows: Sequence[T], page: int, size: int) -> tuple[int, int, list[T]]:
    """Return how many pages there are (at least 1), which is shown, and what stands on it."""
    size = max(1, size)
    pages = max(1, -(-len(rows) // size))
    shown = min(max(1, page), pages)
    return pages, shown, list(rows[(shown - 1) * size : shown * size])


def _found(search: str, member: Member) -> bool:
    text = f"{member.name}\n{member.employee_id}\n{member.position}".casefold()
    return all(word in text for word in search.casefold().split())
