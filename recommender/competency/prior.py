"""What is expected of a level before any evidence: from the tier and the position held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency.training import scale_step
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray, Vocabulary

_SHRINKAGE = 5.0  # a group's own mean weighs as much as this many judgements of its parent
_TIER_KINDS = ("managerial", "sociocultural")  # competencies whose level the policy gives by tier


def asked_levels(dataset: Dataset, rows: IntArray) -> FloatArray:
    """Return the level asked of each person in each competency, shape (n, C); NaN where nothing is asked.

    The position's own requirement wins; without one, managerial and socio-cultural competencies take the
    tier's level from the policy.
    """
    positions, kinds = dataset.positions, dataset.competencies.kind
    asked = np.full((len(rows), len(dataset.competencies.ids)), np.nan)
    position = dataset.employees.position[rows]
    held = position != MISSING
    asked[held] = positions.level[position[held]]
    by_tier = np.array([dataset.policy.tiers.get(str(tier), np.nan) for tier in positions.tier])
    tier_level = np.full(len(rows), np.nan)
    tier_level[held] = by_tier[position[held]]
    by_kind = np.isin(kinds.astype(str), _TIER_KINDS)
    fill = np.isnan(asked) & by_kind[None, :]
    return np.where(fill, tier_level[:, None], asked)


def tiers_of(dataset: Dataset, rows: IntArray) -> list[str]:
    """Return each person's tier, "" without a position."""
    position = dataset.employees.position[rows]
    tiers = dataset.positions.tier
    return [str(tiers[place]) if place != MISSING else "" for place in position]


@dataclass(frozen=True, slots=True)
class Prior:
    """Prior means: a straight line in the level asked, moved by competency and by tier.

    Attributes
    ----------
    line : intercept, slope on the level asked, and intercept where nothing is asked, shape (3,).
    competency_shift : shape (competencies,).
    tier_shift : shape (tiers, competencies).
    """

    competencies: Vocabulary
    tiers: Vocabulary
    line: FloatArray
    competency_shift: FloatArray
    tier_shift: FloatArray

    def means(self, dataset: Dataset, rows: IntArray) -> FloatArray:
        """Return the prior mean of each person and competency of `dataset`, shape (n, C)."""
        base = _design(asked_levels(dataset, rows)) @ self.line
        column = self.competencies.rows(dataset.competencies.ids)
        known = column != MISSING
        base[:, known] += self.competency_shift[column[known]]
        tier = self.tiers.rows(tiers_of(dataset, rows))
        seen = tier != MISSING
        base[np.ix_(seen, known)] += self.tier_shift[np.ix_(tier[seen], column[known])]
        levels = dataset.policy.levels
        return np.clip(base, levels.minimum, levels.maximum)


def plain_prior(dataset: Dataset) -> Prior:
    """Return the prior to start from: half a step below what is asked, half a step where nothing is."""
    step, least = scale_step(dataset), dataset.policy.levels.minimum
    tiers = Vocabulary(dict.fromkeys(str(tier) for tier in dataset.positions.tier))
    competencies = len(dataset.competencies.ids)
    return Prior(
        dataset.competencies.ids,
        tiers,
        np.array([-0.5 * step, 1.0, least + 0.5 * step]),
        np.zeros(competencies),
        np.zeros((len(tiers), competencies)),
    )


def learn_prior(
    start: Prior, asked: FloatArray, tier: IntArray, cell: tuple[IntArray, IntArray], level: FloatArray
) -> Prior:
    """Return the prior that fits debiased first judgements `level` of the cells (person, competency).

    Parameters
    ----------
    asked : level asked of each person and competency, shape (n, C).
    tier : row of `start.tiers` of each person, `MISSING` without.
    """
    person, competency = cell
    design = _design(asked)[cell]
    # A ridge towards the starting line keeps the fit sane with few judgements or a constant level asked.
    ridge = _SHRINKAGE * np.eye(3)
    line = np.linalg.solve(design.T @ design + ridge, design.T @ level + ridge @ start.line)
    residual = level - design @ line
    competency_shift = _shrunk_means(competency, residual, len(start.competencies))
    residual = residual - competency_shift[competency]
    known = tier[person] != MISSING
    shape = start.tier_shift.shape
    flat = tier[person[known]] * shape[1] + competency[known]
    tier_shift = _shrunk_means(flat, residual[known], shape[0] * shape[1]).reshape(shape)
    return Prior(start.competencies, start.tiers, line, competency_shift, tier_shift)


def _design(asked: FloatArray) -> FloatArray:
    is_asked = ~np.isnan(asked)
    return np.stack([is_asked.astype(float), np.nan_to_num(asked), (~is_asked).astype(float)], axis=-1)


def _shrunk_means(group: IntArray, value: FloatArray, groups: int) -> FloatArray:
    total = np.bincount(group, value, minlength=groups)
    count = np.bincount(group, minlength=groups)
    return np.asarray(total / (count + _SHRINKAGE))
