"""Picking a list: the best programs first, none that a program above it on the list makes needless."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.rankers import People
from recommender.rankers.mandates import mandated


def worth_the_hours(people: People, mean: FloatArray) -> BoolArray:
    """Return which programs close enough for their hours at levels `mean`, shape (n, P).

    Where the data do not say what a position asks for, and for mandated programs, nothing is too little.
    """
    rule = people.dataset.policy.recommendation
    hours = np.nan_to_num(people.dataset.programs.hours)
    least = (rule.minimum_benefit + rule.minimum_benefit_per_hour * hours) * people.held.effects.step
    return np.asarray((people.benefit_at(mean) >= least) | ~people.have_needs[:, None] | mandated(people))


@dataclass(frozen=True, slots=True)
class Selection:
    """Lists as (person, program) pairs, person by person in the order of the list.

    `covered` marks programs passed over since one above them on the list makes them needless, shape (n, P).
    """

    person: IntArray
    program: IntArray
    covered: BoolArray


def select(people: People, scores: FloatArray, allowed: BoolArray, n: int) -> Selection:
    """Return at most `n` programs for each person, best first, ties in the catalogue's order.

    After each pick the person is taken to have the levels it is expected to bring; a program that is then no
    longer worth its hours, such as a second course for the same small gap, is passed over.
    """
    left, mean = allowed.copy(), people.beliefs.mean.copy()
    picks = np.full((len(people), min(n, left.shape[1])), -1)
    for turn in range(picks.shape[1]):
        shown = np.where(left, scores, -np.inf)
        best = shown.argmax(axis=1)
        open_ = np.flatnonzero(left.any(axis=1))
        if not len(open_):
            break
        picks[open_, turn] = best[open_]
        left[open_, best[open_]] = False
        _raise_levels(people, mean, open_, best[open_])
        left &= worth_the_hours(people, mean)
    person, turn_of = np.nonzero(picks >= 0)
    program = picks[person, turn_of]
    covered = allowed & ~left
    covered[person, program] = False
    return Selection(person, program, covered)


def _raise_levels(people: People, mean: FloatArray, who: IntArray, program: IntArray) -> None:
    effects = people.held.effects
    lift = effects.lift(mean[who], people.beliefs.sd[who]) * (effects.program[None, :] == program[:, None])
    np.add.at(mean, (who[:, None], effects.competency[None, :]), lift)
