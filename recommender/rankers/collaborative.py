"""What people with a similar past took: EASE, a linear autoencoder with a closed-form solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.rankers.base import Ranker, from_known, from_past, strongest_past, to_known
from recommender.rankers.people import People


@dataclass(eq=False, repr=False)
class CollaborativeRanker(Ranker):
    """EASE: the weights by which each program is best foretold from all others a person took.

    With G = XᵀX + ridge I and P = G⁻¹ the weights are B = I - P / diag(P), zero on the diagonal
    (Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019).

    Parameters
    ----------
    ridge : strength of the penalty on the weights.
    recency : the program k steps before the last weighs recency^k when scoring.
    evenly : whether people count alike, however much they took: n records of one weigh 1 / √n each.
    """

    kind = "peers"

    ridge: float = 100.0
    recency: float = 1.0
    evenly: bool = False

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:  # noqa: ARG002
        """Solve for the weights from everybody's history."""
        self.programs_ = dataset.programs.ids
        taken = _taken(dataset)
        if self.evenly:
            taken /= np.sqrt(np.maximum(taken.sum(axis=1, keepdims=True), 1.0))
        inverse = np.linalg.inv(taken.T @ taken + self.ridge * np.eye(len(self.programs_)))
        self.weights_ = -inverse / np.diag(inverse)[None, :]
        np.fill_diagonal(self.weights_, 0.0)
        return self

    def score(self, people: People) -> FloatArray:
        """Return how strongly the person's past foretells each program."""
        catalogue = people.dataset.programs.ids
        weights = to_known(people.past.weights(self.recency), catalogue, self.programs_)
        return from_known(from_past(weights, self.weights_), self.programs_, catalogue)

    def covers(self, people: People) -> BoolArray:
        """Those with a past among programs that others took too."""
        known = np.isin(people.dataset.programs.ids, self.programs_)
        weights = people.past.weights(1.0)
        return np.asarray((weights[:, known] > 0).any(axis=1)) & bool(self.weights_.any())

    def witness(self, people: People, who: IntArray, program: IntArray) -> IntArray:
        """Return the past program with the largest part in each score."""
        weights = people.past.weights(self.recency)[who]
        return strongest_past(weights, self.weights_, self.programs_, people, program)


def _taken(dataset: Dataset) -> FloatArray:
    """Return 1 where an employee with a history took a program, shape (people, P)."""
    _, person = np.unique(dataset.history.employee, return_inverse=True)
    people = int(person.max()) + 1 if len(person) else 0
    taken = np.zeros((people, len(dataset.programs.ids)), dtype=np.float32)
    taken[person, dataset.history.program] = 1.0
    return taken
