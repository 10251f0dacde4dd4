"""Evidence of levels as flat arrays, put into each person's own order of time.

All evidence that one person has on one day forms a *turn*: it is taken in together, after the evidence of
earlier days. Undated evidence forms turns of its own, in the order of its rows, with no time passing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency.training import counts_as_learning
from recommender.dataset import Dataset
from recommender.domain import MISSING, DateArray, FloatArray, IntArray

_DAYS_PER_YEAR = 365.25
_COMMON = 0.7  # share of the noise that all reviews of one person have in common
_LEAST_GROUP = 3  # a review says nothing in a unit and period with fewer people


@dataclass(frozen=True, slots=True)
class Judgements:
    """Assessments: person, competency, level, source (row of `sources`), turn, row of the table."""

    person: IntArray
    competency: IntArray
    level: FloatArray
    source: IntArray
    turn: IntArray
    row: IntArray


@dataclass(frozen=True, slots=True)
class Trainings:
    """Completed training: one entry per record and competency taught."""

    person: IntArray
    competency: IntArray
    entry: FloatArray
    target: FloatArray
    turn: IntArray


@dataclass(frozen=True, slots=True)
class Appraisals:
    """Performance reviews: standing within unit and period, and information relative to a first review."""

    person: IntArray
    z: FloatArray
    information: FloatArray
    turn: IntArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence on some people, numbered 0..n-1 in the order they were asked for.

    Attributes
    ----------
    turn_person, turn_year : each turn's person and its day in years (NaN: undated), by rank then person.
    turn_starts : turns of rank k lie in turn_starts[k] : turn_starts[k + 1].
    """

    people: int
    judgements: Judgements
    trainings: Trainings
    appraisals: Appraisals
    turn_person: IntArray
    turn_year: FloatArray
    turn_starts: IntArray


def years(days: DateArray) -> FloatArray:
    """Return days as years since 1970, NaN where there is no day."""
    out = days.astype("datetime64[D]").astype(float) / _DAYS_PER_YEAR
    out[np.isnat(days)] = np.nan
    return np.asarray(out)


def gather_evidence(dataset: Dataset, rows: IntArray, sources: tuple[str, ...]) -> Evidence:
    """Return the evidence on the employees in `rows`, shape (n,), judged by any of `sources`."""
    place = np.full(len(dataset.employees.ids), MISSING)
    place[rows] = np.arange(len(rows))
    judged, source = _judgement_rows(dataset, place, sources)
    assessments, history = dataset.assessments, dataset.history
    outcome_record, outcome_competency = _outcome_rows(dataset, place)
    z = _standardised_reviews(dataset)
    reviewed = np.flatnonzero(~np.isnan(z) & (place[dataset.reviews.employee] >= 0))

    person = np.concatenate(
        [
            place[assessments.employee[judged]],
            place[history.employee[outcome_record]],
            place[dataset.reviews.employee[reviewed]],
        ]
    )
    when = np.concatenate(
        [
            years(assessments.assessed_on[judged]),
            years(_learnt_on(dataset)[outcome_record]),
            years(dataset.reviews.period_end[reviewed]),
        ]
    )
    turn, turn_person, turn_year, starts = _turns(person, when)
    first, second = len(judged), len(judged) + len(outcome_record)
    program = history.program[outcome_record]
    entry = dataset.programs.entry[program, outcome_competency]
    return Evidence(
        people=len(rows),
        judgements=Judgements(
            person[:first],
            assessments.competency[judged],
            assessments.level[judged],
            source,
            turn[:first],
            judged,
        ),
        trainings=Trainings(
            person[first:second],
            outcome_competency,
            np.where(np.isnan(entry), dataset.policy.levels.minimum, entry),
            dataset.programs.target[program, outcome_competency],
            turn[first:second],
        ),
        appraisals=_appraisals(person[second:], z[reviewed], turn[second:]),
        turn_person=turn_person,
        turn_year=turn_year,
        turn_starts=starts,
    )


def _judgement_rows(dataset: Dataset, place: IntArray, sources: tuple[str, ...]) -> tuple[IntArray, IntArray]:
    code_of = {source: code for code, source in enumerate(sources)}
    names, inverse = np.unique(dataset.assessments.source.astype(str), return_inverse=True)
    codes = np.array([code_of.get(str(name), MISSING) for name in names], dtype=np.int64)
    source = codes[inverse] if len(names) else np.zeros(0, dtype=np.int64)
    rows = np.flatnonzero((place[dataset.assessments.employee] >= 0) & (source >= 0))
    return rows, source[rows]


def _learnt_on(dataset: Dataset) -> DateArray:
    history = dataset.history
    return np.where(np.isnat(history.completed_on), history.moment, history.completed_on)


def _outcome_rows(dataset: Dataset, place: IntArray) -> tuple[IntArray, IntArray]:
    """Return (record, competency) for each competency that a counted record taught."""
    history = dataset.history
    counted = np.flatnonzero(counts_as_learning(dataset) & (place[history.employee] >= 0))
    teaches = ~np.isnan(dataset.programs.target)
    competency = np.nonzero(teaches)[1]
    per_program = teaches.sum(axis=1)
    first = np.concatenate([[0], np.cumsum(per_program)[:-1]]) if len(per_program) else np.zeros(0, int)
    counts = per_program[history.program[counted]]
    record = np.repeat(counted, counts)
    within = np.arange(len(record)) - np.repeat(np.cumsum(counts) - counts, counts)
    return record, competency[first[history.program[record]] + within]


def _standardised_reviews(dataset: Dataset) -> FloatArray:
    """Return each review's standing in its unit and period, in standard deviations; NaN where unknown.

    Predicates are given relative to the unit (PermenPAN-RB 6/2022), and the older rules used another
    scale, so only the standing within unit, period and kind of record says something.
    """
    reviews = dataset.reviews
    words = (reviews.result + reviews.behaviour) / 2.0
    value, kind = np.full(len(reviews), np.nan), np.zeros(len(reviews), dtype=np.int64)
    for code, column in enumerate((reviews.score, reviews.predicate, words)):
        known = ~np.isnan(column)
        value[known], kind[known] = column[known], code
    period = reviews.period_end.astype(np.int64)
    unit = dataset.employees.unit[reviews.employee]
    usable = ~np.isnan(value)
    z = np.full(len(reviews), np.nan)
    if not usable.any():
        return z
    groups = np.stack([unit, period, kind], axis=1)[usable]
    _, group = np.unique(groups, axis=0, return_inverse=True)
    count = np.bincount(group)
    mean = np.bincount(group, value[usable]) / count
    centred = value[usable] - mean[group]
    sd = np.sqrt(np.bincount(group, centred**2) / count)
    telling = (count[group] >= _LEAST_GROUP) & (sd[group] > 0)
    z[usable] = np.where(telling, centred / np.where(sd[group] > 0, sd[group], 1.0), np.nan)
    return z


def _appraisals(person: IntArray, z: FloatArray, turn: IntArray) -> Appraisals:
    """Let each further review of a person add only what a mean of so many adds to a mean of one fewer.

    The same superior's habits run through a person's reviews: with a share r of the noise in common, the mean
    of k reviews carries 1 / (r + (1 - r) / k) times the information of one.
    """
    order = np.lexsort((turn, person))
    first = np.searchsorted(person[order], person[order], side="left")
    number = np.empty(len(person))
    number[order] = np.arange(len(person)) - first + 1.0
    earlier = np.where(number > 1, 1.0 / (_COMMON + (1.0 - _COMMON) / np.maximum(number - 1.0, 1.0)), 0.0)
    return Appraisals(person, z, 1.0 / (_COMMON + (1.0 - _COMMON) / number) - earlier, turn)


def _turns(person: IntArray, when: FloatArray) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Return each item's turn, and the turns' person, year and start by rank."""
    undated = np.isnan(when)
    when = np.where(undated, -np.inf, when)  # before everything dated
    order_in_day = np.where(undated, np.arange(len(when)) + 1, 0)
    order = np.lexsort((order_in_day, when, person))
    keys = np.stack([person, when, order_in_day], axis=1)[order]
    is_new = np.ones(len(keys), dtype=bool)
    is_new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    inverse = np.empty(len(keys), dtype=np.int64)
    inverse[order] = np.cumsum(is_new) - 1
    unique = keys[is_new]
    owner = unique[:, 0].astype(np.int64)
    begins = np.searchsorted(owner, owner, side="left")
    rank = np.arange(len(owner)) - begins
    by_rank = np.argsort(rank, kind="stable")
    position = np.empty(len(owner), dtype=np.int64)
    position[by_rank] = np.arange(len(owner))
    starts = np.searchsorted(rank[by_rank], np.arange(rank.max() + 2 if len(rank) else 1))
    year = unique[by_rank, 1]
    return position[inverse], owner[by_rank], np.where(np.isinf(year), np.nan, year), starts
