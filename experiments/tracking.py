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


class Store:
    """The store of runs, opened; a new SQLite store takes some seconds to be made."""

    def __init__(self) -> None:
        with _guarded():
            self._client: MlflowClient = _mlflow().MlflowClient(tracking_uri=_uri())
            self._experiment = self._experiment_id()

    def write(self, record: Record) -> str:
        """Keep a run and return its id."""
        entities = import_module("mlflow.entities")
        now = int(time.time() * 1000)
        with _guarded():
            run_id: str = self._client.create_run(self._experiment, run_name=record.name).info.run_id
            self._client.log_batch(
                run_id,
                [entities.Metric(key, value, now, 0) for key, value in record.metrics.items()],
                [
                    entities.Param(key, str(value)[:_LONGEST_PARAMETER])
                    for key, value in record.parameters.items()
                ],
                [entities.RunTag(key, value) for key, value in record.tags.items()],
            )
            self._client.log_artifacts(run_id, str(record.files))
            self._client.set_terminated(run_id, "FINISHED")
        return run_id

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

    def _experiment_id(self) -> str:
        known = self._client.get_experiment_by_name(EXPERIMENT)
        if known is not None:
            return str(known.experiment_id)
        file = _sqlite_file()
        # Else MLflow would put files into whatever folder the command happens to be called from.
        place = None if file is None else (file.parent / "mlruns").as_uri()
        return str(self._client.create_experiment(EXPERIMENT, artifact_location=place))


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
