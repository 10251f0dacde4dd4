"""What a training is planned to do to a level, before anything is known of its real effect."""

from __future__ import annotations

import numpy as np

from recommender.competency.gap import expected_shortfall
from recommender.dataset import Dataset
from recommender.domain import FloatArray

# A participant this many steps below the entry level gets nothing out of a course (one step is a fifth of
# the scale); between there and the entry level the lift grows in a straight line.
_STEPS_TOO_FAR = 2.0

# What is expected of the share of its plan that a training realises, before data say more, and how surely:
# half, give or take. It yields to a handful of programs.
SHARE, SHARE_SD = 0.5, 0.3


def scale_step(dataset: Dataset) -> float:
    """Return the size of one of the five steps of the policy's level scale."""
    levels = dataset.policy.levels
    return (levels.maximum - levels.minimum) / 5.0


def expected_lift(
    mean: FloatArray, sd: FloatArray, entry: FloatArray, target: FloatArray, step: float
) -> FloatArray:
    """Return the mean of `planned_lift` over levels ~ N(mean, sd²), in levels; shapes broadcast.

    A course fits a narrow range of levels. Where a level is not known for sure, some of those who seem to fit
    do not, and taking all of them at the mean would promise too much. As a function of the level the planned
    lift is a tent: it rises from `_STEPS_TOO_FAR` below the entry, falls from the entry to the target, and is
    a sum of three bends max(0, level - a), whose means are known.
    """
    width = _STEPS_TOO_FAR * step
    rise = np.maximum(target - entry, 0.0) / width

    def above(bend: FloatArray) -> FloatArray:
        return expected_shortfall(-mean, sd, -bend)

    tent = rise * above(entry - width) - (rise + 1.0) * above(entry) + above(target)
    return np.asarray(np.where(target > entry, np.maximum(tent, 0.0), 0.0))


def planned_lift(level: FloatArray, entry: FloatArray, target: FloatArray, step: float) -> FloatArray:
    """Return the rise a course is designed to bring at a level, in levels; shapes broadcast.

    The course carries a participant from `entry` towards `target`: nothing above the target, at most
    target - entry, and less the further the participant stands below the entry level.
    """
    ready = np.clip(1.0 - (entry - level) / (_STEPS_TOO_FAR * step), 0.0, 1.0)
    return np.clip(target - level, 0.0, np.maximum(target - entry, 0.0)) * ready
