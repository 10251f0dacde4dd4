"""Whom a mandate binds, which programs are asked for again and again, and so what is open to whom."""

from __future__ import annotations

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray
from recommender.rankers.people import People


def bound_by(people: People, mandate: int) -> BoolArray:
    """Return whom one mandate (its row) binds, shape (n,); an empty position, tier or unit binds all."""
    dataset, mandates = people.dataset, people.dataset.mandates
    bound = np.ones(len(people), dtype=bool)
    if mandates.position[mandate] != MISSING:
        bound &= people.position == mandates.position[mandate]
    if mandates.unit[mandate] != MISSING:
        bound &= dataset.employees.unit[people.rows] == mandates.unit[mandate]
    if mandates.tier[mandate]:
        bound &= np.append(dataset.positions.tier, "")[people.position] == mandates.tier[mandate]
    return bound


def mandated(people: People) -> BoolArray:
    """Return which programs a mandate asks of each person, shape (n, P)."""
    if "mandated" not in people.memo:
        out = np.zeros((len(people), len(people.dataset.programs.ids)), dtype=bool)
        for mandate, program in enumerate(people.dataset.mandates.program):
            out[:, program] |= bound_by(people, mandate)
        people.memo["mandated"] = out
    found: BoolArray = people.memo["mandated"].copy()
    return found


def repeatable(dataset: Dataset) -> BoolArray:
    """Return which programs a mandate asks somebody to repeat, shape (P,)."""
    repeats = dataset.mandates.program[dataset.mandates.repeat_months > 0]
    return np.isin(np.arange(len(dataset.programs.ids)), repeats)


def candidates(people: People, offered: BoolArray) -> BoolArray:
    """Return what may be recommended: what is offered and was not taken, or has to be repeated, (n, P)."""
    new = (people.past.weights(1.0) == 0) | repeatable(people.dataset)[None, :]
    return np.asarray(new & offered[None, :])
