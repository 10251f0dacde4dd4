"""What people in the same position and tier take: the baseline of today's systems, and the last resort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.split import months_before
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray, Vocabulary
from recommender.rankers.base import Ranker, from_known
from recommender.rankers.people import People

# The groups whose shares count, the widest first; each leans on the one before it, the first on everybody.
WITHIN: dict[str, tuple[str, ...]] = {
    "position": ("tier", "position"),
    "tier": ("tier",),
    "unit": ("unit",),
    "everybody": (),
}


@dataclass(frozen=True, slots=True)
class _Group:
    """Positions, tiers or units, by id, and what share of its records each program has, (groups, P)."""

    kind: str
    ids: Vocabulary
    share: FloatArray


@dataclass(eq=False, repr=False)
class PopularityRanker(Ranker):
    """Share of past takers within the position, leaning on the tier's and then on everybody's share.

    Parameters
    ----------
    within : whose takers are counted, see `WITHIN`: "position", "tier", "unit" or "everybody".
    leaning : how many records the wider group weighs as.
    records : count only the last so many records of each person; 0 counts all.
    months : count only the last so many months of the data; 0 counts all, as do histories without dates.
    """

    kind = "popular"

    within: str = "position"
    leaning: float = 20.0
    records: int = 0
    months: int = 0

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:  # noqa: ARG002
        """Count who took what."""
        if self.within not in WITHIN:
            raise ValueError(f"within {self.within!r} is not known; use one of {', '.join(WITHIN)}.")
        counted = self._counted(dataset)
        employee, program = dataset.history.employee[counted], dataset.history.program[counted]
        self.programs_ = dataset.programs.ids
        everybody = np.bincount(program, minlength=len(self.programs_)).astype(float)
        self.share_ = everybody / max(everybody.sum(), 1.0)
        self.groups_: tuple[_Group, ...] = ()
        # Row -1 stands for everybody, so that `MISSING` finds it.
        wider, wider_of = self.share_[None, :], np.full(len(dataset.employees.ids), MISSING)
        for kind in WITHIN[self.within]:
            names = _names(dataset, kind, dataset.employees.position, dataset.employees.unit)
            ids = Vocabulary(sorted({*names} - {""}))
            group_of = ids.rows(names)
            parent = np.full(len(ids), MISSING)
            parent[group_of[group_of != MISSING]] = wider_of[group_of != MISSING]
            counts = _counts(group_of[employee], program, (len(ids), len(self.programs_)))
            share = _leaning_shares(counts, wider[parent], self.leaning)
            self.groups_ += (_Group(kind, ids, share),)
            wider, wider_of = np.concatenate([share, self.share_[None, :]]), group_of
        return self

    def _counted(self, dataset: Dataset) -> BoolArray:
        employee, moment = dataset.history.employee, dataset.history.moment
        counted = np.ones(len(moment), dtype=bool)
        if self.records:
            ends = np.searchsorted(employee, employee, side="right")
            counted &= ends - np.arange(len(employee)) <= self.records
        if self.months and not np.isnat(moment).all():
            counted &= moment >= months_before(dataset.as_of, self.months)
        return counted

    def score(self, people: People) -> FloatArray:
        """Return the share within the closest group that is known, else among everybody."""
        unit = people.dataset.employees.unit[people.rows]
        shares = np.repeat(self.share_[None, :], len(people), axis=0)
        for group in self.groups_:
            place = group.ids.rows(_names(people.dataset, group.kind, people.position, unit))
            shares[place != MISSING] = group.share[place[place != MISSING]]
        return from_known(shares, self.programs_, people.dataset.programs.ids)

    def covers(self, people: People) -> BoolArray:
        """Everybody, once anybody took one of the catalogue's programs."""
        known = self.programs_.rows(people.dataset.programs.ids)
        return np.full(len(people), bool(self.share_[known[known != MISSING]].any()))


def _names(dataset: Dataset, kind: str, position: IntArray, unit: IntArray) -> list[str]:
    """Return the id of the group that each person belongs to, "" where there is none."""
    if kind == "unit":
        return [dataset.units.ids[row] if row != MISSING else "" for row in unit]
    names = dataset.positions.ids if kind == "position" else [str(tier) for tier in dataset.positions.tier]
    return [names[row] if row != MISSING else "" for row in position]


def _counts(group: IntArray, program: IntArray, shape: tuple[int, int]) -> FloatArray:
    known = group != MISSING
    flat = group[known] * shape[1] + program[known]
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def _leaning_shares(counts: FloatArray, parent: FloatArray, leaning: float) -> FloatArray:
    leaning = max(leaning, 1e-9)  # a group without records is its parent
    return np.asarray((counts + leaning * parent) / (counts.sum(axis=1, keepdims=True) + leaning))
