"""Top lists for many people, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.split import Split
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.rankers import People, Ranker, gather_people
from recommender.rankers.mandates import candidates

_BATCH = 512  # people at a time: bounds memory whatever the number of people


@dataclass(frozen=True, slots=True)
class Lists:
    """The best `most` programs of n people.

    Attributes
    ----------
    ranked : program rows, best first, `MISSING` where there are no more, shape (n, most). A person whom the
        ranker does not cover has an empty list.
    covered : whom the ranker covers, shape (n,).
    benefit : expected gap closed by each, NaN where there is none or where needs are unknown, (n, most).
    possible : the same of the programs that would close the most, whoever ranks, (n, most).
    """

    ranked: IntArray
    covered: BoolArray
    benefit: FloatArray
    possible: FloatArray


def rank_people(
    ranker: Ranker,
    estimator: CompetencyEstimator,
    split: Split,
    rows: IntArray,
    most: int,
    judge: CompetencyEstimator | None = None,
) -> Lists:
    """Rank what is offered to each of these employees and was not taken, or has to be repeated.

    Parameters
    ----------
    judge : by which the gap closed is told; by default the estimator that ranks.
    """
    parts = []
    for people in in_batches(split.past, estimator, rows):
        same = judge is None or judge is estimator
        seen = people if same else gather_people(split.past, judge or estimator, people.rows)
        parts.append(_judged(*_ranked(ranker, people, split.offered, most), seen, split.offered))
    return _joined(parts)


def with_benefit(ranked: IntArray, estimator: CompetencyEstimator, split: Split, rows: IntArray) -> Lists:
    """Return lists that were made elsewhere, shape (n, most), with what each program would close."""
    parts, start = [], 0
    for people in in_batches(split.past, estimator, rows):
        mine = ranked[start : start + len(people)]
        parts.append(_judged(mine, (mine != MISSING).any(axis=1), people, split.offered))
        start += len(people)
    return _joined(parts)


def in_batches(dataset: Dataset, estimator: CompetencyEstimator, rows: IntArray) -> Iterator[People]:
    """Yield the employees in `rows` as `People`, some hundreds at a time."""
    for start in range(0, len(rows), _BATCH):
        yield gather_people(dataset, estimator, rows[start : start + _BATCH])


def lists_of(ranker: Ranker, people: People, offered: BoolArray, most: int) -> Lists:
    """Return the lists of some people; `offered` are the programs on offer, shape (P,)."""
    return _judged(*_ranked(ranker, people, offered, most), people, offered)


def _ranked(ranker: Ranker, people: People, offered: BoolArray, most: int) -> tuple[IntArray, BoolArray]:
    """Return the lists, shape (n, most), and whom the ranker covers, shape (n,)."""
    covered = ranker.covers(people)
    candidate = candidates(people, offered) & covered[:, None]
    scores = np.where(candidate, ranker.score(people), -np.inf)
    top = np.argsort(-scores, axis=1, kind="stable")[:, :most]
    shown = np.take_along_axis(candidate, top, axis=1)
    return np.where(shown, top, MISSING), covered


def _judged(ranked: IntArray, covered: BoolArray, people: People, offered: BoolArray) -> Lists:
    """Return lists with what they and the best ones would close, by what is believed of these people."""
    benefit = people.benefit
    listed = np.take_along_axis(benefit, np.maximum(ranked, 0), axis=1)
    known = (ranked != MISSING) & people.have_needs[:, None]
    admitted = np.where(candidates(people, offered), benefit, 0.0)
    best = -np.sort(-admitted, axis=1)[:, : ranked.shape[1]]
    return Lists(
        ranked,
        covered,
        np.where(known, listed, np.nan),
        np.where(people.have_needs[:, None], best, np.nan),
    )


def _joined(parts: Sequence[Lists]) -> Lists:
    return Lists(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Lists)))
