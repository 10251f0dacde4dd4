"""Models that may be promoted: a bundle together with the run that made it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.recipe import Recipe, kept_recipe
from experiments.tracking import URI_VARIABLE, Found, Store, store_exists
from recommender.bundle import CURRENT, bundle_folder, signed_manifest
from recommender.errors import RecommenderError


class NoSuchModel(RecommenderError):  # noqa: N818 - reads as what it says
    """No run or bundle is called so, or more than one is."""


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle and the run that made it.

    Attributes
    ----------
    about : the facts in the bundle's signed manifest: what is judged cannot have been changed since.
    run : None where the store of runs does not know the bundle.
    """

    bundle: Path
    about: Mapping[str, Any]
    digest: str
    run: Found | None

    @property
    def recipe(self) -> Recipe:
        """The recipe it was made with."""
        return kept_recipe(self.about.get("recipe", {}))


def open_store() -> Store:
    """Return the store of runs, which must be there."""
    if not store_exists():
        raise NoSuchModel(
            f"there are no runs yet (is {URI_VARIABLE} set as it was for `run`?); "
            "`python -m experiments run RECIPE --data DATA` makes one."
        )
    return Store()


def model_at(folder: Path, store: Store) -> Model:
    """Return the model of a bundle folder.

    Raises
    ------
    BundleError
        The bundle is not ours, or its manifest was changed.
    """
    manifest = signed_manifest(folder)
    return Model(folder, manifest["about"], manifest["sha256"]["engine.joblib"], store.made(folder.name))


def find_model(wanted: str, models: Path, store: Store) -> Model:
    """Return the model meant by a bundle's path or name, a run's name, or the beginning of a run's id.

    Raises
    ------
    NoSuchModel
        None is called so, more than one is, or its bundle is gone.
    """
    for path in (models / wanted, Path(wanted)) if wanted else ():
        if path.is_dir() or (path.is_file() and path.name == CURRENT):
            return model_at(_inside(models, bundle_folder(path)), store)
    run = _run(wanted, store)
    bundle = run.tags.get("bundle", "")
    if not bundle:
        raise NoSuchModel(f"the run {run.name} wrote no bundle; `python -m experiments run` writes one.")
    if not (models / bundle).is_dir():
        raise NoSuchModel(
            f"the run {run.name} wrote the bundle {bundle}, which is not in {models}; name its folder with "
            "--models, restore it, or train again."
        )
    return model_at(models / bundle, store)


def served_now(models: Path) -> str:
    """Return the name of the bundle that is served, whether it is there or not; "" if there is none."""
    pointer = models / CURRENT
    return pointer.read_text("utf-8").strip() if pointer.is_file() else ""


def run_of(model: Model) -> Found:
    """Return the run that made a model.

    Raises
    ------
    NoSuchModel
        The store of runs does not know it.
    """
    if model.run is None:
        raise NoSuchModel(
            f"the store of runs does not know the run that made {model.bundle.name}; set {URI_VARIABLE} as "
            "it was for that run."
        )
    return model.run


def _inside(models: Path, folder: Path) -> Path:
    if folder.resolve().parent != models.resolve():
        raise NoSuchModel(
            f"{folder} does not lie in {models}, where `current` is; name its folder with --models."
        )
    return models / folder.name


def _run(wanted: str, store: Store) -> Found:
    found = store.find(wanted) if re.fullmatch(r"[\w.-]{4,}", wanted) else []
    if not found:
        raise NoSuchModel(
            f"no run or bundle is called {wanted!r}; `python -m experiments compare` lists them. "
            "A run's id may be shortened to 4 characters or more."
        )
    if len(found) > 1:
        several = ", ".join(f"{one.run_id} ({one.name})" for one in found[:5])
        raise NoSuchModel(f"{wanted!r} means more than one run: {several}; give more of the id.")
    return found[0]
