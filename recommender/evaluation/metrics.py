"""Ranking metrics: arrays in, one value per person out, so that intervals can be taken over people.

Shapes: `ranked` (n, m) holds program rows, best first, `MISSING` where fewer were recommended, and no
program twice in a row; `relevant` (n, P) marks the programs that the person took, dense or sparse.
A person without any relevant program has nothing to be found: the value is NaN and belongs in no mean.

Gains are 0 or 1. Definitions follow trec_eval, so that results compare with published ones: precision
divides by k even where fewer than k were recommended, recall and average precision by all relevant programs.

`coverage`, `novelty` and `concentration` judge what the rankings do to the catalogue as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from recommender.domain import MISSING, BoolArray, FloatArray, IntArray


class Relevant(Protocol):
    """A matrix of shape (n, P) that can name its filled cells: a NumPy array or a SciPy sparse array."""

    @property
    def shape(self) -> tuple[Any, ...]:
        """Number of people and of programs."""

    def nonzero(self) -> tuple[Any, ...]:
        """Return the rows and the columns of the filled cells."""


Metric = Callable[[IntArray, Relevant, int], FloatArray]


def ndcg(ranked: IntArray, relevant: Relevant, k: int) -> FloatArray:
    """Return the normalised discounted cumulative gain of the first k, shape (n,).

    A hit at rank r gains 1 / log2(r + 1); the ideal list has min(k, relevant programs) hits in front
    (Järvelin and Kekäläinen, ACM TOIS 20(4), 2002).
    """
    hits, total = _hits(ranked, relevant, k)
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(total, k)]
    return _share(hits @ discounts[: hits.shape[1]], ideal)


def recall(ranked: IntArray, relevant: Relevant, k: int) -> FloatArray:
    """Return the share of the relevant programs that is among the first k, shape (n,)."""
    hits, total = _hits(ranked, relevant, k)
    return _share(hits.sum(axis=1), total)


def precision(ranked: IntArray, relevant: Relevant, k: int) -> FloatArray:
    """Return the share of the k places that hold a relevant program, shape (n,)."""
    hits, total = _hits(ranked, relevant, k)
    return _known(hits.sum(axis=1) / k, total)


def average_precision(ranked: IntArray, relevant: Relevant, k: int) -> FloatArray:
    """Return the precision at each hit among the first k, over all relevant programs, shape (n,).

    The sum of the precisions at the hits, divided by the number of relevant programs.
    """
    hits, total = _hits(ranked, relevant, k)
    precision_at = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    return _share((precision_at * hits).sum(axis=1), total)


def reciprocal_rank(ranked: IntArray, relevant: Relevant, k: int) -> FloatArray:
    """Return 1 / rank of the first hit, 0 where none is among the first k, shape (n,)."""
    hits, total = _hits(ranked, relevant, k)
    return _known((hits / np.arange(1, hits.shape[1] + 1)).max(axis=1, initial=0.0), total)


def hit(ranked: IntArray, relevant: Relevant, k: int) -> FloatArray:
    """Return 1 where a relevant program is among the first k and 0 where none is, shape (n,)."""
    hits, total = _hits(ranked, relevant, k)
    return _known(hits.any(axis=1).astype(float), total)


METRICS: dict[str, Metric] = {
    "ndcg": ndcg,
    "recall": recall,
    "precision": precision,
    "average_precision": average_precision,
    "reciprocal_rank": reciprocal_rank,
    "hit": hit,
}


def coverage(ranked: IntArray, programs: int) -> float:
    """Return the share of the catalogue that is recommended to anybody; NaN for an empty catalogue.

    Parameters
    ----------
    ranked : program rows, shape (n, m), `MISSING` where fewer were recommended.
    programs : size of the catalogue.
    """
    return float(np.mean(exposure(ranked, programs) > 0)) if programs else float("nan")


def novelty(ranked: IntArray, takers: IntArray, people: int) -> FloatArray:
    """Return the mean self-information of what each person is recommended, in bits, shape (n,).

    A program taken by t of N people carries log2((N + 1) / (t + 1)) bits (Zhou et al., PNAS 107(10), 2010,
    with one taker and one person added so that a program nobody took yet stays finite). NaN where a person
    is recommended nothing.

    Parameters
    ----------
    ranked : program rows, shape (n, m), `MISSING` where fewer were recommended.
    takers : how many people took each program, shape (P,).
    people : N, how many people the takers are counted among.
    """
    shown = ranked != MISSING
    bits = np.log2((people + 1) / (takers + 1))
    return _share(np.where(shown, bits[ranked], 0.0).sum(axis=1), shown.sum(axis=1))


def concentration(ranked: IntArray, programs: int) -> float:
    """Return the Gini coefficient of exposure over the whole catalogue; NaN where nothing is recommended.

    0 = every program is recommended equally often, (P - 1) / P = one program gets everything. With exposures
    x sorted upwards it is sum((2 i - P - 1) x_i) / (P sum x), i = 1 .. P.
    """
    shown = np.sort(exposure(ranked, programs))
    if not shown.sum():
        return float("nan")
    place = 2 * np.arange(1, programs + 1) - programs - 1
    return float(place @ shown / (programs * shown.sum()))


def exposure(ranked: IntArray, programs: int) -> IntArray:
    """Return how often each program is recommended, shape (P,)."""
    return np.bincount(ranked[ranked != MISSING], minlength=programs)


def _hits(ranked: IntArray, relevant: Relevant, k: int) -> tuple[BoolArray, IntArray]:
    """Return which of the first k places are hits (n, up to k) and how many programs are relevant (n,)."""
    people, programs = relevant.shape
    if k < 1:
        raise ValueError(f"k is {k}; it counts the places that are looked at, so give at least 1.")
    if len(ranked) != people:
        raise ValueError(f"{len(ranked)} rankings for {people} people; give one row per person in both.")
    if ranked.max(initial=MISSING) >= programs:
        raise ValueError(f"Program row {ranked.max()} is ranked, but `relevant` has {programs} columns.")
    # One number per (person, program) compares dense and sparse input alike without a dense copy.
    person, program = relevant.nonzero()
    pairs = np.unique(np.asarray(person, dtype=np.int64) * programs + program)
    top = ranked[:, :k]
    candidates = np.arange(people, dtype=np.int64)[:, None] * programs + top
    hits = np.isin(candidates, pairs) & (top != MISSING)
    return hits, np.bincount(pairs // max(programs, 1), minlength=people)


def _share(part: FloatArray | IntArray, whole: FloatArray | IntArray) -> FloatArray:
    """Return part / whole, NaN where the whole is nothing."""
    share: FloatArray = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return share


def _known(values: FloatArray, total: IntArray) -> FloatArray:
    return np.where(total > 0, values, np.nan)
