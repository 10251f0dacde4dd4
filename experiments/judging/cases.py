"""Runs against runs: each case's metrics are kept with a run, so that runs can be held against each other.

Cases carry no ids: `person` numbers the people judged from 0 in the order of the data, `cut` the cuts.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.judging.backtest import Backtest
from experiments.tracking import Store
from recommender.bundle import CURRENT, bundle_folder, read_manifest
from recommender.errors import BundleError, RecommenderError
from recommender.evaluation.bootstrap import Interval, paired_difference

FILE = "people.parquet"


class CasesChanged(RecommenderError):  # noqa: N818 - reads as what it says
    """The cases kept with a run are not those that its bundle was signed with."""


@dataclass(frozen=True, slots=True)
class Champion:
    """The bundle that `models/current` names; `cases` is None where it cannot be compared for a `reason`."""

    bundle: str
    cases: pd.DataFrame | None
    reason: str = ""


def cases_of(result: Backtest) -> pd.DataFrame:
    """Return a row per case with all metrics, in the order of the backtest."""
    _, person = np.unique(result.case[:, 0], return_inverse=True)
    return pd.DataFrame({"person": person, "cut": result.case[:, 1], **result.by_case})


def written(result: Backtest) -> bytes:
    """Return the cases as the file that is kept with the run; its digest stands in the signed manifest."""
    return bytes(cases_of(result).to_parquet(None, index=False))


def digest_of(content: bytes) -> str:
    """Return SHA-256 of a file of cases, in hex."""
    return hashlib.sha256(content).hexdigest()


def kept_cases(store: Store, run_id: str, digest: str | None = None) -> pd.DataFrame | None:
    """Return the cases that were kept with a run; None if it was not backtested.

    Parameters
    ----------
    digest : what the bundle's manifest says of the file; None takes the file as it is, for a look.

    Raises
    ------
    CasesChanged
        The file has another digest.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = store.file(run_id, FILE, Path(folder))
        if file is None:
            return None
        content = file.read_bytes()
    if digest is not None and digest_of(content) != digest:
        raise CasesChanged(
            f"{FILE} of the run {run_id[:8]} is not the file that its bundle was signed with: it was "
            "changed, or made by an earlier version"
        )
    return pd.read_parquet(io.BytesIO(content))


def difference(
    first: pd.DataFrame, second: pd.DataFrame, metric: str, *, draws: int = 1000, seed: int = 0
) -> Interval:
    """Return how much higher a metric is in the first of two runs with the same cases, case by case."""
    mine, theirs = first[metric].to_numpy(), second[metric].to_numpy()
    return paired_difference(mine, theirs, first["person"].to_numpy(), draws=draws, seed=seed)


def find_champion(models: Path, store: Store, trial: str) -> Champion | None:
    """Return the model that is served, with its cases if it was judged on this trial; None if there is none.

    Parameters
    ----------
    trial : digest of the trials (see `findings.trial_digest`).
    """
    pointer = models / CURRENT
    if not pointer.is_file():
        return None
    try:
        folder = bundle_folder(pointer)
        about = read_manifest(folder).get("about", {})
    except BundleError as error:
        return Champion(pointer.read_text("utf-8").strip(), None, str(error))
    if not trial or about.get("trial") != trial:
        return Champion(folder.name, None, "it was judged on other cases: other data, cuts or split")
    run = store.made(folder.name)
    try:
        cases = None if run is None else kept_cases(store, run.run_id, str(about.get("cases", "")))
    except CasesChanged as error:
        return Champion(folder.name, None, str(error))
    return Champion(folder.name, cases, "" if cases is not None else "this store does not hold its run")
