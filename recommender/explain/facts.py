"""Facts that reasons are told with, looked up once for a batch of people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, IntArray, Vocabulary
from recommender.rankers import People
from recommender.rankers.mandates import mandated


@dataclass(frozen=True, slots=True)
class Takers:
    """How many people took each program: by position and by tier, one row each, and in all."""

    tier_of: IntArray
    by_position: IntArray
    by_tier: IntArray
    all: IntArray

    def of(self, position: int, program: int) -> tuple[int, int, int]:
        """Return takers in a position (`MISSING` allowed), in its tier, and in all."""
        tier = MISSING if position == MISSING else int(self.tier_of[position])
        same = 0 if position == MISSING else int(self.by_position[position, program])
        alike = 0 if tier == MISSING else int(self.by_tier[tier, program])
        return same, alike, int(self.all[program])


@dataclass(frozen=True, slots=True)
class Facts:
    """A batch of people and what is told of them.

    Attributes
    ----------
    mandated : what is mandatory for whom, shape (n, P).
    have_needs : whether the data say what each person's position asks for, shape (n,).
    begun, completed : how often each program was, shape (P,).
    """

    people: People
    takers: Takers
    mandated: BoolArray
    have_needs: BoolArray
    begun: IntArray
    completed: IntArray


def gather_facts(people: People) -> Facts:
    """Return the facts about a batch."""
    history, programs = people.dataset.history, len(people.dataset.programs.ids)
    completed = history.program[history.status == "completed"]
    return Facts(
        people,
        _count_takers(people.dataset),
        mandated(people),
        people.have_needs,
        np.bincount(history.program, minlength=programs),
        np.bincount(completed, minlength=programs),
    )


def _count_takers(dataset: Dataset) -> Takers:
    programs, tiers = len(dataset.programs.ids), [str(tier) for tier in dataset.positions.tier]
    names = Vocabulary(dict.fromkeys(tier for tier in tiers if tier))
    tier_of = names.rows(tiers)
    pairs = np.unique(dataset.history.employee * programs + dataset.history.program)
    position, program = dataset.employees.position[pairs // max(programs, 1)], pairs % max(programs, 1)
    by_position = _count(position, program, (len(tiers), programs))
    by_tier = np.zeros((len(names), programs), dtype=np.int64)
    np.add.at(by_tier, tier_of[tier_of != MISSING], by_position[tier_of != MISSING])
    return Takers(tier_of, by_position, by_tier, np.bincount(program, minlength=programs))


def _count(group: IntArray, program: IntArray, shape: tuple[int, int]) -> IntArray:
    known = group != MISSING
    flat = group[known] * shape[1] + program[known]
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
