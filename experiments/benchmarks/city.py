"""Simulated cities whose truth is known: who foretells what people take, and who closes their gaps."""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.benchmarks.common import recipes
from experiments.judging.backtest import judge_fitted
from experiments.judging.ranking import in_batches
from experiments.judging.trials import prepare
from experiments.pages import Page, bullets, table
from experiments.show import OF_DATED, Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray
from recommender.engine import Engine, fit_engine
from recommender.engine.exclusions import exclusions
from recommender.evaluation.bootstrap import interval, paired_difference
from recommender.rankers.learned import LearnedRanker
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEEDS = 2000, 120, (11, 12, 13)
_TOP = 5
_BEST, _RANDOM = "best possible", "random (expected)"
_UPTAKE = "learned, by uptake"
_BASELINE = "popularity"


@dataclass(frozen=True, slots=True)
class Measured:
    """NDCG of uptake, true gain and hours, one value per person; empty where there is no ranker."""

    uptake: FloatArray
    gain: FloatArray
    hours: FloatArray
    seconds: float


def city(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Simulate three cities and measure every ranker in each."""
    cities = [_measure_city(seed, say) for seed in _SEEDS]
    rows = [_row(name, cities) for name in cities[0]]
    gains = {name: interval(_pooled(name, cities).gain) for name in cities[0]}
    best = max((name for name in gains if name not in (_BEST, _RANDOM)), key=lambda name: gains[name].mean)
    headline = (
        f"In cities with a known truth `{best}` closes the most: {with_bounds(gains[best])} levels by "
        f"{_TOP} programs a person, where {number(gains[_BEST].mean)} are possible and chance brings "
        f"{number(gains[_RANDOM].mean)}."
    )
    header = [
        "ranker",
        "uptake NDCG@10",
        "true gain@5",
        "gain over popularity",
        "gain by city",
        "JP@5",
        "s to fit",
    ]
    return Page(
        "Simulated cities: uptake and true gain", headline, [table(header, rows), bullets(_remarks())]
    )


def read_gains(path: Path, dataset: Dataset) -> FloatArray:
    """Return the true gain of each program for each person, shape (n, P); an absent pair gains nothing."""
    gains = np.zeros((len(dataset.employees.ids), len(dataset.programs.ids)))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = dataset.employees.ids.row(row["employee_id"]), dataset.programs.ids.row(row["program_id"])
            gains[place] = float(row["gain"])
    return gains


def _measure_city(seed: int, say: Say) -> dict[str, Measured]:
    say(f"  city {seed}: simulating ...")
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, seed), Path(folder), truth=True)
        dataset = Dataset.load(folder)
        gains = read_gains(Path(folder) / "truth" / "gains.csv", dataset)
    (trial,) = prepare(dataset, recipes()["learned"])
    found: dict[str, Measured] = {}
    for name, recipe in recipes().items():
        say(f"  city {seed}: {name} ...")
        on_past, on_all = recipe.new_ranker(), recipe.new_ranker()
        start = time.perf_counter()
        on_past.fit(trial.split.past, trial.estimator)
        result = judge_fitted(trial, name, on_past, recipe.metrics, time.perf_counter() - start)
        engine = fit_engine(dataset, name, on_all)
        found[name] = Measured(result.by_case["ndcg_10"], *gains_and_hours(engine, gains), result.fit_seconds)
        if isinstance(on_past, LearnedRanker) and isinstance(on_all, LearnedRanker):
            # The same trees rank by either; only scoring reads the objective.
            on_past.objective = on_all.objective = "uptake"
            result = judge_fitted(trial, name, on_past, recipe.metrics)
            found[_UPTAKE] = Measured(result.by_case["ndcg_10"], *gains_and_hours(engine, gains), np.nan)
    return found | _limits(dataset, gains)


def gains_and_hours(engine: Engine, gains: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return true gain and hours of all that the engine recommends to each active person, (active,) each."""
    dataset = engine.dataset
    active = np.flatnonzero(dataset.employees.active)
    answers = engine.recommend_many([dataset.employees.ids[row] for row in active], _TOP)
    programs = [dataset.programs.ids.rows(r.program_id for r in one.recommendations) for one in answers]
    gained = [gains[row, listed].sum() for row, listed in zip(active, programs, strict=True)]
    return np.array(gained), np.array([np.nansum(dataset.programs.hours[listed]) for listed in programs])


def _limits(dataset: Dataset, gains: FloatArray) -> dict[str, Measured]:
    """Return what the best choice and what chance would bring, among programs that the hard rules admit."""
    rows = np.flatnonzero(dataset.employees.active)
    people = in_batches(dataset, CompetencyEstimator().fit(dataset), rows)
    open_ = np.concatenate([~np.logical_or.reduce(list(exclusions(part).values())) for part in people])
    best, chance = limits(gains[rows], open_)
    none = np.empty(0)
    return {_BEST: Measured(none, best, none, np.nan), _RANDOM: Measured(none, chance, none, np.nan)}


def limits(gains: FloatArray, open_: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return per person the sum of the best five gains, and the expected sum of five drawn at random."""
    admitted = np.where(open_, gains, 0.0)
    best = np.sort(admitted, axis=1)[:, -_TOP:].sum(axis=1)
    count = open_.sum(axis=1)
    return best, admitted.sum(axis=1) * np.minimum(_TOP, count) / np.maximum(count, 1)


def _pooled(name: str, cities: Sequence[Mapping[str, Measured]]) -> Measured:
    parts = [one[name] for one in cities]
    uptake, gain, hours = (
        np.concatenate([getattr(part, field) for part in parts]) for field in ("uptake", "gain", "hours")
    )
    return Measured(uptake, gain, hours, float(np.mean([part.seconds for part in parts])))


def _row(name: str, cities: Sequence[Mapping[str, Measured]]) -> list[str]:
    pooled, baseline = _pooled(name, cities), _pooled(_BASELINE, cities)
    lead = with_bounds(paired_difference(pooled.gain, baseline.gain), sign=True)
    by_city = " / ".join(number(float(one[name].gain.mean())) for one in cities)
    uptake, gain = with_bounds(interval(pooled.uptake)), with_bounds(interval(pooled.gain))
    hours = with_bounds(interval(pooled.hours), 0)
    shown = [uptake, gain, "–" if name == _BASELINE else lead, by_city, hours, number(pooled.seconds, 1)]
    return [name, *shown]


def _remarks() -> list[str]:
    seeds = ", ".join(map(str, _SEEDS))
    return [
        "Three cities as by "
        f"`recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed S "
        f"--truth`, S = {seeds}. Intervals are over the people of all three; how far cities differ shows the "
        "column by city.",
        f"Uptake: fitted to all but the last 12 months, judged by what people took in these. {OF_DATED}",
        "True gain@5: the engine is fitted to all data and recommends up to five programs to each active "
        "person; "
        "summed is the drop in weighted shortfall that each alone would bring, by `truth/gains.csv`.",
        "JP@5: hours of all that is recommended to a person; gain that costs more hours is worth less.",
        "The engine's hard rules and its least worthwhile benefit hold for every ranker alike, and so do its "
        "fallbacks: `popularity` here is better than popularity left to itself.",
        "`learned` ranks by value (uptake and benefit); `learned, by uptake` is the same model without "
        "benefit.",
        "Best possible: the five programs of highest true gain among those that the hard rules admit. "
        "Random: "
        "the expectation over these.",
    ]
