"""What one run finds out: every picture and table of `run`, on a simulated city."""

from __future__ import annotations

import tempfile
from pathlib import Path

from experiments.benchmarks.common import recipes
from experiments.figures import save_figures
from experiments.judging.findings import Findings, find_out
from experiments.pages import Page, bullets, table
from experiments.show import Say, number, title_of, with_bounds
from recommender.dataset import Dataset
from recommender.evaluation.bootstrap import Interval
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEED = 2000, 120, 11
_METRIC = "ndcg_10"


def anatomy(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Judge the recipe `learned` with everything that can be asked of it."""
    say(f"  simulating {_EMPLOYEES:,} people ...")
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, _SEED), Path(folder), truth=False)
        dataset = Dataset.load(folder)
    recipe = recipes()["learned"]
    curved = recipe.model_copy(update={"metrics": recipe.metrics.model_copy(update={"learning_curve": True})})
    found = find_out(dataset, curved, lambda line: say(f"  {line}"))
    assert found.result is not None
    assert found.calibration is not None
    headline = (
        f"`learned` on a city of {_EMPLOYEES:,}: {title_of(_METRIC)} "
        f"{with_bounds(found.result.interval(_METRIC))}; chances of uptake are off by "
        f"{number(found.calibration.error, 4)} on average; {'a leak' if found.leak else 'no leak'} was found."
    )
    return Page("What a run finds out", headline, [*_tables(found), bullets(_remarks())], _pictures(found))


def _pictures(found: Findings) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        save_figures(Path(folder), found)
        return {file.stem: file.read_bytes() for file in sorted(Path(folder).glob("*.png"))}


def _tables(found: Findings) -> list[str]:
    slices = [
        [
            f"{one.attribute}: {one.group}",
            title_of(one.metric),
            with_bounds(Interval(one.mean, one.lower, one.upper, one.people)),
            f"{one.people:,}",
        ]
        for one in found.slices.shown
    ]
    fairness = [
        [
            one.attribute.replace("_", " "),
            one.measure,
            with_bounds(Interval(one.ratio, one.lower, one.upper, 0), 2),
            f"{one.least} over {one.most}",
        ]
        for one in found.fairness
    ]
    return [
        table(["part of the people", "metric", "mean", "people"], slices),
        table(["groups by", "measure", "least over most favoured", "which"], fairness),
    ]


def _remarks() -> list[str]:
    return [
        f"A city as by `recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed "
        f"{_SEED}`; the recipe `learned` with `learning_curve = true`. `run` prints and keeps the same.",
        "Quality is NDCG, benefit the gap closed as a share of what the person's best list would close, "
        "exposure the share of places filled. Groups under 30 people are not compared.",
    ]
