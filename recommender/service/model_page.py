"""The model in use and the bundles beside it, as their manifests tell of them; nothing is unpickled here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recommender.bundle import read_manifest, signed_manifest
from recommender.errors import BundleError
from recommender.service.models import LoadedModel, ServedModel

Problem = Literal["", "unreadable", "foreign"]
# What bundles are set side by side in: is the list what people went on to take, and what is it worth to them?
LEADING = ("ndcg_10", "recall_10", "gap_share_10", "gap_closed_10", "hit_10", "calibration_error")
_MANIFEST, _ENGINE = "manifest.json", "engine.joblib"
_BOUNDS = ("_lower", "_upper")


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a bundle's backtest, with its 95 % interval where there is one; None where not known."""

    name: str
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The model that answers, as training noted it down.

    Attributes
    ----------
    bundle : name of its folder. created : ISO time.
    data : (fact, value) of the data it was fitted to: name, date, employees ...
    recipe, versions : (name, value).
    metrics : all main figures, those of `LEADING` first.
    card : Markdown; "" where the bundle has none.
    fault : why a newer bundle was left aside; "" where none was.
    """

    bundle: str
    digest: str
    ranker: str
    created: str
    python: str
    commit: str
    cut: str
    data: tuple[tuple[str, str], ...]
    recipe: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    metrics: tuple[Metric, ...]
    card: str
    fault: str


@dataclass(frozen=True, slots=True)
class BundleRow:
    """One bundle of the models folder.

    Attributes
    ----------
    problem : "" for one of ours; "unreadable": its manifest cannot be read, or is of another version;
        "foreign": it was not signed with the key beside it. Nothing else is told of those.
    is_current : whether it is the one that answers.
    is_comparable : whether it was judged on the very cases of the one that answers.
    metrics : one for each of `Leaderboard.columns`.
    """

    bundle: str
    problem: Problem
    is_current: bool
    is_comparable: bool
    digest: str
    ranker: str
    created: str
    data: str
    cut: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The bundles side by side: those that compare with the one that answers first, the best first.

    Attributes
    ----------
    columns : names of the figures shown; the first is what the order goes by.
    """

    columns: tuple[str, ...]
    rows: tuple[BundleRow, ...]


def model_facts(models: ServedModel) -> ModelFacts:
    """Return what is told of the model that answers."""
    model = models.current
    about = _about(model.manifest)
    figures = _figures(about)
    order = sorted(figures, key=lambda name: (LEADING.index(name) if name in LEADING else len(LEADING), name))
    return ModelFacts(
        model.folder.name,
        model.digest,
        model.engine.rankers[0][0],
        _text(model.manifest.get("created")),
        _text(model.manifest.get("python")),
        _text(about.get("commit")),
        _text(about.get("cut")),
        _pairs(about.get("data")),
        _pairs(about.get("recipe")),
        _pairs(model.manifest.get("versions")),
        tuple(_metric(figures, name) for name in order),
        model.card,
        models.fault,
    )


def leaderboard(models: ServedModel) -> Leaderboard:
    """Return all bundles of the folder that the model in use came from."""
    current = models.current
    rows = [_row(folder, current) for folder in _bundles(current.folder.parent)]
    return Leaderboard(LEADING, tuple(sorted(rows, key=_place)))


def _place(row: BundleRow) -> tuple[bool, bool, float, str]:
    first = row.metrics[0].value if row.metrics else None
    return bool(row.problem), not row.is_comparable, math.inf if first is None else -first, row.bundle


def _bundles(models: Path) -> Iterator[Path]:
    for folder in sorted(models.iterdir()) if models.is_dir() else ():
        if not folder.name.startswith(".") and (folder / _MANIFEST).exists():
            yield folder


def _row(folder: Path, current: LoadedModel) -> BundleRow:
    nothing = tuple(Metric(name, None, None, None) for name in LEADING)
    try:
        manifest = read_manifest(folder)
    except BundleError:
        return BundleRow(folder.name, "unreadable", False, False, "", "", "", "", "", nothing)
    try:
        signed_manifest(folder)
    except BundleError:
        return BundleRow(folder.name, "foreign", False, False, "", "", "", "", "", nothing)
    about = _about(manifest)
    figures, data = _figures(about), about.get("data")
    cases, theirs = about.get("cases"), _about(current.manifest).get("cases")
    return BundleRow(
        folder.name,
        "",
        folder.name == current.folder.name,
        cases is not None and cases == theirs,
        _text(manifest["sha256"].get(_ENGINE)),
        _text(manifest.get("ranker")),
        _text(manifest.get("created")),
        _text(data.get("name")) if isinstance(data, Mapping) else "",
        _text(about.get("cut")),
        tuple(_metric(figures, name) for name in LEADING),
    )


def _about(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    about = manifest.get("about")
    return about if isinstance(about, Mapping) else {}


def _figures(about: Mapping[str, Any]) -> dict[str, tuple[float | None, float | None, float | None]]:
    """Return value and bounds of each figure that is not itself a bound, nor one of another ranker's."""
    metrics = about.get("metrics")
    known = {name: _number(value) for name, value in metrics.items()} if isinstance(metrics, Mapping) else {}
    own = [name for name in known if not name.endswith(_BOUNDS) and not name.startswith("popularity_")]
    low, high = _BOUNDS
    return {name: (known[name], known.get(name + low), known.get(name + high)) for name in own}


def _metric(figures: Mapping[str, tuple[float | None, float | None, float | None]], name: str) -> Metric:
    return Metric(name, *figures.get(name, (None, None, None)))


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None  # type: ignore[arg-type]


def _pairs(told: object) -> tuple[tuple[str, str], ...]:
    """Return facts as pairs of texts; those within a fact stand under its name and a full stop."""
    found: list[tuple[str, str]] = []
    for name, value in told.items() if isinstance(told, Mapping) else ():
        if isinstance(value, Mapping):
            found += [(f"{name}.{inner}", text) for inner, text in _pairs(value)]
        else:
            found.append((str(name), _text(value)))
    return tuple(found)


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(one) for one in value)
    return "" if value is None else str(value)
