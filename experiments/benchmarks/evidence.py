"""How fast, and in how much memory, a million assessments become beliefs: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from experiments.benchmarks.batch import peak_megabytes
from experiments.pages import Page, bullets, table
from experiments.provenance import ROOT
from experiments.show import Say, number
from recommender.competency import CompetencyEstimator
from recommender.competency.following import without_records
from recommender.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import IntArray, TextArray
from recommender.errors import RecommenderError

Result = TypeVar("Result")

_ROWS, _PEOPLE, _COMPETENCIES, _SEED = 1_000_000, 14_000, 70, 1
_POSITIONS, _OCCASIONS, _PEOPLE_PER_SUPERVISOR = 40, 12, 10
_SOURCES = {"supervisor": (0.3, 0.5), "self": (0.5, 0.8), "peer": (0.15, 0.6), "test": (0.0, 0.4)}
_SHARES = (0.5, 0.3, 0.15, 0.05)  # of the occasions that are each source's
_FIRST_DAY, _DAYS = np.datetime64("2019-01-01", "D"), 6 * 365
_ONE_BY_ONE = 20  # people estimated alone; the middle of their times is shown
_RECORDS = 200  # times that one record is taken in; the middle of the times is shown
_LOAD, _FIT, _ALL, _ONE = "read and check the tables", "fit", "estimate all", "estimate one person"
_NEW = "take in one new record of a person who is followed"
_AIM = "30 s and 2 GB for fit and estimate, and a thousandth of a second for one record"


def evidence(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; this makes its own
    """Make up a large city, and time the estimator on it."""
    with tempfile.TemporaryDirectory() as folder:
        say(f"  writing {_ROWS:,} assessments ...")
        write_tables(Path(folder), _ROWS, _PEOPLE, _COMPETENCIES)
        say("  fitting and estimating ...")
        found = _in_another_process(Path(folder))
    seconds, megabytes = found[_FIT][0] + found[_ALL][0], max(peak for _, peak in found.values())
    headline = (
        f"{_ROWS:,} assessments of {_PEOPLE:,} people become beliefs in {number(seconds, 1)} s (fit and "
        f"estimate), with a peak of {megabytes:,.0f} MB, reading included."
    )
    rows = [
        [step, number(took, {_ONE: 3, _NEW: 5}.get(step, 1)), f"{peak:,.0f}"]
        for step, (took, peak) in found.items()
    ]
    header = ["step", "s", "peak MB up to its end"]
    return Page(f"Beliefs from {_ROWS:,} assessments", headline, [table(header, rows), bullets(_remarks())])


def write_tables(folder: Path, rows: int, people: int, competencies: int) -> None:
    """Write a made-up city with many assessments as Parquet files."""
    random = np.random.default_rng(_SEED)
    person_ids, competency_ids = _ids("E", people), _ids("C", competencies)
    position_ids, position = _ids("J", _POSITIONS), random.integers(_POSITIONS, size=people)
    asked = random.integers(1, 6, (_POSITIONS, competencies))
    tables = {
        "employees": pd.DataFrame({"employee_id": person_ids, "position_id": position_ids[position]}),
        "competencies": pd.DataFrame({"competency_id": competency_ids, "name": competency_ids}),
        "positions": pd.DataFrame({"position_id": position_ids, "title": position_ids}),
        "position_requirements": pd.DataFrame(
            {
                "position_id": np.repeat(position_ids, competencies),
                "competency_id": np.tile(competency_ids, _POSITIONS),
                "required_level": asked.ravel(),
            }
        ),
        "programs": pd.DataFrame({"program_id": ["none"], "title": ["No program"]}),
        "assessments": _assessments(random, asked[position], rows, person_ids, competency_ids),
    }
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def _ids(letter: str, count: int) -> TextArray:
    return np.array([f"{letter}{number_:05d}" for number_ in range(count)], dtype=object)


def _assessments(
    random: np.random.Generator, asked: IntArray, rows: int, person_ids: TextArray, competency_ids: TextArray
) -> pd.DataFrame:
    """Return assessments on a dozen occasions of each person, each by one source."""
    people, competencies = asked.shape
    names, errs = list(_SOURCES), np.array(list(_SOURCES.values()))
    bias, noise = errs[:, 0], errs[:, 1]
    level = 0.7 * asked + 0.4 + 0.5 * random.standard_normal((people, 1))
    level += 0.5 * random.standard_normal(asked.shape)
    source_of = random.choice(len(names), (people, _OCCASIONS), p=_SHARES)
    day_of = random.integers(_DAYS, size=(people, _OCCASIONS))
    person, occasion = random.integers(people, size=rows), random.integers(_OCCASIONS, size=rows)
    competency, source = random.integers(competencies, size=rows), source_of[person, occasion]
    supervisor = person // _PEOPLE_PER_SUPERVISOR * _PEOPLE_PER_SUPERVISOR
    severity = 0.35 * random.standard_normal((people,))
    seen = level[person, competency] + bias[source] + noise[source] * random.standard_normal(rows)
    seen += np.where(source == 0, severity[supervisor], 0.0)
    judges = np.stack([supervisor, person, (person + 1) % people])
    assessor = np.where(source < len(judges), person_ids[judges[np.minimum(source, 2), np.arange(rows)]], "")
    return pd.DataFrame(
        {
            "employee_id": person_ids[person],
            "competency_id": competency_ids[competency],
            "level": np.clip(np.round(2 * seen) / 2, 0, 5),
            "source": np.array(names, dtype=object)[source],
            "assessed_on": (_FIRST_DAY + day_of[person, occasion]).astype("datetime64[s]"),
            "assessor_id": assessor,
        }
    )


def measure(folder: Path) -> dict[str, tuple[float, float]]:
    """Return for each step the seconds it took and the peak memory of this process up to its end."""
    found: dict[str, tuple[float, float]] = {}

    def timed(step: str, do: Callable[[], Result]) -> Result:
        start = time.perf_counter()
        result = do()
        found[step] = time.perf_counter() - start, peak_megabytes(os.getpid())
        return result

    dataset = timed(_LOAD, lambda: Dataset.load(folder))
    estimator = timed(_FIT, lambda: CompetencyEstimator().fit(dataset))
    timed(_ALL, lambda: estimator.estimate(dataset))
    seconds = []
    for row in np.linspace(0, len(dataset.employees.ids) - 1, _ONE_BY_ONE).astype(np.int64):
        timed(_ONE, lambda row=row: estimator.estimate(dataset, rows=np.array([row])))  # type: ignore[misc]
        seconds.append(found[_ONE][0])
    found[_ONE] = float(np.median(seconds)), found[_ONE][1]
    found[_NEW] = _seconds_of_one_record(estimator, dataset), peak_megabytes(os.getpid())
    return found


def _seconds_of_one_record(estimator: CompetencyEstimator, dataset: Dataset) -> float:
    """Return how long it takes to bring the belief about the first employee up to date."""
    follower = estimator.follow(dataset, dataset.employees.ids[0])
    one = take(dataset.assessments, np.arange(len(dataset.assessments)) == 0)
    later = np.array([follower.latest + np.timedelta64(1, "D")])
    record = replace(one, employee=np.zeros(1, dtype=np.int64), assessed_on=later)
    new = replace(without_records(dataset), assessments=record)
    seconds = []
    for _ in range(_RECORDS):
        start = time.perf_counter()
        follower.take(new)
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))


def report(folder: str) -> None:
    """Write what `measure` finds to stdout as JSON."""
    sys.stdout.write(json.dumps(measure(Path(folder))))


def _in_another_process(folder: Path) -> dict[str, tuple[float, float]]:
    """Measure in a new process, whose memory holds nothing else."""
    code = f"import sys; from {__name__} import report; report(sys.argv[1])"
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RecommenderError(f"The estimator failed: {done.stderr[-2000:]}")
    return {step: (took, peak) for step, (took, peak) in json.loads(done.stdout).items()}


def _remarks() -> list[str]:
    return [
        f"{_ROWS:,} assessments of {_PEOPLE:,} people in {_COMPETENCIES} competencies by {len(_SOURCES)} "
        f"sources over six years, on {_OCCASIONS} occasions a person, made up with seed {_SEED}; there are "
        "no trainings and no reviews. It is about speed: how true beliefs are stands on other pages.",
        f"The estimator has its default settings: variances are learnt from {CompetencyEstimator().sample:,} "
        "rows, means from ten times as many, and all people are estimated.",
        f"The aim is {_AIM}.",
        "Peak memory is the process's so far (VmHWM of Linux), Python, libraries and tables included.",
        f"One person: the middle of {_ONE_BY_ONE} people's times, each asked for alone, with all tables in "
        "memory.",
    ]
