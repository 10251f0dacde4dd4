"""What a peer is told: a past to learn from, and whom to rank for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats: TypeAlias = NDArray[np.floating[Any]]
Integers: TypeAlias = NDArray[np.integer[Any]]
Booleans: TypeAlias = NDArray[np.bool_]

MISSING = -1


@dataclass(frozen=True, slots=True)
class Task:
    """A past to learn from, and whom to rank for.

    Attributes
    ----------
    employee, program : who took what, shape (pairs,): each pair once, sorted by employee and then in the
        order in which they were first taken.
    position, tier, unit : code of each person's, `MISSING` where unknown, shape (people,).
    offered : which programs may be recommended at all, shape (programs,).
    repeatable : which programs may be recommended to those who took them, shape (programs,).
    rows : the people to rank for.
    most : how many programs a list has.
    ordered : whether the order of a person's pairs is one in time.
    """

    employee: Integers
    program: Integers
    position: Integers
    tier: Integers
    unit: Integers
    offered: Booleans
    repeatable: Booleans
    rows: Integers
    most: int
    ordered: bool

    @property
    def people(self) -> int:
        """How many people there are, with and without a past."""
        return len(self.position)

    @property
    def programs(self) -> int:
        """How many programs there are, offered or not."""
        return len(self.offered)

    def taken(self) -> sparse.csr_matrix[np.float32]:
        """Return 1 where a person took a program, shape (people, programs)."""
        ones = np.ones(len(self.employee), dtype=np.float32)
        return sparse.csr_matrix((ones, (self.employee, self.program)), shape=(self.people, self.programs))


def read_task(path: Path) -> Task:
    """Read a task; of a program that somebody took more than once, only the first time counts."""
    with np.load(path, allow_pickle=False) as file:
        fields = dict(file)
    pairs = np.stack([fields.pop("employee"), fields.pop("program")], axis=1)
    first = np.sort(np.unique(pairs, axis=0, return_index=True)[1])
    most, ordered = int(fields.pop("most")), bool(fields.pop("ordered"))
    return Task(employee=pairs[first, 0], program=pairs[first, 1], most=most, ordered=ordered, **fields)
