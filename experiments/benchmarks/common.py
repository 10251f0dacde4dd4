"""What all benchmarks share: converted data, the recipes, and how each ranker did."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from experiments.backtest import Backtest, judge
from experiments.converters import CONVERTERS
from experiments.recipe import FOLDER, MetricChoice, Recipe, load_recipe
from experiments.show import number, with_bounds
from experiments.trials import Trial
from recommender.dataset import Dataset
from recommender.rankers import RANKERS

Say = Callable[[str], None]  # tells the user what is being done


def load_converted(name: str, source: Path) -> tuple[Dataset, tuple[str, ...]]:
    """Return a public data set as tables, with what its converter says about it."""
    with tempfile.TemporaryDirectory() as folder:
        converted = CONVERTERS[name](source, Path(folder) / "tables")
        return Dataset.load(Path(folder) / "tables"), converted.notes


def recipes() -> dict[str, Recipe]:
    """Return the recipe of each ranker, in the registry's order."""
    return {name: load_recipe(FOLDER / f"{name}.toml") for name in RANKERS}


def judge_all(trials: Sequence[Trial], metrics: MetricChoice, say: Say) -> dict[str, Backtest]:
    """Judge every ranker with its recipe's parameters on the same trials."""
    found = {}
    for name, recipe in recipes().items():
        say(f"  {name} ...")
        found[name] = judge(trials, name, recipe.new_ranker(), metrics)
    return found


def comparison(
    found: Mapping[str, Backtest], columns: Mapping[str, str]
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a table of rankers: `columns` maps metrics to their titles."""
    k = max(next(iter(found.values())).metrics.at)
    header = ["ranker", *columns.values(), f"coverage@{k}", "people served", "s to fit", "s to rank"]
    rows = []
    for name, one in found.items():
        cells = [with_bounds(one.interval(metric)) for metric in columns]
        shares = [number(one.overall[f"coverage_{k}"]), f"{one.overall['covered']:.0%}"]
        rows.append([name, *cells, *shares, number(one.fit_seconds, 1), number(one.rank_seconds, 1)])
    return header, rows


def lead(found: Mapping[str, Backtest], metric: str) -> tuple[str, str]:
    """Return the best single ranker, and the paired difference of `learned` to it."""
    singles = [name for name in found if name != "learned"]
    best = max(singles, key=lambda name: found[name].interval(metric).mean)
    return best, with_bounds(found["learned"].difference(found[best], metric), sign=True)


def size_of(dataset: Dataset) -> str:
    """Return how large the data are, in a sentence."""
    people, programs = len(dataset.employees.ids), len(dataset.programs.ids)
    return (
        f"{people:,} people, {programs:,} programs, {len(dataset.history):,} training records "
        f"(data digest {dataset.digest[:8]})."
    )
