"""How long one answer takes in a catalogue of a thousand programs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from experiments.benchmarks.common import recipes
from experiments.pages import Page, bullets, table
from experiments.show import Say, number
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.engine import Engine, fit_engine
from recommender.rankers import gather_people
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEED = 1500, 1000, 5
_ASKED = 100  # people, one at a time
_AIM = 10.0  # milliseconds to rank for one person


def answers(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Ask for people one at a time and time each step."""
    say(f"  simulating {_EMPLOYEES:,} people and {_PROGRAMS:,} programs ...")
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, _SEED), Path(folder), truth=False)
        dataset = Dataset.load(folder)
    rows, rank = [], {}
    for name in ("popularity", "gap", "content", "learned"):
        say(f"  {name} ...")
        recipe = recipes()[name]
        engine = fit_engine(dataset, name, recipe.new_ranker(), recipe.new_estimator())
        steps = _steps(engine)
        rank[name] = float(np.median(steps[1]))
        rows.append([name, *(f"{number(float(np.median(one)), 1)} / {_ninety(one)}" for one in steps)])
    header = ["ranker", "gather the person", "rank all programs", "whole answer with reasons"]
    headline = (
        f"`learned` ranks {_PROGRAMS:,} programs for one person in {number(rank['learned'], 1)} ms at the "
        f"median (aim: {_AIM:.0f})."
    )
    return Page("One answer at a time", headline, [table(header, rows), bullets(_remarks())])


def _steps(engine: Engine) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return milliseconds to gather each person, to rank, and to answer, shape (asked,) each."""
    dataset, ranker = engine.dataset, engine.rankers[0][1]
    active = np.flatnonzero(dataset.employees.active)[: _ASKED + 1]
    people = [gather_people(dataset, engine.estimator, active[[place]]) for place in range(len(active))]
    ids = [dataset.employees.ids[row] for row in active]
    return (
        _timed(lambda place: gather_people(dataset, engine.estimator, active[[place]])),
        _timed(lambda place: ranker.score(people[place])),
        _timed(lambda place: engine.recommend(ids[place])),
    )


def _timed(work: Callable[[int], object]) -> FloatArray:
    """Return the milliseconds of each piece of work but the first, which fills what is kept between them."""
    taken = []
    for place in range(_ASKED + 1):
        start = time.perf_counter()
        work(place)
        taken.append(1000.0 * (time.perf_counter() - start))
    return np.array(taken[1:])


def _ninety(values: FloatArray) -> str:
    return number(float(np.quantile(values, 0.9)), 1)


def _remarks() -> list[str]:
    return [
        f"A city as by `recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed "
        f"{_SEED}`; {_ASKED} people, asked one by one in one process on one thread.",
        "Milliseconds, median / 90th percentile. To gather is to find history, beliefs and benefits of the "
        "person in the tables; to rank is to score every program; the whole answer gathers, excludes, ranks, "
        "selects and explains.",
        "A bundle's first answer takes longer: texts become vectors once.",
    ]
