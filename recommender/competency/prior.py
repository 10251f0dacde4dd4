"""What is expected of a level before any evidence: from the tier and the position held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency.training import scale_step
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray, Vocabulary

# Years of service between which the shift is a straight line.
KNOTS = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0])
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
    """Prior means: a straight line in the level asked, moved by competency, tier, position and service.

    Attributes
    ----------
    line : intercept, slope on the level asked (from the scale's least), and intercept where nothing is asked,
        shape (3,).
    competency_shift : shape (competencies,).
    tier_shift : shape (tiers, competencies).
    position_shift : common to all competencies of a position, shape (positions,).
    service_shift : common to all competencies at the years of service `KNOTS`: newcomers still grow.
    competency_variance, tier_variance, position_variance : how surely the shifts are known, in their shapes.
    """

    competencies: Vocabulary
    tiers: Vocabulary
    positions: Vocabulary
    line: FloatArray
    competency_shift: FloatArray
    tier_shift: FloatArray
    position_shift: FloatArray
    service_shift: FloatArray
    competency_variance: FloatArray
    tier_variance: FloatArray
    position_variance: FloatArray

    def means(self, dataset: Dataset, rows: IntArray) -> FloatArray:
        """Return each person's prior mean in each competency, shape (n, C), without the shift by service."""
        base = line_design(dataset, rows) @ self.line
        return self._add(dataset, rows, base, (self.competency_shift, self.tier_shift, self.position_shift))

    def variances(self, dataset: Dataset, rows: IntArray) -> FloatArray:
        """Return how surely those prior means are known, shape (n, C)."""
        base = np.zeros((len(rows), len(dataset.competencies.ids)))
        shifts = (self.competency_variance, self.tier_variance, self.position_variance)
        return self._add(dataset, rows, base, shifts)

    def _add(
        self, dataset: Dataset, rows: IntArray, base: FloatArray, shifts: tuple[FloatArray, ...]
    ) -> FloatArray:
        """Add to `base`, shape (n, C), what belongs to each competency, tier and position."""
        by_competency, by_tier, by_position = shifts
        column = self.competencies.rows(dataset.competencies.ids)
        known = column != MISSING
        base[:, known] += by_competency[column[known]]
        tier = self.tiers.rows(tiers_of(dataset, rows))
        seen = tier != MISSING
        base[np.ix_(seen, known)] += by_tier[np.ix_(tier[seen], column[known])]
        position = positions_of(dataset, rows, self.positions)
        base[position != MISSING] += by_position[position[position != MISSING], None]
        return np.asarray(base)


def plain_prior(dataset: Dataset) -> Prior:
    """Return the prior to start from: half a step below what is asked, half a step where nothing is."""
    step, least = scale_step(dataset), dataset.policy.levels.minimum
    tiers = Vocabulary(dict.fromkeys(str(tier) for tier in dataset.positions.tier))
    competencies, positions = len(dataset.competencies.ids), dataset.positions.ids
    return Prior(
        dataset.competencies.ids,
        tiers,
        positions,
        np.array([least - 0.5 * step, 1.0, least + 0.5 * step]),
        np.zeros(competencies),
        np.zeros((len(tiers), competencies)),
        np.zeros(len(positions)),
        np.zeros(len(KNOTS)),
        np.zeros(competencies),
        np.zeros((len(tiers), competencies)),
        np.zeros(len(positions)),
    )


def positions_of(dataset: Dataset, rows: IntArray, positions: Vocabulary) -> IntArray:
    """Return each person's place in `positions`, `MISSING` without a position there."""
    place = np.append(positions.rows(dataset.positions.ids), MISSING)
    return np.asarray(place[dataset.employees.position[rows]])  # MISSING reads the last place


def service_weights(service: FloatArray) -> FloatArray:
    """Return how much each of `KNOTS` counts after years of service, shape (n, knots); NaN counts none."""
    known = np.nan_to_num(service)
    hats = np.stack([np.interp(known, KNOTS, hat) for hat in np.eye(len(KNOTS))], axis=1)
    return np.where(np.isnan(service)[:, None], 0.0, hats)


def line_design(dataset: Dataset, rows: IntArray) -> FloatArray:
    """Return the three columns of the line for each person and competency, shape (n, C, 3)."""
    asked = asked_levels(dataset, rows) - dataset.policy.levels.minimum
    is_asked = ~np.isnan(asked)
    columns = (is_asked.astype(float), np.nan_to_num(asked), (~is_asked).astype(float))
    return np.stack(columns, axis=-1)
