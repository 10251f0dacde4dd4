"""What closes the person's gap: needs requirements and outcomes, no labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray
from recommender.rankers.base import Ranker
from recommender.rankers.people import People


@dataclass(eq=False, repr=False)
class GapRanker(Ranker):
    """Expected weighted gap closed by a program.

    Parameters
    ----------
    per_hour : exponent on the hours: 0 ranks by benefit, 1 by benefit per hour; programs of unknown length
        count as the catalogue's median.
    """

    kind = "gap"

    per_hour: float = 0.0

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:  # noqa: ARG002
        """Nothing to learn beyond the estimator, but the usual length of a program."""
        hours = dataset.programs.hours
        self.median_hours_ = float(np.nanmedian(hours)) if np.isfinite(hours).any() else 1.0
        return self

    def score(self, people: People) -> FloatArray:
        """Return the expected gap closed, per hour^per_hour."""
        hours = people.dataset.programs.hours
        length = np.maximum(np.where(np.isfinite(hours), hours, self.median_hours_), 1.0)
        return np.asarray(people.benefit / length**self.per_hour)

    def covers(self, people: People) -> BoolArray:
        """Those whose position's requirements are known."""
        return people.have_needs
