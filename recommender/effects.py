"""What programs change: the benefit of each program for each person, from beliefs and effects.

Until effects are measured, a program's effect is the share of its planned lift (entry to target level) that
trainings have realised so far, as the competency estimator learnt it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency import CompetencyEstimator, closed_gap, planned_lift, scale_step
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray


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
    parameters = estimator.parameters_
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
    mean, variance : the same times the requirement's weight, and its variance.
    """

    effects: Effects
    closed: FloatArray
    mean: FloatArray
    variance: FloatArray

    def by_program(self) -> FloatArray:
        """Return the expected weighted gap closed, shape (n, P)."""
        return _sum_by_program(self.effects, self.mean)

    def sd_by_program(self) -> FloatArray:
        """Return the standard deviation of the gap closed, shape (n, P); outcomes taken as independent."""
        return np.asarray(np.sqrt(_sum_by_program(self.effects, self.variance)))


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
    first, variance = np.zeros((2, *lift.shape))
    person, outcome = np.nonzero(counted)
    cell = (person, column[outcome])
    first[counted], variance[counted] = closed_gap(mean[cell], sd[cell], required[cell], lift[counted])
    relative = effects.share_sd / effects.share
    importance = weight[:, column]
    return Benefit(effects, first, importance * first, importance**2 * (variance + (relative * first) ** 2))


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
