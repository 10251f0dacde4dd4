"""What mandates ask of people and is not done, and since when it is owed."""

from __future__ import annotations

import numpy as np

from recommender.domain import BoolArray, DateArray
from recommender.engine.exclusions import completed_and_valid, not_admitted, valid_until
from recommender.rankers import People
from recommender.rankers.mandates import bound_by, mandated

_NO_DAY = np.datetime64("NaT", "D")


def still_owed(people: People) -> BoolArray:
    """Return which programs a mandate asks of each person and no completion covers today, shape (n, P).

    Nobody owes a program that does not admit him: a mandate for a whole tier may name one for contract staff.
    """
    return np.asarray(mandated(people) & ~completed_and_valid(people) & ~not_admitted(people))


def due_days(people: People) -> DateArray:
    """Return the day by which each person owes each mandated program, NaT where none is set, shape (n, P).

    Who never completed the program owes it by the mandate's `due_on`, the earliest where several bind. Whose
    completion ran out owes it since the last day on which it held, or by `due_on` where that is later: a
    mandate is not counted as overdue for years in which it was fulfilled.
    """
    mandates = people.dataset.mandates
    due = np.full((len(people), len(people.dataset.programs.ids)), _NO_DAY)
    for mandate, program in enumerate(mandates.program):
        day = np.where(bound_by(people, mandate), mandates.due_on[mandate], _NO_DAY)
        due[:, program] = np.fmin(due[:, program], day)
    ended = valid_until(people)
    ran_out = np.where(people.dataset.as_of > ended, ended, _NO_DAY)
    return np.asarray(np.fmax(due, ran_out))
