"""What tests and feedback say of a program, whatever that may be worth.

A rise from pre-test to post-test may be drill, a good review may be a good lunch. So none is taken at its
word: the mean of each kind by program is a *signal*, and how far it follows what programs change in the
judged levels is learnt from all programs together (`pooling.py`). One that does not follow it counts for
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from recommender.competency import Lifts
from recommender.dataset import Dataset
from recommender.domain import FloatArray, IntArray

TESTS = "tests"
_LEAST_ANSWERS = 3  # of a program, before its mean says anything
_LEAST_PROGRAMS = 20  # before it can be learnt what a signal is worth


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of answers, averaged over m programs; K outcomes.

    Attributes
    ----------
    name : "tests" for the rise from pre-test to post-test, else phase and respondent of the feedback.
    program : rows of the catalogue, shape (m,).
    mean, variance : mean answer and the variance of that mean, shape (m,).
    planned : mean planned lift of those who answered, by outcome, shape (m, K).
    """

    name: str
    program: IntArray
    mean: FloatArray
    variance: FloatArray
    planned: FloatArray


def read_signals(dataset: Dataset, lifts: Lifts) -> tuple[Signal, ...]:
    """Return the signals of which there are enough programs with enough answers."""
    shape = (len(dataset.employees.ids), len(lifts.program))
    planned = _planned(lifts, shape)
    found = [
        _signal(name, person, program, answer, (planned, lifts.program))
        for name, person, program, answer in _answers(dataset)
    ]
    return tuple(one for one in found if len(one.program) >= _LEAST_PROGRAMS)


def _answers(dataset: Dataset) -> Iterator[tuple[str, IntArray, IntArray, FloatArray]]:
    """Yield name, person, program and answer of each kind."""
    history, feedback = dataset.history, dataset.feedback
    rise = history.post_score - history.pre_score
    tested = np.flatnonzero((history.status == "completed") & ~np.isnan(rise))
    yield TESTS, history.employee[tested], history.program[tested], rise[tested]
    who = zip(feedback.phase, feedback.respondent, strict=True)
    kind = np.array([f"{phase} by {by}" for phase, by in who])
    rated = ~np.isnan(feedback.rating)
    for name in np.unique(kind[rated]).tolist() if len(kind) else ():
        at = np.flatnonzero(rated & (kind == name))
        yield name, feedback.employee[at], feedback.program[at], feedback.rating[at]


def _planned(lifts: Lifts, shape: tuple[int, int]) -> csr_matrix:
    """Return the planned lift of each person's latest training in each outcome, shape (n, K)."""
    pair = lifts.person * shape[1] + lifts.outcome
    last = len(pair) - 1 - np.unique(pair[::-1], return_index=True)[1]
    return csr_matrix((lifts.planned[last], (lifts.person[last], lifts.outcome[last])), shape=shape)


def _signal(
    name: str, person: IntArray, program: IntArray, answer: FloatArray, taught: tuple[csr_matrix, IntArray]
) -> Signal:
    planned, program_of = taught
    known, place, count = np.unique(program, return_inverse=True, return_counts=True)
    mean = np.bincount(place, answer, len(known)) / count
    freedom = max(len(answer) - len(known), 1)
    variance = float(np.sum((answer - mean[place]) ** 2)) / freedom
    average = csr_matrix((1.0 / count[place], (place, np.arange(len(place)))), shape=(len(known), len(place)))
    of_program = (average @ planned[person]).toarray() * (known[:, None] == program_of[None, :])
    enough = (count >= _LEAST_ANSWERS) & of_program.any(axis=1)
    return Signal(name, known[enough], mean[enough], variance / count[enough], of_program[enough])
