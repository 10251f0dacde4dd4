"""Backtests: fit to the past alone, rank for everybody, and compare with what they went on to take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from experiments.ranking import Lists, rank_people
from experiments.recipe import MetricChoice, Recipe, SplitChoice
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.split import Split, cut_days, has_dates, split_by_time, split_last
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.errors import NothingToLearn
from recommender.evaluation.bootstrap import Interval, interval, paired_difference
from recommender.evaluation.metrics import METRICS, concentration, coverage, ndcg, novelty
from recommender.rankers import Ranker
from recommender.rankers.mandates import repeatable


@dataclass(frozen=True, slots=True)
class Trial:
    """A past to learn from and a future to be judged by, the same for every ranker.

    Attributes
    ----------
    split : its held pairs can all be recommended: what a person takes again, unless a mandate asks for it,
        is left out, since it is no candidate either.
    cut : where the past ends, in words.
    estimator : fitted to the past.
    rows : the people who are judged, as rows of employees.
    repeats : how many held pairs were left out as taken again.
    """

    split: Split
    cut: str
    estimator: CompetencyEstimator
    rows: IntArray
    repeats: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """How one ranker did.

    Attributes
    ----------
    by_person : one value per judged person for each metric and list length, such as `ndcg_10`.
    overall : what has one value for all lists together: `coverage_10`, `concentration_10`, `covered`.
    curve : mean NDCG of the first 1, 2 ... programs.
    fit_seconds, rank_seconds : time to fit the ranker and to rank for everybody.
    """

    ranker: str
    cut: str
    pairs: int
    by_person: Mapping[str, FloatArray]
    overall: Mapping[str, float]
    curve: FloatArray
    fit_seconds: float
    rank_seconds: float
    metrics: MetricChoice

    @property
    def dated(self) -> bool:
        """Whether the past ends on a day, and not before each person's last record."""
        return self.cut[:1].isdigit()

    @property
    def people(self) -> int:
        """How many people are judged."""
        return len(next(iter(self.by_person.values())))

    def interval(self, metric: str) -> Interval:
        """Return the mean of a metric with its 95 % interval over people."""
        return interval(self.by_person[metric], draws=self.metrics.draws, seed=self.metrics.seed)

    def difference(self, other: Backtest, metric: str) -> Interval:
        """Return how much higher this is than another backtest of the same trial, person by person."""
        mine, theirs = self.by_person[metric], other.by_person[metric]
        return paired_difference(mine, theirs, draws=self.metrics.draws, seed=self.metrics.seed)


def backtest(dataset: Dataset, recipe: Recipe) -> Backtest:
    """Judge a recipe on the cut that it names.

    Raises
    ------
    NothingToLearn
        There is no history, or none on one side of the cut.
    """
    return judge(prepare(dataset, recipe), recipe.ranker, recipe.new_ranker(), recipe.metrics)


def prepare(dataset: Dataset, recipe: Recipe) -> Trial:
    """Cut the data as a recipe says and fit its estimator to the past.

    Raises
    ------
    NothingToLearn
        There is no history, or none on one side of the cut.
    """
    split, cut = _cut(dataset, recipe.split)
    return trial_of(split, cut, recipe.new_estimator())


def trial_of(split: Split, cut: str, estimator: CompetencyEstimator, *, experienced: bool = False) -> Trial:
    """Return a trial on a split; `experienced` judges only people with a past.

    Raises
    ------
    NothingToLearn
        Nobody took anything after the cut that could have been recommended, or there is no past.
    """
    past = split.past.history
    if not len(past):
        raise NothingToLearn(f"Nothing can be backtested: no training records lie before the cut ({cut}).")
    programs = len(split.past.programs.ids)
    taken = split.employee * programs + split.program
    again = np.isin(taken, past.employee * programs + past.program)
    again &= ~repeatable(split.past)[split.program]
    kept = ~again
    if experienced:
        kept &= np.isin(split.employee, past.employee)
    if not kept.any():
        raise NothingToLearn(f"Nothing can be backtested: nobody took a new program after the cut ({cut}).")
    judged = Split(split.past, split.employee[kept], split.program[kept])
    rows = np.unique(judged.employee)
    return Trial(judged, cut, estimator.fit(split.past), rows, int(again.sum()))


def judge(trial: Trial, name: str, ranker: Ranker, metrics: MetricChoice) -> Backtest:
    """Fit a ranker to the past of a trial and measure its lists against the future."""
    start = time.perf_counter()
    ranker.fit(trial.split.past, trial.estimator)
    seconds = time.perf_counter() - start
    return replace(judge_fitted(trial, name, ranker, metrics), fit_seconds=seconds)


def judge_fitted(trial: Trial, name: str, ranker: Ranker, metrics: MetricChoice) -> Backtest:
    """Measure a ranker that was fitted to the past of the trial; fitting took it no time."""
    past, most = trial.split.past, max(metrics.at)
    start = time.perf_counter()
    lists = rank_people(ranker, trial.estimator, past, trial.rows, most)
    seconds = time.perf_counter() - start
    relevant = trial.split.relevant(trial.rows)
    return Backtest(
        name,
        trial.cut,
        len(trial.split.program),
        _by_person(lists, relevant, past, metrics.at),
        _overall(lists, len(past.programs.ids), metrics.at),
        np.array([ndcg(lists.ranked, relevant, k).mean() for k in range(1, most + 1)]),
        0.0,
        seconds,
        metrics,
    )


def _cut(dataset: Dataset, choice: SplitChoice) -> tuple[Split, str]:
    if not len(dataset.history):
        raise NothingToLearn("Nothing can be backtested: the data hold no training records.")
    if choice.kind == "last" or (choice.kind == "auto" and choice.day is None and not has_dates(dataset)):
        return split_last(dataset), "before each person's last record"
    if choice.day is not None:
        day = np.datetime64(choice.day, "D")
        return split_by_time(dataset, day), f"{day}"
    days = cut_days(dataset, choice.months, 1)
    if not days:
        raise NothingToLearn(
            f"Nothing can be backtested: the day {choice.months} months before the data's own date does not "
            "have "
            "dated training records on both sides. Set `months` in [split] lower, or `kind` to 'last'."
        )
    return split_by_time(dataset, days[0]), f"{days[0]}"


def _by_person(
    lists: Lists, relevant: BoolArray, past: Dataset, at: tuple[int, ...]
) -> dict[str, FloatArray]:
    pairs = np.unique(np.stack([past.history.employee, past.history.program], axis=1), axis=0)
    takers = np.bincount(pairs[:, 1], minlength=len(past.programs.ids))
    people = len(np.unique(pairs[:, 0]))
    hours = np.where(lists.ranked == MISSING, np.nan, past.programs.hours[lists.ranked])
    values: dict[str, FloatArray] = {}
    for k in at:
        top = lists.ranked[:, :k]
        values |= {f"{name}_{k}": metric(top, relevant, k) for name, metric in METRICS.items()}
        values[f"gap_closed_{k}"] = _mean_of_known(lists.benefit[:, :k])
        values[f"hours_{k}"] = _mean_of_known(hours[:, :k])
        values[f"novelty_{k}"] = novelty(top, takers, people)
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
