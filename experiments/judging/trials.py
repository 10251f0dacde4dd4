"""Trials: a past to learn from and a future to be judged by, the same for every ranker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from experiments.judging.gains import TrueGains
from experiments.recipe import Recipe, SplitChoice
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.split import Split, cut_days, has_dates, split_by_time, split_last, split_one
from recommender.domain import BoolArray, IntArray
from recommender.effects import learn_with_effects
from recommender.errors import NothingToLearn
from recommender.rankers.mandates import repeatable

LAST = "before each person's last record"


@dataclass(frozen=True, slots=True)
class Trial:
    """One cut through the data.

    Attributes
    ----------
    split : its held pairs can all be recommended: what a person takes again, unless a mandate asks for it,
        is left out, since it is no candidate either.
    cut : where the past ends, in words.
    estimator : fitted to the past.
    rows : the people who are judged, as rows of employees.
    repeats : how many held pairs were left out as taken again.
    judge : the estimator by which gaps closed are told, the same whatever the recipe: one that sees larger
        gaps must not win by it. No ranker is handed it.
    gains : what programs truly change, where that is known; no ranker is handed them.
    """

    split: Split
    cut: str
    estimator: CompetencyEstimator
    rows: IntArray
    repeats: int
    judge: CompetencyEstimator
    gains: TrueGains | None = None


def prepare(dataset: Dataset, recipe: Recipe, gains: TrueGains | None = None) -> tuple[Trial, ...]:
    """Cut the data as a recipe says, the latest cut first, and fit its estimator to each past.

    Parameters
    ----------
    gains : see `Trial`.

    Raises
    ------
    NothingToLearn
        There is no history, or none on one side of a cut.
    """
    if not len(dataset.history):
        raise NothingToLearn("Nothing can be backtested: the data hold no training records.")
    trials = (trial_of(split, cut, recipe.new_estimator()) for split, cut in cuts(dataset, recipe.split))
    return tuple(replace(trial, gains=gains) for trial in trials)


def cuts(dataset: Dataset, choice: SplitChoice) -> Iterator[tuple[Split, str]]:
    """Yield the splits that a recipe asks for, each with its cut in words.

    Raises
    ------
    NothingToLearn
        A cut in time leaves nothing on one side.
    """
    if choice.kind == "one":
        for draw in range(choice.cuts):
            yield split_one(dataset, choice.seed + draw), f"one record of each person, draw {draw + 1}"
    elif choice.kind == "last" or (choice.kind == "auto" and choice.day is None and not has_dates(dataset)):
        yield split_last(dataset), LAST
    else:
        days = _days(dataset, choice)
        for day, until in zip(days, [None, *days], strict=False):
            yield split_by_time(dataset, day, until), f"{day}"


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
    new = judged = new_only(split)
    if experienced:
        judged = _some(judged, np.isin(judged.employee, past.employee))
    if not len(judged.employee):
        raise NothingToLearn(f"Nothing can be backtested: nobody took a new program after the cut ({cut}).")
    repeats = len(split.employee) - len(new.employee)
    fitted, plain = learn_with_effects(estimator, split.past), CompetencyEstimator()
    same = estimator.get_params() == plain.get_params()
    judge = fitted if same else learn_with_effects(plain, split.past)
    return Trial(judged, cut, fitted, np.unique(judged.employee), repeats, judge)


def new_only(split: Split) -> Split:
    """Leave out what people took again, unless a mandate asks for it: it is no candidate either."""
    programs, past = len(split.past.programs.ids), split.past.history
    taken = split.employee * programs + split.program
    known = np.isin(taken, past.employee * programs + past.program)
    return _some(split, ~known | repeatable(split.past)[split.program])


def _some(split: Split, kept: BoolArray) -> Split:
    return replace(split, employee=split.employee[kept], program=split.program[kept])


def _days(dataset: Dataset, choice: SplitChoice) -> list[np.datetime64]:
    """Return the days of the cuts in time, the latest first."""
    if choice.day is not None:
        return [np.datetime64(choice.day, "D")]
    days = cut_days(dataset, choice.months, choice.cuts)
    if len(days) < choice.cuts:
        months = choice.months * (len(days) + 1)
        raise NothingToLearn(
            f"Nothing can be backtested: the day {months} months before the data's own date does not have "
            "dated training records on both sides. Set `months` or `cuts` in [split] lower."
        )
    return days
