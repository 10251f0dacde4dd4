"""How much better a challenger is than the champion, case by case on the same people."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pandas as pd

from experiments.judging.backtest import judge
from experiments.judging.cases import cases_of, difference, kept_cases
from experiments.judging.findings import trial_digest
from experiments.judging.trials import prepare
from experiments.promotion.models import Model
from experiments.tracking import Store
from recommender.dataset import Dataset
from recommender.errors import RecommenderError
from recommender.evaluation.bootstrap import Interval


class CannotCompare(RecommenderError):  # noqa: N818 - reads as what it says
    """Two models were not judged on the same cases."""


def lead_over(champion: Model, challenger: Model, store: Store, data: str) -> Callable[[str], Interval]:
    """Return what tells how much higher the challenger is in a metric, with the 95 % interval over people.

    It raises `CannotCompare` where there is nothing to compare, or only with data that were not given.

    Parameters
    ----------
    data : the data that the challenger was trained on, "" if they are not at hand: the champion's recipe is
        then backtested on them, at the challenger's cuts. Needed where it was judged on other cases.
    """
    settings = challenger.recipe.metrics

    @cache
    def both() -> tuple[pd.DataFrame, pd.DataFrame]:
        mine = _kept(challenger, store)
        if mine is None:
            raise CannotCompare("the run was not backtested, or the store of runs has lost its cases")
        return mine, _cases_of_champion(champion, challenger, store, data)

    def lead(metric: str) -> Interval:
        mine, theirs = both()
        if metric not in mine or metric not in theirs:
            raise CannotCompare(
                f"{metric} was not measured of both models; add --data DATA, the data of this run"
            )
        return difference(mine, theirs, metric, draws=settings.draws, seed=settings.seed)

    return lead


def _cases_of_champion(champion: Model, challenger: Model, store: Store, data: str) -> pd.DataFrame:
    trial = challenger.about.get("trial")
    if data:
        return _backtest_again(champion, challenger, data)
    kept = _kept(champion, store) if trial and trial == champion.about.get("trial") else None
    if kept is None:
        raise CannotCompare(
            "the champion was judged on other cases (other data, cuts or split), or its run is gone; add "
            "--data DATA, the data of this run, and the champion's recipe is backtested on them"
        )
    return kept


def _kept(model: Model, store: Store) -> pd.DataFrame | None:
    return None if model.run is None else kept_cases(store, model.run.run_id)


def _backtest_again(champion: Model, challenger: Model, data: str) -> pd.DataFrame:
    """Return what the champion's recipe reaches on the challenger's cases."""
    dataset, asked = Dataset.load(data), challenger.about["data"]["digest"]
    if dataset.digest != asked:
        raise CannotCompare(
            f"--data {data} is not what this run was made with: its digest is {dataset.digest[:8]}, that of "
            f"the run {asked[:8]}"
        )
    cuts = {"split": challenger.recipe.split, "metrics": challenger.recipe.metrics}
    recipe = champion.recipe.model_copy(update=cuts)
    trials = prepare(dataset, recipe)
    if trial_digest(trials) != challenger.about.get("trial"):
        raise CannotCompare("the cases of this run cannot be made again; run it again with this version")
    return cases_of(judge(trials, recipe.ranker, recipe.new_ranker(), recipe.metrics))
