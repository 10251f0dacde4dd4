"""What programs change: the benefit of each program for each person, from beliefs and effects.

Until effects are measured, a program's effect is the share of its planned lift (entry to target level) that
trainings have realised so far, as the competency estimator learnt it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri

from recommender.competency import CompetencyEstimator, closed_gap, planned_lift, scale_step
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray

Levels = tuple[FloatArray, FloatArray]  # two arrays of one shape: mean and sd, or level and weight

_POINTS = 15  # points by which a distribution is stood for in `benefit_interval`


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of P programs as their K (program, competency) outcomes, sorted by program.

    Attributes
    ----------
    program, competency : row numbers, shape (K,).
    entry, target : levels between which the program teaches, shape (K,).
    share, share_sd : mean and standard deviation of the part of the planned lift that is realised.
    step : a fifth of the level scale.
    """

    programs: int
    program: IntArray
    competency: IntArray
    entry: FloatArray
    target: FloatArray
    share: float
    share_sd: float
    step: float

    def lift(self, level: FloatArray) -> FloatArray:
        """Return the expected rise, shape (n, K), at levels of shape (n, C)."""
        planned = planned_lift(level[:, self.competency], self.entry, self.target, self.step)
        return self.share * planned


def planned_effects(dataset: Dataset, estimator: CompetencyEstimator) -> Effects:
    """Return the effects that the catalogue promises, scaled by the share that is realised."""
    program, competency = np.nonzero(~np.isnan(dataset.programs.target))
    entry = dataset.programs.entry[program, competency]
    parameters = estimator.model_.parameters
    return Effects(
        len(dataset.programs.ids),
        program,
        competency,
        np.where(np.isnan(entry), dataset.policy.levels.minimum, entry),
        dataset.programs.target[program, competency],
        # Even where no training showed in the assessments, a program keeps a small promise: with none at
        # all nobody could ever be sent anywhere.
        max(parameters.share, 0.1),
        parameters.share_sd,
        scale_step(dataset),
    )


@dataclass(frozen=True, slots=True)
class Benefit:
    """What each of K outcomes is expected to close of n people's gaps, arrays of shape (n, K).

    Attributes
    ----------
    closed : levels closed.
    mean : the same times the requirement's weight.
    """

    effects: Effects
    closed: FloatArray
    mean: FloatArray

    def by_program(self) -> FloatArray:
        """Return the expected weighted gap closed, shape (n, P)."""
        return _sum_by_program(self.effects, self.mean)


def benefit(
    effects: Effects, mean: FloatArray, sd: FloatArray, required: FloatArray, weight: FloatArray
) -> Benefit:
    """Return what each program would close of each person's gap.

    Parameters
    ----------
    mean, sd : beliefs, shape (n, C).
    required, weight : levels asked (NaN where none) and their weights, shape (n, C).
    """
    column = effects.competency
    lift = effects.lift(mean)
    asked = np.nan_to_num(required[:, column], nan=-np.inf)
    counted = np.isfinite(asked) & (lift > 0)
    closed = np.zeros(lift.shape)
    person, outcome = np.nonzero(counted)
    cell = (person, column[outcome])
    closed[counted], _ = closed_gap(mean[cell], sd[cell], required[cell], lift[counted])
    return Benefit(effects, closed, weight[:, column] * closed)


def benefit_interval(
    effects: Effects, beliefs: Levels, asked: Levels, program: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the 80 % interval of the weighted gap that a program closes, for pairs of person and program.

    The realised share of the planned lift is common to a program's outcomes and uncertain (a beta
    distribution); given the share, the gap closed is near normal with the moments of `closed_gap`, between
    nothing and what can be closed. The interval holds the middle 80 % of that mixture.

    Parameters
    ----------
    beliefs : mean and standard deviation of each pair's person, shape (pairs, C).
    asked : level asked (NaN where none) and weight, shape (pairs, C).
    program : the program of each pair.
    """
    pair, outcome = np.nonzero(effects.program[None, :] == program[:, None])
    cell = (pair, effects.competency[outcome])
    kept = ~np.isnan(asked[0][cell])
    pair, outcome, cell = pair[kept], outcome[kept], (cell[0][kept], cell[1][kept])
    mean, sd, required, weight = beliefs[0][cell], beliefs[1][cell], asked[0][cell], asked[1][cell]
    planned = planned_lift(mean, effects.entry[outcome], effects.target[outcome], effects.step)

    def over_pairs(values: FloatArray) -> FloatArray:
        return np.bincount(pair, values, minlength=len(program)).astype(float)

    z = ndtri((np.arange(_POINTS) + 0.5) / _POINTS)[:, None]
    draws = []
    for share in _share_points(effects):
        closed, variance = closed_gap(mean, sd, required, share * planned)
        spread = np.sqrt(over_pairs(weight**2 * variance))
        most = over_pairs(weight * share * planned)
        draws.append(np.clip(over_pairs(weight * closed) + z * spread, 0.0, most))
    ordered = np.concatenate(draws)
    return np.asarray(np.quantile(ordered, 0.1, axis=0)), np.asarray(np.quantile(ordered, 0.9, axis=0))


def _share_points(effects: Effects) -> FloatArray:
    """Return the realised share at evenly spread probabilities, from the beta with its mean and deviation."""
    mean = min(max(effects.share, 0.01), 0.99)
    variance = min(effects.share_sd**2, 0.9 * mean * (1.0 - mean))
    size = mean * (1.0 - mean) / variance - 1.0
    probability = (np.arange(_POINTS) + 0.5) / _POINTS
    return np.asarray(betaincinv(mean * size, (1.0 - mean) * size, probability))


def requirements_of(dataset: Dataset, positions: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return level asked (NaN where none) and weight, both (n, C), of positions (`MISSING` allowed)."""
    held = positions != MISSING
    level = np.full((len(positions), len(dataset.competencies.ids)), np.nan)
    weight = np.zeros_like(level)
    level[held] = dataset.positions.level[positions[held]]
    weight[held] = dataset.positions.weight[positions[held]]
    return level, weight


def _sum_by_program(effects: Effects, values: FloatArray) -> FloatArray:
    out = np.zeros((len(values), effects.programs))
    if values.shape[1]:
        starts = np.flatnonzero(np.diff(effects.program, prepend=-1))
        out[:, effects.program[starts]] = np.add.reduceat(values, starts, axis=1)
    return out
