"""Role look-up: what national learning platforms do today."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .lists import Scorer
from .task import MISSING, Floats, Integers, Task


def load_nothing() -> None:
    """Need no library."""


def role_lookup(task: Task, parameters: Mapping[str, object]) -> Scorer:  # noqa: ARG001 - nothing to set
    """Fit one fixed list per position: what it takes most; ties by the tier, then by everybody."""
    everybody = np.bincount(task.program, minlength=task.programs)
    by_tier, by_position = _counts(task, task.tier), _counts(task, task.position)

    def score(rows: Integers) -> Floats:
        tier, position = by_tier[task.tier[rows]], by_position[task.position[rows]]
        order = np.lexsort((np.broadcast_to(-everybody, tier.shape), -tier, -position), axis=1)
        return -np.argsort(order, axis=1).astype(float)

    return score


def _counts(task: Task, codes: Integers) -> Integers:
    """Return how many of each group took each program, (groups + 1, programs); the last row is 0."""
    code = codes[task.employee]
    counts = np.zeros((int(codes.max(initial=MISSING)) + 2, task.programs), dtype=np.int64)
    np.add.at(counts, (code[code != MISSING], task.program[code != MISSING]), 1)
    return counts
