"""A team as its manager sees it: who lacks what, who owes hours, for whom nothing is decided yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.competency.training import scale_step
from recommender.dataset import Dataset
from recommender.domain import MISSING
from recommender.errors import UnknownUnit
from recommender.explain import Language
from recommender.explain.names import competency_name
from recommender.planning.hours import hours_year_of, plan_year_of
from recommender.service.advice import Ready
from recommender.service.member import Lack, Member, unit_name
from recommender.service.members import Members
from recommender.service.plan_made import ACCEPTED, choices_of
from recommender.service.team_list import Filter, Only, Sort, TeamRow, Wanted, paged
from recommender.service.views import line_of
from recommender.store.askers import Asker
from recommender.store.ledger_writer import Entry
from recommender.store.people import employees_of
from recommender.store.units import units_below

__all__ = ["HeatMap", "Only", "Sort", "Team", "TeamRow", "Wanted", "team"]

_COLUMNS = 12  # competencies of a heat map


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Gaps of the people of one page, in the competencies in which the whole filtered team lacks most.

    Attributes
    ----------
    competencies : id, name and kind, the largest sum of weight x shortfall first, at most twelve.
    rows : for each person of the page one cell per competency; None where it is not asked for.
    """

    competencies: tuple[tuple[str, str, str], ...]
    rows: tuple[tuple[Lack | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A unit with all units below it, or the whole city; people in service only.

    Attributes
    ----------
    unit_id, unit : "" for the whole city.
    units : units right below, each with its id, name and number of people in it and below it.
    people : in the team; `shown` are left after search and filters.
    page, pages : the page shown, from 1; a page beyond the last is the last.
    year, plan_year : the year hours are counted in; the year that is planned.
    owed_people, overdue_people, waiting_people, owed_hours : of the whole team, whatever is filtered.
    competencies : id and name of all that somebody's position asks for, by name.
    names : what competencies are called, by their row in the catalogue.
    """

    unit_id: str
    unit: str
    units: tuple[tuple[str, str, int], ...]
    people: int
    shown: int
    pages: int
    page: int
    rows: tuple[TeamRow, ...]
    heat: HeatMap
    year: int
    plan_year: int
    owed_people: int
    overdue_people: int
    waiting_people: int
    owed_hours: float
    as_of: str
    competencies: tuple[tuple[str, str], ...]
    names: Mapping[int, str]


def team(members: Members, unit_id: str | None, wanted: Wanted, language: Language, asker: Asker) -> Team:
    """Return a page of a team; that it was looked at stands in the ledger.

    Parameters
    ----------
    unit_id : the unit, with all below it; None = the whole city.

    Raises
    ------
    UnknownUnit
        There is no such unit, or no unit by which the team is filtered.
    """
    ready = members.advice.ready()
    dataset, as_of = ready.city.catalogue.dataset, ready.city.norms.as_of
    people = people_of(members, ready, unit_id)
    everybody = _rows(members, dataset, people, plan_year_of(as_of))
    listed = _filter(members, dataset, wanted)
    shown = listed.in_order([row for row in everybody if listed.passes(row)])
    pages, page, part = paged(shown, wanted.page, wanted.size)
    tell(members, ready, asker, unit_id or "", len(people))
    return Team(
        unit_id=unit_id or "",
        unit=unit_name(dataset, unit_id or ""),
        units=_units(dataset, unit_id, people),
        people=len(people),
        shown=len(shown),
        pages=pages,
        page=page,
        rows=tuple(listed.told(row) for row in part),
        heat=_heat(dataset, shown, part, wanted.kind, language),
        year=hours_year_of(as_of),
        plan_year=plan_year_of(as_of),
        owed_people=sum(one.hours.owed > 0 for one in people),
        overdue_people=sum(one.overdue for one in people),
        waiting_people=sum(row.waiting for row in everybody),
        owed_hours=sum((one.hours.owed for one in people), 0.0),
        as_of="" if str(as_of) == "NaT" else str(as_of),
        competencies=_asked(dataset, people, language),
        names={one: competency_name(dataset, one, language) for one in _lacking(part)},
    )


def people_of(members: Members, ready: Ready, unit_id: str | None) -> list[Member]:
    """Return the people in service of a unit and all below it, None = of the whole city, in the order kept.

    Raises
    ------
    UnknownUnit
        There is no such unit.
    """
    with members.advice.database.reading() as connection:
        units = None if unit_id is None else units_below(connection, unit_id)
        ids = employees_of(connection, units)
    if unit_id is not None and not units:
        raise UnknownUnit(unit_id, list(ready.city.catalogue.known["units"]))
    return [one for one in members.there(ids, ready) if one.active]


def least_lack(dataset: Dataset) -> float:
    """Return the weight x shortfall below which no course is worth its hours: the policy's least benefit."""
    return dataset.policy.recommendation.minimum_benefit * scale_step(dataset)


def _rows(members: Members, dataset: Dataset, people: Sequence[Member], year: int) -> list[TeamRow]:
    choices = choices_of(members, people, year)
    least, found = least_lack(dataset), []
    for one in people:
        chosen = choices.get(one.employee_id, {})
        lacking = bool(one.lacks) and one.lacks[0].weighted >= least
        decided = sum(choice.verdict in ACCEPTED for choice in chosen.values())
        found.append(TeamRow(one, decided, lacking and not one.hidden and not chosen))
    return found


def _filter(members: Members, dataset: Dataset, wanted: Wanted) -> Filter:
    """Return a filter; a unit or a competency that is not there lets nobody pass."""
    units = None
    if wanted.unit_id:
        with members.advice.database.reading() as connection:
            units = frozenset(units_below(connection, wanted.unit_id))
    competency = dataset.competencies.ids.row(wanted.competency) if wanted.competency else None
    return Filter(wanted, units, competency, least_lack(dataset), scale_step(dataset))


def _units(
    dataset: Dataset, unit_id: str | None, people: Sequence[Member]
) -> tuple[tuple[str, str, int], ...]:
    """Return the units right below one, each with how many people stand in it and below it.

    Of the whole city these are the topmost units; where there is only one, those right below that.
    """
    ids, parent = dataset.units.ids, dataset.units.parent.tolist()
    top = MISSING if unit_id is None else ids.row(unit_id)
    if unit_id is not None and top == MISSING:
        return ()
    below = [row for row, above in enumerate(parent) if above == top]
    if unit_id is None and len(below) == 1:
        top = below[0]
        below = [row for row, above in enumerate(parent) if above == top]
    count: Counter[int] = Counter()
    for one in people:
        row = ids.row(one.unit_id)
        while row != MISSING and parent[row] != top:
            row = parent[row]
        count[row] += 1
    return tuple((ids[row], unit_name(dataset, ids[row]), count[row]) for row in below)


def _heat(
    dataset: Dataset, shown: Sequence[TeamRow], part: Sequence[TeamRow], kind: str, language: Language
) -> HeatMap:
    kinds = [str(one) for one in dataset.competencies.kind]
    total: defaultdict[int, float] = defaultdict(float)
    for row in shown:
        for lack in row.member.lacks:
            if not kind or kinds[lack.competency] == kind:
                total[lack.competency] += lack.weighted
    columns = sorted(total, key=lambda one: (-total[one], one))[:_COLUMNS]
    named = tuple(
        (dataset.competencies.ids[one], competency_name(dataset, one, language), kinds[one])
        for one in columns
    )
    lacks = [{one.competency: one for one in row.member.lacks} for row in part]
    return HeatMap(named, tuple(tuple(own.get(one) for one in columns) for own in lacks))


def _lacking(rows: Sequence[TeamRow]) -> set[int]:
    return {lack.competency for row in rows for lack in row.member.lacks}


def _asked(dataset: Dataset, people: Sequence[Member], language: Language) -> tuple[tuple[str, str], ...]:
    asked = {lack.competency for one in people for lack in one.lacks}
    named = ((dataset.competencies.ids[one], competency_name(dataset, one, language)) for one in asked)
    return tuple(sorted(named, key=lambda one: (one[1].casefold(), one[0])))


def tell(members: Members, ready: Ready, asker: Asker, unit_id: str, people: int) -> None:
    """Write into the ledger that a team was looked at; of whom it consists stands in no line."""
    line = line_of("team", asker, ready, "", {"unit_id": unit_id, "people": people})
    members.advice.ledger.write(Entry(line))
