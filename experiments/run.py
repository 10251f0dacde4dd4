"""One run: backtest a recipe, refit it on all the data, keep the bundle and track what was found."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from experiments.about import about_of
from experiments.figures import save_figures
from experiments.judging.cases import FILE, digest_of, find_champion, written
from experiments.judging.findings import Findings, find_out, latency
from experiments.judging.gains import find_true_gains
from experiments.promotion.audit import FILE as AUDIT
from experiments.promotion.card import FILE as CARD
from experiments.promotion.card import model_card
from experiments.recipe import Recipe, load_recipe
from experiments.report import print_findings
from experiments.show import output
from experiments.tracking import Record, Store
from recommender.bundle import CURRENT, make_current, save_bundle
from recommender.dataset import Dataset
from recommender.engine import fit_engine
from recommender.errors import RecommenderError


class PromotedHere(RecommenderError):  # noqa: N818 - reads as what it says
    """What is served from a folder of models is decided by the gate there."""


def run(recipe_path: Path, data: str, models: Path, *, current: bool) -> Path:
    """Carry out a run, print what it found, and return the bundle's folder.

    Raises
    ------
    PromotedHere
        `current` would be moved past the gate.
    """
    if current and (models / AUDIT).is_file():
        raise PromotedHere(
            f"models are promoted in {models} (it has {AUDIT}), so --make-current would go past the gate. "
            "Leave it out, and use `python -m experiments promote`, or name another folder with --models."
        )
    recipe = load_recipe(recipe_path)
    with Console(stderr=True).status("Reading and checking the data ...") as status:
        dataset = Dataset.load(data)
        gains = find_true_gains(data, dataset)
        status.update("Opening the store of runs (the first time takes some seconds) ...")
        store = Store()
        found = find_out(dataset, recipe, status.update, gains)
        status.update(f"Fitting {recipe.ranker} to all the data ...")
        engine = fit_engine(dataset, recipe.ranker, recipe.new_ranker(), recipe.new_estimator())
        status.update("Timing answers ...")
        milliseconds = latency(engine)
        champion = find_champion(models, store, found.trial)
        about = about_of(recipe, dataset, data, found, champion)
        about["metrics"]["latency_ms"] = milliseconds
        cases = written(found.result) if found.result else b""
        about["cases"] = digest_of(cases) if cases else ""
        status.update("Keeping the bundle and recording the run ...")
        card = model_card(about)
        bundle = save_bundle(engine, models, about, {CARD: card})
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / CARD).write_text(card, "utf-8")
            (Path(folder) / f"{recipe.name}.toml").write_text(recipe.text, "utf-8")
            if found.result:
                (Path(folder) / FILE).write_bytes(cases)
                _write_findings(Path(folder), found, about)
            store.write(_record(recipe, about, found, bundle, Path(folder)))
    if current and not found.leak:
        make_current(bundle)
    out = output()
    for note in dataset.notes:
        out.print(f"Note: {note}", soft_wrap=True, markup=False)
    print_findings(out, found, champion, milliseconds)
    if current and found.leak:
        out.print(f"{models / CURRENT} is left as it was: what leaks is not served.", soft_wrap=True)
    return bundle


def _record(recipe: Recipe, about: Mapping[str, Any], found: Findings, bundle: Path, files: Path) -> Record:
    parameters = {f"ranker.{key}": value for key, value in recipe.new_ranker().get_params().items()}
    estimator = recipe.new_estimator().get_params()
    parameters |= {f"estimator.{key}": value for key, value in estimator.items() if not key.endswith("_")}
    for section in ("split", "metrics"):
        parameters |= {f"{section}.{key}": value for key, value in about["recipe"][section].items()}
    tags = {
        "recipe": recipe.name,
        "ranker": recipe.ranker,
        **{key: about[key] or "" for key in ("cut", "trial", "leak", "champion", "commit")},
        "backtested": "yes" if found.result else "no",
        "not_backtested_because": found.reason,
        "bundle": bundle.name,
        **{f"data.{key}": str(value) for key, value in about["data"].items()},
        **{f"version.{name}": value for name, value in about["versions"].items()},
    }
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return Record(f"{recipe.ranker}-{stamp}", parameters, about["metrics"], tags, files)


def _write_findings(folder: Path, found: Findings, about: Mapping[str, Any]) -> None:
    for name in ("metrics", "slices"):
        (folder / f"{name}.json").write_text(json.dumps(about[name], indent=2) + "\n", "utf-8")
    (folder / "figures").mkdir()
    save_figures(folder / "figures", found)
