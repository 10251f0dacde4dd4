"""Cutting histories into a past to learn from and a future to be judged by."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import MISSING, BoolArray, DateArray, IntArray


@dataclass(frozen=True, slots=True)
class Split:
    """What was known, and what people took after it.

    Attributes
    ----------
    past : the data a model may see.
    employee, program : the held-out pairs, shape (pairs,), as row numbers of `past`; each pair once, sorted
        by employee, then by program. A pair counts whatever became of it: dropped and failed are taken too.
        It counts as well where the person had taken the program before.
    offered : which programs could be taken after the past, shape (programs,): those without dated sessions,
        and those with one that starts there. Where no session at all starts there, the data do not keep
        sessions that are over, and every program is offered.
    """

    past: Dataset
    employee: IntArray
    program: IntArray
    offered: BoolArray

    def relevant(self, employees: IntArray) -> BoolArray:
        """Return which programs each of these distinct employees took, shape (len(employees), programs)."""
        row_of = np.full(len(self.past.employees.ids), MISSING)
        row_of[employees] = np.arange(len(employees))
        asked = row_of[self.employee] != MISSING
        taken = np.zeros((len(employees), len(self.past.programs.ids)), dtype=np.bool_)
        taken[row_of[self.employee[asked]], self.program[asked]] = True
        return taken


def split_by_time(dataset: Dataset, day: np.datetime64, until: np.datetime64 | None = None) -> Split:
    """Cut at a day: the past is what was known when it began, held are records from that day to `until`.

    A record that began before the day and ended after it is on neither side: how it ended was not known,
    and that it would be taken was no longer open. Records without a date stay in the past.

    Parameters
    ----------
    day : first day of the future.
    until : first day after the future; by default it has no end.
    """
    held = _from_to(dataset.history.moment, day, until)
    starts = dataset.sessions.starts_on
    programs = np.arange(len(dataset.programs.ids))
    dated = np.isin(programs, dataset.sessions.program[~np.isnat(starts)])
    ahead = np.isin(programs, dataset.sessions.program[_from_to(starts, day, until)])
    return _split(dataset, dataset.before(day), held, ~dated | ahead | ~ahead.any())


def split_last(dataset: Dataset) -> Split:
    """Hold the last record of everybody who has at least two; all other records stay.

    It is meant for histories that have an order but no dates. Where there are dates it would leak, since
    one person's past may lie after another one's last record: cut those with `split_by_time`.
    What was said or judged after the held record goes with it, as far as that can be known.
    """
    employee = dataset.history.employee
    last = np.append(employee[1:] != employee[:-1], True)[: len(employee)]
    return _without_one(dataset, last)


def split_one(dataset: Dataset, seed: int) -> Split:
    """Hold one record, drawn at random, of everybody who has at least two; all other records stay.

    It is meant for histories that have neither dates nor an order, where no record is the last one.
    """
    employee = dataset.history.employee
    lot = np.random.default_rng(seed).random(len(employee))
    order = np.lexsort((lot, employee))
    drawn = np.zeros(len(employee), dtype=bool)
    drawn[order] = np.append(employee[1:] != employee[:-1], True)[: len(employee)]
    return _without_one(dataset, drawn)


def has_dates(dataset: Dataset) -> bool:
    """Return whether at least half of the training records can be placed in time."""
    moment = dataset.history.moment
    return bool(len(moment)) and float(np.isnat(moment).mean()) <= 0.5


def cut_days(dataset: Dataset, months: int, windows: int) -> list[np.datetime64]:
    """Return the days `months`, `2 months` ... before the data's own date, the latest first.

    Left out are days that have no dated training record before them or none from them on, so that fewer
    than `windows` days may come back, and none where the data carry no date.
    """
    if months < 1 or windows < 1:
        raise ValueError(f"months is {months} and windows is {windows}; give at least 1 of each.")
    if np.isnat(dataset.as_of):
        return []
    days = [months_before(dataset.as_of, months * step) for step in range(1, windows + 1)]
    return [day for day in days if _has_both_sides(dataset, day)]


def _without_one(dataset: Dataset, chosen: BoolArray) -> Split:
    """Hold the chosen record of each employee, but keep the only record of those who have one.

    With it goes what may have been judged after it: assessments and reviews of that employee from its day on
    and, where the days are not known, assessments of what its program teaches and no kept one of the
    employee's does. What they say would tell that the program was taken.
    """
    employee = dataset.history.employee
    counts = np.bincount(employee, minlength=len(dataset.employees.ids))
    held = chosen & (counts[employee] >= 2)
    offered = np.ones(len(dataset.programs.ids), dtype=bool)
    day = np.full(len(counts), np.datetime64("NaT", "D"))
    day[employee[held]] = dataset.history.moment[held]
    judged, reviews = dataset.assessments, dataset.reviews
    late = judged.assessed_on >= day[judged.employee]  # False where either day is not known
    undated = np.isnat(judged.assessed_on) | np.isnat(day[judged.employee])
    late |= undated & _taught_alone(dataset, held)[judged.employee, judged.competency]
    past = replace(
        dataset.with_history(~held),
        assessments=take(judged, ~late),
        reviews=take(reviews, ~(reviews.period_end >= day[reviews.employee])),
    )
    return _split(dataset, past, held, offered)


def _taught_alone(dataset: Dataset, held: BoolArray) -> BoolArray:
    """Return what the held programs of each employee teach and the kept ones do not, (employees, C)."""
    history, teaches = dataset.history, ~np.isnan(dataset.programs.target)
    by_held = np.zeros((len(dataset.employees.ids), teaches.shape[1]), dtype=bool)
    by_kept = np.zeros_like(by_held)
    np.logical_or.at(by_held, history.employee[held], teaches[history.program[held]])
    np.logical_or.at(by_kept, history.employee[~held], teaches[history.program[~held]])
    return by_held & ~by_kept


def _split(dataset: Dataset, past: Dataset, held: BoolArray, offered: BoolArray) -> Split:
    history = dataset.history
    pairs = np.unique(np.stack([history.employee[held], history.program[held]], axis=1), axis=0)
    return Split(past, pairs[:, 0], pairs[:, 1], offered)


def _from_to(days: DateArray, day: np.datetime64, until: np.datetime64 | None) -> BoolArray:
    return np.asarray((days >= day) & (True if until is None else days < until))


def _has_both_sides(dataset: Dataset, day: np.datetime64) -> bool:
    before = dataset.before(day).history.moment
    return not np.isnat(before).all() and bool((dataset.history.moment >= day).any())


def months_before(day: np.datetime64, months: int) -> np.datetime64:
    """Return the same day of an earlier month, or that month's last day where it is shorter."""
    month = day.astype("datetime64[M]")
    earlier = month - months
    last = (earlier + 1).astype("datetime64[D]") - 1
    same = earlier.astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
    return min(same, last)
