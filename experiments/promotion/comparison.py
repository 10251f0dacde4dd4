"""How much better a challenger is than the champion, case by case on the same people."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from experiments.judging.backtest import judge
from experiments.judging.cases import CasesChanged, cases_of, difference, kept_cases
from experiments.judging.findings import trial_digest
from experiments.judging.gains import find_true_gains
from experiments.judging.trials import prepare
from experiments.promotion.models import Model
from experiments.recipe import MetricChoice
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

    @cache
    def both() -> tuple[pd.DataFrame, pd.DataFrame]:
        mine = _kept(challenger, store, "run it again")
        if mine is None:
            raise CannotCompare("the run was not backtested, or the store of runs has lost its cases")
        return mine, _cases_of_champion(champion, challenger, store, data)

    def lead(metric: str) -> Interval:
        return lead_in(metric, *both(), challenger.recipe.metrics)

    return lead


def lead_in(metric: str, mine: pd.DataFrame, theirs: pd.DataFrame, settings: MetricChoice) -> Interval:
    """Return how much higher a metric is in `mine` than in `theirs`, case by case.

    The gap closed counts per place of the list, and an empty place closes none: a model that leaves people
    without a list must not gain by it. Whose gaps neither model knows of, is left out. Of a true gain that
    neither run was judged by, nobody has any.

    Raises
    ------
    CannotCompare
        It was not measured of both, or not alike; or it is the gap closed, and only the champion closes any.
    """
    name, _, k = metric.rpartition("_")
    if name == "gain" and metric not in mine:
        if metric in theirs:
            raise CannotCompare(
                "the champion was judged by true gains and the run was not; run it again on data with them"
            )
        return Interval(math.nan, math.nan, math.nan, 0)
    if metric not in mine:
        raise CannotCompare(
            f"the run did not measure {metric}; run it again with {k} among the lengths `at` in [metrics]"
        )
    if metric not in theirs:
        raise CannotCompare(f"the champion's {metric} is not known; {_ADD_DATA}")
    if name in _POSSIBLE:
        _check_measure(f"{_POSSIBLE[name]}_{k}", mine, theirs)
    if name == "gap_closed":
        known = mine[metric].notna() | theirs[metric].notna()
        if known.any() and mine[metric].isna().all():
            raise CannotCompare(
                "the champion closes gaps; the run knows none: nobody who has one gets a list from it"
            )
        mine, theirs = (_per_place(one, metric, f"filled_{k}", known) for one in (mine, theirs))
    return difference(mine, theirs, metric, draws=settings.draws, seed=settings.seed)


def _check_measure(best: str, mine: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Refuse gains that were not measured alike: the most that was possible would be the same in both."""
    known = best in mine and best in theirs
    if not known or not np.allclose(mine[best], theirs[best], rtol=1e-3, equal_nan=True):
        raise CannotCompare(
            f"the champion's gains were measured by another version, or by other true gains; {_ADD_DATA}"
        )


_POSSIBLE = {"gap_closed": "gap_possible", "gain": "gain_possible"}
_ADD_DATA = "add --data DATA, the data of this run, and the champion's recipe is backtested on them"


def _per_place(cases: pd.DataFrame, metric: str, filled: str, known: pd.Series) -> pd.DataFrame:
    """Return the cases with a mean over the programs shown turned into one over all places of the list."""
    return cases.assign(**{metric: (cases[metric].fillna(0.0) * cases[filled]).where(known)})


def _cases_of_champion(champion: Model, challenger: Model, store: Store, data: str) -> pd.DataFrame:
    if data:
        return _backtest_again(champion, challenger, data)
    kept = _kept(champion, store, _ADD_DATA) if _same_cases(champion, challenger) else None
    if kept is None:
        raise CannotCompare(
            "the champion was judged on other cases (other data, cuts or split), or its run is gone; "
            + _ADD_DATA
        )
    return kept


def _same_cases(champion: Model, challenger: Model) -> bool:
    """Return whether both were judged on the same cases, of the same data: those say what people lack."""
    one, other = (
        (model.about.get("trial"), model.about["data"]["digest"]) for model in (champion, challenger)
    )
    return bool(one[0]) and one == other


def _kept(model: Model, store: Store, remedy: str) -> pd.DataFrame | None:
    if model.run is None:
        return None
    try:
        return kept_cases(store, model.run.run_id, str(model.about.get("cases", "")))
    except CasesChanged as error:
        raise CannotCompare(f"{error}; {remedy}") from error


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
    trials = prepare(dataset, recipe, find_true_gains(data, dataset))
    if trial_digest(trials) != challenger.about.get("trial"):
        raise CannotCompare("the cases of this run cannot be made again; run it again with this version")
    return cases_of(judge(trials, recipe.ranker, recipe.new_ranker(), recipe.metrics))
