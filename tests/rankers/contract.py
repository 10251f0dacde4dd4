"""What the tests of all rankers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.rankers import RANKERS, People, Ranker, gather_people
from recommender.rankers.learned import LearnsUptake

NAMES = tuple(RANKERS)
SMALL_TREES = {"trees": 8, "least_leaf": 10, "n_jobs": 1, "learning_rate": 0.2}


def new(name: str, **parameters: object) -> Ranker:
    """Return an unfitted ranker; what learns uptake has few trees."""
    small = SMALL_TREES if issubclass(RANKERS[name], LearnsUptake) else {}
    return RANKERS[name](**{**small, **parameters})


def people_of(dataset: Dataset, estimator: CompetencyEstimator, ids: Sequence[str] = ()) -> People:
    """Return the people with these ids, everybody if none are given."""
    rows = dataset.employees.ids.rows(ids) if ids else np.arange(len(dataset.employees.ids))
    return gather_people(dataset, estimator, rows)


def fit_and_score(dataset: Dataset, ranker: Ranker) -> FloatArray:
    """Return the scores of everybody by a ranker fitted to the same data."""
    estimator = CompetencyEstimator().fit(dataset)
    return ranker.fit(dataset, estimator).score(people_of(dataset, estimator))


def best(dataset: Dataset, scores: FloatArray) -> list[str]:
    """Return the id of each person's first program."""
    return [dataset.programs.ids[row] for row in scores.argmax(axis=1)]


@dataclass(frozen=True)
class Fitted:
    """A ranker fitted to `city` through `estimator`."""

    ranker: Ranker
    city: Dataset
    estimator: CompetencyEstimator

    def scores(self, city: Dataset | None = None, ids: Sequence[str] = ()) -> FloatArray:
        """Return scores of people of a city, by default the one fitted to."""
        return self.ranker.score(people_of(city or self.city, self.estimator, ids))
