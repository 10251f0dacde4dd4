"""One person as lists show the person, and how many of them are made at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from recommender.dataset import Dataset
from recommender.domain import MISSING
from recommender.explain.names import position_title
from recommender.explain.profile import levels_shown, shortfalls
from recommender.planning.deadlines import due_days, still_owed
from recommender.planning.hours import Done, Hours, hours_rule, hours_year_of, total_in, trainings_done
from recommender.rankers import People
from recommender.store.listing import Listed

_SURE = 0.9  # chance from which on a level counts as below the one asked, or as not: an 80 % interval
_LEAST_SD = 1e-9  # a level that is known exactly is below what is asked, or it is not


@dataclass(frozen=True, slots=True)
class Lack:
    """How one person stands in one competency that the position held asks for.

    Attributes
    ----------
    competency : its row in the catalogue.
    required : level asked; `weight` how much it counts.
    held, low, high : level believed and its 80 % interval, on the policy's scale.
    sd : standard deviation of the level, as believed.
    shortfall : expected shortfall, in levels.
    chance : probability that the level is below the one asked.
    """

    competency: int
    required: float
    held: float
    low: float
    high: float
    sd: float
    shortfall: float
    weight: float
    chance: float

    @property
    def weighted(self) -> float:
        """What it counts for in the person's gap: weight x shortfall."""
        return self.weight * self.shortfall

    @property
    def unsure(self) -> bool:
        """Whether the 80 % interval, not cut at the ends of the scale, holds the level asked."""
        return 1.0 - _SURE < self.chance < _SURE


@dataclass(frozen=True, slots=True)
class Deadline:
    """A compulsory program that the person has still to complete, or to complete again.

    Attributes
    ----------
    due_on : ISO, "" where the mandate sets no day; see `planning.deadlines.due_days`.
    overdue : whether that day lies before the data's date.
    """

    program_id: str
    title: str
    due_on: str
    overdue: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One person as lists show the person.

    Attributes
    ----------
    name : "" where none is kept.
    position, unit : title and name, else the id; "" where there is none.
    active : whether the person is in service.
    gap : sum of weight x shortfall over what the position held asks for.
    lacks : every competency asked for, the largest weight x shortfall first.
    hours : of the hours year, that of the data's date; `hours_in` tells those of another year.
    deadlines : compulsory programs not done, the earliest due first, those without a day last.
    hidden : whether an objection stands: figures are told, suggestions are not.
    done : all completed trainings that have a day.
    """

    employee_id: str
    pseudonym: str
    name: str
    position: str
    tier: str
    unit_id: str
    unit: str
    employment_type: str
    grade: str
    active: bool
    gap: float
    lacks: tuple[Lack, ...]
    hours: Hours
    deadlines: tuple[Deadline, ...]
    hidden: bool
    done: tuple[Done, ...]

    @property
    def overdue(self) -> bool:
        """Whether some compulsory program is overdue."""
        return any(one.overdue for one in self.deadlines)

    def hours_in(self, year: int, without: Collection[str] = ()) -> Hours:
        """Return the JP done in a year, in programs other than some, beside what the policy asks."""
        counted = tuple(one for one in self.done if one.program_id not in without)
        return replace(self.hours, year=year, done=total_in(counted, year))


def members_from(people: People, listed: Mapping[str, Listed]) -> list[Member]:
    """Return those of the people who are listed, in the order of `people`."""
    dataset = people.dataset
    lacks, deadlines, done = _lacks(people), _deadlines(people), trainings_done(people)
    return [
        _member(dataset, row, one, (lacks[place], deadlines[place], done[place]))
        for place, row in enumerate(people.rows.tolist())
        if (one := listed.get(dataset.employees.ids[row])) is not None
    ]


def _member(
    dataset: Dataset,
    row: int,
    listed: Listed,
    found: tuple[tuple[Lack, ...], tuple[Deadline, ...], tuple[Done, ...]],
) -> Member:
    employees, units, (lacks, deadlines, done) = dataset.employees, dataset.units, found
    position, unit = int(employees.position[row]), int(employees.unit[row])
    unit_id = "" if unit == MISSING else units.ids[unit]
    year, kind = hours_year_of(dataset.as_of), str(employees.employment_type[row])
    return Member(
        employee_id=listed.employee_id,
        pseudonym=listed.pseudonym,
        name=listed.name,
        position=position_title(dataset, position),
        tier="" if position == MISSING else str(dataset.positions.tier[position]),
        unit_id=unit_id,
        unit=unit_name(dataset, unit_id),
        employment_type=kind,
        grade=str(employees.grade[row]),
        active=bool(employees.active[row]),
        gap=sum((one.weighted for one in lacks), 0.0),
        lacks=lacks,
        hours=hours_rule(dataset.policy, kind, year, total_in(done, year)),
        deadlines=deadlines,
        hidden=listed.hidden,
        done=done,
    )


def unit_name(dataset: Dataset, unit_id: str) -> str:
    """Return a unit's name, else its id."""
    row = dataset.units.ids.row(unit_id)
    return unit_id if row == MISSING else str(dataset.units.name[row] or unit_id)


def _lacks(people: People) -> list[tuple[Lack, ...]]:
    short, beliefs = shortfalls(people), people.beliefs
    person, competency = np.nonzero(~np.isnan(people.required))
    at = (person, competency)
    order = np.lexsort((competency, -(short * people.weight)[at], person))
    at = (person[order], competency[order])
    below = ndtr((people.required - beliefs.mean) / np.maximum(beliefs.sd, _LEAST_SD))
    told = (people.required, *levels_shown(people), beliefs.sd, short, people.weight, below)
    columns = (values[at].tolist() for values in told)
    every = [Lack(*row) for row in zip(at[1].tolist(), *columns, strict=True)]
    ends = np.searchsorted(at[0], np.arange(len(people) + 1)).tolist()
    return [tuple(every[start:end]) for start, end in pairwise(ends)]


def _deadlines(people: People) -> list[tuple[Deadline, ...]]:
    dataset, due = people.dataset, due_days(people)
    overdue = due < dataset.as_of
    found: list[list[Deadline]] = [[] for _ in range(len(people))]
    for person, program in np.argwhere(still_owed(people)).tolist():
        day = due[person, program]
        told = "" if np.isnat(day) else str(day)
        id_ = dataset.programs.ids[program]
        title = program_title(dataset, program)
        found[person].append(Deadline(id_, title, told, bool(overdue[person, program])))
    return [tuple(sorted(one, key=lambda deadline: deadline.due_on or _LAST)) for one in found]


_LAST = "9999-99-99"  # behind all days


def program_title(dataset: Dataset, program: int) -> str:
    """Return a program's title, else its id."""
    return str(dataset.programs.title[program] or dataset.programs.ids[program])


def first_due(deadlines: Sequence[Deadline]) -> str:
    """Return a key by which people sort by their earliest deadline: without any last, undated before."""
    return (deadlines[0].due_on or _LAST) if deadlines else _LAST + "9"
