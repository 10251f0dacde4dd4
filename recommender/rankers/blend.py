"""A weighted sum of other rankers: what to rank by where there is no history to learn the weights from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.rankers.base import Contributions, Ranker
from recommender.rankers.bases import Spec, build_base
from recommender.rankers.people import People

DEFAULT_PARTS: tuple[Spec, ...] = (
    {"ranker": "gap", "weight": 0.25},
    {"ranker": "content", "linked_weight": 5.0, "weight": 1.0},
)


@dataclass(eq=False, repr=False)
class BlendRanker(Ranker):
    """Each part's scores in units of the person's largest, times its weight, summed.

    Rankers count in units of their own: levels, cosines, shares. What counts here is how a program stands
    beside the best that the same ranker has for the same person. Dividing keeps 0 as "says nothing" and the
    sum exact; standardised scores did as well, reciprocal ranks (Cormack et al., SIGIR 2009) did worse.

    Parameters
    ----------
    parts : the rankers, each with its parameters and its `weight`, 1 where none is given.
    """

    kind = "base"  # of a blend of nothing; otherwise the kinds are those of the parts

    parts: tuple[Spec, ...] = DEFAULT_PARTS

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        """Fit each part.

        Raises
        ------
        ValueError
            A part is not known, or its weight is not a number of at least 0.
        """
        self.parts_ = [(_weight(part), _ranker(part).fit(dataset, estimator)) for part in self.parts]
        return self

    def score(self, people: People) -> FloatArray:
        """Return the weighted sum, at most the sum of the weights."""
        out = np.zeros((len(people), len(people.dataset.programs.ids)))
        for weight, ranker in self.parts_:
            scores = ranker.score(people)
            out += _factor(weight, ranker, people, scores)[:, None] * scores
        return out

    def covers(self, people: People) -> BoolArray:
        """Those whom at least one part covers."""
        covered = np.zeros(len(people), dtype=np.bool_)
        for weight, ranker in self.parts_:
            if weight:
                covered |= ranker.covers(people)
        return covered

    def contributions(self, people: People, who: IntArray, program: IntArray) -> Contributions:
        """Return what the parts' scores are made of, times what makes them comparable, summed by kind."""
        columns: dict[str, FloatArray] = {}
        for weight, ranker in self.parts_:
            factor = _factor(weight, ranker, people, ranker.score(people))[who]
            found = ranker.contributions(people, who, program)
            for kind, values in zip(found.kinds, found.values.T, strict=True):
                columns[kind] = columns.get(kind, 0.0) + factor * values
        if not columns:
            return Contributions((self.kind,), np.zeros((len(who), 1)))
        return Contributions(tuple(columns), np.stack(list(columns.values()), axis=1))

    def witness(self, people: People, who: IntArray, program: IntArray) -> IntArray:
        """Return for each pair the past program that the first part with one names."""
        found = np.full(len(who), MISSING)
        for _, ranker in self.parts_:
            found = np.where(found == MISSING, ranker.witness(people, who, program), found)
        return found


def _factor(weight: float, ranker: Ranker, people: People, scores: FloatArray) -> FloatArray:
    """Return what each person's scores are multiplied with, shape (n,); 0 where the part says nothing."""
    largest = np.abs(scores).max(axis=1, initial=0.0)
    says = ranker.covers(people) & (largest > 0)
    return np.asarray(np.divide(weight, largest, out=np.zeros(len(people)), where=says))


def _ranker(part: Spec) -> Ranker:
    return build_base({key: value for key, value in part.items() if key != "weight"})


def _weight(part: Spec) -> float:
    weight = part.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < np.inf:
        raise ValueError(f"weight {weight!r} of {part.get('ranker')!r} will not do; give a number from 0 up.")
    return float(weight)
