"""The bundle that answers, and its replacement while requests go on."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recommender.bundle import bundle_folder, load_bundle, read_manifest
from recommender.dataset.slices import with_people
from recommender.engine import Engine
from recommender.errors import BundleError, RecommenderError

Told = Callable[["ModelEvent"], None]
WarmUp = Callable[[Engine], None]
_JITTER = 0.2  # of the interval: workers do not all load at the same moment
_PARTS = ("manifest.json", "engine.joblib")  # what a bundle folder is known by without reading it all


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """An engine with what its manifest says; never changed, only replaced as a whole.

    The people of the bundle are let go of once it is warmed up: those of the store are answered.

    Attributes
    ----------
    card : text of the model's card; "" if its bundle has none.
    """

    engine: Engine
    manifest: Mapping[str, Any]
    folder: Path
    card: str

    @property
    def digest(self) -> str:
        """The digest of the bundle, which every answer names."""
        return self.engine.digest


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """What became of a changed bundle.

    Attributes
    ----------
    digest : of the model that answers from now on.
    fault : why the new bundle was left aside; "" if it was taken up.
    """

    digest: str
    fault: str = ""


def answer_once(engine: Engine) -> None:
    """Let an engine answer the first person of the data it came with, under the pseudonym."""
    people = engine.dataset.employees.ids.ids
    if people:
        replace(engine, people_key=None).recommend(people[0], 1)


class ServedModel:
    """The model in use. Who answers takes `current` once and keeps it to the end of the request.

    A new bundle is loaded, checked (`bundle.py`) and warmed up beside the old one, then put in its place by
    one assignment. One that will not do leaves the old one in place and is not tried again until it changes.

    Parameters
    ----------
    path : a bundle folder, or a pointer file such as `models/current`.
    warm_up : answers once with a new engine before anybody is answered by it; what it raises refuses it.

    Raises
    ------
    BundleError
        The bundle cannot be served.
    """

    def __init__(self, path: Path, warm_up: WarmUp = answer_once) -> None:
        self.path = path
        self.fault = ""
        self._warm_up = warm_up
        self._seen = _identity(path)
        self._looking = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self.current = _loaded(path, warm_up)

    def look(self) -> ModelEvent | None:
        """Take up the bundle that the path means by now; return what became of it, None if it is the same."""
        with self._looking:
            identity = _identity(self.path)
            if identity == self._seen:
                return None
            self._seen = identity
            try:
                self.current = _loaded(self.path, self._warm_up)
                self.fault = ""
            except RecommenderError as error:
                self.fault = str(error)
            except Exception as error:  # whatever a bundle does while it is opened, the old one goes on
                # Its text is left out, since it may hold ids.
                self.fault = f"the bundle at {self.path} cannot be used ({type(error).__name__})."
            return ModelEvent(self.current.digest, self.fault)

    def watch(self, seconds: float, told: Told) -> None:
        """Look every so many seconds, on a thread of its own, until `stop`; `told` hears of each change."""

        def watch() -> None:
            while not self._stopped.wait(seconds * (1 + random.uniform(-_JITTER, _JITTER))):
                event = self.look()
                if event is not None:
                    told(event)

        if self._thread is None:
            self._thread = threading.Thread(target=watch, name="model-reload", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop looking; the model goes on answering."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()


def _identity(path: Path) -> tuple[object, ...]:
    """Return what changes when the bundle does: which folder, and size and time of its parts."""
    try:
        folder = bundle_folder(path)
    except (BundleError, OSError) as error:
        return (type(error).__name__, str(error))
    return (folder, *(_stamp(folder / part) for part in _PARTS))


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _loaded(path: Path, warm_up: WarmUp) -> LoadedModel:
    folder = bundle_folder(path)  # resolved once: the pointer may come to name another bundle meanwhile
    engine, manifest = load_bundle(folder), read_manifest(folder)
    card = folder / "card.md"
    model = LoadedModel(engine, manifest, folder, card.read_text("utf-8") if card.is_file() else "")
    warm_up(engine)
    return replace(model, engine=replace(engine, dataset=with_people(engine.dataset, {}, None)))
