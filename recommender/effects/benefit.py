"""The benefit of each program for each person: what its effects would close of the gap that is believed.

A program's effect in a competency is the share of its planned lift (entry to target level) that it realises:
as measured, which is what a fitted estimator knows once effects were measured (`programs.py`), or one share
for all, which is what a catalogue promises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaincinv, ndtri

from recommender.competency import (
    CompetencyEstimator,
    Shares,
    closed_gap,
    expected_lift,
    planned_lift,
    scale_step,
)
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray

Levels = tuple[FloatArray, FloatArray]  # two arrays of one shape: mean and sd, or level and weight

# Even where no training showed in the assessments, a program that was not measured keeps a small promise:
# with none at all nobody could ever be sent anywhere.
_LEAST_SHARE = 0.1
_POINTS = 15  # points by which a distribution is stood for in `benefit_interval`


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of P programs as their K (program, competency) outcomes, sorted by program.

    Attributes
    ----------
    program, competency : row numbers, shape (K,).
    entry, target : levels between which the program teaches, shape (K,).
    share, share_sd : mean and standard deviation of the part of the planned lift that is realised, (K,).
    step : a fifth of the level scale.
    """

    programs: int
    program: IntArray
    competency: IntArray
    entry: FloatArray
    target: FloatArray
    share: FloatArray
    share_sd: FloatArray
    step: float

    def lift(self, mean: FloatArray, sd: FloatArray) -> FloatArray:
        """Return the expected rise, shape (n, K), at levels believed with mean and deviation (n, C)."""
        return self.lift_of(np.ones(len(self.share), dtype=bool), mean, sd)

    def lift_of(self, outcomes: BoolArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
        """Return the expected rise in those of the K outcomes that are marked, shape (n, marked)."""
        column, between = self.competency[outcomes], (self.entry[outcomes], self.target[outcomes])
        return self.share[outcomes] * expected_lift(mean[:, column], sd[:, column], *between, self.step)


def known_effects(dataset: Dataset, estimator: CompetencyEstimator) -> Effects:
    """Return the effects as far as a fitted estimator knows them: as measured, else one share for all."""
    shares = estimator.model_.shares_for(dataset)
    return _effects(dataset, replace(shares, usual=max(shares.usual, _LEAST_SHARE)))


def declared_effects(dataset: Dataset, share: float, share_sd: float) -> Effects:
    """Return the effects that the catalogue promises, of which one share is realised everywhere."""
    nothing = np.full(dataset.programs.target.shape, np.nan)
    programs, competencies = dataset.programs.ids, dataset.competencies.ids
    usual = max(share, _LEAST_SHARE)
    return _effects(dataset, Shares(programs, competencies, nothing, nothing, usual, share_sd, 0.0))


def _effects(dataset: Dataset, shares: Shares) -> Effects:
    program, competency = np.nonzero(~np.isnan(dataset.programs.target))
    share, share_sd = shares.of(program, competency)
    return Effects(
        len(dataset.programs.ids),
        program,
        competency,
        dataset.programs.entry[program, competency],
        dataset.programs.target[program, competency],
        share,
        share_sd,
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
    closed = np.zeros((len(mean), len(column)))
    asked = np.asarray(np.isfinite(required).any(axis=0))[
        column
    ]  # of one person, a position asks for few of them
    lift = effects.lift_of(asked, mean, sd)
    counted = np.isfinite(required[:, column[asked]]) & (lift > 0)
    person, outcome = np.nonzero(counted)
    cell = (person, column[asked][outcome])
    part = np.zeros(lift.shape)
    part[counted], _ = closed_gap(mean[cell], sd[cell], required[cell], lift[counted])
    closed[:, asked] = part
    return Benefit(effects, closed, weight[:, column] * closed)


def benefit_interval(
    effects: Effects, beliefs: Levels, asked: Levels, program: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the 80 % interval of the weighted gap that a program closes, for pairs of person and program.

    The realised share of the planned lift is uncertain (a beta distribution), high or low in all of a
    program's outcomes together, and so is each level held (normal). The interval holds the middle 80 % of
    what comes of evenly spread shares and, for each of them, evenly spread levels.

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
    total = np.zeros((_POINTS**2, len(program)))
    share = _share_points(effects.share[outcome], effects.share_sd[outcome])
    place = np.arange(len(pair)) - np.searchsorted(pair, pair)  # among the outcomes of the pair
    level = mean + sd * _normal_points(int(place.max(initial=0)) + 1)[:, :, place]
    planned = planned_lift(level, effects.entry[outcome], effects.target[outcome], effects.step)
    closed = weight * np.clip(required - level, 0.0, share[:, None, :] * planned)
    np.add.at(total.T, pair, closed.reshape(_POINTS**2, len(pair)).T)
    return np.asarray(np.quantile(total, 0.1, axis=0)), np.asarray(np.quantile(total, 0.9, axis=0))


def _normal_points(outcomes: int) -> FloatArray:
    """Return for each share the same evenly spread points of a normal, shape (points, points, outcomes).

    Their order is another one for each share and outcome: levels of several competencies go their own ways.
    """
    points = np.broadcast_to(ndtri((np.arange(_POINTS) + 0.5) / _POINTS), (_POINTS, outcomes, _POINTS))
    return np.random.default_rng(0).permuted(points, axis=2).transpose(0, 2, 1)


def _share_points(share: FloatArray, share_sd: FloatArray) -> FloatArray:
    """Return shares at evenly spread probabilities, from betas of mean and deviation, shape (points, n)."""
    most = np.maximum(1.0, 1.25 * share)  # a program may do better than its promise
    mean = np.clip(share / most, 0.01, 0.99)
    variance = np.minimum((share_sd / most) ** 2, 0.9 * mean * (1.0 - mean))
    size = mean * (1.0 - mean) / variance - 1.0
    probability = (np.arange(_POINTS)[:, None] + 0.5) / _POINTS
    return np.asarray(most * betaincinv(mean * size, (1.0 - mean) * size, probability))


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
