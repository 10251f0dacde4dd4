"""Exploration: now and then the last place of a list is drawn by lot, for other models to be judged by.

Lists that one model makes say nothing of the programs that only another would show. Where a lot has put some
of them into the last place with a known probability, their worth can be told (`evaluation/off_policy.py`).

A lot costs a person little: only the last place of a list of two or more, never one that a mandate fills, and
only programs that the hard rules admit and that are worth their hours. A program above may make the drawn one
needless: were such programs left out, nothing could ever be said of a model that puts them first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.engine.selection import Selection

_FRACTION = 2.0**-53  # turns 53 random bits into a number from 0 to 1, 1 left out


@dataclass(frozen=True, slots=True)
class Lots:
    """Lists after the draw.

    Attributes
    ----------
    share : how often the last place is drawn by lot.
    propensity : of each pair of the selection, the probability that this program stands in its place.
    pool : programs that a lot may put in a person's last place, shape (n, P); none where it is not drawn.
    usual : the program that stands in a person's last place where no lot is drawn, shape (n,); `MISSING`
        where none ever is.
    drawn : in whose list the lot put another program than the usual one, shape (n,).
    """

    selection: Selection
    share: float
    propensity: FloatArray
    pool: BoolArray
    usual: IntArray
    drawn: BoolArray


def without_lots(selection: Selection) -> Lots:
    """Return lists in which nothing is left to chance."""
    people, sure = len(selection.covered), np.ones(len(selection.person))
    nobody, none = np.zeros(people, dtype=bool), np.full(people, MISSING)
    return Lots(selection, 0.0, sure, np.zeros_like(selection.covered), none, nobody)


def with_lots(
    selection: Selection, admitted: BoolArray, bound: BoolArray, share: float, chance: FloatArray
) -> Lots:
    """Return lists whose last place is, with probability `share`, filled from a pool, each program alike.

    The usual program of the place belongs to its pool of M programs, so that its probability is
    1 - share + share / M and that of any other share / M.

    Parameters
    ----------
    admitted : what no rule keeps out and what is worth its hours, shape (n, P).
    bound : what a mandate asks for, shape (n, P).
    chance : two numbers from 0 to 1 for each person (`chances`): whether to draw, and what; shape (n, 2).
    """
    person, listed = selection.person, selection.program
    last = np.flatnonzero(np.append(person[1:] != person[:-1], True)[: len(person)])
    pool = admitted.copy()
    above = np.delete(np.arange(len(person)), last)
    pool[person[above], listed[above]] = False
    owner, standing = person[last], listed[last]
    free = np.bincount(person, minlength=len(pool))[owner] >= 2
    free &= pool[owner, standing] & ~bound[owner, standing] & (pool[owner].sum(axis=1) >= 2)
    last, owner, standing = last[free], owner[free], standing[free]
    pool[np.setdiff1d(np.arange(len(pool)), owner)] = False

    size = pool[owner].sum(axis=1)
    drawn = chance[owner, 0] < share
    place = np.minimum((chance[owner, 1] * size).astype(int), size - 1)
    lot = (np.cumsum(pool[owner], axis=1) > place[:, None]).argmax(axis=1)
    shown = np.where(drawn, lot, standing)
    propensity = np.ones(len(person))
    propensity[last] = share / size + (1.0 - share) * (shown == standing)
    usual, changed = np.full(len(pool), MISSING), np.zeros(len(pool), dtype=bool)
    usual[owner], changed[owner] = standing, shown != standing
    program, covered = listed.copy(), selection.covered.copy()
    program[last], covered[owner, shown] = shown, False
    return Lots(replace(selection, program=program, covered=covered), share, propensity, pool, usual, changed)


def chances(people: Sequence[str], lot: str) -> FloatArray:
    """Return two numbers from 0 to 1 for each person, shape (n, 2): the same for the same lot, always.

    They are the bits of a SHA-256, not a generator's, so that an answer can be made again on any machine and
    in any order of people.

    Parameters
    ----------
    people : their pseudonyms.
    lot : what the draw depends on beside the person: date, policy and model.
    """
    bits = b"".join(hashlib.sha256(f"{lot}\n{one}".encode()).digest()[:16] for one in people)
    return (np.frombuffer(bits, dtype=">u8").reshape(-1, 2) >> np.uint64(11)) * _FRACTION
