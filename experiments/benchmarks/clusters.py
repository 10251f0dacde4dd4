"""Figures over many values per person, with intervals that draw whole persons."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import Interval

_DRAWS = 1000


def pooled_mean(values: FloatArray, person: IntArray, seed: int = 0) -> Interval:
    """Return the mean over all values and its 95 % interval, drawing persons with all their values."""
    means, people = _drawn_means(values[None, :], person, seed)
    return _interval(float(values.mean()), means[:, 0], people)


def pooled_rmse(error: FloatArray, person: IntArray) -> Interval:
    """Return the root of the mean squared error and its 95 % interval, drawing persons."""
    squared = pooled_mean(error**2, person)
    return Interval(squared.mean**0.5, squared.lower**0.5, squared.upper**0.5, squared.people)


def rmse_difference(first: FloatArray, second: FloatArray, person: IntArray) -> Interval:
    """Return how much larger the first RMSE is than the second, over the same values of the same persons."""
    whole, drawn, people = _two_rmse(first, second, person)
    return _interval(float(whole[0] - whole[1]), drawn[:, 0] - drawn[:, 1], people)


def rmse_ratio(first: FloatArray, second: FloatArray, person: IntArray) -> Interval:
    """Return the first RMSE divided by the second, over the same values of the same persons."""
    whole, drawn, people = _two_rmse(first, second, person)
    return _interval(float(whole[0] / whole[1]), drawn[:, 0] / drawn[:, 1], people)


def within(error: FloatArray, sd: FloatArray, share: float) -> BoolArray:
    """Return whether each error lies in the middle `share` of a normal distribution of its own sd."""
    return np.asarray(np.abs(error) <= NormalDist().inv_cdf((1.0 + share) / 2.0) * sd)


def coverage(error: FloatArray, sd: FloatArray, person: IntArray, share: float) -> Interval:
    """Return how many percent of the errors lie in their intervals of this share, drawing persons."""
    return pooled_mean(100.0 * within(error, sd, share), person)


def _two_rmse(first: FloatArray, second: FloatArray, person: IntArray) -> tuple[FloatArray, FloatArray, int]:
    """Return two RMSE over all values, shape (2,), in each draw, shape (draws, 2), and the persons."""
    squared = np.stack([first**2, second**2])
    means, people = _drawn_means(squared, person, 0)
    return np.sqrt(squared.mean(axis=1)), np.sqrt(means), people


def _drawn_means(values: FloatArray, person: IntArray, seed: int) -> tuple[FloatArray, int]:
    """Return the means of k rows of values in each draw of persons, shape (draws, k), and the persons."""
    _, owner = np.unique(person, return_inverse=True)
    count = np.bincount(owner)
    total = np.stack([np.bincount(owner, row) for row in values], axis=1)
    people = len(count)
    random = np.random.default_rng(seed)
    means = np.empty((_DRAWS, len(values)))
    for draw in range(_DRAWS):
        drawn = random.integers(people, size=people)
        means[draw] = total[drawn].sum(axis=0) / count[drawn].sum()
    return means, people


def _interval(mean: float, drawn: FloatArray, people: int) -> Interval:
    lower, upper = np.quantile(drawn, [0.025, 0.975])
    return Interval(mean, float(lower), float(upper), people)
