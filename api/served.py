"""What one service answers from, and how routes get at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request

from recommender import Engine, load_bundle
from recommender.bundle import bundle_folder, read_manifest
from recommender.domain import Answer


@dataclass(frozen=True, slots=True)
class Model:
    """What a bundle's manifest says of the model; empty for an engine that was not loaded from one."""

    ranker: str
    digest: str
    created: str
    python: str
    versions: Mapping[str, str]
    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Served:
    """An engine and what is known of its model."""

    engine: Engine
    model: Model


@dataclass(frozen=True, slots=True)
class Answers:
    """One answer per id of a list, in its order."""

    items: tuple[Answer, ...]


def load_served(path: Path) -> Served:
    """Return the engine of a bundle with what its manifest says."""
    folder = bundle_folder(path)  # resolved once: `current` may come to name another bundle meanwhile
    return served_engine(load_bundle(folder), read_manifest(folder))


def served_engine(engine: Engine, manifest: Mapping[str, Any] | None = None) -> Served:
    """Return an engine with what its manifest, if any, says of it."""
    said = manifest or {}
    model = Model(
        ranker=engine.rankers[0][0],
        digest=engine.digest,
        created=said.get("created", ""),
        python=said.get("python", ""),
        versions=said.get("versions", {}),
        about=said.get("about", {}),
    )
    return Served(engine, model)


async def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.served.engine
    return engine


async def _model(request: Request) -> Model:
    model: Model = request.app.state.served.model
    return model


EngineDep = Annotated[Engine, Depends(_engine)]
ModelDep = Annotated[Model, Depends(_model)]
