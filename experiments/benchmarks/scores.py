"""Open University: which score comes next, in a presentation that nothing was learnt from."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.benchmarks.clusters import coverage, pooled_rmse
from experiments.benchmarks.common import load_converted
from experiments.benchmarks.forecasts import (
    HEADER,
    OURS,
    SHARES,
    Forecast,
    ahead,
    compared,
    with_assessments,
    with_usual_miss,
)
from experiments.benchmarks.learners import (
    Marks,
    fit_additive,
    foresee,
    learner_means,
    paper_means,
    with_drift,
)
from experiments.converters.oulad import presentations
from experiments.pages import Page, bullets, table
from experiments.show import Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray

_JUDGED, _VALIDATION = "2014J", "2014B"
_DRIFTS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # points squared per day


def scores(source: Path, say: Say) -> Page:
    """Learn from three presentations and foresee every score of the fourth."""
    dataset, notes = load_converted("oulad", source)
    dataset = dataset.with_history(np.zeros(len(dataset.history), dtype=bool))
    presentation = presentations(source).to_numpy().astype(str)
    judged = presentation == _JUDGED
    say(f"  estimator, learning from {int((~judged).sum()):,} scores ...")
    start = time.perf_counter()
    estimator = CompetencyEstimator().fit(with_assessments(dataset, ~judged))
    seconds = time.perf_counter() - start
    ours = Forecast(*estimator.predict(dataset))
    say("  simple forecasts ...")
    plain, drift = plain_forecasts(dataset, ~judged, presentation == _VALIDATION)
    found = {name: one.of(judged) for name, one in {OURS: ours, **plain}.items()}
    level, person = dataset.assessments.level[judged], dataset.assessments.employee[judged]
    best, rmse, lead = ahead(found, level, person)
    headline = (
        f"The estimator foresees the next score with RMSE {with_bounds(rmse, 2)}; that is "
        f"{with_bounds(lead, 2, sign=True)} against {best}, the best of the simple forecasts."
    )
    parts = [
        table(HEADER, compared(found, level, person, 2)),
        "By kind of assessment:",
        _by_kind(dataset, judged, found, best),
        bullets([*_remarks(dataset, judged, drift, seconds), *notes]),
    ]
    return Page("OULAD: next score", headline, parts)


def plain_forecasts(
    dataset: Dataset, known: BoolArray, validation: BoolArray
) -> tuple[dict[str, Forecast], float]:
    """Return simple forecasts of all scores, learnt from the known ones, and the drift that was chosen.

    Parameters
    ----------
    validation : those of the known rows in which the drift is chosen, by a model of the others.
    """
    marks = Marks.of(dataset)
    paper = paper_means(marks, known)[marks.paper]
    mean, _ = learner_means(marks, paper)
    still, earlier = fit_additive(marks, known), fit_additive(marks, known & ~validation)
    drift = with_drift(marks, earlier, validation, _DRIFTS).drift
    found = {
        "paper and drifting learner": Forecast(*foresee(marks, replace(still, drift=drift))),
        "paper and learner": Forecast(*foresee(marks, still)),
        "mean of the paper": with_usual_miss(paper, marks.score, known),
        "mean of the learner's earlier scores": with_usual_miss(mean, marks.score, known),
    }
    return found, drift


def _by_kind(dataset: Dataset, judged: BoolArray, found: Mapping[str, Forecast], best: str) -> str:
    """Return a table of how the estimator and the best rival do on each kind of assessment."""
    level, person = dataset.assessments.level[judged], dataset.assessments.employee[judged]
    kinds, rows = dataset.assessments.source[judged].astype(str), []
    for kind in np.unique(kinds):
        mine = kinds == kind
        ours, theirs = found[OURS].of(mine), found[best].of(mine)
        error, rival = ours.mean - level[mine], theirs.mean - level[mine]
        shares = [with_bounds(coverage(error, ours.sd, person[mine], share), 1) for share in SHARES]
        rmse = [with_bounds(pooled_rmse(one, person[mine]), 2) for one in (error, rival)]
        rows.append([str(kind), f"{int(mine.sum()):,}", *rmse, *shares])
    header = ["kind", "scores", f"RMSE of `{OURS}`", f"RMSE of {best}", *HEADER[-len(SHARES) :]]
    return table(header, rows)


def _remarks(dataset: Dataset, judged: BoolArray, drift: float, seconds: float) -> list[str]:
    learners = len(np.unique(dataset.assessments.employee[judged]))
    return [
        f"{int(judged.sum()):,} scores of {learners:,} learners in presentation {_JUDGED} are foreseen (data "
        f"digest {dataset.digest[:8]}), each from the learner's own scores of earlier days, in whatever "
        f"presentation. Everything else is learnt from the {int((~judged).sum()):,} scores of the earlier "
        f"presentations; the estimator takes {number(seconds, 0)} s with its default settings.",
        "Papers are matched across presentations by module, type and order; to the estimator a paper is an "
        "assessor. Training records are left out, since an enrolment's end tells of its scores.",
        "Mean of the learner's earlier scores: without any, that of the paper. Mean of the paper: without "
        "any in the earlier presentations, that of its kind. The intervals of both are the mean and what it "
        "misses, on average, among the scores of the earlier presentations.",
        "Paper and learner: the paper's mean plus the learner's effect, shrunken to zero by what a few "
        "scores can tell; means, variance of effects and of each kind of score by maximum likelihood (EM). "
        f"Drifting: the effect is a random walk, whose variance of {drift:g} points² a day does best in "
        f"{_VALIDATION}, foreseen from the presentations before it.",
        "Scores end at 0 and 100, and many stand near 100: no normal interval fits them well.",
        "Intervals draw learners, with all their scores.",
    ]
