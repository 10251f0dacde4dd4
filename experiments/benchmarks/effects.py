"""Ten simulated cities not seen before: what is found of effects, and what ranking by them brings."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from experiments.benchmarks.common import recipes
from experiments.benchmarks.effects_found import (
    ALONE,
    LIKED,
    MEASURED,
    NAIVE,
    POPULAR,
    Found,
    called_effective,
    covers,
    ways_of_measuring,
)
from experiments.judging.gains import COUNTED, FILE, gains_and_hours, limits, read_gains
from experiments.judging.ranking import in_batches
from experiments.pages import Page, bullets, table
from experiments.show import ABSENT, Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.effects import ProgramEffects, learn_with_effects
from recommender.engine import Engine
from recommender.engine.engine import FALLBACKS
from recommender.engine.exclusions import exclusions
from recommender.evaluation.bootstrap import Interval, interval, ratio
from recommender.rankers import Ranker
from recommender.rankers.gap import GapRanker
from recommender.rankers.hours import lengths, usual_length
from recommender.rankers.popularity import PopularityRanker
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEEDS = 2000, 120, tuple(range(511, 521))
_ATTENDED = 50  # people: programs with at least so many are looked at
_SERVED, _BARE = "served by the engine", "by itself"


@dataclass(frozen=True, slots=True)
class City:
    """What was found in one city.

    Attributes
    ----------
    truth : effects of K outcomes; people : attendees, and `found` by each way of measuring, shape (K,).
    gain, hours : true gain and hours of five programs for each person by ranker, shape (n,).
    possible : the most that five programs could bring.
    """

    truth: FloatArray
    people: IntArray
    found: Mapping[str, Found]
    gain: Mapping[str, FloatArray]
    hours: Mapping[str, FloatArray]
    possible: FloatArray


def effects(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Simulate ten cities, measure effects in each, and rank by them."""
    cities = []
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for seed, city in zip(_SEEDS, pool.map(_measure_city, _SEEDS), strict=True):
            say(f"  city {seed}: done")
            cities.append(city)
    names = list(cities[0].found)
    rows = [_effect_row(name, cities) for name in names]
    gains = [_gain_row(name, cities) for name in cities[0].gain]
    measured = rows[0]
    value = _share(f"value, {_SERVED}", cities)
    headline = (
        f"In ten cities not seen before, effects measured of programs with {_ATTENDED}+ attendees stand in "
        f"the order of the true ones (Spearman {measured[2]}), 95 % intervals hold {measured[4]} of the "
        f"truths, and {measured[5]} of the programs without effect are called effective; `value` reaches "
        f"{with_bounds(value)} of the gain of the best possible lists."
    )
    return Page(
        "Simulated cities: measured effects, and ranking by them",
        headline,
        [
            "## Effects",
            table(_EFFECT_HEADER, rows),
            "## Gains",
            table(_GAIN_HEADER, gains),
            bullets(_remarks(cities)),
        ],
    )


def _measure_city(seed: int) -> City:
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, seed), Path(folder), truth=True)
        dataset = Dataset.load(folder)
        gains = read_gains(Path(folder) / FILE, dataset)
        measured, found = ways_of_measuring(dataset)
        truth = read_effects(Path(folder) / "truth" / "effects.csv", measured)
    estimator = learn_with_effects(CompetencyEstimator(), dataset)
    open_, rows = _open(dataset, estimator)
    gain, hours = _rank(dataset, estimator, gains, open_, rows)
    return City(truth, measured.people, found, gain, hours, limits(gains[rows], open_)[0])


def read_effects(path: Path, measured: ProgramEffects) -> FloatArray:
    """Return the true effect of each measured outcome."""
    true = np.full(len(measured), np.nan)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            true[measured.place(row["program_id"], row["competency_id"])] = float(row["effect"])
    return true


def _rankers() -> dict[str, Ranker]:
    value = recipes()["value"]
    return {
        "popularity": PopularityRanker(),
        "gap, declared outcomes": GapRanker(effects="declared"),
        "gap, measured effects": GapRanker(),
        "gap per hour, measured effects": GapRanker(per_hour=1.0),
        "value": value.new_ranker(),
    }


def _rank(
    dataset: Dataset, estimator: CompetencyEstimator, gains: FloatArray, open_: BoolArray, rows: IntArray
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return true gains and hours of each ranker, as the engine serves it and by itself."""
    gain, hours = {}, {}
    length = lengths(dataset, usual_length(dataset))
    behind = tuple((key, fallback().fit(dataset, estimator)) for key, fallback in FALLBACKS.items())
    for name, ranker in _rankers().items():
        engine = Engine(dataset, estimator, ((name, ranker.fit(dataset, estimator)), *behind))
        gain[f"{name}, {_SERVED}"], hours[f"{name}, {_SERVED}"] = gains_and_hours(engine, gains)
        scores = [ranker.score(part) for part in in_batches(dataset, estimator, rows)]
        listed = _first(np.concatenate(scores), open_)
        gain[f"{name}, {_BARE}"] = np.where(listed, gains[rows], 0.0).sum(axis=1)
        hours[f"{name}, {_BARE}"] = np.where(listed, length, 0.0).sum(axis=1)
    return gain, hours


def _first(scores: FloatArray, open_: BoolArray) -> BoolArray:
    """Return the five programs of highest score among those open to each person, shape (n, P)."""
    order = np.argsort(-np.where(open_, scores, -np.inf), axis=1, kind="stable")[:, :COUNTED]
    listed = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(listed, order, True, axis=1)
    return listed & open_


def _open(dataset: Dataset, estimator: CompetencyEstimator) -> tuple[BoolArray, IntArray]:
    """Return what the hard rules admit for each active person, and the rows of these."""
    rows = np.flatnonzero(dataset.employees.active)
    people = in_batches(dataset, estimator, rows)
    return np.concatenate([~np.logical_or.reduce(list(exclusions(part).values())) for part in people]), rows


_EFFECT_HEADER = [
    "way of measuring",
    "outcomes",
    "Spearman",
    "by city",
    "95 % intervals hold",
    "without effect, called effective",
    "with effect, called effective",
    "RMSE (levels)",
]


def _effect_row(name: str, cities: Sequence[City]) -> list[str]:
    orders = []
    for city in cities:
        known = (city.people >= _ATTENDED) & ~np.isnan(city.found[name].effect)
        orders.append(float(spearmanr(city.found[name].effect[known], city.truth[known])[0]))
    many = [city.people >= _ATTENDED for city in cities]
    held = _joined(
        [covers(city.found[name], city.truth)[one] for city, one in zip(cities, many, strict=True)]
    )
    called = _joined(
        [called_effective(city.found[name])[one] for city, one in zip(cities, many, strict=True)]
    )
    truth = _joined([city.truth[one] for city, one in zip(cities, many, strict=True)])
    off = _joined(
        [(city.found[name].effect - city.truth)[one] for city, one in zip(cities, many, strict=True)]
    )
    same = name not in (POPULAR, LIKED, ALONE, NAIVE)  # it is the effect at the entry level that is found
    return [
        name,
        f"{int(np.sum(~np.isnan(off))):,}",
        with_bounds(interval(np.array(orders))),
        f"{min(orders):.2f} to {max(orders):.2f}",
        _percent(held) if same else ABSENT,
        _percent(called[truth == 0]),
        _percent(called[truth > 0]),
        number(float(np.sqrt(np.nanmean(off**2)))) if same else ABSENT,
    ]


def _joined(parts: Sequence[FloatArray]) -> FloatArray:
    return np.concatenate(parts).astype(float)


def _percent(values: FloatArray) -> str:
    known = values[~np.isnan(values)]
    return f"{known.mean():.1%}" if len(known) else ABSENT


_GAIN_HEADER = [
    "ranker",
    f"true gain@{COUNTED}",
    "share of best possible",
    "by city",
    "times popularity by itself",
    "times popularity as served",
    "times gap by declared outcomes",
    "gain per hour",
    f"JP@{COUNTED}",
]


def _gain_row(name: str, cities: Sequence[City]) -> list[str]:
    gain, hours = (_joined([getattr(city, what)[name] for city in cities]) for what in ("gain", "hours"))
    shares = [city.gain[name].sum() / city.possible.sum() for city in cities]
    against = [f"popularity, {_BARE}", f"popularity, {_SERVED}", f"gap, declared outcomes, {_place(name)}"]
    return [
        name,
        with_bounds(interval(gain)),
        with_bounds(_share(name, cities)),
        f"{min(shares):.2f} to {max(shares):.2f}",
        *(
            number(float(gain.sum() / _joined([city.gain[one] for city in cities]).sum()), 2)
            for one in against
        ),
        with_bounds(ratio(gain, hours), 4),
        with_bounds(interval(hours), 0),
    ]


def _place(name: str) -> str:
    return _SERVED if name.endswith(_SERVED) else _BARE


def _share(name: str, cities: Sequence[City]) -> Interval:
    return ratio(_joined([city.gain[name] for city in cities]), _joined([city.possible for city in cities]))


def _remarks(cities: Sequence[City]) -> list[str]:
    outcomes = sum(len(city.truth) for city in cities)
    few = _joined([covers(city.found[MEASURED], city.truth)[city.people < _ATTENDED] for city in cities])
    none = _joined([called_effective(city.found[MEASURED])[city.truth == 0] for city in cities])
    nulls = sum(int(np.sum((city.truth == 0) & (city.people >= _ATTENDED))) for city in cities)
    return [
        "Ten cities as by "
        f"`recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed S --truth`, "
        f"S = {_SEEDS[0]} to {_SEEDS[-1]}, on none of which anything was tried before.",
        f"Effects: of {outcomes:,} outcomes (pairs of program and competency) the table has those of "
        f"programs that {_ATTENDED} or more people completed. An effect is the rise of somebody at the entry "
        f"level. Of the other programs the measured 95 % intervals hold {_percent(few)}; of all programs "
        f"without effect, however few attended, {_percent(none)} are called effective.",
        f"Called effective: the whole 95 % interval lies above 0; {nulls} outcomes of the table have no "
        "effect. "
        "Spearman: mean over the cities, with its "
        "interval over cities.",
        "One by one: doubly robust, from people whose raw level was judged before and after; no beliefs, "
        "no pooling; only where 30 or more attendees were. Its effect is that on those who attended, who are "
        "seldom at the entry level, and so is that of before and after; so their sizes are not held against "
        "the truth, and they are known of fewer outcomes.",
        f"True gain@{COUNTED}: summed drop in weighted shortfall that each of five programs alone would "
        "bring, by `truth/gains.csv`. Served: the engine's answer, with its rules, its least worthwhile "
        "benefit (by measured effects) and its fallbacks, which help any ranker. By itself: the five highest "
        "scores among what the hard rules admit.",
        "Popularity by itself is what is done today.",
        "Best possible: the five of highest true gain among what the hard rules admit. Gains of people are "
        "pooled over cities; intervals are over people.",
    ]
