"""Open University: which module is taken next, and which score comes next."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.backtest import trial_of
from experiments.benchmarks.clusters import pooled_mean
from experiments.benchmarks.common import Say, comparison, judge_all, lead, load_converted, size_of
from experiments.pages import Page, bullets, table
from experiments.recipe import MetricChoice
from experiments.show import OF_DATED, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.split import split_by_time
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import Interval

_CUT = np.datetime64("2014-10-01", "D")  # nothing is running then, so no withdrawal is known too early
_COLUMNS = {"ndcg_3": "NDCG@3", "hit_1": "hit@1", "reciprocal_rank_3": "MRR@3"}
_Z80 = 1.2815515655446004  # an 80 % interval of a normal distribution is mean ± this many sd


def oulad(source: Path, say: Say) -> Page:
    """Cut at 2014-10-01."""
    dataset, notes = load_converted("oulad", source)
    split = split_by_time(dataset, _CUT)
    trial = trial_of(split, str(_CUT), CompetencyEstimator(), experienced=True)
    found = judge_all(trial, MetricChoice(at=(1, 3)), say)
    best, difference = lead(found, "ndcg_3")
    say("  next scores ...")
    scores = _next_scores(dataset, trial.estimator)
    header, rows = comparison(found, _COLUMNS)
    headline = (
        f"For {found['learned'].people:,} learners with a past, `learned` is {difference} in NDCG@3 against "
        f"`{best}`; the estimator foretells the next score with RMSE {scores[0][1]}."
    )
    remarks = [
        OF_DATED,
        f"{size_of(dataset)} {len(dataset.assessments):,} assessments.",
        f"Everything before {_CUT} is the past. Judged are learners with a past who take a new module after "
        "it; "
        f"{trial.repeats:,} retakes are no targets.",
        "There are seven modules, so that lists are short and differences small; positions and texts are "
        "absent.",
        "Each score is foreseen from strictly earlier evidence, also from scores after the cut; what sources "
        "are worth was learnt before it. RMSE and share are over scores, their intervals over learners.",
        *notes,
    ]
    score_header = ["next score", "RMSE", "RMSE, with an earlier score", "in the 80 % interval"]
    parts = [
        "## Uptake",
        table(header, rows),
        "## Next scores",
        table(score_header, scores),
        bullets(remarks),
    ]
    return Page("OULAD: next module and next score", headline, parts)


def _next_scores(dataset: Dataset, estimator: CompetencyEstimator) -> list[list[str]]:
    """Return rows of a table: the estimator and two baselines on the scores after the cut."""
    judged = dataset.assessments.assessed_on >= _CUT
    mean, sd = estimator.predict(dataset)
    earlier, has_earlier = learner_means(dataset, ~judged)
    errors = {
        "estimator": mean - dataset.assessments.level,
        "mean of the learner's earlier scores": earlier - dataset.assessments.level,
        "mean of the kind of assessment": _source_means(dataset, ~judged) - dataset.assessments.level,
    }
    person = dataset.assessments.employee
    inside = (np.abs(errors["estimator"]) <= _Z80 * sd).astype(float)
    share = with_bounds(pooled_mean(inside[judged], person[judged]))
    rows = []
    for name, error in errors.items():
        both = [_rmse(error, person, judged), _rmse(error, person, judged & has_earlier)]
        rows.append([name, *(with_bounds(one, 2) for one in both), share if name == "estimator" else "–"])
    return rows


def _rmse(error: FloatArray, person: IntArray, counted: BoolArray) -> Interval:
    squared = pooled_mean(error[counted] ** 2, person[counted])
    return Interval(squared.mean**0.5, squared.lower**0.5, squared.upper**0.5, squared.people)


def learner_means(dataset: Dataset, known: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Return for each assessment the mean of the person's strictly earlier scores, and whether there are any.

    Without any it is the mean of the scores in `known`.
    """
    table = dataset.assessments
    order = np.lexsort((table.assessed_on, table.employee))
    person, day, level = table.employee[order], table.assessed_on[order], table.level[order]
    total = np.concatenate([[0.0], np.cumsum(level)])
    new_day = np.append(True, (person[1:] != person[:-1]) | (day[1:] != day[:-1]))[: len(order)]
    place = np.arange(len(order))
    day_start = np.maximum.accumulate(np.where(new_day, place, 0))
    person_start = np.searchsorted(person, person, side="left")
    count = day_start - person_start
    overall = float(table.level[known].mean())
    summed = total[day_start] - total[person_start]
    mean = np.empty(len(order))
    mean[order] = np.divide(summed, count, out=np.full(len(order), overall), where=count > 0)
    has_earlier = np.empty(len(order), dtype=bool)
    has_earlier[order] = count > 0
    return mean, has_earlier


def _source_means(dataset: Dataset, known: BoolArray) -> FloatArray:
    _, source = np.unique(dataset.assessments.source.astype(str), return_inverse=True)
    level = dataset.assessments.level
    total = np.bincount(source[known], level[known], minlength=source.max() + 1)
    count = np.bincount(source[known], minlength=source.max() + 1)
    means = np.divide(total, count, out=np.full(len(total), float(level[known].mean())), where=count > 0)
    return np.asarray(means[source])
