"""Intervals for means over people: the percentile bootstrap (Efron and Tibshirani, 1993, chapter 13)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import FloatArray, IntArray

# Numbers drawn at a time: 8 MB, whatever the number of people.
_CELLS = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over people and how far it could be off.

    Attributes
    ----------
    mean : mean over the people with a value, or ratio of two; NaN where there are none.
    lower, upper : bounds of the interval; NaN for fewer than two people, who say nothing about spread.
    people : how many people have a value.
    """

    mean: float
    lower: float
    upper: float
    people: int


def interval(
    values: FloatArray,
    person: IntArray | None = None,
    *,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return the mean of the values and its bootstrap interval over people.

    Parameters
    ----------
    values : shape (n,); NaN where there is none, which is then left out.
    person : whose each value is, shape (n,); by default each is another person's. A person judged on several
        cuts is drawn with all values at once, since they err together.
    level : how much of the bootstrap distribution the interval holds, between 0 and 1.
    draws : how many times the people are drawn anew.
    seed : the same seed gives the same interval.
    """
    return ratio(values, np.ones(len(values)), person, level=level, draws=draws, seed=seed)


def ratio(
    part: FloatArray,
    whole: FloatArray,
    person: IntArray | None = None,
    *,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return the sum of `part` over the sum of `whole` and its bootstrap interval over people.

    A mean of single ratios would count somebody with next to nothing to gain like everybody else.

    Parameters
    ----------
    part, whole : shape (n,). Left out is where either is NaN, and where the whole is 0: of nothing there is
        no share.
    person, level, draws, seed : as in `interval`.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level:g}; give a share between 0 and 1, for one 0.95.")
    known = ~np.isnan(part) & (whole > 0)
    owner = np.arange(len(part)) if person is None else person
    _, owner = np.unique(owner[known], return_inverse=True)
    count = np.bincount(owner, whole[known]).astype(float)
    total = np.bincount(owner, part[known]).astype(float)
    mean = float(part[known].sum() / whole[known].sum()) if len(count) else float("nan")
    if len(count) < 2:
        return Interval(mean, float("nan"), float("nan"), len(count))
    means = _resampled_means(total, count, draws, seed)
    lower, upper = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean, float(lower), float(upper), len(count))


def paired_difference(
    first: FloatArray,
    second: FloatArray,
    person: IntArray | None = None,
    *,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Return the mean of `first - second` over the same people and its interval.

    Two models on the same people err together, so their difference is far surer than the two means apart.
    Only what has a value in both counts.

    Parameters
    ----------
    first, second : values of the same people in the same order, shape (n,).
    person, level, draws, seed : as in `interval`.
    """
    if first.shape != second.shape:
        raise ValueError(f"{len(first)} values against {len(second)}; both must be of the same people.")
    return interval(first - second, person, level=level, draws=draws, seed=seed)


def _resampled_means(total: FloatArray, count: FloatArray, draws: int, seed: int) -> FloatArray:
    """Return the means of `draws` samples of people, drawn with replacement, shape (draws,).

    Parameters
    ----------
    total, count : sum of each person's values, and their number or what they are a part of, (people,).
    """
    random = np.random.default_rng(seed)
    people = len(total)
    rows = max(1, _CELLS // people)
    means = []
    for start in range(0, draws, rows):
        drawn = random.integers(people, size=(min(rows, draws - start), people))
        means.append(total[drawn].sum(axis=1) / count[drawn].sum(axis=1))
    return np.concatenate(means)
