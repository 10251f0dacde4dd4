"""Gradient-boosted trees on ranked lists (LambdaMART), calibrated; the only place that knows LightGBM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression

from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.rankers.features import Features

_HELD_SHARE = 5  # every fifth person is held out to stop the boosting and to calibrate
_LEAST_HELD = 10  # with fewer people held out there is nothing to stop or calibrate on
_TREES_UNSTOPPED = 60


@dataclass(frozen=True, slots=True)
class BoostingOptions:
    """Size of the model.

    Attributes
    ----------
    trees : at most so many; boosting stops once `patience` more do not help people held out.
    leaves : per tree. least_leaf : least pairs per leaf.
    """

    trees: int
    leaves: int
    learning_rate: float
    least_leaf: int
    patience: int
    n_jobs: int
    random_state: int


@dataclass(frozen=True, slots=True)
class Examples:
    """Training pairs, list after list: `group` holds the length of each list and `person` its owner."""

    names: tuple[str, ...]
    features: FloatArray
    label: IntArray
    group: IntArray
    person: IntArray

    @staticmethod
    def of(
        features: Features, relevant: BoolArray, candidate: BoolArray, person: IntArray
    ) -> Examples | None:
        """Return one list per person who took at least one candidate; None if nobody did."""
        useful = (relevant & candidate).any(axis=1) & (~relevant & candidate).any(axis=1)
        if not useful.any():
            return None
        mask = candidate[useful]
        return Examples(
            features.names,
            features.values[useful][mask],
            relevant[useful][mask].astype(np.int64),
            mask.sum(axis=1),
            person[useful],
        )

    @staticmethod
    def joined(parts: Sequence[Examples]) -> Examples:
        """Return all parts as one."""
        return Examples(
            parts[0].names,
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.label for part in parts]),
            np.concatenate([part.group for part in parts]),
            np.concatenate([part.person for part in parts]),
        )

    def of_people(self, keep: BoolArray) -> Examples:
        """Return the lists for which `keep` (one entry per list) is true."""
        rows = np.repeat(keep, self.group)
        return Examples(
            self.names, self.features[rows], self.label[rows], self.group[keep], self.person[keep]
        )


@dataclass(frozen=True, slots=True)
class Booster:
    """Trees whose margin is turned into log-odds of uptake: logit = slope x margin + intercept."""

    trees: lightgbm.Booster
    slope: float
    intercept: float

    def logit(self, features: FloatArray) -> FloatArray:
        """Return log-odds, shape (pairs,)."""
        return np.asarray(self.slope * np.asarray(self.trees.predict(features)) + self.intercept)

    def shares(self, features: FloatArray) -> FloatArray:
        """Return each feature's share of the log-odds and, last, the base, shape (pairs, F + 1)."""
        shares = self.slope * np.asarray(self.trees.predict(features, pred_contrib=True))
        shares[:, -1] += self.intercept
        return shares


def fit_booster(examples: Examples, options: BoostingOptions) -> Booster:
    """Return trees fitted to all lists, their number and calibration chosen on people held out."""
    people = np.unique(examples.person)
    rng = np.random.default_rng(options.random_state)
    held_people = rng.permutation(people)[: len(people) // _HELD_SHARE]
    held = np.isin(examples.person, held_people)
    if len(held_people) < _LEAST_HELD:
        trees = _train(examples, options, min(options.trees, _TREES_UNSTOPPED))
        return _calibrated(trees, trees, examples)
    shown = examples.of_people(~held)
    judged = examples.of_people(held)
    stopped = _train(shown, options, options.trees, judged)
    final = _train(examples, options, stopped.current_iteration())
    return _calibrated(final, stopped, judged)


def _train(
    examples: Examples, options: BoostingOptions, trees: int, judged: Examples | None = None
) -> lightgbm.Booster:
    data = _data(examples)
    callbacks: list[Callable[..., Any]] = (
        [lightgbm.early_stopping(options.patience, verbose=False)] if judged else []
    )
    booster = lightgbm.train(
        _parameters(options),
        data,
        num_boost_round=trees,
        valid_sets=[_data(judged, data)] if judged else [],
        callbacks=callbacks,
    )
    if judged and booster.best_iteration > 0:
        return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration))
    return booster


def _data(examples: Examples, reference: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        examples.features, examples.label, group=examples.group, reference=reference, free_raw_data=True
    )


def _parameters(options: BoostingOptions) -> dict[str, object]:
    return {
        "objective": "lambdarank",
        "metric": "ndcg",
        "eval_at": [10],
        "lambdarank_truncation_level": 20,
        "learning_rate": options.learning_rate,
        "num_leaves": options.leaves,
        "min_data_in_leaf": options.least_leaf,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "feature_fraction": 0.6,
        "lambda_l2": 5.0,
        "num_threads": options.n_jobs,
        "seed": options.random_state,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _calibrated(final: lightgbm.Booster, judge: lightgbm.Booster, judged: Examples) -> Booster:
    """Fit log-odds = slope x margin + intercept on pairs that `judge` has not seen (Platt scaling)."""
    margin = np.asarray(judge.predict(judged.features))[:, None]
    fitted = LogisticRegression(C=1e6).fit(margin, judged.label)
    slope = max(float(fitted.coef_[0, 0]), 1e-3)  # a higher margin must never mean a lower chance
    return Booster(final, slope, float(fitted.intercept_[0]))
