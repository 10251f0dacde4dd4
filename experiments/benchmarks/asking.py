"""Ask next: how many assessments a good plan needs, chosen by their value and drawn at random."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from experiments.judging.gains import read_gains
from experiments.pages import Page, bullets, table
from experiments.show import Say, number
from recommender.competency import CompetencyEstimator
from recommender.competency.following import without_records
from recommender.dataset import Dataset
from recommender.dataset.tables import Assessments
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.engine.asking import LISTED, worths
from recommender.engine.exclusions import exclusions
from recommender.rankers import gather_people
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEEDS = 250, 120, (301, 302, 303, 304, 305)
_ROUNDS, _ORDERS = 30, 10
_SOURCE, _NOISE, _ROUNDING = "assessment_centre", 0.35, 0.5  # as the city's own assessment centre errs
_TARGETS = (0.5, 0.7, 0.8, 0.9)  # of the way from no assessment to all of them


@dataclass(frozen=True, slots=True)
class Town:
    """A city stripped of its assessments: what it knows, who could be asked what, and the truth.

    Attributes
    ----------
    person, competency : the questions: each active person in each competency the position asks for.
    answer : what the assessment centre would say to each question, shape (questions,).
    gains : true gain of each program for each person, shape (n, P).
    open_ : programs that no rule keeps out, shape (active, P).
    """

    dataset: Dataset
    estimator: CompetencyEstimator
    rows: IntArray
    person: IntArray
    competency: IntArray
    answer: FloatArray
    gains: FloatArray
    open_: BoolArray


def asking(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Compare chosen with random assessments in simulated cities."""
    curves = [_curves(seed, say) for seed in _SEEDS]
    needed = np.array([[needed_for(curve, target) for curve in (chosen, drawn)] for chosen, drawn in curves
                       for target in _TARGETS]).reshape(len(curves), len(_TARGETS), 2)  # fmt: skip
    ratio = needed[:, :, 0].mean(axis=0) / needed[:, :, 1].mean(axis=0)
    rows = [
        [f"{target:.0%}", *(f"{share:.0%}" for share in needed[:, place].mean(axis=0)), number(ratio[place]),
         " ".join(number(a / b) for a, b in needed[:, place])]
        for place, target in enumerate(_TARGETS)
    ]  # fmt: skip
    header = ["of the possible rise in true gain", "asked by ask-next", "asked at random", "ratio", "by city"]
    headline = (
        f"For {_TARGETS[-1]:.0%} of what assessing everything would add to the plan, `ask-next` needs "
        f"{number(ratio[-1])} times the assessments that random asking needs."
    )
    remarks = [
        f"Cities of {_EMPLOYEES} people, seeds {', '.join(map(str, _SEEDS))}; the parameters are learnt from "
        "the city's own assessments, which are then taken away; trainings and reviews stay.",
        f"A plan is each active person's {LISTED} programs of the highest expected benefit among those that "
        "the rules admit; its quality is their true gain (truth/gains).",
        f"Answers are true levels with the noise of the city's assessment centre ({_NOISE}, rounded to "
        f"{_ROUNDING}). Each question (person and competency that the position asks for) is asked at most "
        f"once, in {_ROUNDS} rounds; in each, ask-next takes the most valuable ones in the whole city.",
        f"Random asking is the mean of {_ORDERS} orders. The shares are of all questions, interpolated.",
    ]
    return Page("Ask next: assessments that a plan needs", headline, [table(header, rows), bullets(remarks)])


def needed_for(curve: FloatArray, target: float) -> float:
    """Return the share of questions after which a curve has risen by `target` of its whole rise.

    The curve holds the quality after 0, 1, ... rounds, the last after all questions.
    """
    risen = np.maximum.accumulate((curve - curve[0]) / (curve[-1] - curve[0]))
    return float(np.interp(target, risen, np.linspace(0.0, 1.0, len(curve))))


def _curves(seed: int, say: Say) -> tuple[FloatArray, FloatArray]:
    """Return plan quality by round, for chosen and for random questions."""
    say(f"  city {seed} ...")
    town = _town(seed)
    chosen = _quality_by_round(town, _by_value(town))
    rng = np.random.default_rng(seed)
    drawn = [_quality_by_round(town, _at_random(town, rng)) for _ in range(_ORDERS)]
    return chosen, np.mean(drawn, axis=0)


Choose = Callable[[Dataset, BoolArray, int], IntArray]  # data so far, questions left, how many -> questions


def _quality_by_round(town: Town, choose: Choose) -> FloatArray:
    left, asked = np.ones(len(town.person), dtype=bool), np.empty(0, dtype=np.int64)
    quality = [_quality(town, town.dataset)]
    for sizes in np.array_split(np.arange(len(left)), _ROUNDS):
        picked = choose(_with_answers(town, asked), left, len(sizes))
        left[picked] = False
        asked = np.concatenate([asked, picked])
        quality.append(_quality(town, _with_answers(town, asked)))
    return np.array(quality)


def _quality(town: Town, dataset: Dataset) -> float:
    """Return the mean true gain of the plans made from some data."""
    people = gather_people(dataset, town.estimator, town.rows)
    benefit = np.where(town.open_, people.benefit, 0.0)
    listed = np.argsort(-benefit, axis=1, kind="stable")[:, :LISTED]
    worth = np.take_along_axis(benefit, listed, axis=1) > 0
    true = np.take_along_axis(town.gains[town.rows], listed, axis=1)
    return float((true * worth).sum(axis=1).mean())


def _by_value(town: Town) -> Choose:
    """Return a choice by value; people who were not asked in the last round keep their values."""
    value, stale = np.zeros(len(town.person)), np.ones(len(town.rows), dtype=bool)

    def choose(dataset: Dataset, left: BoolArray, count: int) -> IntArray:
        for place, values in _values(town, dataset, np.flatnonzero(stale)):
            mine = town.person == town.rows[place]
            value[mine] = values[town.competency[mine]]
        open_ = np.flatnonzero(left)
        picked = open_[np.argsort(-value[open_], kind="stable")[:count]]
        stale[:] = np.isin(town.rows, town.person[picked])
        return np.asarray(picked)

    return choose


def _values(town: Town, dataset: Dataset, places: IntArray) -> Iterator[tuple[int, FloatArray]]:
    people = gather_people(dataset, town.estimator, town.rows[places])
    found = worths(people, town.estimator, [_SOURCE], LISTED)
    for place, worth in zip(places, found, strict=True):
        values = np.zeros(len(dataset.competencies.ids))
        values[worth.competency] = worth.value
        yield int(place), values


def _at_random(town: Town, rng: np.random.Generator) -> Choose:
    order = rng.permutation(len(town.person))

    def choose(dataset: Dataset, left: BoolArray, count: int) -> IntArray:  # noqa: ARG001
        return np.asarray(order[left[order]][:count])

    return choose


def _with_answers(town: Town, asked: IntArray) -> Dataset:
    """Return the data with the answers to some questions, all given on the data's own day."""
    count = len(asked)
    answers = Assessments(
        town.person[asked],
        town.competency[asked],
        town.answer[asked],
        np.full(count, _SOURCE, dtype=object),
        np.full(count, town.dataset.as_of),
        np.full(count, "", dtype=object),
    )
    return replace(town.dataset, assessments=answers)


def _town(seed: int) -> Town:
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, seed), Path(folder), truth=True)
        dataset = Dataset.load(folder)
        gains = read_gains(Path(folder) / "truth" / "gains.csv", dataset)
        levels = _read_levels(Path(folder) / "truth" / "levels.csv", dataset)
    estimator = CompetencyEstimator().fit(dataset)
    rows = np.flatnonzero(dataset.employees.active)
    bare = replace(dataset, assessments=without_records(dataset).assessments)
    people = gather_people(bare, estimator, rows)
    place, competency = np.nonzero(~np.isnan(people.required) & (people.required > 0))
    seen = levels[rows[place], competency] + _NOISE * np.random.default_rng(seed).standard_normal(len(place))
    scale = dataset.policy.levels
    answer = np.clip(np.round(seen / _ROUNDING) * _ROUNDING, scale.minimum, scale.maximum)
    open_ = ~np.logical_or.reduce(list(exclusions(people).values()))
    return Town(bare, estimator, rows, rows[place], competency, answer, gains, open_)


def _read_levels(path: Path, dataset: Dataset) -> FloatArray:
    """Return the true levels, shape (n, C); 0 where the truth names none."""
    levels = np.zeros((len(dataset.employees.ids), len(dataset.competencies.ids)))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = (
                dataset.employees.ids.row(row["employee_id"]),
                dataset.competencies.ids.row(row["competency_id"]),
            )
            levels[place] = float(row["level"])
    return levels
