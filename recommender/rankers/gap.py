"""What closes the person's gap: needs requirements and outcomes, no labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray
from recommender.effects import declared_effects
from recommender.rankers.base import Ranker
from recommender.rankers.hours import lengths, usual_length
from recommender.rankers.people import People

EFFECTS = ("measured", "declared")


@dataclass(eq=False, repr=False)
class GapRanker(Ranker):
    """Expected weighted gap closed by a program.

    Parameters
    ----------
    per_hour : exponent on the hours: 0 ranks by benefit, 1 by benefit per hour; programs of unknown length
        count as the catalogue's median.
    effects : "measured" ranks by what programs were found to change, as all other benefits do; "declared" by
        what the catalogue promises, of which one share is realised everywhere. See `EFFECTS`.
    """

    kind = "gap"

    per_hour: float = 0.0
    effects: str = "measured"

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        """Learn nothing beyond the estimator, but the usual length and the realised share of a promise."""
        if self.effects not in EFFECTS:
            raise ValueError(f"effects {self.effects!r} is not known; use one of {', '.join(EFFECTS)}.")
        parameters = estimator.model_.parameters
        self.share_, self.share_sd_ = float(parameters.share), float(parameters.share_sd)
        self.usual_hours_ = usual_length(dataset)
        return self

    def score(self, people: People) -> FloatArray:
        """Return the expected gap closed, per hour^per_hour."""
        return np.asarray(self._closed(people) / lengths(people.dataset, self.usual_hours_) ** self.per_hour)

    def _closed(self, people: People) -> FloatArray:
        if self.effects == "measured":
            return people.benefit
        return people.benefit_by(declared_effects(people.dataset, self.share_, self.share_sd_))

    def covers(self, people: People) -> BoolArray:
        """Those whose position's requirements are known."""
        return people.have_needs
