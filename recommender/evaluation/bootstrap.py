"""Intervals for means over people: the percentile bootstrap (Efron and Tibshirani, 1993, chapter 13)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import FloatArray

# Numbers drawn at a time: 8 MB, whatever the number of people.
_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over people and how far it could be off.

    Attributes
    ----------
    mean : mean over the people with a value; NaN where there are none.
    lower, upper : bounds of the interval; NaN for fewer than two people, who say nothing about spread.
    people : how many people have a value.
    """

    mean: float
    lower: float
    upper: float
    people: int


def interval(values: FloatArray, *, level: float = 0.95, draws: int = 1000, seed: int = 0) -> Interval:
    """Return the mean of the values and its bootstrap interval over people.

    Parameters
    ----------
    values : one value per person, shape (n,); NaN where the person has none, who is then left out.
    level : how much of the bootstrap distribution the interval holds, between 0 and 1.
    draws : how many times the people are drawn anew.
    seed : the same seed gives the same interval.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}; give a share between 0 and 1, for one 0.95.")
    known = values[~np.isnan(values)]
    if len(known) < 2:
        mean = float(known[0]) if len(known) else float("nan")
        return Interval(mean, float("nan"), float("nan"), len(known))
    means = _resampled_means(known, draws, seed)
    lower, upper = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(known.mean()), float(lower), float(upper), len(known))


def paired_difference(
    first: FloatArray, second: FloatArray, *, level: float = 0.95, draws: int = 1000, seed: int = 0
) -> Interval:
    """Return the mean of `first - second` over the same people and its interval.

    Two models on the same people err together, so their difference is far surer than the two means apart.
    Only people with a value in both count.

    Parameters
    ----------
    first, second : one value per person in the same order, shape (n,).
    level, draws, seed : as in `interval`.
    """
    if first.shape != second.shape:
        raise ValueError(f"{len(first)} values against {len(second)}; both must be of the same people.")
    return interval(first - second, level=level, draws=draws, seed=seed)


def _resampled_means(values: FloatArray, draws: int, seed: int) -> FloatArray:
    """Return the means of `draws` samples of the values, drawn with replacement, shape (draws,)."""
    random = np.random.default_rng(seed)
    people = len(values)
    rows = max(1, _CELLS // people)
    means = [
        values[random.integers(people, size=(min(rows, draws - start), people))].mean(axis=1)
        for start in range(0, draws, rows)
    ]
    return np.concatenate(means)
