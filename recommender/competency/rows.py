"""A person's judgements and reviews side by side, in blocks of people of like size, for learning.

The filter goes through evidence in order of time; learning looks at all rows of a person at once. The rows of
a person with more than 96 are looked at in parts, as if they were several people's (a composite likelihood;
Varin, Reid & Firth, Statistica Sinica 21, 2011), since the cost rises with the cube of the rows; of more than
four parts the latest four.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recommender.competency.evidence import Evidence
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray

_PART = 96  # rows that are looked at together
_PARTS = 4  # of a person that learning looks at, the latest; estimation looks at all rows
_BLOCK = 60_000  # pairs of rows in a block: small enough for the processor's cache


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of P people (or parts), at most N each, and their trainings, at most M each.

    Attributes
    ----------
    row : place of each row among all rows of `Rows`, shape (P, N); `MISSING` where a person has fewer.
    alike : whether two rows judge the same competency, shape (P, N, N).
    apart : years between two rows, shape (P, N, N).
    training : place of each training in the evidence, shape (P, M); `MISSING` where there are fewer.
    taught : years from training to a later judgement of the competency taught; NaN elsewhere, (P, N, M).
    """

    row: IntArray
    alike: BoolArray
    apart: FloatArray
    training: IntArray
    taught: FloatArray


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that are learnt from, shape (n,), and the blocks they fall into.

    Attributes
    ----------
    judgement, review : place in the evidence, `MISSING` for a row of the other kind.
    """

    judgement: IntArray
    review: IntArray
    blocks: tuple[Block, ...]

    @property
    def judged(self) -> IntArray:
        """Places of the rows that are judgements."""
        return np.flatnonzero(self.judgement != MISSING)


@dataclass(frozen=True, slots=True)
class _Flat:
    """All rows, person by person and part by part: turn, competency (`MISSING` for a review), year."""

    person: IntArray
    part: IntArray
    turn: IntArray
    competency: IntArray
    year: FloatArray


MOST_ROWS = _PART * _PARTS


def lay_out(evidence: Evidence) -> Rows:
    """Return the rows of the evidence on all its people, in blocks."""
    judgements, reviews = evidence.judgements, evidence.appraisals
    counted = np.flatnonzero(judgements.weight > 0)
    person = np.concatenate([judgements.person[counted], reviews.person])
    turn = np.concatenate([judgements.turn[counted], reviews.turn])
    order = np.lexsort((turn, person))
    part = _places_from_the_end(person[order]) // _PART
    order, part = order[part < _PARTS], part[part < _PARTS]
    nowhere = np.full(len(reviews.person), MISSING)
    competency = np.concatenate([judgements.competency[counted], nowhere])[order]
    judgement = np.concatenate([counted, nowhere])[order]
    review = np.concatenate([np.full(len(counted), MISSING), np.arange(len(nowhere))])[order]
    year = np.nan_to_num(evidence.turn_year[turn[order]])
    flat = _Flat(person[order], person[order] * _PARTS + part, turn[order], competency, year)
    return Rows(judgement, review, tuple(_blocks(evidence, flat)))


def _places_from_the_end(person: IntArray) -> IntArray:
    return np.searchsorted(person, person, side="right") - np.arange(len(person)) - 1


def _blocks(evidence: Evidence, flat: _Flat) -> Iterator[Block]:
    _, first, count = np.unique(flat.part, return_index=True, return_counts=True)
    by_size = np.argsort(-count, kind="stable")  # the first of a block has the most rows
    by_person = np.argsort(evidence.trainings.person, kind="stable")
    begin = 0
    while begin < len(first):
        size = int(count[by_size[begin]])
        chosen = by_size[begin : begin + max(_BLOCK // size**2, 8)]
        begin += len(chosen)
        yield _block(evidence, flat, by_person, _padded(first[chosen], count[chosen]))


def _block(evidence: Evidence, flat: _Flat, by_person: IntArray, row: IntArray) -> Block:
    there = row != MISSING
    competency = np.where(there, flat.competency[row], MISSING)
    alike = (competency[:, :, None] == competency[:, None, :]) & (competency != MISSING)[:, :, None]
    year = flat.year[row]
    trainings, people = evidence.trainings, flat.person[row[:, 0]]
    first = np.searchsorted(trainings.person, people, side="left", sorter=by_person)
    count = np.searchsorted(trainings.person, people, side="right", sorter=by_person) - first
    place = _padded(first, count)
    training = np.where(place == MISSING, MISSING, by_person[place] if len(by_person) else MISSING)
    is_taught = (training != MISSING)[:, None, :] & there[:, :, None]
    taught = np.full(is_taught.shape, np.nan)
    if training.size:
        is_taught &= trainings.competency[training][:, None, :] == competency[:, :, None]
        is_taught &= trainings.turn[training][:, None, :] < flat.turn[row][:, :, None]
        since = year[:, :, None] - np.nan_to_num(evidence.turn_year[trainings.turn[training]])[:, None, :]
        taught[is_taught] = since[is_taught]
    used = is_taught.any(axis=(0, 1))
    apart = np.abs(year[:, :, None] - year[:, None, :])
    return Block(row, alike, apart, training[:, used], taught[:, :, used])


def _padded(first: IntArray, count: IntArray) -> IntArray:
    """Return first, first + 1, ... for each of P people, `MISSING` after `count`; shape (P, most)."""
    steps = np.arange(count.max(initial=0))[None, :]
    return np.where(steps < count[:, None], first[:, None] + steps, MISSING)
