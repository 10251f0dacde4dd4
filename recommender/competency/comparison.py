"""What else makes judgements differ than what programs change: who is sent to them, and the calendar.

People are not sent by lot: the able are sent more, and the needy are sent to what they lack. So columns of
the regression of `lifts.py` let those who ever begin a program differ from others for good, before it as
after it, in everything they are judged in and, apart from that, in what it teaches (Mundlak, Econometrica
46, 1978). And everybody may have risen meanwhile, each competency in its own way: that is no effect of a
program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack

from recommender.competency.learning import Learner
from recommender.dataset import Dataset
from recommender.domain import FloatArray, IntArray

_APART = (0.5, 0.5)  # how far participants differ for good, in steps: in everything, in what is taught
_COMMON = 1.0  # how far all participants together may differ, in steps
_YEAR, _COMPETENCY_YEAR = 0.5, 0.1  # how far years differ in everything, and each competency apart, in steps


@dataclass(frozen=True, slots=True)
class Apart:
    """Columns of the regression, shape (rows, columns), and the precisions of what they add, in levels."""

    columns: csr_matrix
    precision: FloatArray


def what_else_differs(learner: Learner, program: IntArray, competency: IntArray) -> Apart:
    """Return columns for how participants differ for good, and for how the years differ.

    Parameters
    ----------
    program, competency : of the outcomes, shape (K,).
    """
    rows, judgements, step = learner.rows, learner.evidence.judgements, learner.model.parameters.step
    at, count = rows.judged, len(rows.judgement)
    judgement = rows.judgement[at]
    person = _indicator(at, judgements.person[judgement], (count, len(learner.people)))
    competencies = len(learner.dataset.competencies.ids)
    judged_in = _indicator(at, judgements.competency[judgement], (count, competencies))
    teaches = _indicator(competency, np.arange(len(program)), (competencies, len(program)))
    in_all = person @ _ever_begun(learner.dataset)[learner.people]
    in_taught = csr_matrix(in_all[:, program].multiply(judged_in @ teaches))
    common = csr_matrix(np.column_stack([in_all.sum(axis=1), in_taught.sum(axis=1)]))
    year = learner.evidence.turn_year[judgements.turn[judgement]]
    years = _years(at, year, count)
    by_competency = _each_in_its_year(years, judged_in)
    parts = ((in_all, _APART[0]), (in_taught, _APART[1]), (common, _COMMON), (years, _YEAR))
    columns = [*(one for one, _ in parts), by_competency]
    sds = [*(sd for _, sd in parts), _COMPETENCY_YEAR]
    sd = np.concatenate([np.full(one.shape[1], sd) for one, sd in zip(columns, sds, strict=True)])
    return Apart(csr_matrix(hstack(columns)), 1.0 / (sd * step) ** 2)


def _years(at: IntArray, year: FloatArray, count: int) -> csr_matrix:
    """Return how near each judgement lies to the start of each calendar year: straight lines between them."""
    dated = np.flatnonzero(~np.isnan(year))
    if not len(dated):
        return csr_matrix((count, 0))
    since = year[dated] - np.floor(year[dated].min())
    first, part = np.floor(since).astype(np.int64), since % 1.0
    row = at[dated]
    values = np.concatenate([1.0 - part, part])
    place = np.concatenate([row, row]), np.concatenate([first, first + 1])
    return csr_matrix((values, place), shape=(count, int(first.max()) + 2))


def _each_in_its_year(years: csr_matrix, judged_in: csr_matrix) -> csr_matrix:
    """Return the columns of the years once for each competency, those without any judgement left out."""
    if not years.shape[1]:
        return years
    columns = csr_matrix(hstack([judged_in.multiply(years[:, [one]]) for one in range(years.shape[1])]))
    return columns[:, np.unique(columns.indices)]


def _indicator(row: IntArray, column: IntArray, shape: tuple[int, int]) -> csr_matrix:
    return csr_matrix((np.ones(len(row)), (row, column)), shape=shape)


def _ever_begun(dataset: Dataset) -> csr_matrix:
    """Return a one for each program that an employee ever began, also without finishing it, shape (n, P)."""
    pairs = np.unique(np.stack([dataset.history.employee, dataset.history.program], axis=1), axis=0)
    return _indicator(pairs[:, 0], pairs[:, 1], (len(dataset.employees.ids), len(dataset.programs.ids)))
