"""Means over many values per person, with intervals that draw whole persons."""

from __future__ import annotations

import numpy as np

from recommender.domain import FloatArray, IntArray
from recommender.evaluation.bootstrap import Interval

_DRAWS = 1000


def pooled_mean(values: FloatArray, person: IntArray, seed: int = 0) -> Interval:
    """Return the mean over all values and its 95 % interval, drawing persons with all their values."""
    _, owner = np.unique(person, return_inverse=True)
    total, count = np.bincount(owner, values), np.bincount(owner)
    people = len(count)
    random = np.random.default_rng(seed)
    means = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        drawn = random.integers(people, size=people)
        means[draw] = total[drawn].sum() / count[drawn].sum()
    lower, upper = np.quantile(means, [0.025, 0.975])
    return Interval(float(values.mean()), float(lower), float(upper), people)
