"""Go back to what was served before."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from experiments.promotion.audit import Entry, append, is_unfinished, now, read, way_back
from experiments.promotion.models import open_store, served_now
from experiments.show import output
from recommender.bundle import load_bundle, make_current
from recommender.errors import BundleError, RecommenderError


class NothingToUndo(RecommenderError):  # noqa: N818 - reads as what it says
    """There is no model that was served before."""


def rollback(models: Path, *, by: str = "") -> None:
    """Let `models/current` name the bundle that was served before; once more goes further back.

    Raises
    ------
    NothingToUndo
        Nothing was served before.
    BundleError
        The bundle of before is gone or does not open; nothing was changed.
    """
    errors = Console(stderr=True)
    entries, current = read(models), served_now(models)
    target = way_back(entries, current)
    if not target:
        before = f"before {current} nothing was" if current else "nothing is"
        raise NothingToUndo(f"There is nothing to roll back to: {before} served from {models}.")
    folder = models / target
    if not folder.is_dir():
        raise BundleError(
            f"{target}, which was served before, is not in {models}. Nothing is changed; restore its folder, "
            "or promote another run with --without-champion REASON."
        )
    with errors.status("Going back ..."):
        engine = load_bundle(folder)
        if not (entries[-1].bundle == target and is_unfinished(entries[-1], current)):
            run_id = next((one.run_id for one in reversed(entries) if one.bundle == target), "")
            append(models, Entry(now(), "rollback", target, engine.digest, run_id, current, by=by))
        problem = _name_in_registry(target)
        make_current(folder)
    said = f"{models / 'current'} names {target} again; before it named {current}."
    if target == current:
        said = (
            f"The last promotion written down, of {entries[-1].bundle}, is not what is served: it was cut "
            f"off, or `current` was changed by hand. It is taken back; {current} stays served."
        )
    output().print(said, soft_wrap=True, markup=False)
    if problem:
        errors.print(f"Note: the registry of models was not changed: {problem}", soft_wrap=True, markup=False)


def _name_in_registry(bundle: str) -> str:
    """Give the alias to the bundle's run; return what was in the way: it must not keep a bad model served."""
    try:
        store = open_store()
        run = store.made(bundle)
        if run is None:
            return f"the store of runs does not know the run that made {bundle}."
        store.make_champion(run)
    except RecommenderError as error:
        return str(error)
    return ""
