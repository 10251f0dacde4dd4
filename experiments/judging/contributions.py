"""Contributions: what the scores of recommended programs are made of, over many people."""

from __future__ import annotations

import numpy as np

from experiments.judging.ranking import candidates, in_batches
from experiments.judging.trials import Trial
from recommender.rankers import Ranker

PEOPLE = 200  # whose lists are looked into


def mean_contributions(ranker: Ranker, trial: Trial, k: int) -> dict[str, float]:
    """Return the mean absolute contribution of each kind of reason, as a share of all, the largest first.

    Over the first k programs of people of a trial. Left out is `base`, which is the same for every program
    and so puts none before another.
    """
    total: dict[str, float] = {}
    for people in in_batches(trial.split.past, trial.estimator, trial.rows[:PEOPLE]):
        known = candidates(people, trial.split.offered) & ranker.covers(people)[:, None]
        scores = np.where(known, ranker.score(people), -np.inf)
        top = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        shown = np.take_along_axis(known, top, axis=1)
        found = ranker.contributions(people, np.nonzero(shown)[0], top[shown])
        for kind, part in zip(found.kinds, np.abs(found.values).sum(axis=0), strict=True):
            if kind != "base":
                total[kind] = total.get(kind, 0.0) + float(part)
    everything = sum(total.values())
    ordered = sorted(total.items(), key=lambda one: -one[1])
    return {kind: part / everything for kind, part in ordered} if everything else {}
