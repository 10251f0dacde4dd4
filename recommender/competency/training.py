"""What a training is planned to do to a level, before anything is known of its real effect."""

from __future__ import annotations

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import FloatArray

# A participant this many steps below the entry level gets nothing out of a course (one step is a fifth of
# the scale); between there and the entry level the lift grows in a straight line.
_STEPS_TOO_FAR = 2.0


def scale_step(dataset: Dataset) -> float:
    """Return the size of one of the five steps of the policy's level scale."""
    levels = dataset.policy.levels
    return (levels.maximum - levels.minimum) / 5.0


def planned_lift(level: FloatArray, entry: FloatArray, target: FloatArray, step: float) -> FloatArray:
    """Return the rise a course is designed to bring at a level, in levels; shapes broadcast.

    The course carries a participant from `entry` towards `target`: nothing above the target, at most
    target - entry, and less the further the participant stands below the entry level.
    """
    ready = np.clip(1.0 - (entry - level) / (_STEPS_TOO_FAR * step), 0.0, 1.0)
    return np.clip(target - level, 0.0, np.maximum(target - entry, 0.0)) * ready
