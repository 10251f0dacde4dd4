"""The truth of the synthetic city: what programs change, how levels move, what a program would gain.

The docstring of the package has the formulas and the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import FloatArray, IntArray
from recommender.simulation.courses import Courses
from recommender.simulation.people import People, Traits
from recommender.simulation.reference import FIRST_YEAR, stream
from recommender.simulation.roles import Roles

_USELESS_SHARE = 0.25  # programs that change nothing
_QUALITY_LOW, _QUALITY_HIGH = 0.08, 0.8  # share of the promised step that the others deliver
_EFFECT_MAXIMUM = 1.2
_AT_TARGET = 0.1  # what is left of an effect for somebody who is already at the target
_BELOW_WIDTH = 0.9  # how fast an effect fades below the entry level
_KEEP, _LOSE = 0.02, 0.05  # quarterly pull towards the base level: used and unused competencies
_SHOCK = 0.05
_TOP = 5.0


@dataclass(frozen=True, slots=True)
class Nature:
    """What programs are like, hidden from the tables.

    Attributes
    ----------
    effect : (programs, competencies), the average lift at the entry level.
    marketing : how well a program sells; independent of its effect.
    charm : how pleasant it is; independent of its effect.
    drill : points by which its own test rises without anything being learnt.
    leaning : how much the able (positive) or the weak (negative) are sent.
    """

    effect: FloatArray
    marketing: FloatArray
    charm: FloatArray
    drill: FloatArray
    leaning: FloatArray


def draw_nature(courses: Courses, seed: int) -> Nature:
    """Draw the hidden side of each program."""
    rng = stream(seed, "nature")
    count = len(courses)
    # Evenly spaced qualities in random order: no luck of the draw decides how much programs differ.
    rank = (rng.permutation(count) + 0.5) / count
    useful = (rank - _USELESS_SHARE) / (1 - _USELESS_SHARE)
    quality = np.where(useful < 0, 0.0, _QUALITY_LOW + (_QUALITY_HIGH - _QUALITY_LOW) * useful)
    step = np.nan_to_num(courses.target - courses.entry)
    spread = 0.8 + 0.4 * rng.random(step.shape)
    return Nature(
        effect=np.round(np.minimum(quality[:, None] * step * spread, _EFFECT_MAXIMUM), 4),
        marketing=rng.standard_normal(count),
        charm=rng.standard_normal(count),
        drill=20 * rng.random(count),
        leaning=0.45 + 0.6 * rng.standard_normal(count),
    )


def readiness(level: FloatArray, entry: FloatArray, target: FloatArray) -> FloatArray:
    """Return the share of an effect that reaches somebody at `level`: 1 at entry, little at the target."""
    below = np.exp(-0.5 * (np.minimum(level - entry, 0.0) / _BELOW_WIDTH) ** 2)
    way = np.maximum(level - entry, 0.0) / np.maximum(target - entry, 0.5)
    return below * np.maximum(_AT_TARGET, 1 - (1 - _AT_TARGET) * way)


def lift(level: FloatArray, program: IntArray, courses: Courses, nature: Nature) -> FloatArray:
    """Return the expected lift (people, competencies) of one program per person; 0 where not taught."""
    entry, target = courses.entry[program], np.nan_to_num(courses.target[program])
    return nature.effect[program] * readiness(level, entry, target)


def gain(level: FloatArray, required: FloatArray, weight: FloatArray, lifted: FloatArray) -> FloatArray:
    """Return the drop in weighted shortfall when `level` rises by `lifted`, clipped to the scale."""
    after = np.minimum(level + lifted, _TOP)
    drop: FloatArray = weight * (np.maximum(0, required - level) - np.maximum(0, required - after))
    return drop


def gains(level: FloatArray, people: People, roles: Roles, courses: Courses, nature: Nature) -> FloatArray:
    """Return (employees, programs): the true gain of each program for each person at these levels."""
    total = np.zeros((len(people), len(courses)))
    for p, c in np.argwhere(nature.effect > 0):
        held = level[:, c]
        lifted = nature.effect[p, c] * readiness(held, courses.entry[p, c], courses.target[p, c])
        total[:, p] += gain(held, roles.level[people.role, c], roles.weight[people.role, c], lifted)
    return total


class Levels:
    """The true levels of all employees, moved from quarter to quarter."""

    def __init__(self, people: People, roles: Roles, traits: Traits, seed: int) -> None:
        self._rng = stream(seed, "levels")
        required = roles.level[people.role]
        self._base = self._base_levels(required, traits.ability)
        self._pull = np.where(required > 0, _KEEP, _LOSE)
        years = np.maximum(people.service_years(np.datetime64(f"{FIRST_YEAR}-01-01", "D")), 0.0)
        newness = np.where(required > 0, 0.8 * np.exp(-years / 2.5)[:, None], 0.0)
        self.now: FloatArray = np.clip(self._base - newness, 0.0, _TOP)

    def _base_levels(self, required: FloatArray, ability: FloatArray) -> FloatArray:
        """Return where levels settle without training: short of a requirement, low without one."""
        rng = self._rng
        common = 0.25 * rng.standard_normal(required.shape[1])
        own = rng.standard_normal(required.shape)
        used = required - 0.5 + common + 0.45 * ability[:, None] + 0.5 * own
        unused = 0.3 + 0.15 * ability[:, None] + 0.4 * np.abs(own)
        base: FloatArray = np.clip(np.where(required > 0, used, unused), 0.0, _TOP)
        return base

    def drift(self, serving: IntArray) -> None:
        """Let one quarter pass for those in service: growth or fading towards the base, and chance."""
        held = self.now[serving]
        pull = self._pull[serving] * (self._base[serving] - held)
        self.now[serving] = np.clip(held + pull + _SHOCK * self._rng.standard_normal(held.shape), 0.0, _TOP)

    def raise_by(self, people: IntArray, lifted: FloatArray) -> None:
        """Add what was learnt; each person occurs once."""
        self.now[people] = np.minimum(self.now[people] + lifted, _TOP)
