"""How long the effects of a whole city take, and how much memory: the command, as people run it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from experiments.benchmarks.batch import peak_megabytes
from experiments.pages import Page, bullets, table
from experiments.show import Say, number
from recommender.dataset import Dataset
from recommender.errors import RecommenderError
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEED = 14_000, 500, 400
_LOOK = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and peak memory of a command."""

    seconds: float
    megabytes: float


def effects_scale(source: Path, say: Say) -> Page:  # noqa: ARG001 - all take a source
    """Simulate a large city, and time `recommender effects` on it beside reading the same tables."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "city"
        say(f"  simulating {_EMPLOYEES:,} people and {_PROGRAMS} programs ...")
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, _SEED), data, truth=False)
        dataset = Dataset.load(data)
        say("  recommender validate ...")
        read = _cost(["validate", str(data)])
        say("  recommender effects ...")
        measured = _cost(["effects", "--data", str(data), "--out", str(Path(folder) / "effects.csv")])
    headline = (
        f"The effects of {_PROGRAMS} programs on {_EMPLOYEES:,} people over six years take "
        f"{number(measured.seconds, 0)} s and {measured.megabytes:,.0f} MB, "
        f"{number(measured.seconds / read.seconds, 1)} times as long as reading and checking the tables."
    )
    rows = [
        [name, number(cost.seconds, 1), f"{cost.megabytes:,.0f}", number(cost.seconds / read.seconds, 1)]
        for name, cost in (("recommender validate", read), ("recommender effects --out", measured))
    ]
    header = ["command", "s", "peak MB", "times reading"]
    remarks = [
        f"A city as by `recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed "
        f"{_SEED}`: {len(dataset.assessments):,} assessments, {len(dataset.history):,} training records, "
        f"{len(dataset.feedback):,} answers of feedback.",
        "Each command in a process of its own, start of Python, libraries and tables included; its peak "
        "memory is that of the process (VmHWM of Linux).",
        "The aim is 2 minutes and 3 GB on two cores.",
    ]
    return Page("Effects of a whole city", headline, [table(header, rows), bullets(remarks)])


def _cost(arguments: list[str]) -> Cost:
    """Run a command of the library and return what it took."""
    start, most = time.perf_counter(), 0.0
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", "recommender", *arguments]
        with subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT) as running:
            while running.poll() is None:
                most = max(most, peak_megabytes(running.pid))
                time.sleep(_LOOK)
        seconds = time.perf_counter() - start
        if running.returncode:
            said.seek(0)
            raise RecommenderError(f"{' '.join(arguments[:1])} failed: {said.read()[-2000:].decode()}")
    return Cost(seconds, most)
