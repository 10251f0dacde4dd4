"""How fast, and in how much memory, a whole city is served: `recommender batch` in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from experiments.benchmarks.common import recipes
from experiments.pages import Page, bullets, table
from experiments.provenance import ROOT
from experiments.show import Say, number
from recommender.bundle import save_bundle
from recommender.dataset import Dataset
from recommender.engine import fit_engine
from recommender.errors import RecommenderError
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEED = 14_000, 120, 1
_RANKERS = ("popularity", "learned")
_RUNNERS = (("serial", 1), ("joblib", 2))
_KIBI_PER_MEBI = 1024.0
_LOOK = 0.05  # seconds between two looks at a running process


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
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, _SEED), data, truth=False)
        dataset = Dataset.load(data)
        for name in _RANKERS:
            say(f"  fitting {name} ...")
            start = time.perf_counter()
            engine = fit_engine(dataset, name, recipes()[name].new_ranker())
            fit_seconds = time.perf_counter() - start
            bundle = save_bundle(engine, Path(folder) / "models", {})
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
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, peak_megabytes(process.pid))
            time.sleep(_LOOK)
        seconds = time.perf_counter() - start
        if process.returncode:
            said.seek(0)
            raise RecommenderError(
                f"recommender batch failed: {said.read().decode(errors='replace')[-2000:]}"
            )
    return Cost(seconds, peak)


def peak_megabytes(pid: int, line: str = "VmHWM") -> float:
    """Return the peak memory of a running process; 0 where the system does not tell or it has just ended.

    The peak that a parent is told when a process ends counts the parent's own memory at the start too. With
    the line "VmRSS" it is the memory of this moment.
    """
    try:
        status = Path("/proc", str(pid), "status").read_text("ascii", errors="replace")
    except OSError:
        return 0.0
    found = re.search(rf"^{line}:\s+(\d+) kB", status, re.MULTILINE)
    return float(found.group(1)) / _KIBI_PER_MEBI if found else 0.0


def _remarks() -> list[str]:
    return [
        "The city is "
        f"`recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed {_SEED}`; the "
        "command is `recommender batch --data DIR --bundle B --top 5 --out FILE --engine E --workers N`.",
        "Seconds count everything: start, reading and checking the tables, loading the bundle, ranking, "
        "reasons, writing. The bundle was fitted to the same city.",
        "Peak memory is that of the command's first process (VmHWM of Linux); workers come on top.",
    ]
