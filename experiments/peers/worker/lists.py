"""From scores to lists, the same way for every peer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .task import MISSING, Booleans, Floats, Integers, Task

# Rows of people -> a score for every program, shape (rows, programs); NaN where the peer has no idea.
Scorer: TypeAlias = Callable[[Integers], Floats]

_BATCH = 512  # people at a time: bounds memory whatever the number of people


def rank(task: Task, scorer: Scorer) -> Integers:
    """Return the best programs of each of the task's people, best first, shape (rows, most).

    A candidate is offered and not taken yet, or is there to be taken again. `MISSING` stands where there are
    no more.
    """
    taken, popularity = task.taken(), np.bincount(task.program, minlength=task.programs)
    lists = np.full((len(task.rows), task.most), MISSING)
    for start in range(0, len(lists), _BATCH):
        rows = task.rows[start : start + _BATCH]
        candidate = ((taken[rows].toarray() == 0) | task.repeatable) & task.offered
        lists[start : start + _BATCH] = best(scorer(rows), candidate, popularity, task.most)
    return lists


def best(scores: Floats, candidate: Booleans, popularity: Integers, most: int) -> Integers:
    """Return the first `most` candidates by score; those without one come last, and ties go by popularity.

    So whoever a peer knows nothing about is recommended what most people take, as any team would have it.
    """
    known = np.where(np.isnan(scores), -np.inf, scores)
    order = np.lexsort((np.broadcast_to(-popularity, scores.shape), -known, ~candidate), axis=1)[:, :most]
    lists = np.full((len(scores), most), MISSING)
    lists[:, : order.shape[1]] = np.where(np.take_along_axis(candidate, order, axis=1), order, MISSING)
    return lists
