"""Who is sent, and what becomes of those who are not: foreseen by learners that did not see the person.

The two nuisance functions of a doubly robust estimate, by cross-fitting (Chernozhukov et al., Econometrics
Journal 21, 2018): everybody's value comes from a fit without that person's fold. The learner is the one that
foresees best out of fold (van der Laan & Dudoit 2003: choosing so among a few costs next to nothing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from recommender.domain import BoolArray, FloatArray, IntArray

FOLDS = 5
SPLITS = 5  # ways of cutting people into folds; one alone would leave the result to its luck
FLEXIBLE_FROM = 100  # people (the smaller group, where both are learnt from); fewer are met by lines alone

# From weak to strong. The strongest leaves all but a constant: in a randomised trial nothing tells who is
# treated.
_LOGISTIC = (10.0, 1.0, 0.1, 0.01, 0.001)
_RIDGE = (0.1, 1.0, 10.0, 100.0, 1000.0)
_TREES = {"max_iter": 100, "learning_rate": 0.05, "max_leaf_nodes": 8, "random_state": 0}

Learner = Any  # a scikit-learn estimator
Family = Sequence[Learner]  # learners that differ in their penalty alone, the weakest first
Loss = Callable[[FloatArray, FloatArray], float]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What one learner foresees of n people.

    Attributes
    ----------
    learner : its name.
    values : one row per way of cutting people into folds, shape (SPLITS, n).
    """

    learner: str
    values: FloatArray


def folds(treated: BoolArray) -> list[IntArray]:
    """Return `SPLITS` ways of cutting people into `FOLDS`, each as everybody's fold, shape (n,)."""
    cuts = []
    for seed in range(SPLITS):
        fold = np.empty(len(treated), dtype=int)
        stratified = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        for number, (_, held) in enumerate(stratified.split(treated, treated)):
            fold[held] = number
        cuts.append(fold)
    return cuts


def propensities(covariates: FloatArray, treated: BoolArray, cuts: Sequence[IntArray]) -> Foreseen:
    """Return each person's probability of being treated, by the learner with the least log loss."""
    families: dict[str, Family] = {
        "logistic regression": [LogisticRegression(C=c, max_iter=1000) for c in _LOGISTIC]
    }
    if min(treated.sum(), (~treated).sum()) >= FLEXIBLE_FROM:
        families |= _with_squares(families)
        families["boosted trees"] = [HistGradientBoostingClassifier(**_TREES)]
    everybody = np.ones(len(treated), dtype=bool)
    task = _Task(covariates, treated.astype(int), everybody, cuts)
    name, family, best = task.best(families, log_loss)
    return Foreseen(name, task.foreseen(family[best]))


def untreated_outcomes(
    covariates: FloatArray, outcome: FloatArray, treated: BoolArray, cuts: Sequence[IntArray]
) -> Foreseen:
    """Return what each person's outcome would be without treatment, learnt from the untreated.

    The penalty is one step weaker than what foresees best: the best guess of an outcome still shrinks the
    causes that the groups differ in, and what it shrinks away would be taken for effect.
    """
    families: dict[str, Family] = {"ridge": [Ridge(alpha) for alpha in _RIDGE]}
    if (~treated).sum() >= FLEXIBLE_FROM:
        families |= _with_squares(families)
        families["boosted trees"] = [HistGradientBoostingRegressor(**_TREES)]
    task = _Task(covariates, outcome, ~treated, cuts)
    name, family, best = task.best(families, mean_squared_error)
    return Foreseen(name, task.foreseen(family[max(best - 1, 0)]))


def _with_squares(families: dict[str, Family]) -> dict[str, Family]:
    return {
        f"{name} with squares": [
            make_pipeline(FunctionTransformer(_squares), StandardScaler(), one) for one in family
        ]
        for name, family in families.items()
    }


def _squares(covariates: FloatArray) -> FloatArray:
    return np.hstack([covariates, covariates**2])


@dataclass(frozen=True, slots=True)
class _Task:
    """Covariates (n, k) and a target (n,), to be learnt from `rows` (n,) and foreseen for everybody."""

    covariates: FloatArray
    target: FloatArray
    rows: BoolArray
    cuts: Sequence[IntArray]

    def best(self, families: dict[str, Family], loss: Loss) -> tuple[str, Family, int]:
        """Return the family, and the place in it, with the least loss on the first way of cutting."""
        losses = {
            (name, place): loss(self.target[self.rows], self._cross_fitted(one, self.cuts[0])[self.rows])
            for name, family in families.items()
            for place, one in enumerate(family)
        }
        name, place = min(losses, key=lambda key: losses[key])
        return name, families[name], place

    def foreseen(self, learner: Learner) -> FloatArray:
        return np.stack([self._cross_fitted(learner, cut) for cut in self.cuts])

    def _cross_fitted(self, learner: Learner, fold: IntArray) -> FloatArray:
        foreseen = np.empty(len(self.target))
        for number in range(FOLDS):
            held = fold == number
            seen = self.rows & ~held
            fitted = clone(learner).fit(self.covariates[seen], self.target[seen])
            if is_classifier(fitted):
                foreseen[held] = fitted.predict_proba(self.covariates[held])[:, 1]
            else:
                foreseen[held] = fitted.predict(self.covariates[held])
        return foreseen
