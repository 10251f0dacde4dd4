"""What all benchmarks share: converted data, the recipes, and how each ranker did."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.converters import CONVERTERS
from experiments.judging.backtest import judge
from experiments.judging.trials import Trial
from experiments.leaderboard.board import draw, remarks_of, rows_of, verdict
from experiments.leaderboard.entries import Entry, enter_peers, enter_recipes
from experiments.pages import table
from experiments.recipe import FOLDER, MetricChoice, Recipe, load_recipe
from experiments.show import Say, number, title_of
from recommender.dataset import Dataset
from recommender.rankers import RANKERS

_OURS = "learned"
_RIDGES = (10.0, 30.0, 100.0, 300.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard as it stands on a page: all entries, a sentence, a table, and remarks."""

    entries: Mapping[str, Entry]
    headline: str
    table: str
    remarks: tuple[str, ...]

    def picture(self, metric: str, title: str) -> dict[str, bytes]:
        """Return the board drawn, as `Page.pictures` takes it."""
        with tempfile.TemporaryDirectory() as folder:
            draw(Path(folder) / "board.png", self.entries, [metric], title)
            return {"": (Path(folder) / "board.png").read_bytes()}


def load_converted(name: str, source: Path) -> tuple[Dataset, tuple[str, ...]]:
    """Return a public data set as tables, with what its converter says about it."""
    with tempfile.TemporaryDirectory() as folder:
        converted = CONVERTERS[name](source, Path(folder) / "tables")
        return Dataset.load(Path(folder) / "tables"), converted.notes


def recipes(without: str = "") -> dict[str, Recipe]:
    """Return the recipe of each ranker, in the registry's order, but the one named."""
    return {name: load_recipe(FOLDER / f"{name}.toml") for name in RANKERS if name != without}


def with_tuned_ease(recipes: Mapping[str, Recipe], validation: Trial) -> dict[str, Recipe]:
    """Return recipes whose EASE has the ridge that does best on a trial before the test, as peers do."""
    ridges = [{"ridge": ridge} for ridge in _RIDGES]
    return {**recipes, "collaborative": best_of(recipes["collaborative"], ridges, validation, 10)}


def best_of(recipe: Recipe, choices: Sequence[Mapping[str, Any]], validation: Trial, k: int) -> Recipe:
    """Return the recipe with the values, of some choices, that have the highest NDCG@k on a trial."""
    tried = [recipe.with_values(values) for values in choices]
    metrics = MetricChoice(at=(k,))
    found = [judge([validation], one.name, one.new_ranker(), metrics).interval(f"ndcg_{k}") for one in tried]
    return tried[int(np.argmax([one.mean for one in found]))]


def board(
    trials: Sequence[Trial], recipes: Mapping[str, Recipe], k: int, say: Say, *, ordered: bool = True
) -> Board:
    """Return the leaderboard of recipes and peers on the same trials, lists of up to k programs."""
    metrics = MetricChoice(at=(1, k))
    ours = enter_recipes(trials, recipes, metrics, say)
    peers, notes = enter_peers(trials, metrics, ordered=ordered, say=say)
    entries = {**ours, **peers}
    columns = [f"ndcg_{k}", "hit_1", f"reciprocal_rank_{k}"]
    header, rows = rows_of(entries, _OURS, columns, [f"coverage_{k}"])
    remarks = [*remarks_of(entries), _by_cut(entries, f"ndcg_{k}"), *notes]
    return Board(
        entries, verdict(entries, _OURS, f"ndcg_{k}"), table(header, rows), tuple(filter(None, remarks))
    )


def _by_cut(entries: Mapping[str, Entry], metric: str) -> str:
    """Return how much the figures differ between cuts; "" for one cut."""
    if len(entries[_OURS].backtest.cuts) < 2:
        return ""
    said = [
        f"{name} {' / '.join(number(value) for value in one.backtest.by_cut(metric).values())}"
        for name, one in entries.items()
        if one.peer or name in (_OURS, "collaborative")
    ]
    return f"{title_of(metric)} by draw: {'; '.join(said)}."


def size_of(dataset: Dataset) -> str:
    """Return how large the data are, in a sentence."""
    people, programs = len(dataset.employees.ids), len(dataset.programs.ids)
    return (
        f"{people:,} people, {programs:,} programs, {len(dataset.history):,} training records "
        f"(data digest {dataset.digest[:8]})."
    )
