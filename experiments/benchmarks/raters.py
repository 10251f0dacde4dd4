"""InstEval: what a student will say of a lecturer, from what other students said and how severe each is."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from experiments.benchmarks.common import load_converted
from experiments.benchmarks.crossed import crossed_effects
from experiments.benchmarks.forecasts import (
    HEADER,
    OURS,
    Forecast,
    ahead,
    compared,
    means_by,
    with_assessments,
    with_usual_miss,
)
from experiments.pages import Page, bullets, table
from experiments.show import Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray

_SHARE, _SEED = 0.2, 1
_SAMPLE = 100_000  # rows: more than there are, so that every severity is learnt
_DAY = np.datetime64("2000-01-01", "D")  # any: the data have no days
_CROSSED = "crossed random effects (GPBoost)"


def raters(source: Path, say: Say) -> Page:
    """Hold a fifth of the ratings out, at random, once."""
    dataset, notes = load_converted("insteval", source)
    held = np.random.default_rng(_SEED).random(len(dataset.assessments)) < _SHARE
    found, seconds = _forecasts(dataset, held, say)
    level, person = dataset.assessments.level[held], dataset.assessments.employee[held]
    best, rmse, lead = ahead(found, level, person)
    headline = (
        f"On {int(held.sum()):,} ratings held out the estimator's RMSE is {with_bounds(rmse)}; that is "
        f"{with_bounds(lead, sign=True)} against {best}, the best of the others."
    )
    rows = [
        [*row, number(seconds[row[0]], 1) if row[0] in seconds else "–"]
        for row in compared(found, level, person)
    ]
    return Page(
        "InstEval: raters, some severe and some mild",
        headline,
        [table([*HEADER, "s"], rows), bullets([*_remarks(dataset, _CROSSED in found), *notes])],
    )


def _forecasts(dataset: Dataset, held: BoolArray, say: Say) -> tuple[dict[str, Forecast], dict[str, float]]:
    """Return what each method foresees of the held-out rows, and the seconds of those that take some."""
    seconds = {}
    say("  estimator ...")
    start = time.perf_counter()
    estimator = CompetencyEstimator(sample=_SAMPLE).fit(with_assessments(dataset, ~held))
    found = {OURS: Forecast(*estimator.predict(held_out_later(dataset, held))).of(held)}
    seconds[OURS] = time.perf_counter() - start
    say(f"  {_CROSSED} ...")
    start = time.perf_counter()
    judged, position = dataset.assessments, dataset.employees.position
    groups = np.stack([judged.assessor, judged.employee, position[judged.employee]], axis=1).astype(str)
    crossed = crossed_effects(groups, judged.level, ~held)
    if crossed is not None:
        found[_CROSSED], seconds[_CROSSED] = crossed, time.perf_counter() - start
    return found | {name: one.of(held) for name, one in plain_forecasts(dataset, ~held).items()}, seconds


def held_out_later(dataset: Dataset, held: BoolArray) -> Dataset:
    """Return the data with the rows held out on one day after all others, which have none."""
    nothing = np.datetime64("NaT", "D")
    days = np.where(held, _DAY, nothing)
    return replace(dataset, assessments=replace(dataset.assessments, assessed_on=days))


def plain_forecasts(dataset: Dataset, known: BoolArray) -> dict[str, Forecast]:
    """Return what means of the known rows foresee of all rows; what they miss among these is their sd."""
    judged = dataset.assessments
    overall = float(judged.level[known].mean())
    _, rater = np.unique(judged.assessor.astype(str), return_inverse=True)
    lecturer = means_by(judged.employee, judged.level, known, overall)
    means = {
        "rater's mean plus lecturer's mean less the mean": lecturer
        + means_by(rater, judged.level, known, overall)
        - overall,
        "mean of the lecturer": lecturer,
        "mean of all": np.full(len(judged), overall),
    }
    return {name: with_usual_miss(mean, judged.level, known) for name, mean in means.items()}


def _remarks(dataset: Dataset, has_crossed: bool) -> list[str]:
    judged = dataset.assessments
    raters_, people = len(np.unique(judged.assessor.astype(str))), len(dataset.employees.ids)
    crossed = (
        "Crossed random effects: a mean, and normal effects of rater, lecturer and department, their "
        "variances found by maximum likelihood."
        if has_crossed
        else "Crossed random effects are left out: GPBoost is not installed "
        "(`pip install -e '.[benchmark]'`)."
    )
    return [
        f"{len(judged):,} ratings of {people:,} lecturers by {raters_:,} students "
        f"(data digest {dataset.digest[:8]}). Held out are {_SHARE:.0%} of the ratings, drawn once (seed "
        f"{_SEED}), not lecturers or students.",
        "The estimator is fitted to the other ratings and foresees those held out as if all were given on "
        "one later day: none of them sees another.",
        crossed,
        "The interval of a mean is the mean and what it misses, on average, among the ratings that it was "
        "made of.",
        "Ratings are whole numbers, so that no normal interval can hold exactly its share of them.",
        "Intervals draw lecturers, with all their ratings.",
    ]
