"""Who is sent where: habits, marketing, mandates, curricula, waves, likes, and some fit to real gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.simulation.cast import Cast
from recommender.simulation.courses import Courses
from recommender.simulation.mandates import bound_by
from recommender.simulation.people import People, Traits
from recommender.simulation.reference import FIRST_YEAR, stream
from recommender.simulation.roles import Roles

# Weights of the reasons in the pull of a program; the docstring of the package says what each stands for.
_MATCH, _MARKETING, _HABIT, _GAP, _WAVE, _FOLLOW, _MANDATE = 3.2, 0.9, 0.5, 0.45, 2.5, 3.4, 1.8
_INDUCTION = 12.0
_AGAIN = -4.0
_LONG = -0.0045  # per JP
_OVER_CEILING = -1.5
_WAVE_CHANCE = 0.025
_MOST_PER_QUARTER = 4
_PER_QUARTER = 0.5
_FORGET = 0.72  # how fast a completed program stops pulling its successors
_NEVER = -99
_STEP, _AUDIENCE = 0.25, 12  # pull of the next level; how many like programs a habit is drawn from


@dataclass(frozen=True, slots=True)
class Picks:
    """Who takes which program in a quarter; `layer` orders the programs of one person."""

    employee: IntArray
    program: IntArray
    layer: IntArray


class Selection:
    """The sending of people to programs, quarter by quarter, with the memory that it needs."""

    def __init__(self, cast: Cast) -> None:
        people, roles, courses = cast.people, cast.roles, cast.courses
        self._rng = stream(cast.seed, "selection")
        self._people, self._courses = people, courses
        self._required = roles.level[people.role]
        self._weight = roles.weight[people.role]
        self._insight = np.where(people.manager >= 0, cast.traits.insight[people.manager], 0.7)
        self._pull = self._standing_pull(cast)
        self._rate = _rates(people, cast.traits, roles)
        self._follows = _successors(courses, _match(roles, courses)[people.role], self._rng)
        self._repeats = courses.repeats()
        self._mandated = bound_by(cast.mandates, people, roles, len(courses))
        self._recent = np.zeros((len(people), len(courses)))
        self._last = np.full((len(people), len(courses)), _NEVER, dtype=np.int16)
        self._done = np.zeros((len(people), len(courses)), dtype=np.bool_)
        self._service_min = courses.minimum("service_years_min")
        self._retirement_min = courses.minimum("years_to_retirement_min")

    def _standing_pull(self, cast: Cast) -> FloatArray:
        """Return the part that does not change with time (people, programs); minus infinity bars."""
        people, courses, roles, policy = cast.people, cast.courses, cast.roles, cast.policy
        match = _match(roles, courses)
        habits = _HABIT * self._rng.standard_normal(
            (int(people.unit.max()) + 1, int(courses.provider.max()) + 1)
        )
        hours = np.nan_to_num(courses.hours)
        pull: FloatArray = (
            _MATCH * match + _MARKETING * cast.nature.marketing + _LONG * np.minimum(hours, 400)
        )[people.role]
        pull += habits[people.unit][:, courses.provider]
        pull += cast.traits.ability[:, None] * cast.nature.leaning
        ceiling = policy.hours.yearly_ceiling.get("PPPK", np.inf)
        pull += np.where(people.pppk[:, None] & (hours > ceiling), _OVER_CEILING, 0.0)
        by_type = np.where(people.pppk[:, None], courses.admits_type("PPPK"), courses.admits_type("PNS"))
        by_grade = people.grade_rank[:, None] >= courses.grade_ranks(policy)
        admitted = courses.admits_tier(roles.tiers)[people.role] & by_type & by_grade
        return np.where(admitted, pull, -np.inf)

    def choose(self, quarter: int, day: np.datetime64, serving: IntArray, levels: FloatArray) -> Picks:
        """Return who takes what in this quarter."""
        service = self._people.service_years(day)
        fresh = np.isin(serving, np.flatnonzero((service > 0.2) & (service <= 0.5)))
        count = np.minimum(self._rng.poisson(self._rate[serving]), _MOST_PER_QUARTER)
        count = np.where(fresh, np.maximum(count, 1), count)
        sent, count = serving[count > 0], count[count > 0]
        pull = self._pull_now(sent, quarter, service[sent], levels)
        pull[self._barred(sent, quarter, service[sent])] = -np.inf
        noisy = pull + self._rng.gumbel(size=pull.shape)
        wide = min(_MOST_PER_QUARTER, pull.shape[1])
        best = np.argsort(-noisy, axis=1, kind="stable")[:, :wide]
        allowed = np.isfinite(np.take_along_axis(noisy, best, axis=1)) & (np.arange(wide) < count[:, None])
        row, layer = np.nonzero(allowed)
        return Picks(sent[row], best[row, layer], layer)

    def _pull_now(self, sent: IntArray, quarter: int, service: FloatArray, levels: FloatArray) -> FloatArray:
        """Return the pull of each program on each person sent, this quarter."""
        short = self._weight[sent] * np.maximum(0.0, self._required[sent] - levels[sent])
        need = short @ self._courses.teaches.T.astype(float)
        pull: FloatArray = self._pull[sent] + _GAP * self._insight[sent][:, None] * need
        units = int(self._people.unit.max()) + 1
        waves = self._rng.random((units, len(self._courses))) < _WAVE_CHANCE
        pull += _WAVE * waves[self._people.unit[sent]]
        pull += _FOLLOW * np.minimum(1.0, self._recent[sent] @ self._follows)
        last = self._last[sent]
        due = (last == _NEVER) | ((self._repeats > 0) & (quarter - last >= self._repeats))
        pull += np.where(due, _MANDATE * self._mandated[sent], _AGAIN)
        for column, kind in self._inductions():
            new = (
                (self._people.pppk[sent] == (kind == "PPPK")) & (service < 1.5) & (last[:, column] == _NEVER)
            )
            pull[:, column] = np.where(new, pull[:, column] + _INDUCTION, -np.inf)
        return pull

    def _inductions(self) -> list[tuple[int, str]]:
        return [(n, spec.induction) for n, spec in enumerate(self._courses.specs) if spec.induction]

    def _barred(self, sent: IntArray, quarter: int, service: FloatArray) -> BoolArray:
        """Return (people, programs): what time, prerequisites or age forbid."""
        year = FIRST_YEAR + quarter // 4
        specs = self._courses.specs
        shut = np.array([not spec.opens <= year < spec.closed for spec in specs])
        left = self._people.birth_year[sent] + self._people.retires[sent] - year
        barred: BoolArray = (
            (service[:, None] < self._service_min) | (left[:, None] < self._retirement_min) | shut
        )
        for column, before in self._courses.prerequisites:
            barred[:, column] |= ~self._done[sent, before]
        return barred

    def remember(self, picks: Picks, completed: BoolArray, quarter: int) -> None:
        """Keep what was taken and completed for the quarters to come."""
        self._recent *= _FORGET
        employee, program = picks.employee[completed], picks.program[completed]
        self._recent[employee, program] = 1.0
        self._done[employee, program] = True
        self._last[employee, program] = quarter


def _rates(people: People, traits: Traits, roles: Roles) -> FloatArray:
    """Return the mean number of programs a quarter: the able, the liked and the high are sent more."""
    tier = np.array([{"pelaksana": -0.15}.get(tier, 0.1) for tier in roles.tiers])[people.role]
    tilt = 0.22 * traits.ability + 0.18 * traits.liking + 0.3 * traits.eagerness + tier
    rates: FloatArray = _PER_QUARTER * np.exp(np.clip(tilt, -1.2, 1.2)) * np.where(people.pppk, 0.75, 1.0)
    return rates


def _match(roles: Roles, courses: Courses) -> FloatArray:
    """Return (positions, programs): the share of a program's outcomes that the position asks for."""
    near = np.abs(roles.level[:, None, :] - np.nan_to_num(courses.target)[None]) <= 1
    fits = (roles.level[:, None, :] > 0) & near & courses.teaches[None]
    match: FloatArray = fits.sum(axis=2) / courses.teaches.sum(axis=1)
    return match


def _successors(courses: Courses, match: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return (program, successor): curricula by level step, and habits that no content explains."""
    end = np.where(courses.teaches, courses.target, -1.0)
    start = np.where(courses.teaches, courses.entry, 9.0)
    follows = np.zeros((len(courses), len(courses)))
    for column in range(end.shape[1]):
        higher = end[None, :, column] > end[:, None, column]
        follows[(end[:, None, column] >= start[None, :, column]) & higher & (end[:, None, column] > 0)] = (
            _STEP
        )
    # The city's habits: after each program one other for the same audience.
    alike = match.T @ match
    np.fill_diagonal(alike, -1.0)
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :_AUDIENCE]
    chosen = nearest[np.arange(len(courses)), rng.integers(0, nearest.shape[1], len(courses))]
    follows[np.arange(len(courses)), chosen] = 1.0
    for program, before in courses.prerequisites:
        follows[before, program] = 1.0
    np.fill_diagonal(follows, 0.0)
    return follows
