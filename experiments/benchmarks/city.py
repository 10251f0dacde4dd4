"""Simulated cities whose truth is known: who foretells what people take, and who closes their gaps."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.benchmarks.common import recipes
from experiments.judging.backtest import judge_fitted
from experiments.judging.gains import COUNTED, FILE, gains_and_hours, limits, read_gains
from experiments.judging.ranking import in_batches
from experiments.judging.trials import prepare
from experiments.pages import Page, bullets, table
from experiments.show import ABSENT, OF_DATED, Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.engine import fit_engine
from recommender.engine.exclusions import exclusions
from recommender.evaluation.bootstrap import interval, paired_difference, ratio
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEEDS = 2000, 120, (11, 12, 13)
_BEST, _RANDOM = "best possible", "random (expected)"
_BASELINE = "popularity"


@dataclass(frozen=True, slots=True)
class Measured:
    """NDCG of uptake, true gain, the most possible and hours per person; empty without a ranker."""

    uptake: FloatArray
    gain: FloatArray
    possible: FloatArray
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
        f"{COUNTED} programs a person, where {number(gains[_BEST].mean)} are possible and chance brings "
        f"{number(gains[_RANDOM].mean)}."
    )
    header = [
        "ranker",
        "uptake NDCG@10",
        "true gain@5",
        "share of best",
        "gain over popularity",
        "gain by city",
        "gain per hour@5",
        "JP@5",
        "s to fit",
    ]
    return Page(
        "Simulated cities: uptake and true gain", headline, [table(header, rows), bullets(_remarks())]
    )


def _measure_city(seed: int, say: Say) -> dict[str, Measured]:
    say(f"  city {seed}: simulating ...")
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, seed), Path(folder), truth=True)
        dataset = Dataset.load(folder)
        gains = read_gains(Path(folder) / FILE, dataset)
    (trial,) = prepare(dataset, recipes()["learned"])
    ends = _limits(dataset, gains)
    found: dict[str, Measured] = {}
    for name, recipe in recipes().items():
        say(f"  city {seed}: {name} ...")
        on_past, on_all = recipe.new_ranker(), recipe.new_ranker()
        start = time.perf_counter()
        on_past.fit(trial.split.past, trial.estimator)
        result = judge_fitted(trial, name, on_past, recipe.metrics, time.perf_counter() - start)
        engine = fit_engine(dataset, name, on_all)
        gained, hours = gains_and_hours(engine, gains)
        found[name] = Measured(result.by_case["ndcg_10"], gained, ends[_BEST].gain, hours, result.fit_seconds)
    return found | ends


def _limits(dataset: Dataset, gains: FloatArray) -> dict[str, Measured]:
    """Return what the best choice and what chance would bring, among programs that the hard rules admit."""
    rows = np.flatnonzero(dataset.employees.active)
    people = in_batches(dataset, CompetencyEstimator().fit(dataset), rows)
    open_ = np.concatenate([~np.logical_or.reduce(list(exclusions(part).values())) for part in people])
    best, chance = limits(gains[rows], open_)
    none = np.empty(0)
    return {
        _BEST: Measured(none, best, best, none, np.nan),
        _RANDOM: Measured(none, chance, best, none, np.nan),
    }


def _pooled(name: str, cities: Sequence[Mapping[str, Measured]]) -> Measured:
    parts = [one[name] for one in cities]
    uptake, gain, possible, hours = (
        np.concatenate([getattr(part, field) for part in parts])
        for field in ("uptake", "gain", "possible", "hours")
    )
    return Measured(uptake, gain, possible, hours, float(np.mean([part.seconds for part in parts])))


def _row(name: str, cities: Sequence[Mapping[str, Measured]]) -> list[str]:
    pooled, baseline = _pooled(name, cities), _pooled(_BASELINE, cities)
    lead = with_bounds(paired_difference(pooled.gain, baseline.gain), sign=True)
    by_city = " / ".join(number(float(one[name].gain.mean())) for one in cities)
    per_hour = with_bounds(ratio(pooled.gain, pooled.hours), 4) if len(pooled.hours) else ABSENT
    return [
        name,
        with_bounds(interval(pooled.uptake)),
        with_bounds(interval(pooled.gain)),
        with_bounds(ratio(pooled.gain, pooled.possible)),
        ABSENT if name == _BASELINE else lead,
        by_city,
        per_hour,
        with_bounds(interval(pooled.hours), 0),
        number(pooled.seconds, 1),
    ]


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
        "Share of best: the sum of gains over what the best choices would sum to. Gain per hour: the same "
        "over the hours of all that is recommended (JP@5).",
        "The engine's hard rules and its least worthwhile benefit hold for every ranker alike, and so do its "
        "fallbacks: `popularity` here is better than popularity left to itself.",
        "`learned` ranks by the chance that a program is taken, `value` by the same model's odds, completion "
        "and benefit.",
        "Best possible: the five programs of highest true gain among those that the hard rules admit. "
        "Random: "
        "the expectation over these.",
    ]
