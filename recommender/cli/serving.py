"""What `recommend` and `batch` share: an engine over the given data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from recommender.bundle import bundle_folder, bundle_key, load_bundle
from recommender.dataset import Dataset
from recommender.engine import Engine, Ledger, fit_engine
from recommender.errors import BundleError, RecommenderError
from recommender.rankers.gap import GapRanker

CURRENT = Path("models/current")

# Options that mean the same in every command that answers.
DataOption = Annotated[str, typer.Option("--data", metavar="DATA", help="Folder of tables.")]
BundleOption = Annotated[
    Path | None, typer.Option("--bundle", help=f"Trained bundle or pointer to one. [default: {CURRENT}]")
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(
        "--ledger",
        metavar="FILE",
        help="Add a line per answer to FILE, by pseudonyms; the policy's exploration share takes effect.",
    ),
]
LanguageOption = Annotated[str, typer.Option("--lang", help="Language of what is said: id or en.")]


def engine_over(data: str, bundle: Path | None) -> Engine:
    """Return an engine answering from `data`, and say on stderr what its user must know.

    Without a named bundle, `models/current` is taken; if nothing has been trained yet, programs are ranked by
    competency gap, which needs no training.
    """
    dataset = Dataset.load(data)
    if bundle is None and not (CURRENT.exists() or CURRENT.is_symlink()):
        recipe = "value" if len(dataset.history) else "gap"
        untrained = (
            f"No model has been trained yet (no {CURRENT}): ranked by competency gap. Train one with "
            f"`python -m experiments run experiments/recipes/{recipe}.toml --data {data} --make-current`."
        )
        typer.echo(untrained, err=True)
        engine = fit_engine(dataset, "gap", GapRanker())
    else:
        engine = _loaded(bundle or CURRENT, data, dataset)
    if dataset.absent:
        given = f"Not given: {', '.join(dataset.absent)}"
        typer.echo(f"{given}; `recommender validate {data}` says what that switches off.", err=True)
    return engine


def ledger_at(file: Path | None, data: str, bundle: Path | None) -> Ledger | None:
    """Return the ledger that answers shall be kept in, None where none was asked for.

    Its pseudonyms are made with the key of the bundle that answers.

    Raises
    ------
    RecommenderError
        The file cannot be added to, lies among the data, or there is no bundle that a line could name.
    """
    if file is None:
        return None
    if file.resolve().is_relative_to(Path(data).resolve()):
        raise RecommenderError(f"{file} lies in the folder of the data, {data}; keep the ledger elsewhere.")
    key = bundle_key(bundle_folder(bundle or CURRENT).parent)
    if key is None:
        raise BundleError(f"the key beside {bundle or CURRENT} is absent; a ledger's pseudonyms need it.")
    ledger = Ledger(file, key)
    ledger.check()
    return ledger


def echo_json(found: Any) -> None:
    """Print a dataclass, or a list of them, for machines."""
    plain = [asdict(one) for one in found] if isinstance(found, list) else asdict(found)
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))


def _loaded(bundle: Path, data: str, dataset: Dataset) -> Engine:
    engine = load_bundle(bundle)
    if not engine.knows_some_of(dataset):
        raise BundleError(
            f"{bundle} was trained on another catalogue: it knows no program of {data}. Train a "
            "model on these data, or name its bundle."
        )
    return engine.with_data(dataset)
