"""Backtests: fit to the past alone, rank for everybody, and compare with what they went on to take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from experiments.judging.gains import LISTED
from experiments.judging.ranking import Lists, rank_people
from experiments.judging.ratios import parts_of, ratios_of
from experiments.judging.trials import Trial, prepare
from experiments.recipe import MetricChoice, Recipe
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import Interval, interval, paired_difference, ratio
from recommender.evaluation.metrics import METRICS, concentration, coverage, ndcg, novelty
from recommender.rankers import Ranker


@dataclass(frozen=True, slots=True)
class Backtest:
    """How one ranker did on one or more trials; a *case* is a person judged in a trial.

    Attributes
    ----------
    cuts : of the trials, in words.
    case : person (row of employees) and trial (place in `cuts`) of each case, shape (cases, 2).
    by_case : one value per case for each metric and list length, such as `ndcg_10`. Of the true gain, where
        it is known, there is the sum over five programs.
    overall : what has one value for all lists together, averaged over the trials: `coverage_10`,
        `concentration_10`, `covered`.
    curve : mean NDCG of the first 1, 2 ... programs.
    fit_seconds, rank_seconds : time to fit the ranker and to rank for everybody.
    """

    ranker: str
    cuts: tuple[str, ...]
    pairs: int
    case: IntArray
    by_case: Mapping[str, FloatArray]
    overall: Mapping[str, float]
    curve: FloatArray
    fit_seconds: float
    rank_seconds: float
    metrics: MetricChoice

    @property
    def cut(self) -> str:
        """All cuts in words."""
        return ", ".join(self.cuts)

    @property
    def dated(self) -> bool:
        """Whether the past ends on a day, and not before one record of each person."""
        return self.cut[:1].isdigit()

    @property
    def people(self) -> int:
        """How many people are judged."""
        return len(np.unique(self.case[:, 0]))

    def interval(self, metric: str, cases: BoolArray | None = None) -> Interval:
        """Return a mean or ratio over all or some cases, with its 95 % interval over people."""
        chosen = np.ones(len(self.case), dtype=bool) if cases is None else cases
        person, draws, seed = self.case[chosen, 0], self.metrics.draws, self.metrics.seed
        if metric in self.by_case:
            return interval(self.by_case[metric][chosen], person, draws=draws, seed=seed)
        part, whole = parts_of(self.by_case, metric)
        return ratio(part[chosen], whole[chosen], person, draws=draws, seed=seed)

    @property
    def ratios(self) -> list[str]:
        """The ratios that can be told, such as `gap_share_10`."""
        return ratios_of(self.by_case)

    def difference(self, other: Backtest, metric: str) -> Interval:
        """Return how much higher this is than another backtest of the same trials, case by case."""
        mine, theirs = self.by_case[metric], other.by_case[metric]
        settings = self.metrics
        return paired_difference(mine, theirs, self.case[:, 0], draws=settings.draws, seed=settings.seed)

    def by_cut(self, metric: str) -> dict[str, float]:
        """Return the mean of a metric on each cut."""
        values, trial = self.by_case[metric], self.case[:, 1]
        return {cut: float(np.nanmean(values[trial == place])) for place, cut in enumerate(self.cuts)}


def backtest(dataset: Dataset, recipe: Recipe) -> Backtest:
    """Judge a recipe on the cuts that it names.

    Raises
    ------
    NothingToLearn
        There is no history, or none on one side of a cut.
    """
    return judge(prepare(dataset, recipe), recipe.ranker, recipe.new_ranker(), recipe.metrics)


def judge(trials: Sequence[Trial], name: str, ranker: Ranker, metrics: MetricChoice) -> Backtest:
    """Fit a copy of the ranker to the past of each trial and measure its lists against the future."""
    parts = []
    for trial in trials:
        start = time.perf_counter()
        fitted = clone(ranker).fit(trial.split.past, trial.estimator)
        parts.append(judge_fitted(trial, name, fitted, metrics, time.perf_counter() - start))
    return joined(parts)


def judge_fitted(
    trial: Trial, name: str, ranker: Ranker, metrics: MetricChoice, fit_seconds: float = 0.0
) -> Backtest:
    """Measure a ranker that was fitted to the past of the trial."""
    most = length_of(trial, metrics)
    start = time.perf_counter()
    lists = rank_people(ranker, trial.estimator, trial.split, trial.rows, most, trial.judge)
    seconds = time.perf_counter() - start
    return judge_lists(trial, name, lists, metrics, (fit_seconds, seconds))


def length_of(trial: Trial, metrics: MetricChoice) -> int:
    """Return how many programs a list must have to be measured."""
    return max(*metrics.at, 0 if trial.gains is None else LISTED)


def judge_lists(
    trial: Trial, name: str, lists: Lists, metrics: MetricChoice, seconds: tuple[float, float]
) -> Backtest:
    """Measure lists, by whatever they were made, against the future of the trial.

    Parameters
    ----------
    seconds : time it took to fit, and to rank.
    """
    past, relevant = trial.split.past, trial.split.relevant(trial.rows)
    by_case = _by_case(lists, relevant, past, metrics.at)
    if trial.gains is not None:
        by_case |= trial.gains.by_case(lists.ranked, trial.rows, trial.split.offered)
    return Backtest(
        name,
        (trial.cut,),
        len(trial.split.program),
        np.stack([trial.rows, np.zeros_like(trial.rows)], axis=1),
        by_case,
        _overall(lists, len(past.programs.ids), metrics.at),
        np.array([ndcg(lists.ranked, relevant, k).mean() for k in range(1, max(metrics.at) + 1)]),
        *seconds,
        metrics,
    )


def joined(parts: Sequence[Backtest]) -> Backtest:
    """Return backtests of one ranker on several trials as one."""
    cases = [one.case + np.array([0, place]) for place, one in enumerate(parts)]
    sizes = np.array([len(one.case) for one in parts])
    first = parts[0]
    return Backtest(
        first.ranker,
        tuple(one.cuts[0] for one in parts),
        sum(one.pairs for one in parts),
        np.concatenate(cases),
        {metric: np.concatenate([one.by_case[metric] for one in parts]) for metric in first.by_case},
        {metric: float(np.mean([one.overall[metric] for one in parts])) for metric in first.overall},
        np.average([one.curve for one in parts], axis=0, weights=sizes),
        sum(one.fit_seconds for one in parts),
        sum(one.rank_seconds for one in parts),
        first.metrics,
    )


def _by_case(lists: Lists, relevant: BoolArray, past: Dataset, at: tuple[int, ...]) -> dict[str, FloatArray]:
    pairs = np.unique(np.stack([past.history.employee, past.history.program], axis=1), axis=0)
    takers = np.bincount(pairs[:, 1], minlength=len(past.programs.ids))
    people = len(np.unique(pairs[:, 0]))
    hours = np.where(lists.ranked == MISSING, np.nan, past.programs.hours[lists.ranked])
    values: dict[str, FloatArray] = {}
    for k in at:
        top = lists.ranked[:, :k]
        values |= {f"{name}_{k}": metric(top, relevant, k) for name, metric in METRICS.items()}
        values[f"gap_closed_{k}"] = _mean_of_known(lists.benefit[:, :k])
        values[f"gap_possible_{k}"] = lists.possible[:, :k].sum(axis=1) / k
        values[f"hours_{k}"] = _mean_of_known(hours[:, :k])
        values[f"novelty_{k}"] = novelty(top, takers, people)
        values[f"filled_{k}"] = (top != MISSING).sum(axis=1) / k
    return values


def _mean_of_known(values: FloatArray) -> FloatArray:
    """Return each row's mean of what is not NaN, shape (n,), NaN where nothing is known."""
    known = (~np.isnan(values)).sum(axis=1)
    nothing = np.full(len(values), np.nan)
    mean: FloatArray = np.divide(np.nansum(values, axis=1), known, out=nothing, where=known > 0)
    return mean


def _overall(lists: Lists, programs: int, at: tuple[int, ...]) -> dict[str, float]:
    values = {"covered": float(lists.covered.mean())}
    for k in at:
        values[f"coverage_{k}"] = coverage(lists.ranked[:, :k], programs)
        values[f"concentration_{k}"] = concentration(lists.ranked[:, :k], programs)
    return values
