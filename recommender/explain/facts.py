"""Facts that reasons are told with, looked up once for a batch of people."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.dataset.norms_of import program_norms
from recommender.domain import MISSING, BoolArray, IntArray, TextArray
from recommender.rankers import People
from recommender.rankers.mandates import mandated


@dataclass(frozen=True, slots=True)
class Takers:
    """How many people took each program: by position, one row each, and in all; and the positions' tiers."""

    tiers: TextArray
    by_position: IntArray
    all: IntArray

    def of(self, position: int, program: int) -> tuple[int, int, int]:
        """Return takers in a position (`MISSING` allowed), in its tier, and in all."""
        if position == MISSING:
            return 0, 0, int(self.all[program])
        same, tier = int(self.by_position[position, program]), self.tiers[position]
        alike = int(self.by_position[self.tiers == tier, program].sum()) if tier else 0
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
    norms = program_norms(people.dataset)
    takers = Takers(people.dataset.positions.tier, norms.by_position, norms.takers)
    return Facts(people, takers, mandated(people), people.have_needs, norms.begun, norms.completed)
