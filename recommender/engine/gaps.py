"""The gaps of a group of people, competency by competency; small groups are not told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from recommender.competency import expected_shortfall
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.explain import Language
from recommender.explain.names import competency_name
from recommender.rankers import People


@dataclass(frozen=True, slots=True)
class GroupGap:
    """How short a group is of what its positions ask in one competency.

    Attributes
    ----------
    people : in service whose position asks for it.
    below : how many of them are expected to be below the level asked.
    mean_gap : expected shortfall, in levels, averaged over them.
    mean_sd : how uncertain the levels believed are, on average.
    """

    competency_id: str
    name: str
    kind: str
    people: int
    below: float
    mean_gap: float
    mean_sd: float


@dataclass(frozen=True, slots=True)
class GroupGaps:
    """All gaps of a group, the largest first.

    Attributes
    ----------
    people : in service.
    suppressed : competencies asked of fewer people than the policy lets be shown, which are left out.
    """

    people: int
    gaps: tuple[GroupGap, ...]
    suppressed: int


class GapSums:
    """Adds up the gaps of a group, portion by portion."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._sums: FloatArray = np.zeros((4, len(dataset.competencies.ids)))
        self._people = 0

    def add(self, people: People) -> None:
        """Count in those of some people who are in service."""
        active = people.dataset.employees.active[people.rows]
        required, mean, sd = people.required[active], people.beliefs.mean[active], people.beliefs.sd[active]
        asked = ~np.isnan(required)
        level = np.nan_to_num(required)
        below = ndtr((level - mean) / sd)
        gap = expected_shortfall(mean, sd, level)
        self._sums += [np.where(asked, one, 0.0).sum(axis=0) for one in (np.ones_like(sd), below, gap, sd)]
        self._people += int(active.sum())

    def told(self, language: Language) -> GroupGaps:
        """Return the sums as gaps; what the policy calls a small group is suppressed."""
        least = self._dataset.policy.privacy.small_group
        count = self._sums[0]
        shown = np.flatnonzero((count >= least) & (count > 0))
        gaps = sorted((self._gap(int(one), language) for one in shown), key=lambda gap: -gap.mean_gap)
        return GroupGaps(self._people, tuple(gaps), int(((count > 0) & (count < least)).sum()))

    def _gap(self, competency: int, language: Language) -> GroupGap:
        count, below, gap, sd = self._sums[:, competency].tolist()
        known = self._dataset.competencies
        return GroupGap(
            competency_id=known.ids[competency],
            name=competency_name(self._dataset, competency, language),
            kind=str(known.kind[competency]) if len(known.kind) else "",
            people=int(count),
            below=round(below, 2),
            mean_gap=gap / count,
            mean_sd=sd / count,
        )


def gaps_of(dataset: Dataset, portions: Iterable[People], language: Language) -> GroupGaps:
    """Return the gaps of a group of people, given portion by portion."""
    sums = GapSums(dataset)
    for people in portions:
        sums.add(people)
    return sums.told(language)
