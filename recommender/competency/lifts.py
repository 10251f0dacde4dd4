"""What the judgements say of each program: how much of its planned lift it realises in each competency.

The regression of `means.py` once more, over everybody, with one column of lifts for every program and
competency instead of one for all, and further ones for who is sent and for the calendar (`comparison.py`).
What remains for the lift is how people changed from before to after, against what became meanwhile of
people like them who did not attend.

What was learnt is forgotten at a rate of its own: lifts are laid out at three rates, and the rate under which
the judgements are likeliest is taken, by interpolation between them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack

from recommender.competency.comparison import what_else_differs
from recommender.competency.learning import Learner
from recommender.competency.model import Parameters
from recommender.competency.rows import Block
from recommender.competency.training import SHARE, SHARE_SD
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray

ENTRIES = ("everybody", "below", "up")  # of whom a lift is: those below, or at, the entry level or above
EVERYBODY = ENTRIES[0]
_RATES = np.array([0.0, 0.1, 0.3])  # of forgetting, per year
_NO_INFORMATION = 1e6  # noise variance, in steps squared, of a judgement that says nothing
_RATE_SD = 0.1  # how far forgetting is expected to lie from the fading of differences, per year
_SPREAD = 0.25  # how far the shares of programs are expected to differ


@dataclass(frozen=True, slots=True)
class Lifts:
    """Evidence on the shares of K outcomes, by program: all pairs of program and competency taught.

    Or twice as many, those who entered below the entry level apart from those who entered at it or above.

    The judgements say share ~ N(information⁻¹ pull, information⁻¹); an outcome that they say nothing of has a
    row of zeros.

    Attributes
    ----------
    program, competency : rows of the catalogue, shape (K,).
    entry : of whom each outcome is, one of `ENTRIES`, shape (K,).
    information, pull : shapes (K, K) and (K,).
    forgetting : rate at which what was learnt is lost, per year.
    person, outcome, planned : each completed training that taught an outcome, and the lift planned at the
        level believed then, less where hygiene doubts the record, shape (trainings,).
    judged : people who were judged in the competency after they had attended, shape (K,).
    undated : trainings left out, since nobody knows which judgements came before them, shape (K,).
    """

    program: IntArray
    competency: IntArray
    entry: tuple[str, ...]
    information: FloatArray
    pull: FloatArray
    forgetting: float
    person: IntArray
    outcome: IntArray
    planned: FloatArray
    judged: IntArray
    undated: IntArray

    @property
    def by_entry(self) -> bool:
        """Whether people are told apart by where they entered."""
        return any(one != EVERYBODY for one in self.entry)


def measure_lifts(learner: Learner, *, by_entry: bool = False) -> Lifts:
    """Return what the judgements of all people of a learner say of each program.

    Parameters
    ----------
    by_entry : whether to tell apart those who entered below the entry level.
    """
    dataset, trainings = learner.dataset, learner.evidence.trainings
    if not len(learner.rows.judged):
        return no_lifts(dataset, learner.model.parameters.fading)
    learner.foresee()
    program, competency = np.nonzero(~np.isnan(dataset.programs.target))
    place = np.full(dataset.programs.target.shape, MISSING)
    place[program, competency] = np.arange(len(program))
    outcome = place[trainings.program, trainings.competency]
    entry = (EVERYBODY,) * len(program)
    if by_entry:
        outcome = 2 * outcome + (learner.entering >= trainings.entry)
        program, competency, entry = (
            np.repeat(program, 2),
            np.repeat(competency, 2),
            ENTRIES[1:] * len(program),
        )
    lifts = _Lifted(learner, outcome, len(program))
    information, pull, forgetting = _information(learner, lifts, program, competency)
    planned = learner.planned * trainings.weight
    person = learner.people[trainings.person]
    undated = np.bincount(outcome[~trainings.placed], minlength=len(program))
    found = (information, pull, forgetting, person, outcome, planned, lifts.judged, undated)
    return Lifts(program, competency, entry, *found)


def no_lifts(dataset: Dataset, forgetting: float) -> Lifts:
    """Return what is said of each program where nobody was judged: nothing."""
    program, competency = np.nonzero(~np.isnan(dataset.programs.target))
    count = len(program)
    nobody, unjudged = np.zeros(0, dtype=np.int64), np.zeros(count, dtype=np.int64)
    nothing = np.zeros((count, count)), np.zeros(count)
    found = (*nothing, forgetting, nobody, nobody, np.zeros(0), unjudged, unjudged)
    return Lifts(program, competency, (EVERYBODY,) * count, *found)


class _Lifted:
    """The lift of each outcome in each row, at each rate of forgetting."""

    def __init__(self, learner: Learner, outcome: IntArray, outcomes: int) -> None:
        row: list[IntArray] = []
        column: list[IntArray] = []
        self._found: list[list[FloatArray]] = [[] for _ in _RATES]
        likelihood, rows = learner.likelihood(), learner.rows
        placed = learner.evidence.trainings.placed
        for block in rows.blocks:
            shown = ~np.isnan(block.taught) & placed[block.training][:, None, :]
            person, line, training = np.nonzero(shown)
            row.append(block.row[person, line])
            column.append(outcome[block.training[person, training]])
            for rate, found in zip(_RATES, self._found, strict=True):
                at_rate = learner.model.parameters.with_(fading=float(rate))
                found.append(likelihood.lifts(at_rate, block)[person, line, training])
        self._at = np.concatenate(row), np.concatenate(column)
        self._shape = (len(rows.judgement), outcomes)
        self.judged = self._people_judged(learner)

    def matrices(self) -> list[csr_matrix]:
        """Return the columns (rows, outcomes) at each rate."""
        return [csr_matrix((np.concatenate(found), self._at), shape=self._shape) for found in self._found]

    def _people_judged(self, learner: Learner) -> IntArray:
        row, column = self._at
        person = learner.evidence.judgements.person[learner.rows.judgement[row]]
        pairs = np.unique(np.stack([column, person]), axis=1)
        return np.bincount(pairs[0], minlength=self._shape[1])


def _information(
    learner: Learner, lifts: _Lifted, program: IntArray, competency: IntArray
) -> tuple[FloatArray, FloatArray, float]:
    """Return information and pull at the likeliest rate of forgetting, and that rate."""
    expected = learner.expected_means()
    apart = what_else_differs(learner, program, competency)
    others = csr_matrix(hstack([learner.columns.matrix, apart.columns]))
    precision = np.concatenate([expected.precision, apart.precision])
    left, right = _normal_equations(learner, csr_matrix(hstack([others, *lifts.matrices()])))
    count = len(precision)
    at_others, at_lifts = slice(count), slice(count, None)
    right[at_others] += precision * np.concatenate([expected.value, np.zeros(len(apart.precision))])
    factor = cho_factor(left[at_others, at_others] + np.diag(precision), overwrite_a=True)
    known = cho_solve(factor, np.column_stack([left[at_others, at_lifts], right[at_others]]))
    information = left[at_lifts, at_lifts] - left[at_lifts, at_others] @ known[:, :-1]
    pull = right[at_lifts] - left[at_lifts, at_others] @ known[:, -1]
    outcomes = len(program)
    by_rate = information.reshape(len(_RATES), outcomes, len(_RATES), outcomes)
    return _at_likeliest(by_rate, pull.reshape(len(_RATES), outcomes), learner.model.parameters)


def _at_likeliest(
    information: FloatArray, pull: FloatArray, parameters: Parameters
) -> tuple[FloatArray, FloatArray, float]:
    outcomes = pull.shape[1]
    if not outcomes:
        return np.zeros((0, 0)), np.zeros(0), parameters.fading
    spread = np.diag(np.full(outcomes, _SPREAD**2)) + SHARE_SD**2
    prior = np.linalg.inv(spread)

    def at(rate: float) -> tuple[FloatArray, FloatArray]:
        part = _lagrange(rate)
        return np.einsum("r,rksl,s->kl", part, information, part, optimize=True), part @ pull

    def unlikely(rate: float) -> float:
        seen, pulled = at(rate)
        total, drawn = seen + prior, pulled + prior @ np.full(outcomes, SHARE)
        log = 0.5 * drawn @ np.linalg.solve(total, drawn) - 0.5 * np.linalg.slogdet(total)[1]
        return float(0.5 * ((rate - parameters.fading) / _RATE_SD) ** 2 - log)

    bounds = (float(_RATES[0]), float(_RATES[-1]))
    rate = float(minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-3}).x)
    return *at(rate), rate


def _lagrange(rate: float) -> FloatArray:
    """Return the weights by which values at the rates laid out give the value at another."""
    others = [np.delete(_RATES, place) for place in range(len(_RATES))]
    pairs = zip(_RATES, others, strict=True)
    return np.array([np.prod((rate - other) / (one - other)) for one, other in pairs])


def _normal_equations(learner: Learner, columns: csr_matrix) -> tuple[FloatArray, FloatArray]:
    """Return XᵀV⁻¹X and XᵀV⁻¹y, person by person: the covariance V of the rows is nothing between people."""
    width = columns.shape[1]
    left, right = np.zeros((width, width)), np.zeros(width)
    likelihood, parameters = learner.likelihood(), learner.model.parameters
    loading, noise = likelihood.loadings(parameters), likelihood.noises(parameters)
    noise = np.where(_blurred(learner), _NO_INFORMATION * parameters.step**2, noise)
    for block in learner.rows.blocks:
        inverse = np.linalg.inv(likelihood.covariance(parameters, block, loading, noise)[2])
        row = np.unique(block.row[block.row != MISSING])
        mine = columns[row]
        weighed = _by_person(block, np.searchsorted(row, block.row), inverse, len(row)) @ mine
        together = (mine.T @ weighed).tocoo()
        left[together.row, together.col] += together.data
        right += weighed.T @ learner.y[row]
    return left, right


def _blurred(learner: Learner) -> BoolArray:
    """Return which rows may or may not show what a training of no known day taught, shape (rows,).

    They can stand neither for a changed level nor for one that nothing changed.
    """
    rows, judgements, trainings = learner.rows, learner.evidence.judgements, learner.evidence.trainings
    competencies = len(learner.dataset.competencies.ids)
    lost = ~trainings.placed
    taught = trainings.person[lost] * competencies + trainings.competency[lost]
    at = rows.judgement[rows.judged]
    blurred = np.zeros(len(rows.judgement), dtype=bool)
    blurred[rows.judged] = np.isin(judgements.person[at] * competencies + judgements.competency[at], taught)
    return blurred


def _by_person(block: Block, place: IntArray, inverse: FloatArray, rows: int) -> csr_matrix:
    """Return a block's inverse covariances as one sparse matrix over its rows, shape (rows, rows)."""
    there = block.row != MISSING
    pair = there[:, :, None] & there[:, None, :]
    at = np.broadcast_to(place[:, :, None], pair.shape)[pair]
    other = np.broadcast_to(place[:, None, :], pair.shape)[pair]
    return csr_matrix((inverse[pair], (at, other)), shape=(rows, rows))
