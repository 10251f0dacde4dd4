"""Contributions: what the scores of recommended programs are made of, over many people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from experiments.judging.ranking import in_batches, lists_of
from experiments.judging.trials import Trial
from recommender.domain import MISSING, FloatArray, IntArray
from recommender.rankers import People, Ranker
from recommender.rankers.learned import LearnedRanker
from recommender.rankers.value import ValueRanker

PEOPLE = 200  # whose lists are looked into


def mean_contributions(ranker: Ranker, trial: Trial, k: int) -> dict[str, float]:
    """Return the mean absolute contribution of each kind of reason, as a share of all, the largest first.

    Over the first k programs of people of a trial. Left out is `base`, which is the same for every program
    and so puts none before another.
    """
    total: dict[str, float] = {}
    for people, who, program in _first(ranker, trial, k):
        found = ranker.contributions(people, who, program)
        _add(total, found.kinds, found.values)
    total.pop("base", None)
    return _as_shares(total)


def mean_features(ranker: Ranker, trial: Trial, k: int) -> dict[str, float]:
    """Return the same for each single feature; empty for rankers that are not made of features."""
    total: dict[str, float] = {}
    if isinstance(ranker, LearnedRanker | ValueRanker):
        for people, who, program in _first(ranker, trial, k):
            _add(total, *ranker.feature_shares(people, who, program))
    return _as_shares(total)


def _first(ranker: Ranker, trial: Trial, k: int) -> Iterator[tuple[People, IntArray, IntArray]]:
    """Yield people of a trial, drawn at random, and the pairs of person and program first in their lists."""
    rows = np.sort(np.random.default_rng(0).permutation(trial.rows)[:PEOPLE])
    for people in in_batches(trial.split.past, trial.estimator, rows):
        ranked = lists_of(ranker, people, trial.split.offered, k).ranked
        shown = ranked != MISSING
        yield people, np.nonzero(shown)[0], ranked[shown]


def _add(total: dict[str, float], names: Sequence[str], values: FloatArray) -> None:
    for name, part in zip(names, np.abs(values).sum(axis=0), strict=True):
        total[name] = total.get(name, 0.0) + float(part)


def _as_shares(total: Mapping[str, float]) -> dict[str, float]:
    everything = sum(total.values())
    ordered = sorted(total.items(), key=lambda one: -one[1])
    return {name: part / everything for name, part in ordered} if everything else {}
