"""Choosing a peer's settings: each is fitted to a part of the past and judged by the rest of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .lists import rank
from .peers import Parameters, Peer
from .task import Integers, Task

_SEED = 0
_AT = 10  # programs in a list, and so in the NDCG
_JUDGES = 4000  # people whose held program decides: bounds the time


def choose(task: Task, peer: Peer) -> tuple[Parameters, float]:
    """Return the settings of the grid with the highest NDCG@10 on programs held from the past, and that NDCG.

    Where there is nothing to choose, or nothing to choose by, these are the first settings and NaN.
    """
    past, held = hold_one(task)
    if len(peer.grid) == 1 or not len(held):
        return peer.grid[0], float("nan")
    judges = np.random.default_rng(_SEED).permutation(len(held))[:_JUDGES]
    past, held = replace(past, rows=past.rows[judges]), held[judges]
    found = [ndcg(rank(past, peer.fit(past, parameters)), held) for parameters in peer.grid]
    best = int(np.argmax(found))
    return peer.grid[best], found[best]


def hold_one(task: Task) -> tuple[Task, Integers]:
    """Return the task of finding one program of each person's past again, and that program for each row.

    Held is the last program of everybody with at least two, or one drawn at random where order means nothing.
    Every program counts as offered, since those held were.
    """
    places = np.arange(len(task.employee))
    lot = places if task.ordered else np.random.default_rng(_SEED).random(len(places))
    order = np.lexsort((lot, task.employee))
    employee = task.employee[order]
    last = np.append(employee[1:] != employee[:-1], True)[: len(employee)]
    several = np.bincount(employee, minlength=task.people)[employee] >= 2
    held = order[last & several]
    kept = np.setdiff1d(places, held)
    past = replace(
        task,
        employee=task.employee[kept],
        program=task.program[kept],
        offered=np.ones_like(task.offered),
        rows=task.employee[held],
        most=_AT,
    )
    return past, task.program[held]


def ndcg(ranked: Integers, held: Integers) -> float:
    """Return the mean NDCG where one program per person is to be found: 1 / log2(its rank + 1), or 0."""
    discounts = 1.0 / np.log2(np.arange(2, ranked.shape[1] + 2))
    return float(((ranked == held[:, None]) @ discounts).mean())
