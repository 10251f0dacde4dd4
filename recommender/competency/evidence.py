"""Evidence of levels as flat arrays, put into each person's own order of time.

All evidence that one person has on one day forms a *turn*: it is taken in together, after the evidence of
earlier days. Undated evidence forms turns of its own, in the order of its rows, with no time passing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency.hygiene import SELF, judgement_weights, training_weights
from recommender.dataset import Dataset
from recommender.dataset.norms_of import review_keys, review_norms
from recommender.domain import MISSING, BoolArray, DateArray, FloatArray, IntArray, Vocabulary

_DAYS_PER_YEAR = 365.25
_MOST_UNDATED = 1000  # undated rows of a person that are taken one by one


@dataclass(frozen=True, slots=True)
class Judgements:
    """Assessments: person, competency, level, weight, turn, row of the table.

    `source` and `assessor` are places in the sources asked for and in `Evidence.assessors`.
    """

    person: IntArray
    competency: IntArray
    level: FloatArray
    weight: FloatArray
    source: IntArray
    assessor: IntArray
    turn: IntArray
    row: IntArray


@dataclass(frozen=True, slots=True)
class Trainings:
    """Completed training: one entry per record and competency taught; `weight` is that of the record.

    `program` is a row of the catalogue; `placed` tells whether it is known which judgements came before the
    record: it has a day, or no judgement has one and the order of rows counts.
    """

    person: IntArray
    program: IntArray
    competency: IntArray
    entry: FloatArray
    target: FloatArray
    weight: FloatArray
    turn: IntArray
    placed: BoolArray


@dataclass(frozen=True, slots=True)
class Appraisals:
    """Performance reviews: standing within unit and period, in standard deviations."""

    person: IntArray
    z: FloatArray
    turn: IntArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence on some people, numbered 0..n-1 in the order they were asked for.

    Attributes
    ----------
    assessors : the judges met, as "source|assessor" (bars in a source as "/"); "" stands for all that are
        unnamed or judge themselves.
    turn_person, turn_year : each turn's person and its day in years, by rank then person. Undated evidence
        counts as of the person's first dated day (NaN without any).
    turn_starts : turns of rank k lie in turn_starts[k] : turn_starts[k + 1].
    """

    people: int
    judgements: Judgements
    trainings: Trainings
    appraisals: Appraisals
    sources: tuple[str, ...]
    assessors: tuple[str, ...]
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
    assessments, history, reviews = dataset.assessments, dataset.history, dataset.reviews
    judged, judged_weight = _judged(dataset, place)
    record, taught, trained_weight = _taught(dataset, place)
    reviewed, z = _standings(dataset, rows, place)
    employee = [assessments.employee[judged], history.employee[record], reviews.employee[reviewed]]
    person = [place[one] for one in employee]
    when = [years(assessments.assessed_on[judged]), years(learnt_on(dataset)[record])]
    when.append(years(reviews.period_end[reviewed]))
    counts = np.concatenate([judged_weight > 0, np.ones(len(record) + len(reviewed), dtype=bool)])
    turn, turn_person, turn_year, starts = _turns(np.concatenate(person), np.concatenate(when), counts)
    in_judged, in_taught, in_reviewed = np.split(turn, np.cumsum([len(judged), len(record)]))
    source, assessor, assessors = _judges(dataset, judged, sources)
    program = history.program[record]
    placed = ~np.isnan(when[1]) | np.isnat(assessments.assessed_on).all()
    entry = dataset.programs.entry[program, taught]
    target = dataset.programs.target[program, taught]
    level, competency = assessments.level[judged], assessments.competency[judged]
    return Evidence(
        len(rows),
        Judgements(person[0], competency, level, judged_weight, source, assessor, in_judged, judged),
        Trainings(person[1], program, taught, entry, target, trained_weight, in_taught, placed),
        Appraisals(person[2], z, in_reviewed),
        sources,
        assessors,
        turn_person,
        turn_year,
        starts,
    )


def _judged(dataset: Dataset, place: IntArray) -> tuple[IntArray, FloatArray]:
    """Return the assessments of these people and their weights."""
    rows = np.flatnonzero(place[dataset.assessments.employee] >= 0)
    return rows, judgement_weights(dataset, rows).value


def _judges(
    dataset: Dataset, judged: IntArray, sources: tuple[str, ...]
) -> tuple[IntArray, IntArray, tuple[str, ...]]:
    """Return source and assessor of each judgement as places, and the assessors."""
    source = dataset.assessments.source[judged].astype(str)
    assessor = dataset.assessments.assessor[judged].astype(str)
    names, place = np.unique(source, return_inverse=True)
    codes = Vocabulary(sources).rows(str(name) for name in names)
    # A severity says something of a judge of others; with oneself it is the habit of the source.
    named = (assessor != "") & (source != SELF)
    label = np.array([name.replace("|", "/") for name in names.tolist()], dtype=str)[place]
    together = np.char.add(np.char.add(label, "|"), assessor) if len(judged) else label
    keys, judge = np.unique(np.where(named, together, ""), return_inverse=True)
    return codes[place], judge, tuple(str(key) for key in keys)


def learnt_on(dataset: Dataset) -> DateArray:
    """Return the day from which each training record counts."""
    history = dataset.history
    return np.where(np.isnat(history.completed_on), history.moment, history.completed_on)


def _taught(dataset: Dataset, place: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return record, competency and weight for each competency that a completed record taught."""
    history = dataset.history
    mine = np.flatnonzero(place[history.employee] >= 0)
    if not len(mine):
        return mine, mine, np.zeros(0)
    weight = np.where(history.status[mine] == "completed", training_weights(dataset, mine).value, 0.0)
    counted, weight = mine[weight > 0], weight[weight > 0]
    teaches = ~np.isnan(dataset.programs.target)
    competency = np.nonzero(teaches)[1]
    per_program = teaches.sum(axis=1)
    first = np.concatenate([[0], np.cumsum(per_program)[:-1]]) if len(per_program) else np.zeros(0, int)
    counts = per_program[history.program[counted]]
    record = np.repeat(counted, counts)
    within = np.arange(len(record)) - np.repeat(np.cumsum(counts) - counts, counts)
    return record, competency[first[history.program[record]] + within], np.repeat(weight, counts)


def _standings(dataset: Dataset, rows: IntArray, place: IntArray) -> tuple[IntArray, FloatArray]:
    """Return the reviews of these people that say something, and their standing in unit and period."""
    employee, unit = dataset.reviews.employee, dataset.employees.unit
    wanted = np.zeros(len(dataset.units.ids) + 1, dtype=bool)
    wanted[unit[rows]] = True  # the last place stands for no unit
    colleagues = np.flatnonzero(wanted[unit[employee]])
    if not len(colleagues):
        return colleagues, np.zeros(0)
    mine = colleagues[place[employee[colleagues]] >= 0]
    key, value = review_keys(dataset, mine)
    z = review_norms(dataset, colleagues).standing(key, value)
    told = ~np.isnan(z)
    return mine[told], z[told]


def _turns(
    person: IntArray, when: FloatArray, counts: BoolArray
) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Return each item's turn, and the turns' persons, years and starts by rank.

    `counts` tells which items are evidence: the others, without weight, must not date undated ones.
    """
    undated = np.isnan(when)
    order_in_day = np.where(undated, _bundles(person, undated) + 1, 0)
    keys = np.stack([person, np.where(undated, -np.inf, when), order_in_day], axis=1)  # undated comes first
    order = np.lexsort(keys.T[::-1])
    is_new = np.ones(len(keys), dtype=bool)
    is_new[1:] = (keys[order][1:] != keys[order][:-1]).any(axis=1)
    inverse = np.empty(len(keys), dtype=np.int64)
    inverse[order] = np.cumsum(is_new) - 1
    owner, year = person[order][is_new], when[order][is_new]
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner, side="left")
    by_rank = np.argsort(rank, kind="stable")
    position = np.empty(len(owner), dtype=np.int64)
    position[by_rank] = np.arange(len(owner))
    starts = np.searchsorted(rank[by_rank], np.arange(rank.max() + 2 if len(rank) else 1))
    first = np.full(person.max(initial=-1) + 1, np.nan)
    np.fmin.at(first, person[counts], when[counts])
    year = np.where(np.isnan(year), first[owner], year)
    return position[inverse], owner[by_rank], year[by_rank], starts


def _bundles(person: IntArray, undated: BoolArray) -> IntArray:
    """Return the place of each undated item in its person's order; 0 for the dated.

    The order of the rows stands in for time. A person with more than `_MOST_UNDATED` of them would take as
    many turns, so that they are taken in bundles, whose rows count as simultaneous.
    """
    place = np.zeros(len(person), dtype=np.int64)
    items = np.flatnonzero(undated)
    if not len(items):
        return place
    items = items[np.argsort(person[items], kind="stable")]
    who, first, count = np.unique(person[items], return_index=True, return_counts=True)
    each = np.searchsorted(who, person[items])
    size = -(-count // _MOST_UNDATED)
    place[items] = (np.arange(len(items)) - first[each]) // size[each]
    return place
