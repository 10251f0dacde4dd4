"""What the records of a whole city say that the answer to one person needs.

A `Dataset` that holds everybody works them out where they are needed (`norms_of.py`). One that holds a few
people only (`slices.py`) carries them, so that these few are answered as if everybody were there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import MISSING, BoolArray, FloatArray, IntArray

LEAST_GROUP = 3  # a review says nothing in a unit and period with fewer people
_LEANING = 5.0  # a program's mean leans on that of all programs as if on so many records more


@dataclass(frozen=True, slots=True)
class ProgramNorms:
    """How programs went for those who took them, arrays of shape (P,).

    Attributes
    ----------
    completed_share, score, gain, rating : means by program, leaning on the mean of all; NaN where no program
        has any.
    begun, completed, takers : how often each was begun and completed, and by how many people.
    by_position : takers by position now held, shape (positions, P).
    """

    completed_share: FloatArray
    score: FloatArray
    gain: FloatArray
    rating: FloatArray
    begun: IntArray
    completed: IntArray
    takers: IntArray
    by_position: IntArray


@dataclass(frozen=True, slots=True)
class ReviewNorms:
    """How reviews fell out by unit, period and kind of record: `key` has shape (groups, 3), in order.

    A standing is told only within a group of `LEAST_GROUP` people who differ: `sd` is 0 in the others.
    """

    key: IntArray
    mean: FloatArray
    sd: FloatArray

    def standing(self, key: IntArray, value: FloatArray) -> FloatArray:
        """Return values in standard deviations from the mean of their group; NaN where that says nothing."""
        out = np.full(len(value), np.nan)
        near = np.flatnonzero(np.isin(self.key[:, 0], key[:, 0]))  # few of a city's: the units asked about
        if not len(near):
            return out
        every, place = np.unique(np.concatenate([self.key[near], key]), axis=0, return_inverse=True)
        group = np.full(len(every), MISSING)
        group[place[: len(near)]] = near
        mine = group[place[len(near) :]]
        told = (mine != MISSING) & ~np.isnan(value)
        told[told] = self.sd[mine[told]] > 0
        out[told] = (value[told] - self.mean[mine[told]]) / self.sd[mine[told]]
        return out


@dataclass(frozen=True, slots=True)
class Judges:
    """Which sources of assessments judge which competencies; `judges` has shape (sources, C)."""

    sources: tuple[str, ...]
    judges: BoolArray


@dataclass(frozen=True, slots=True)
class Norms:
    """All of them, and the city's date.

    Attributes
    ----------
    known_facts : facts about people (`norms_of.known_facts`) that the data know of somebody.
    judges : who could be asked for an assessment; None where nobody is to be asked.
    """

    as_of: np.datetime64
    programs: ProgramNorms
    reviews: ReviewNorms
    known_facts: frozenset[str]
    judges: Judges | None = None


def leaning_means(total: FloatArray | IntArray, count: FloatArray | IntArray) -> FloatArray:
    """Return each program's mean from sum and number of values, leaning on that of all; NaN without any."""
    if not count.any():
        return np.full(len(total), np.nan)
    return np.asarray((total + _LEANING * total.sum() / count.sum()) / (count + _LEANING))


def review_norms_from(key: IntArray, value: FloatArray, count: IntArray) -> ReviewNorms:
    """Return the norms of values that were each seen `count` times, by unit, period and kind (n, 3)."""
    if not len(value):
        return ReviewNorms(np.empty((0, 3), dtype=np.int64), np.empty(0), np.empty(0))
    groups, group = np.unique(key, axis=0, return_inverse=True)
    people = np.bincount(group, count)
    mean = np.bincount(group, count * value) / people
    sd = np.sqrt(np.bincount(group, count * (value - mean[group]) ** 2) / people)
    return ReviewNorms(groups, mean, np.where(people >= LEAST_GROUP, sd, 0.0))
