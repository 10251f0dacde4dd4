"""Who attended what, and whether anybody comparable did not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recommender.competency import Lifts
from recommender.competency.evidence import learnt_on
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray

_YEARS = np.array([2.0, 8.0])  # of service on the data's date: new, settled, long-serving
_DAYS = 365.25
_LEAST_APART = 0.1  # part of those alike that must have stayed away, for the others to be comparable


@dataclass(frozen=True, slots=True)
class Attendance:
    """Attendance of K outcomes, arrays of shape (K,).

    Attributes
    ----------
    people : how many completed the program; of those told apart by entry, how many of the kind.
    overlap : part of the attendees judged in the competency who have comparable colleagues that are judged in
        it and never began the program; NaN without attendees.
    others : how many are judged in the competency and never began the program.
    everybody : whether everybody judged in the competency began the program.
    before : how many are judged in the competency before the day on which they had completed the program.
    one_level : whether all judgements in the competency, two or more, are of one level.
    together : part of those who completed the program who also completed another one that teaches the
        competency: the one with which most did; NaN without attendees.
    """

    people: IntArray
    overlap: FloatArray
    others: IntArray
    everybody: BoolArray
    before: IntArray
    one_level: BoolArray
    together: FloatArray


def attendance(dataset: Dataset, lifts: Lifts) -> Attendance:
    """Return who attended.

    Those of one tier and about as many years of service are comparable (coarsened exact matching; Iacus,
    King & Porro, Political Analysis 20, 2012). Where more than nine in ten of them attend, those who do not
    are too few and too special to stand for the others (the rule of Crump et al., Biometrika 96, 2009).
    """
    group = _alike(dataset)
    size = (int(group.max(initial=0)) + 1, len(lifts.program))
    judged = np.zeros((len(dataset.employees.ids), len(dataset.competencies.ids)), dtype=bool)
    judged[dataset.assessments.employee, dataset.assessments.competency] = True
    everybody = np.zeros((size[0], judged.shape[1]), dtype=np.int64)
    np.add.at(everybody, group, judged)
    person, outcome = _pairs(dataset.history.employee, dataset.history.program, lifts.program)
    counted = judged[person, lifts.competency[outcome]]
    went = np.zeros(size, dtype=np.int64)
    np.add.at(went, (group[person[counted]], outcome[counted]), 1)
    all_ = everybody[:, lifts.competency]
    comparable = (all_ - went) >= _LEAST_APART * all_
    total = went.sum(axis=0)
    overlap = np.full(size[1], np.nan)
    np.divide((went * comparable).sum(axis=0), total, out=overlap, where=total > 0)
    others = all_.sum(axis=0) - total
    return Attendance(
        _completed(dataset, lifts),
        overlap,
        others,
        (total > 0) & (others == 0),
        _judged_before(dataset, lifts),
        _of_one_level(dataset)[lifts.competency],
        _together(dataset, lifts),
    )


def _judged_before(dataset: Dataset, lifts: Lifts) -> IntArray:
    """Return how many people are judged in each outcome before the day they had completed its program."""
    judged, history = dataset.assessments, dataset.history
    dated = np.flatnonzero(~np.isnat(judged.assessed_on))
    dated = dated[np.argsort(judged.assessed_on[dated], kind="stable")[::-1]]
    first = np.full((len(dataset.employees.ids), len(dataset.competencies.ids)), np.datetime64("NaT", "D"))
    first[judged.employee[dated], judged.competency[dated]] = judged.assessed_on[dated]
    done = np.flatnonzero((history.status == "completed") & ~np.isnat(learnt_on(dataset)))
    day = learnt_on(dataset)[done]
    record, outcome = _pairs(np.arange(len(done)), history.program[done], lifts.program)
    person = history.employee[done][record]
    earlier = first[person, lifts.competency[outcome]] < day[record]
    people = np.unique(np.stack([outcome[earlier], person[earlier]], axis=1), axis=0)
    return np.bincount(people[:, 0], minlength=len(lifts.program))


def _together(dataset: Dataset, lifts: Lifts) -> FloatArray:
    """Return which part of an outcome's attendees shares another program that teaches the competency."""
    done = dataset.history.status == "completed"
    person, outcome = _pairs(dataset.history.employee[done], dataset.history.program[done], lifts.program)
    shape = (len(dataset.employees.ids), len(lifts.program))
    attended = csr_matrix((np.ones(len(person)), (person, outcome)), shape=shape)
    both = (attended.T @ attended).toarray()
    people = np.diag(both).copy()
    both[lifts.competency[:, None] != lifts.competency] = 0.0
    both[lifts.program[:, None] == lifts.program] = 0.0
    most = both.max(axis=1, initial=0.0)
    share: FloatArray = np.divide(most, people, out=np.full(len(people), np.nan), where=people > 0)
    return share


def _of_one_level(dataset: Dataset) -> BoolArray:
    """Return whether all judgements in a competency, two or more, are of one level, shape (C,)."""
    judged, count = dataset.assessments, len(dataset.competencies.ids)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, judged.competency, judged.level)
    np.maximum.at(high, judged.competency, judged.level)
    return np.asarray((np.bincount(judged.competency, minlength=count) > 1) & (low == high))


def _completed(dataset: Dataset, lifts: Lifts) -> IntArray:
    """Return how many people completed the program of each outcome."""
    if lifts.by_entry:
        outcome = np.unique(np.stack([lifts.outcome, lifts.person], axis=1), axis=0)[:, 0]
    else:
        done = dataset.history.status == "completed"
        _, outcome = _pairs(dataset.history.employee[done], dataset.history.program[done], lifts.program)
    return np.bincount(outcome, minlength=len(lifts.program))


def _alike(dataset: Dataset) -> IntArray:
    """Return the group of comparable people that each employee belongs to, shape (n,)."""
    employees, positions = dataset.employees, dataset.positions
    held = employees.position != MISSING
    tier = np.full(len(held), "", dtype=object)
    tier[held] = positions.tier[employees.position[held]]
    served = (dataset.as_of - employees.hired_on).astype("timedelta64[D]").astype(float) / _DAYS
    known = ~np.isnat(employees.hired_on)
    band = np.where(known, np.digitize(np.where(known, served, 0.0), _YEARS), len(_YEARS) + 1)
    key = np.stack([np.unique(tier.astype(str), return_inverse=True)[1], band], axis=1)
    return np.asarray(np.unique(key, axis=0, return_inverse=True)[1])


def _pairs(employee: IntArray, program: IntArray, program_of: IntArray) -> tuple[IntArray, IntArray]:
    """Return person and outcome for each program that a person took, each once."""
    taken = np.unique(np.stack([employee, program], axis=1), axis=0)
    first = np.searchsorted(program_of, taken[:, 1], side="left")
    count = np.searchsorted(program_of, taken[:, 1], side="right") - first
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(taken[:, 0], count), np.repeat(first, count) + within
