"""JP done in a year, and what the rules ask of each kind of employment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from recommender.domain import MISSING, FloatArray, IntArray
from recommender.engine.exclusions import credited_hours
from recommender.policy import Policy
from recommender.rankers import People

Verdict = Literal["below", "within", "above"]


@dataclass(frozen=True, slots=True)
class Hours:
    """JP of one person in one year.

    Attributes
    ----------
    done : in trainings completed in the year.
    floor, ceiling : the least and the most that the policy allows the kind of employment; None = no rule.
    """

    year: int
    done: float
    floor: float | None
    ceiling: float | None

    @property
    def owed(self) -> float:
        """JP still to be done, 0 where nothing is asked."""
        return max(0.0, (self.floor or 0.0) - self.done)

    @property
    def room(self) -> float | None:
        """JP that may still be done, below 0 where it is too much already; None without a ceiling."""
        return None if self.ceiling is None else self.ceiling - self.done

    @property
    def verdict(self) -> Verdict:
        """Whether it is below the floor, above the ceiling, or within both."""
        if self.owed > 0:
            return "below"
        return "above" if self.room is not None and self.room < 0 else "within"


@dataclass(frozen=True, slots=True)
class Done:
    """One completed training: its program, the year it was completed in, and the JP it counts for."""

    program_id: str
    year: int
    hours: float


def hours_rule(policy: Policy, employment_type: str, year: int, done: float) -> Hours:
    """Return what the policy asks of a kind of employment beside what was done."""
    floors, ceilings = policy.hours.yearly_floor, policy.hours.yearly_ceiling
    return Hours(year, done, floors.get(employment_type), ceilings.get(employment_type))


def hours_done(people: People, year: int) -> FloatArray:
    """Return the JP that each person completed in a year, shape (n,)."""
    _, place, years, hours = _completed(people)
    counted = years == year
    return np.bincount(place[counted], weights=hours[counted], minlength=len(people)).astype(float)


def trainings_in(people: People, year: int) -> IntArray:
    """Return how many trainings each person completed in a year, shape (n,)."""
    _, place, years, _ = _completed(people)
    return np.bincount(place[years == year], minlength=len(people))


def trainings_done(people: People) -> list[tuple[Done, ...]]:
    """Return each person's completed trainings that have a day, the earliest first."""
    records, place, years, hours = _completed(people)
    ids, program = people.dataset.programs.ids, people.dataset.history.program[records]
    found: list[list[Done]] = [[] for _ in range(len(people))]
    rows = zip(place.tolist(), program.tolist(), years.tolist(), hours.tolist(), strict=True)
    for person, which, year, counts in rows:
        found[person].append(Done(ids[which], year, counts))
    return [tuple(one) for one in found]


def total_in(done: tuple[Done, ...], year: int) -> float:
    """Return the JP of the trainings that were completed in a year."""
    return sum((one.hours for one in done if one.year == year), 0.0)


def hours_year_of(as_of: np.datetime64) -> int:
    """Return the year in which hours are counted: that of the data's date, without one this calendar year."""
    return _year(_today() if np.isnat(as_of) else as_of)


def plan_year_of(as_of: np.datetime64) -> int:
    """Return the year that is planned: that of the day after the data's date.

    Data that end on 31 December plan for the year to come; data of any other day plan for their own year.
    """
    return _year((_today() if np.isnat(as_of) else as_of) + np.timedelta64(1, "D"))


def _completed(people: People) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Return completed trainings that have a day: rows of history, whose, in which year, for how many JP.

    The record's own JP count; where it has none, what the program is credited with; where that is not known
    either, none.
    """
    history = people.dataset.history
    place = np.full(len(people.dataset.employees.ids), MISSING)
    place[people.rows] = np.arange(len(people))
    day = np.where(np.isnat(history.completed_on), history.moment, history.completed_on)
    whose = place[history.employee]
    records = np.flatnonzero((whose != MISSING) & (history.status == "completed") & ~np.isnat(day))
    own, usual = history.hours[records], credited_hours(people)[history.program[records]]
    hours = np.nan_to_num(np.where(np.isnan(own), usual, own))
    years = day[records].astype("datetime64[Y]").astype(np.int64) + 1970
    return records, whose[records], years, hours


def _year(day: np.datetime64) -> int:
    return int(day.astype("datetime64[Y]").astype(np.int64)) + 1970


def _today() -> np.datetime64:
    return np.datetime64("today", "D")
