"""How fast, and in how much memory, a whole city is served: `recommender batch` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from experiments.benchmarks.common import Say, recipes
from experiments.pages import Page, bullets, table
from experiments.provenance import ROOT
from experiments.show import number
from recommender.bundle import save_bundle
from recommender.dataset import Dataset
from recommender.engine import fit_engine
from recommender.errors import RecommenderError
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEED = 14_000, 120, 1
_RANKERS = ("popularity", "learned")
_RUNNERS = (("serial", 1), ("joblib", 2))
_KIBI_PER_MEBI = 1024.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds from start to end of a command, and the peak memory of its largest process in MB."""

    seconds: float
    megabytes: float


def batch(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; a city needs none
    """Simulate all of Medan, fit, and time the command."""
    rows, best = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "city"
        say(f"  simulating {_EMPLOYEES:,} people ...")
        _apart(_simulate, data)
        for name in _RANKERS:
            say(f"  fitting {name} ...")
            bundle, fit_seconds = _apart(_fit, data, name)
            for runner, workers in _RUNNERS:
                say(f"  batch, {name}, {runner} ...")
                cost = _batch(data, bundle, Path(folder) / "out.csv", runner, workers)
                rate = _EMPLOYEES / cost.seconds
                best = max(best, rate) if name == "learned" else best
                rows.append([name, f"{runner}, {workers}", *_cells(cost, rate, fit_seconds)])
    headline = (
        f"`recommender batch` serves {best:,.0f} people a second with `learned`, start and reading included."
    )
    header = ["ranker", "engine, workers", "s in all", "people/s", "peak MB of one process", "s to fit"]
    return Page(
        f"Bulk recommendations for {_EMPLOYEES:,} people",
        headline,
        [table(header, rows), bullets(_remarks())],
    )


def _apart(work: Callable[..., Any], *arguments: object) -> Any:
    """Do memory-hungry work in a process of its own: a process inherits the peak memory of its starter."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def _simulate(data: Path) -> None:
    write_city(simulate_city(_EMPLOYEES, _PROGRAMS, _SEED), data, truth=False)


def _fit(data: Path, name: str) -> tuple[Path, float]:
    dataset = Dataset.load(data)
    start = time.perf_counter()
    engine = fit_engine(dataset, name, recipes()[name].new_ranker())
    seconds = time.perf_counter() - start
    return save_bundle(engine, data.parent / "models", {}), seconds


def _cells(cost: Cost, rate: float, fit_seconds: float) -> list[str]:
    return [number(cost.seconds, 1), f"{rate:,.0f}", f"{cost.megabytes:,.0f}", number(fit_seconds, 1)]


def _batch(data: Path, bundle: Path, out: Path, runner: str, workers: int) -> Cost:
    command = [
        *(sys.executable, "-m", "recommender", "batch", "--data", str(data), "--bundle", str(bundle)),
        *("--top", "5", "--out", str(out), "--engine", runner, "--workers", str(workers)),
    ]
    out.unlink(missing_ok=True)
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        # wait4 and not getrusage: the latter also counts every other process that was ever started here.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            raise RecommenderError(
                f"recommender batch failed: {said.read().decode(errors='replace')[-2000:]}"
            )
    unit = _KIBI_PER_MEBI**2 if sys.platform == "darwin" else _KIBI_PER_MEBI
    return Cost(seconds, usage.ru_maxrss / unit)


def _remarks() -> list[str]:
    return [
        "The city is "
        f"`recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed {_SEED}`; the "
        "command is `recommender batch --data DIR --bundle B --top 5 --out FILE --engine E --workers N`.",
        "Seconds count everything: start, reading and checking the tables, loading the bundle, ranking, "
        "reasons, "
        "writing. The bundle was fitted to the same city.",
        "Peak memory is of the largest single process, as the system counts it; with workers there are "
        "several.",
    ]
