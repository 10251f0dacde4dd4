"""Six years of the city, quarter by quarter: people are sent, learn, fade, and are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from recommender.domain import BoolArray, DateArray, FloatArray, IntArray, TextArray
from recommender.simulation.courses import Courses
from recommender.simulation.people import People
from recommender.simulation.reference import FIRST_YEAR, QUARTERS, stream
from recommender.simulation.selection import Picks, Selection
from recommender.simulation.truth import Levels, Nature, lift

LAST_DAY = 78  # courses of a quarter end by then, judgements come after
_JP_PER_DAY = 6.0
_SEATS = 30
_LUCK = 0.5  # what one run of a course brings varies by so much around its mean
_FAILED_LEARN = 0.3
_SHAM = 0.026  # share of completions over _SHAM_HOURS that nobody can have sat through
_SHAM_HOURS = 16.0

Observer = Callable[[int, FloatArray, IntArray], None]


@dataclass(frozen=True, slots=True)
class Records:
    """Training records as arrays, one entry per record.

    `session` numbers the run of the program in its quarter, -1 for self-paced programs; `learnt` is the
    summed true lift; `sham` marks completions that cannot have taken place.
    """

    employee: IntArray
    program: IntArray
    quarter: IntArray
    session: IntArray
    started: DateArray
    ended: DateArray
    status: TextArray
    score: FloatArray
    pre: FloatArray
    post: FloatArray
    learnt: FloatArray
    sham: BoolArray

    def __len__(self) -> int:
        return len(self.employee)


def join(parts: list[Any]) -> Any:
    """Return one dataclass of arrays out of several of the same kind."""
    names = [f.name for f in fields(parts[0])]
    return type(parts[0])(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def quarter_start(quarter: int) -> np.datetime64:
    """Return the first day of a quarter."""
    year, place = divmod(quarter, 4)
    return np.datetime64(f"{FIRST_YEAR + year}-{3 * place + 1:02d}-01", "D")


class Schooling:
    """The courses of the city: dates, outcomes, test scores, and what was truly learnt."""

    def __init__(self, courses: Courses, nature: Nature, seed: int) -> None:
        self._rng = stream(seed, "schooling")
        self._courses, self._nature = courses, nature
        self._tested = self._rng.random(len(courses)) < 0.65

    def run(self, picks: Picks, quarter: int, people: People, levels: Levels) -> Records:
        """Hold the courses of one quarter; the levels of those who learn rise."""
        session, started, ended = self._dates(picks, quarter, people)
        parts = []
        # One layer at a time: a person's second course builds on the first.
        for layer in range(int(picks.layer.max(initial=-1)) + 1):
            at = np.flatnonzero(picks.layer == layer)
            parts.append(self._teach(picks, at, quarter, levels, (session[at], started[at], ended[at])))
        return _joined(parts)

    def _dates(self, picks: Picks, quarter: int, people: People) -> tuple[IntArray, DateArray, DateArray]:
        """Return the run of the program, its first and its last day."""
        program = picks.program
        days = np.clip(np.ceil(np.nan_to_num(self._courses.hours) / _JP_PER_DAY), 1, LAST_DAY)[program]
        order = np.lexsort((picks.employee, people.unit[picks.employee], program))
        first = np.searchsorted(program[order], program[order])
        run = np.empty(len(program), dtype=np.int64)
        run[order] = (np.arange(len(program)) - first) // _SEATS
        paced = self._courses.self_paced[program]
        shared = self._rng.random((len(self._courses), int(run.max(initial=0)) + 1))
        chance = np.where(paced, self._rng.random(len(program)), shared[program, run])
        offset = np.floor(chance * (LAST_DAY + 1 - days)).astype("timedelta64[D]")
        started = quarter_start(quarter) + offset
        return np.where(paced, -1, run), started, started + (days - 1).astype("timedelta64[D]")

    def _teach(
        self,
        picks: Picks,
        at: IntArray,
        quarter: int,
        levels: Levels,
        dates: tuple[IntArray, DateArray, DateArray],
    ) -> Records:
        employee, program = picks.employee[at], picks.program[at]
        before = levels.now[employee]
        status = self._outcomes(before, program)
        sham = (self._rng.random(len(at)) < _SHAM) & (status == "completed")
        sham &= self._courses.hours[program] > _SHAM_HOURS
        share = np.select([sham, status == "completed", status == "failed"], [0.0, 1.0, _FAILED_LEARN], 0.0)
        luck = 1 - _LUCK + 2 * _LUCK * self._rng.random(len(at))
        learnt = (share * luck)[:, None] * lift(before, program, self._courses, self._nature)
        levels.raise_by(employee, learnt)
        score, pre, post = self._scores(before, before + learnt, program, status)
        session, started, ended = dates
        ended = np.where(status == "dropped", np.datetime64("NaT", "D"), np.where(sham, started, ended))
        return Records(
            employee, program, np.full(len(at), quarter), session, started, ended, status, score, pre, post,
            learnt.sum(axis=1), sham,
        )  # fmt: skip

    def _outcomes(self, levels: FloatArray, program: IntArray) -> TextArray:
        """Return how each course ends: the unprepared fail more, long and online ones are dropped more."""
        short = np.maximum(0.0, self._courses.entry[program] - levels) * self._courses.teaches[program]
        fail = 0.02 + 0.04 * short.max(axis=1)
        hours = np.nan_to_num(self._courses.hours[program])
        drop = 0.035 + 0.00008 * np.minimum(hours, 400) + 0.03 * self._courses.self_paced[program]
        key = self._rng.random(len(program))
        return np.select([key < drop, key < drop + fail], ["dropped", "failed"], "completed").astype(object)

    def _scores(
        self, before: FloatArray, after: FloatArray, program: IntArray, status: TextArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return final score, pre-test and post-test; the post-test also rewards drill."""
        teaches = self._courses.teaches[program]
        middle = (self._courses.entry + np.nan_to_num(self._courses.target))[program] / 2
        count = teaches.sum(axis=1)
        low = np.sum((before - middle) * teaches, axis=1) / count
        high = np.sum((after - middle) * teaches, axis=1) / count
        noise = self._rng.standard_normal((3, len(program)))
        pre = 55 + 13 * low + 8 * noise[0]
        post = 57 + 13 * high + self._nature.drill[program] + 8 * noise[1]
        score = np.where(status == "failed", 52 + 4 * noise[2], np.maximum(70, 80 + 6 * high + 5 * noise[2]))
        kept = self._rng.random((3, len(program)))
        finished, tested = status != "dropped", self._tested[program]
        rounded = np.clip(np.round([score, pre, post]), 0, 100)
        shown = np.array([finished, tested, tested & finished]) & (kept < np.array([[0.8], [0.85], [0.85]]))
        result = np.where(shown, rounded, np.nan)
        return result[0], result[1], result[2]


def _joined(parts: list[Records]) -> Records:
    records: Records = join(parts)
    return records


def live(
    people: People, levels: Levels, selection: Selection, schooling: Schooling, observers: Sequence[Observer]
) -> Records:
    """Let six years pass and return all training records, in order of quarter."""
    parts = []
    gone = people.status == "pensiun"
    for quarter in range(QUARTERS):
        day = quarter_start(quarter)
        # Pensioners left at the start of the last year.
        leaves = gone if quarter >= QUARTERS - 4 else np.zeros_like(gone)
        serving = np.flatnonzero((people.hired_on <= day) & ~leaves)
        if not len(serving):
            continue
        levels.drift(serving)
        picks = selection.choose(quarter, day, serving, levels.now)
        if len(picks.employee):
            records = schooling.run(picks, quarter, people, levels)
            selection.remember(picks, _completed(picks, records), quarter)
            parts.append(records)
        for observe in observers:
            observe(quarter, levels.now, serving)
    return _joined(parts)


def _completed(picks: Picks, records: Records) -> BoolArray:
    """Return which picks were completed; the records stand in the order of layers."""
    completed = np.zeros(len(picks.employee), dtype=np.bool_)
    completed[np.argsort(picks.layer, kind="stable")] = records.status == "completed"
    return completed
