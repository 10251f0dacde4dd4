"""Yearly performance reviews: relative inside office and year, scores first and words since 2022."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import DateArray, FloatArray, IntArray, TextArray
from recommender.simulation.history import join
from recommender.simulation.people import People, Traits
from recommender.simulation.reference import FIRST_YEAR, stream
from recommender.simulation.roles import Roles

_LAST_SCORE_YEAR = 2021
_ABOVE, _BELOW = 0.9, -1.4
_RATINGS = np.array(["di bawah ekspektasi", "sesuai ekspektasi", "di atas ekspektasi"], dtype=object)
# Rows: result below, meets, above; columns: behaviour below, meets, above.
_MATRIX = np.array(
    [
        ["sangat kurang", "butuh perbaikan", "butuh perbaikan"],
        ["kurang", "baik", "baik"],
        ["kurang", "baik", "sangat baik"],
    ],
    dtype=object,
)


@dataclass(frozen=True, slots=True)
class ReviewRows:
    """Reviews as arrays; empty words in the era of scores, NaN scores in the era of words."""

    employee: IntArray
    day: DateArray
    result: TextArray
    behaviour: TextArray
    predicate: TextArray
    score: FloatArray


class Reviewers:
    """Collects the reviews of all years."""

    def __init__(self, people: People, traits: Traits, roles: Roles, seed: int) -> None:
        self._rng = stream(seed, "reviews")
        self._people, self._traits = people, traits
        self._required = roles.level[people.role]
        self._parts: list[ReviewRows] = []

    def observe(self, quarter: int, levels: FloatArray, serving: IntArray) -> None:
        """Review everybody who served at least half the year, in its last quarter."""
        if quarter % 4 != 3:
            return
        year = FIRST_YEAR + quarter // 4
        half = np.datetime64(f"{year}-07-01", "D")
        reviewed = serving[(self._people.hired_on[serving] <= half) & (self._rng.random(len(serving)) < 0.96)]
        held = np.where(self._required[reviewed] > 0, levels[reviewed] - self._required[reviewed], 0.0)
        fit = held.sum(axis=1) / (self._required[reviewed] > 0).sum(axis=1)
        drive = 0.6 * self._traits.ability[reviewed] + 0.3 * self._traits.liking[reviewed] + 0.8 * fit
        noise = self._rng.standard_normal((2, len(reviewed)))
        office = self._people.office[reviewed]
        result, behaviour = (_relative(drive + 0.7 * part, office) for part in noise)
        self._parts.append(_rows(reviewed, year, result, behaviour))

    def collected(self) -> ReviewRows:
        """Return all reviews, by year and employee."""
        joined: ReviewRows = join(self._parts)
        return joined


def _relative(value: FloatArray, group: IntArray) -> FloatArray:
    """Standardise within groups; a group of one is average."""
    count = np.bincount(group)
    mean = np.bincount(group, value) / np.maximum(count, 1)
    spread = np.bincount(group, (value - mean[group]) ** 2) / np.maximum(count, 1)
    scale = np.where(spread > 0.01, np.sqrt(spread), 1.0)
    relative: FloatArray = (value - mean[group]) / scale[group]
    return relative


def _rows(reviewed: IntArray, year: int, result: FloatArray, behaviour: FloatArray) -> ReviewRows:
    count = len(reviewed)
    day = np.full(count, np.datetime64(f"{year}-12-31", "D"))
    if year <= _LAST_SCORE_YEAR:
        empty = np.full(count, "", dtype=object)
        score = np.clip(np.round(86 + 5 * (0.6 * result + 0.4 * behaviour), 1), 50, 118)
        return ReviewRows(reviewed, day, empty, empty, empty, score)
    first, second = (np.digitize(value, [_BELOW, _ABOVE]) for value in (result, behaviour))
    none = np.full(count, np.nan)
    return ReviewRows(reviewed, day, _RATINGS[first], _RATINGS[second], _MATRIX[first, second], none)
