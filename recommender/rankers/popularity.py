"""What people in the same position and tier take: the baseline of today's systems, and the last resort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray, Vocabulary
from recommender.rankers.base import Ranker, from_known
from recommender.rankers.people import People


@dataclass(eq=False, repr=False)
class PopularityRanker(Ranker):
    """Share of past takers within the position, leaning on the tier's and then on everybody's share.

    Parameters
    ----------
    leaning : how many records the tier (for a position) or everybody (for a tier) weigh as.
    records : count only the last so many records of each person; 0 counts all.
    months : count only the last so many months of the data; 0 counts all, as do histories without dates.
    """

    kind = "popular"

    leaning: float = 20.0
    records: int = 0
    months: int = 0

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:  # noqa: ARG002
        """Count who took what."""
        counted = self._counted(dataset)
        program = dataset.history.program[counted]
        position = dataset.employees.position[dataset.history.employee[counted]]
        tiers = [str(tier) for tier in dataset.positions.tier]
        self.programs_ = dataset.programs.ids
        self.positions_ = dataset.positions.ids
        self.tiers_ = Vocabulary(dict.fromkeys(tiers))
        tier_of = np.append(self.tiers_.rows(tiers), MISSING)  # row -1 = no position, no tier
        everybody = np.bincount(program, minlength=len(self.programs_)).astype(float)
        self.share_ = everybody / max(everybody.sum(), 1.0)
        tier_counts = _counts(tier_of[position], program, (len(self.tiers_), len(self.programs_)))
        self.tier_share_ = _leaning_shares(tier_counts, self.share_[None, :], self.leaning)
        counts = _counts(position, program, (len(self.positions_), len(self.programs_)))
        parent = self.tier_share_[tier_of[:-1]] if len(self.tiers_) else np.zeros_like(counts)
        self.position_share_ = _leaning_shares(counts, parent, self.leaning)
        return self

    def _counted(self, dataset: Dataset) -> BoolArray:
        employee, moment = dataset.history.employee, dataset.history.moment
        counted = np.ones(len(moment), dtype=bool)
        if self.records:
            ends = np.searchsorted(employee, employee, side="right")
            counted &= ends - np.arange(len(employee)) <= self.records
        if self.months and not np.isnat(moment).all():
            counted &= moment >= dataset.as_of.astype("datetime64[M]") - np.timedelta64(self.months, "M")
        return counted

    def score(self, people: People) -> FloatArray:
        """Return the share of the closest group that is known: position, else tier, else everybody."""
        positions = people.dataset.positions
        shares = np.repeat(self.share_[None, :], len(people), axis=0)
        place = np.append(self.positions_.rows(positions.ids), MISSING)[people.position]
        tier = np.append(self.tiers_.rows(str(t) for t in positions.tier), MISSING)[people.position]
        shares[tier != MISSING] = self.tier_share_[tier[tier != MISSING]]
        shares[place != MISSING] = self.position_share_[place[place != MISSING]]
        return from_known(shares, self.programs_, people.dataset.programs.ids)

    def covers(self, people: People) -> BoolArray:
        """Everybody, once anybody took one of the catalogue's programs."""
        known = self.programs_.rows(people.dataset.programs.ids)
        return np.full(len(people), bool(self.share_[known[known != MISSING]].any()))


def _counts(group: IntArray, program: IntArray, shape: tuple[int, int]) -> FloatArray:
    known = group != MISSING
    flat = group[known] * shape[1] + program[known]
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def _leaning_shares(counts: FloatArray, parent: FloatArray, leaning: float) -> FloatArray:
    leaning = max(leaning, 1e-9)  # a group without records is its parent
    return np.asarray((counts + leaning * parent) / (counts.sum(axis=1, keepdims=True) + leaning))
