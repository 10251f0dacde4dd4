"""Gradient-boosted trees on ranked lists (LambdaMART), calibrated; the only place that knows LightGBM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression

from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.rankers.features import Features

_HELD_SHARE = 5  # every fifth person is held out to calibrate on
_LEAST_HELD = 10  # with fewer people held out the trees are calibrated on what they have seen


@dataclass(frozen=True, slots=True)
class BoostingOptions:
    """Size of the model.

    Attributes
    ----------
    leaves : per tree. least_leaf : least pairs per leaf.
    """

    trees: int
    leaves: int
    learning_rate: float
    least_leaf: int
    n_jobs: int
    random_state: int


@dataclass(frozen=True, slots=True)
class Examples:
    """Training pairs, list after list.

    Attributes
    ----------
    group, person, weight : length, owner and weight of each list.
    share : part of each list's irrelevant programs that was drawn into it.
    """

    names: tuple[str, ...]
    features: FloatArray
    label: IntArray
    group: IntArray
    person: IntArray
    weight: FloatArray
    share: FloatArray

    @staticmethod
    def of(
        features: Features, relevant: BoolArray, candidate: BoolArray, person: IntArray, drawn: BoolArray
    ) -> Examples:
        """Return one list per person who took at least one candidate, and not all.

        Parameters
        ----------
        drawn : candidates that the list is made of, shape (n, P); relevant ones are always in it.
        """
        useful = (relevant & candidate).any(axis=1) & (~relevant & candidate).any(axis=1)
        mask = (candidate & (drawn | relevant))[useful]
        irrelevant = (candidate & ~relevant)[useful]
        return Examples(
            features.names,
            features.values[useful][mask],
            relevant[useful][mask].astype(np.int64),
            mask.sum(axis=1),
            person[useful],
            np.ones(int(useful.sum())),
            (irrelevant & drawn[useful]).sum(axis=1) / irrelevant.sum(axis=1),
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
            np.concatenate([part.weight for part in parts]),
            np.concatenate([part.share for part in parts]),
        )

    def of_people(self, keep: BoolArray) -> Examples:
        """Return the lists for which `keep` (one entry per list) is true."""
        rows = np.repeat(keep, self.group)
        return Examples(
            self.names,
            self.features[rows],
            self.label[rows],
            self.group[keep],
            self.person[keep],
            self.weight[keep],
            self.share[keep],
        )

    def weighed(self, has_past: BoolArray) -> Examples:
        """Return the same lists, newcomers' together weighing at most as much as the others'.

        A history says nothing of them: a city that hires many would otherwise teach the trees to look at
        popularity alone.
        """
        settled, new = int(has_past.sum()), int((~has_past).sum())
        share = min(1.0, settled / new) if settled and new else 1.0
        return replace(self, weight=np.where(has_past, 1.0, share))


def draw(candidate: BoolArray, most: int, rng: np.random.Generator) -> BoolArray:
    """Return at most `most` candidates of each person, each as likely as any other, shape (n, P).

    Which programs are drawn depends on nothing that a feature knows, so that the order which the trees learn
    is that of the whole list (`experiments/results/boosting.md`).
    """
    if candidate.shape[1] <= most:
        return candidate
    lot = np.where(candidate, rng.random(candidate.shape), 2.0)
    last = np.partition(lot, most - 1, axis=1)[:, most - 1 : most]
    return candidate & (lot <= last)


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
        if not len(features):  # LightGBM divides by the number of rows
            return np.zeros((0, features.shape[1] + 1))
        shares = self.slope * np.asarray(self.trees.predict(features, pred_contrib=True))
        shares[:, -1] += self.intercept
        return shares


def fit_booster(examples: Examples, options: BoostingOptions) -> Booster:
    """Return trees fitted to all lists, calibrated by a twin that did not see every fifth person."""
    people = np.unique(examples.person)
    rng = np.random.default_rng(options.random_state)
    held_people = rng.permutation(people)[: len(people) // _HELD_SHARE]
    trees = train(examples, options)
    if len(held_people) < _LEAST_HELD:
        return _calibrated(trees, trees, examples)
    held = np.isin(examples.person, held_people)
    twin = train(examples.of_people(~held), options)
    return _calibrated(trees, twin, examples.of_people(held))


def train(examples: Examples, options: BoostingOptions) -> lightgbm.Booster:
    """Return trees fitted to the lists, not calibrated."""
    weight = np.repeat(examples.weight, examples.group)
    data = lightgbm.Dataset(examples.features, examples.label, group=examples.group, weight=weight)
    return lightgbm.train(_parameters(options), data, num_boost_round=options.trees)


def _parameters(options: BoostingOptions) -> dict[str, object]:
    return {
        "objective": "lambdarank",
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
    # An irrelevant program that was drawn stands for those that were not.
    stands_for = np.where(
        judged.label > 0, 1.0, 1.0 / np.repeat(np.maximum(judged.share, 1e-9), judged.group)
    )
    fitted = LogisticRegression(C=1e6).fit(margin, judged.label, stands_for)
    slope = max(float(fitted.coef_[0, 0]), 1e-3)  # a higher margin must never mean a lower chance
    return Booster(final, slope, float(fitted.intercept_[0]))
