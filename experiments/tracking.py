"""The only door to MLflow: it keeps what was run, with what, on which data, and how it came out.

Runs are kept in `mlflow.db` (SQLite) and `mlruns/` at the root of the repository, or where the variable
MLFLOW_TRACKING_URI says.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.provenance import ROOT
from recommender.errors import RecommenderError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT = "course-recommender"
MODEL = "course-recommender"  # in the registry of models
CHAMPION = "champion"  # the alias of the version that is served
TUNING = f"{EXPERIMENT}-tuning"  # apart from the others: hundreds of trials are no models to compare
BOARDS = f"{EXPERIMENT}-leaderboards"
PARENT = "mlflow.parentRunId"  # the tag by which MLflow's page shows a run under another
URI_VARIABLE = "MLFLOW_TRACKING_URI"

_SQLITE = "sqlite:///"
_MOST_RUNS = 1000  # read for the leaderboard, the newest first
_LONGEST_PARAMETER = 6000  # characters that MLflow takes


class TrackingError(RecommenderError):
    """The store of runs cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Record:
    """One run as it is tracked.

    Attributes
    ----------
    name : `<ranker>-<time>`.
    files : a folder whose files are kept with the run.
    """

    name: str
    parameters: Mapping[str, object]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    files: Path


@dataclass(frozen=True, slots=True)
class Found:
    """One finished run as it is read back; the newest runs come first."""

    run_id: str
    name: str
    started: float
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


def store_exists() -> bool:
    """Return whether there is a store to read; a server is taken to be there."""
    file = _sqlite_file()
    return file is None or file.is_file()


def beside_store(name: str) -> Path:
    """Return a file in the folder of the store, or at the root of the repository if the store is a server."""
    file = _sqlite_file()
    return (ROOT if file is None else file.parent) / name


class Store:
    """The store of runs, opened; a new SQLite store takes some seconds to be made.

    Parameters
    ----------
    experiment : under which name in MLflow the runs stand.
    """

    def __init__(self, experiment: str = EXPERIMENT) -> None:
        with _guarded():
            self._client: MlflowClient = _mlflow().MlflowClient(tracking_uri=_uri())
            self._experiment = self._experiment_id(experiment)

    def write(self, record: Record, parent: str = "") -> str:
        """Keep a run, under another one if the id of a parent is given, and return its id."""
        run_id = self.begin(
            record.name, record.parameters, {**record.tags, **({PARENT: parent} if parent else {})}
        )
        self.end(run_id, record.metrics, record.files)
        return run_id

    def begin(self, name: str, parameters: Mapping[str, object], tags: Mapping[str, str]) -> str:
        """Open a run that is going on, and return its id."""
        entities = import_module("mlflow.entities")
        with _guarded():
            run_id: str = self._client.create_run(self._experiment, run_name=name).info.run_id
            self._client.log_batch(
                run_id,
                params=[
                    entities.Param(key, str(one)[:_LONGEST_PARAMETER]) for key, one in parameters.items()
                ],
                tags=[entities.RunTag(key, value) for key, value in tags.items()],
            )
        return run_id

    def reopen(self, tag: str, value: str) -> str:
        """Let the newest run with this tag go on, and return its id; "" where there is none."""
        with _guarded():
            found = self._client.search_runs([self._experiment], f"tags.`{tag}` = '{value}'", max_results=1)
            for run in found:
                self._client.update_run(run.info.run_id, "RUNNING")
        return str(found[0].info.run_id) if found else ""

    def end(self, run_id: str, metrics: Mapping[str, float], files: Path) -> None:
        """Keep what a run found, with the files of a folder, and close it."""
        entities = import_module("mlflow.entities")
        now = int(time.time() * 1000)
        with _guarded():
            self._client.log_batch(
                run_id, [entities.Metric(key, value, now, 0) for key, value in metrics.items()]
            )
            self._client.log_artifacts(run_id, str(files))
            self._client.set_terminated(run_id, "FINISHED")

    def runs(self) -> list[Found]:
        """Return the finished runs, the newest first."""
        with _guarded():
            found = self._client.search_runs(
                [self._experiment],
                "attributes.status = 'FINISHED'",
                max_results=_MOST_RUNS,
                order_by=["attributes.start_time DESC"],
            )
        return [_found(run) for run in found]

    def find(self, wanted: str) -> list[Found]:
        """Return the finished runs of this name, or whose id begins like this, the newest first."""
        return self._search(f"attributes.run_name = '{wanted}'") or self._search(
            f"attributes.run_id LIKE '{wanted}%'"
        )

    def made(self, bundle: str) -> Found | None:
        """Return the run that wrote the bundle of this name; None if this store does not hold it."""
        return next(iter(self._search(f"tags.bundle = '{bundle}'")), None)

    def file(self, run_id: str, name: str, folder: Path) -> Path | None:
        """Return a file that was kept with a run, copied into a folder; None if there is none."""
        with _guarded():
            if name not in {one.path for one in self._client.list_artifacts(run_id)}:
                return None
            return Path(self._client.download_artifacts(run_id, name, str(folder)))

    def make_champion(self, run: Found) -> None:
        """Register what a run made, if that was not done before, and give it the alias `champion`."""
        with _guarded():
            if not self._client.search_registered_models(f"name = '{MODEL}'"):
                self._client.create_registered_model(MODEL)
            known = self._client.search_model_versions(f"name = '{MODEL}' and run_id = '{run.run_id}'")
            version = known[0] if known else self._new_version(run)
            self._client.set_registered_model_alias(MODEL, CHAMPION, version.version)

    def champion(self) -> str:
        """Return the id of the run whose model has the alias `champion`; "" if there is none."""
        with _guarded():
            known = self._client.search_registered_models(f"name = '{MODEL}'")
            if not known or CHAMPION not in known[0].aliases:
                return ""
            return str(self._client.get_model_version_by_alias(MODEL, CHAMPION).run_id)

    def _new_version(self, run: Found) -> Any:
        source = self._client.get_run(run.run_id).info.artifact_uri
        tags = {"bundle": run.tags.get("bundle", "")}
        return self._client.create_model_version(MODEL, source, run_id=run.run_id, tags=tags)

    def _search(self, condition: str) -> list[Found]:
        with _guarded():
            found = self._client.search_runs(
                [self._experiment],
                f"attributes.status = 'FINISHED' and {condition}",
                order_by=["attributes.start_time DESC"],
            )
        return [_found(run) for run in found]

    def _experiment_id(self, name: str) -> str:
        known = self._client.get_experiment_by_name(name)
        if known is not None:
            return str(known.experiment_id)
        file = _sqlite_file()
        # Else MLflow would put files into whatever folder the command happens to be called from.
        place = None if file is None else (file.parent / "mlruns").as_uri()
        return str(self._client.create_experiment(name, artifact_location=place))


def _found(run: Run) -> Found:
    info, data = run.info, run.data
    return Found(info.run_id, info.run_name, info.start_time / 1000, data.params, data.metrics, data.tags)


def _uri() -> str:
    return os.environ.get(URI_VARIABLE) or f"{_SQLITE}{ROOT / 'mlflow.db'}"


def _sqlite_file() -> Path | None:
    uri = _uri()
    return Path(uri.removeprefix(_SQLITE)).resolve() if uri.startswith(_SQLITE) else None


@cache
def _mlflow() -> Any:
    """Import MLflow where it is first needed: it takes seconds, and reads these variables as it starts."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["DO_NOT_TRACK"] = "true"
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    module = import_module("mlflow")
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return module


@contextmanager
def _guarded() -> Iterator[None]:
    mlflow = _mlflow()
    try:
        with warnings.catch_warnings():
            # MLflow uses parts of SQLAlchemy and pydantic that are about to go; nobody here can change that.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    except mlflow.exceptions.MlflowException as error:
        raise TrackingError(
            f"The store of runs cannot be used: {error}. It is named by {URI_VARIABLE}, else it is mlflow.db "
            "at the root of the repository."
        ) from error
