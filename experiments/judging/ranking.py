"""Top lists for many people, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    """

    ranked: IntArray
    covered: BoolArray
    benefit: FloatArray


def rank_people(
    ranker: Ranker, estimator: CompetencyEstimator, split: Split, rows: IntArray, most: int
) -> Lists:
    """Rank what is offered to each of these employees and was not taken, or has to be repeated."""
    batches = in_batches(split.past, estimator, rows)
    parts = [lists_of(ranker, people, split.offered, most) for people in batches]
    return Lists(
        np.concatenate([part.ranked for part in parts]),
        np.concatenate([part.covered for part in parts]),
        np.concatenate([part.benefit for part in parts]),
    )


def with_benefit(ranked: IntArray, estimator: CompetencyEstimator, past: Dataset, rows: IntArray) -> Lists:
    """Return lists that were made elsewhere, shape (n, most), with what each program would close."""
    parts, start = [], 0
    for people in in_batches(past, estimator, rows):
        mine = ranked[start : start + len(people)]
        shown = (mine != MISSING) & people.have_needs[:, None]
        benefit = np.take_along_axis(people.benefit, np.maximum(mine, 0), axis=1)
        parts.append(np.where(shown, benefit, np.nan))
        start += len(people)
    return Lists(ranked, (ranked != MISSING).any(axis=1), np.concatenate(parts))


def in_batches(dataset: Dataset, estimator: CompetencyEstimator, rows: IntArray) -> Iterator[People]:
    """Yield the employees in `rows` as `People`, some hundreds at a time."""
    for start in range(0, len(rows), _BATCH):
        yield gather_people(dataset, estimator, rows[start : start + _BATCH])


def lists_of(ranker: Ranker, people: People, offered: BoolArray, most: int) -> Lists:
    """Return the lists of some people; `offered` are the programs on offer, shape (P,)."""
    covered = ranker.covers(people)
    candidate = candidates(people, offered) & covered[:, None]
    scores = np.where(candidate, ranker.score(people), -np.inf)
    top = np.argsort(-scores, axis=1, kind="stable")[:, :most]
    shown = np.take_along_axis(candidate, top, axis=1)
    known = shown & people.have_needs[:, None]
    benefit = np.where(known, np.take_along_axis(people.benefit, top, axis=1), np.nan)
    return Lists(np.where(shown, top, MISSING), covered, benefit)
