"""What tuning looks at: the recipe's own cuts, made once more in the past before its test."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.judging.backtest import Backtest, judge
from experiments.judging.trials import Trial, cuts, prepare
from experiments.recipe import MetricChoice, Recipe, SplitChoice
from recommender.dataset import Dataset
from recommender.dataset.split import has_dates
from recommender.errors import NothingToLearn


class Validation:
    """Judges parameters of a recipe without a look at the test of its backtest.

    Parameters
    ----------
    dataset : all data; what the recipe's backtest holds is cut off before anything else.
    recipe : its split says how to cut, its [tune] what to measure.

    Attributes
    ----------
    recipe : the one that judges: another split, one metric.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe) -> None:
        self._past = before_test(dataset, recipe.split)
        metrics = MetricChoice(at=(recipe.tune.at,), draws=recipe.metrics.draws, seed=recipe.metrics.seed)
        again = cut_again(dataset, recipe.split)
        self.recipe = recipe.model_copy(update={"split": again, "metrics": metrics})
        self._trials = self._prepared(self.recipe)
        self._fitted = self.recipe.estimator

    @property
    def cut(self) -> str:
        """All cuts in words."""
        return ", ".join(trial.cut for trial in self._trials)

    def judge(self, values: dict[str, Any]) -> Backtest:
        """Judge the recipe with these parameters; the estimator is fitted anew only if it is among them."""
        recipe = self.recipe.with_values(values)
        if recipe.estimator != self._fitted:
            self._trials, self._fitted = self._prepared(recipe), recipe.estimator
        return judge(self._trials, recipe.ranker, recipe.new_ranker(), recipe.metrics)

    def _prepared(self, recipe: Recipe) -> tuple[Trial, ...]:
        try:
            return prepare(self._past, recipe)
        except NothingToLearn as error:
            raise NothingToLearn(
                f"Nothing can be tuned: in the past before the test, which alone is looked at: {error}"
            ) from error


def before_test(dataset: Dataset, choice: SplitChoice) -> Dataset:
    """Return the data without a record that any cut of a backtest holds, and without what came after one.

    Raises
    ------
    NothingToLearn
        A cut in time leaves nothing on one side.
    """
    splits = [split for split, _ in cuts(dataset, choice)]
    past = splits[-1].past
    if choice.kind != "one":
        return past  # each earlier past lies in the later ones
    programs = len(dataset.programs.ids)
    held = np.concatenate([split.employee * programs + split.program for split in splits])
    return past.with_history(~np.isin(past.history.employee * programs + past.history.program, held))


def cut_again(dataset: Dataset, choice: SplitChoice) -> SplitChoice:
    """Return the same way to cut for the past before the test: a fixed day becomes months before its end."""
    kind = choice.kind
    if kind == "auto":
        kind = "time" if choice.day is not None or has_dates(dataset) else "last"
    return choice.model_copy(update={"kind": kind, "day": None, "seed": choice.seed + choice.cuts})
