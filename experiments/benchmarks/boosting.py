"""Which learner turns features into an order, and how many candidates it needs to see."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from experiments.benchmarks.common import load_converted, recipes, size_of
from experiments.judging.backtest import Backtest, judge_fitted
from experiments.judging.trials import LAST, Trial, trial_of
from experiments.pages import Page, bullets, table
from experiments.recipe import MetricChoice
from experiments.show import Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset.split import split_last
from recommender.domain import FloatArray
from recommender.evaluation.bootstrap import Interval
from recommender.rankers.boosting import Booster, Examples, train
from recommender.rankers.learned import LearnedRanker

_SET = "canvas_network"
_CANDIDATES = (25, 50, 100, 10_000)
_ALL = _CANDIDATES[-1]
_KEPT = "LambdaMART (LightGBM)"
_METRIC = "ndcg_10"

Learner = Callable[[Examples, LearnedRanker], Any]  # returns something with `predict(features)`


class _Chance:
    """A classifier of scikit-learn as something that predicts the log-odds of its class 1."""

    def __init__(self, model: Pipeline) -> None:
        self.model = model

    def predict(self, features: FloatArray) -> FloatArray:
        return np.asarray(self.model.decision_function(features))


def _lambdamart(examples: Examples, ranker: LearnedRanker) -> Any:
    return train(examples, ranker.options())


def _boosted_classes(examples: Examples, ranker: LearnedRanker) -> Any:
    """Fit scikit-learn's trees, as many and as large, to each pair by itself."""
    model = HistGradientBoostingClassifier(
        learning_rate=ranker.learning_rate,
        max_iter=ranker.trees,
        max_leaf_nodes=ranker.leaves,
        min_samples_leaf=ranker.least_leaf,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=ranker.random_state,
    )
    # It cannot bin a column in which nothing is known, such as hours here.
    return _Chance(make_pipeline(_filler(), model).fit(examples.features, examples.label))


def _linear(examples: Examples, ranker: LearnedRanker) -> Any:  # noqa: ARG001 - all learners are called alike
    model = make_pipeline(_filler(), StandardScaler(), LogisticRegression(C=1.0, max_iter=300))
    return _Chance(model.fit(examples.features, examples.label))


def _filler() -> SimpleImputer:
    return SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True)


_LEARNERS: dict[str, Learner] = {
    _KEPT: _lambdamart,
    "boosted classes (scikit-learn)": _boosted_classes,
    "logistic regression": _linear,
}


def boosting(source: Path, say: Say) -> Page:
    """Compare learners on the same features, and LambdaMART on more or fewer candidates."""
    dataset, notes = load_converted(_SET, source)
    trial = trial_of(split_last(split_last(dataset).past), LAST, CompetencyEstimator())
    ranker = recipes()["learned"].new_ranker()
    assert isinstance(ranker, LearnedRanker)
    ranker.windows, drawn = 1, ranker.candidates
    ranker.fit(trial.split.past, trial.estimator)
    found: dict[tuple[str, int], tuple[Backtest, int]] = {}
    for most in _CANDIDATES:
        ranker.candidates = most
        examples = ranker.examples(trial.split.past, trial.estimator)
        assert examples is not None
        for name, learner in _LEARNERS.items():
            if name == _KEPT or most == drawn:
                say(f"  {name}, {most} candidates ...")
                found[name, most] = _judged(trial, ranker, examples, learner), len(examples.label)
    kept = found[_KEPT, drawn][0]
    rows = [_row(key, *one, kept) for key, one in found.items()]
    header = ["learner", "candidates", "pairs", "NDCG@10", "against the one kept", "s to train", "s to rank"]
    headline = (
        f"LambdaMART on {drawn} drawn candidates reaches NDCG@10 {with_bounds(kept.interval(_METRIC))} on "
        f"validation; on all of them {with_bounds(_lead(found[_KEPT, _ALL][0], kept), sign=True)} more."
    )
    parts = [table(header, rows), bullets([size_of(dataset), *_remarks(), *notes])]
    return Page("Which learner, and how many candidates", headline, parts)


def _lead(one: Backtest, kept: Backtest) -> Interval:
    return one.difference(kept, _METRIC)


def _judged(trial: Trial, ranker: LearnedRanker, examples: Examples, learner: Learner) -> Backtest:
    start = time.perf_counter()
    ranker.booster_ = Booster(learner(examples, ranker), 1.0, 0.0)
    seconds = time.perf_counter() - start
    return replace(judge_fitted(trial, "learned", ranker, MetricChoice(at=(10,))), fit_seconds=seconds)


def _row(key: tuple[str, int], one: Backtest, pairs: int, kept: Backtest) -> list[str]:
    name, most = key
    against = "–" if one is kept else with_bounds(_lead(one, kept), sign=True)
    shown = "all" if most == _ALL else str(most)
    seconds = (number(one.fit_seconds, 1), number(one.rank_seconds, 1))
    return [name, shown, f"{pairs:,}", with_bounds(one.interval(_METRIC)), against, *seconds]


def _remarks() -> list[str]:
    return [
        "Judged on the validation cut: everybody's last but one enrolment, learnt from all before it. The "
        "last one, by which the page on Canvas Network judges, is not looked at.",
        "All learners see the same features and lists, one cut of them (the recipe has three); nothing is "
        "calibrated here. Trees are as many and as large in both libraries.",
        "Candidates are drawn evenly from all that a person had not taken, whatever any ranker thinks of "
        "them; each person's target is always among them. Judged is over all candidates.",
    ]
