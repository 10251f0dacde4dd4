"""What people go on to after what this person took: order-aware transitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.rankers.base import Ranker, from_known, from_past, strongest_past, to_known
from recommender.rankers.people import People

# How much of the discount for popular programs falls on the past one (0.5 would be the cosine): what
# everybody took says little. Chosen on MOOCCube, on enrolments held out of one training part.
_PAST_DISCOUNT = 0.7
_NEGLIGIBLE = 1e-3  # transitions lighter than this are not counted


def _rate(counts: FloatArray, shrinkage: float) -> FloatArray:
    return np.asarray(counts / _positive(counts.sum(axis=1, keepdims=True) + shrinkage))


def _cosine(counts: FloatArray, shrinkage: float) -> FloatArray:
    leaving = counts.sum(axis=1, keepdims=True) + shrinkage
    arriving = counts.sum(axis=0, keepdims=True) + shrinkage
    return np.asarray(counts / np.sqrt(_positive(leaving * arriving)))


def _order(counts: FloatArray, shrinkage: float) -> FloatArray:
    both = counts + counts.T
    return np.asarray((counts + shrinkage / 2.0) / _positive(both + shrinkage))


def _positive(values: FloatArray) -> FloatArray:
    """Keep a division sane where nothing was counted and nothing is added."""
    return np.maximum(values, _NEGLIGIBLE)


def _reverse(counts: FloatArray, shrinkage: float) -> FloatArray:
    return _rate(counts.T, shrinkage)


def _together(counts: FloatArray, shrinkage: float) -> FloatArray:
    both = counts + counts.T
    total = _positive(both.sum(axis=1) + shrinkage)
    return np.asarray(both / np.outer(total**_PAST_DISCOUNT, total ** (1.0 - _PAST_DISCOUNT)))


MEASURES: dict[str, Callable[[FloatArray, float], FloatArray]] = {
    "rate": _rate,
    "cosine": _cosine,
    "order": _order,
    "reverse": _reverse,
    "together": _together,
}


@dataclass(eq=False, repr=False)
class SequenceRanker(Ranker):
    """Transition rates from each program of the past to later ones, recent programs weighing most.

    Parameters
    ----------
    reach : a transition over d steps counts reach^(d - 1); 0 counts direct successors only.
    recency : the program k steps before the last weighs recency^k.
    shrinkage : transitions that a program must outnumber to be believed.
    measure : what a transition is worth, see `MEASURES`: "rate" = share of what follows; "cosine" = rate made
        comparable between popular and rare programs; "order" = share of times the one came before the other
        where people took both, averaged over the past; "reverse" = rate of the opposite direction;
        "together" = how often both were taken, in whatever order, for their popularity.
    """

    kind = "sequence"

    reach: float = 0.8
    recency: float = 0.6
    shrinkage: float = 5.0
    measure: str = "rate"

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:  # noqa: ARG002
        """Count transitions in everybody's history."""
        if self.measure not in MEASURES:
            raise ValueError(f"measure {self.measure!r} is not known; use one of {', '.join(MEASURES)}.")
        self.programs_ = dataset.programs.ids
        history = dataset.history
        counts = count_transitions(history.employee, history.program, len(self.programs_), self.reach)
        self.transitions_ = MEASURES[self.measure](counts, self.shrinkage)
        return self

    def score(self, people: People) -> FloatArray:
        """Return the recency-weighted transition rates into each program."""
        catalogue = people.dataset.programs.ids
        weights = to_known(people.past.weights(self.recency), catalogue, self.programs_)
        if self.measure == "order":
            weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
        return from_known(from_past(weights, self.transitions_), self.programs_, catalogue)

    def covers(self, people: People) -> BoolArray:
        """Those with a past that others have gone on from."""
        known = np.isin(people.dataset.programs.ids, self.programs_)
        weights = people.past.weights(1.0)
        return np.asarray((weights[:, known] > 0).any(axis=1)) & bool(self.transitions_.any())

    def witness(self, people: People, who: IntArray, program: IntArray) -> IntArray:
        """Return the past program with the largest part in each score."""
        weights = people.past.weights(self.recency)[who]
        return strongest_past(weights, self.transitions_, self.programs_, people, program)


def count_transitions(employee: IntArray, program: IntArray, programs: int, reach: float) -> FloatArray:
    """Return weighted counts of "b some steps after a", shape (P, P), from histories sorted by employee."""
    counts = np.zeros(programs * programs)
    weight, steps = 1.0, 1
    while weight >= _NEGLIGIBLE and steps < len(employee):
        same = employee[steps:] == employee[:-steps]
        if not same.any():
            break
        flat = program[:-steps][same] * programs + program[steps:][same]
        counts += weight * np.bincount(flat, minlength=programs * programs)
        weight, steps = weight * reach, steps + 1
    return counts.reshape(programs, programs)
