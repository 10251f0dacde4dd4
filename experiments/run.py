"""One run: backtest a recipe, refit it on all the data, keep the bundle and track what happened."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console

from experiments.backtest import Backtest, judge
from experiments.figures import save_figures
from experiments.provenance import git_commit, source_name, versions
from experiments.recipe import Recipe, load_recipe
from experiments.show import output, print_backtest
from experiments.tracking import Record, Store
from experiments.trials import prepare
from recommender.bundle import make_current, save_bundle
from recommender.dataset import Dataset
from recommender.engine import fit_engine
from recommender.errors import NothingToLearn
from recommender.rankers.popularity import PopularityRanker

_BASELINE = "popularity"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the backtest found: nothing, and why, where there was nothing to learn from."""

    result: Backtest | None
    baseline: Backtest | None
    reason: str = ""


def run(recipe_path: Path, data: str, models: Path, *, current: bool) -> Path:
    """Carry out a run, print what it found, and return the bundle's folder."""
    errors = Console(stderr=True)
    recipe = load_recipe(recipe_path)
    with errors.status("Reading and checking the data ...") as status:
        dataset = Dataset.load(data)
        status.update("Opening the store of runs (the first time takes some seconds) ...")
        store = Store()
        status.update(f"Backtesting {recipe.ranker} ...")
        judged = _judge(dataset, recipe)
        status.update(f"Fitting {recipe.ranker} to all the data ...")
        engine = fit_engine(dataset, recipe.ranker, recipe.new_ranker(), recipe.new_estimator())
        about = _about(recipe, dataset, source_name(data), judged)
        bundle = save_bundle(engine, models, about)
        status.update("Recording the run ...")
        with tempfile.TemporaryDirectory() as folder:
            _write_files(Path(folder), recipe, judged, about["metrics"])
            store.write(_record(recipe, about, judged, bundle, Path(folder)))
    if current:
        make_current(bundle)
    _print(output(), dataset, judged)
    return bundle


def _judge(dataset: Dataset, recipe: Recipe) -> Judged:
    try:
        trials = prepare(dataset, recipe)
    except NothingToLearn as reason:
        return Judged(None, None, str(reason))
    result = judge(trials, recipe.ranker, recipe.new_ranker(), recipe.metrics)
    if recipe.ranker == _BASELINE:
        return Judged(result, None)
    return Judged(result, judge(trials, _BASELINE, PopularityRanker(), recipe.metrics))


def _about(recipe: Recipe, dataset: Dataset, source: str, judged: Judged) -> dict[str, Any]:
    """Return the facts that stand in the bundle's manifest and, flattened, in the tracked run."""
    return {
        "recipe": recipe.model_dump(mode="json", exclude={"text"}),
        "data": {
            "name": source,
            "digest": dataset.digest,
            "as_of": "" if np.isnat(dataset.as_of) else str(dataset.as_of),
            "employees": len(dataset.employees.ids),
            "programs": len(dataset.programs.ids),
            "training_records": len(dataset.history),
        },
        "commit": git_commit(),
        "versions": versions(),
        "cut": "" if judged.result is None else judged.result.cut,
        "metrics": _metrics(judged),
    }


def _metrics(judged: Judged) -> dict[str, float]:
    """Return every number that the backtest gave: metrics with bounds, and the lead over the baseline."""
    result = judged.result
    if result is None:
        return {}
    values: dict[str, float] = {"people": result.people, "pairs": result.pairs, **result.overall}
    values |= {"fit_seconds": result.fit_seconds, "rank_seconds": result.rank_seconds}
    for metric in result.by_case:
        found = {metric: result.interval(metric)}
        if judged.baseline is not None:
            found[f"{_BASELINE}_{metric}"] = judged.baseline.interval(metric)
            found[f"{metric}_over_{_BASELINE}"] = result.difference(judged.baseline, metric)
        for name, interval in found.items():
            values |= {name: interval.mean, f"{name}_lower": interval.lower, f"{name}_upper": interval.upper}
    return {name: float(value) for name, value in values.items() if math.isfinite(value)}


def _record(recipe: Recipe, about: Mapping[str, Any], judged: Judged, bundle: Path, files: Path) -> Record:
    parameters = {f"ranker.{key}": value for key, value in recipe.new_ranker().get_params().items()}
    estimator = recipe.new_estimator().get_params()
    parameters |= {f"estimator.{key}": value for key, value in estimator.items() if not key.endswith("_")}
    for section in ("split", "metrics"):
        parameters |= {f"{section}.{key}": value for key, value in about["recipe"][section].items()}
    tags = {
        "recipe": recipe.name,
        "ranker": recipe.ranker,
        "cut": about["cut"],
        "backtested": "yes" if judged.result else "no",
        "not_backtested_because": judged.reason,
        "bundle": bundle.name,
        "commit": about["commit"],
        **{f"data.{key}": str(value) for key, value in about["data"].items()},
        **{f"version.{name}": value for name, value in about["versions"].items()},
    }
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return Record(f"{recipe.ranker}-{stamp}", parameters, about["metrics"], tags, files)


def _write_files(folder: Path, recipe: Recipe, judged: Judged, metrics: Mapping[str, float]) -> None:
    (folder / f"{recipe.name}.toml").write_text(recipe.text, "utf-8")
    result = judged.result
    if result is None:
        return
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", "utf-8")
    (folder / "figures").mkdir()
    save_figures(folder / "figures", result, judged.baseline)
    # Without ids; rows keep the data's order, so that runs on one cut can be compared person by person.
    pd.DataFrame(dict(result.by_case)).to_parquet(folder / "people.parquet", index=False)


def _print(out: Console, dataset: Dataset, judged: Judged) -> None:
    for note in dataset.notes:
        out.print(f"Note: {note}", soft_wrap=True, markup=False)
    if judged.result is None:
        out.print(f"{judged.reason} The model was fitted to what there is.", soft_wrap=True, markup=False)
    else:
        print_backtest(out, judged.result, judged.baseline)
