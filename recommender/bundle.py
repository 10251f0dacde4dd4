"""Bundles: a trained engine on disk, refused unless it is whole, ours and of these library versions.

A bundle is a folder `<ranker>-<UTC time>-<digest8>/` with `engine.joblib` and `manifest.json`. Unpickling
runs code, so everything that can be checked is checked before: the manifest's format, the versions, and the
SHA-256 of the file. Employees are stored under keyed pseudonyms; the key lies beside the bundles, not in
them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib

from recommender.dataset import Dataset
from recommender.engine import Engine, PeopleKey, without_identities
from recommender.errors import BundleError

FORMAT = "course-recommender bundle"
FORMAT_VERSION = 1
CURRENT = "current"
KEY_VARIABLE = "RECOMMENDER_PSEUDONYM_KEY"

_ENGINE, _MANIFEST, _KEY = "engine.joblib", "manifest.json", ".pseudonym-key"
# What pickled state depends on.
_PINNED = ("course-recommender", "joblib", "lightgbm", "numpy", "scikit-learn", "scipy")


def save_bundle(engine: Engine, models: Path, about: Mapping[str, object]) -> Path:
    """Write an engine into a new folder under `models` and return that folder; all or nothing.

    Parameters
    ----------
    about : JSON-able facts kept in the manifest (recipe, metrics, data digest, commit ...).
    """
    models.mkdir(parents=True, exist_ok=True)
    dataset = _without_identities(engine, models)
    work = Path(tempfile.mkdtemp(prefix=".bundle-", dir=models))
    try:
        joblib.dump(replace(engine, dataset=dataset, people_key=None, digest=""), work / _ENGINE)
        digest = _sha256(work / _ENGINE)
        manifest = _manifest(engine, digest, about)
        (work / _MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", "utf-8")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        final = models / f"{engine.rankers[0][0]}-{stamp}-{digest[:8]}"
        work.chmod(0o755)  # mkdtemp makes it for this user alone, but another user may serve it
        if final.exists():  # the same engine, saved twice within a second
            shutil.rmtree(work)
        else:
            work.rename(final)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return final


def load_bundle(path: str | Path) -> Engine:
    """Return the engine of a bundle folder, or of the bundle that a text file such as `models/current` names.

    Raises
    ------
    BundleError
        The bundle is absent, damaged, not ours, or made by other library versions.
    """
    folder = bundle_folder(Path(path))
    manifest = read_manifest(folder)
    _check_versions(manifest, folder)
    file = folder / _ENGINE
    if not file.is_file() or not file.stat().st_size:
        raise BundleError(f"{file} is absent or empty; train again with `python -m experiments run`.")
    digest = _sha256(file)
    if digest != manifest["sha256"].get(_ENGINE):
        raise BundleError(
            f"{file} is not the file its manifest describes (SHA-256 {digest[:12]}...): it was changed or "
            "damaged. It was not opened; train again or restore it."
        )
    engine = joblib.load(file)
    if not isinstance(engine, Engine):
        raise BundleError(f"{file} holds {type(engine).__name__}, not an engine; train again.")
    return replace(engine, digest=digest, people_key=people_key(folder.parent))


def bundle_folder(path: Path) -> Path:
    """Return the bundle folder that a path means: itself, or what the pointer file at this path names."""
    if path.is_dir():
        return path
    if not path.is_file():
        raise BundleError(
            f"there is no bundle at {path}; train one with "
            "`python -m experiments run experiments/recipes/learned.toml --data DATA --make-current`."
        )
    name = path.read_text("utf-8", errors="replace").strip()
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise BundleError(f"{path} should hold the name of one bundle folder, but holds {name[:60]!r}.")
    if not (path.parent / name).is_dir():
        raise BundleError(f"{path} names the bundle {name!r}, which is not beside it; train or restore it.")
    return path.parent / name


def make_current(bundle: Path) -> None:
    """Let `current`, beside the bundle, name it; a reader sees the old name or the new one, never half."""
    fd, work = tempfile.mkstemp(prefix=".current-", dir=bundle.parent)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(bundle.name + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(work).chmod(0o644)
    Path(work).replace(bundle.parent / CURRENT)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a bundle's manifest after checking that it is one of ours."""
    file = folder / _MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"{folder} is not a bundle: {_MANIFEST} cannot be read ({error}).") from error
    ours = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    if not ours or not all(isinstance(manifest.get(key), dict) for key in ("sha256", "versions")):
        raise BundleError(f"{folder} was not made by this project; nothing of it was opened.")
    if manifest.get("format_version") != FORMAT_VERSION:
        raise BundleError(
            f"{folder} has bundle format {manifest.get('format_version')}, this version reads "
            f"{FORMAT_VERSION}; train again."
        )
    return manifest


def people_key(models: Path) -> PeopleKey | None:
    """Return the key of the pseudonyms: from the environment, else from the file beside the bundles."""
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return PeopleKey(given.encode())
    file = models / _KEY
    return PeopleKey(file.read_text("ascii").strip().encode()) if file.is_file() else None


def _without_identities(engine: Engine, models: Path) -> Dataset:
    """Return the engine's data under pseudonyms whose key lies in `models`."""
    key = people_key(models)
    if engine.people_key is None:
        return without_identities(engine.dataset, key or _keep_key(models, secrets.token_hex(32)))
    if key is None:  # a bundle saved elsewhere takes its key along
        key = _keep_key(models, engine.people_key.secret.decode())
    if key != engine.people_key:
        raise BundleError(
            f"the engine's people are stored under another key than {models / _KEY}; "
            "give it data with `with_data` before saving it here."
        )
    return engine.dataset


def _keep_key(models: Path, secret: str) -> PeopleKey:
    fd = os.open(models / _KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    return PeopleKey(secret.encode())


def _manifest(engine: Engine, digest: str, about: Mapping[str, object]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "ranker": engine.rankers[0][0],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": ".".join(map(str, sys.version_info[:2])),
        "versions": {name: version(name) for name in _PINNED},
        "sha256": {_ENGINE: digest},
        "about": dict(about),
    }


def _check_versions(manifest: Mapping[str, Any], folder: Path) -> None:
    made = manifest.get("versions", {})
    wrong = [
        f"{name} {made.get(name, 'unknown')} (here {version(name)})"
        for name in _PINNED
        if _minor(str(made.get(name))) != _minor(version(name))
    ]
    if wrong:
        raise BundleError(
            f"{folder} was made by other versions: {', '.join(wrong)}. It was not opened; "
            "install those versions or train again."
        )


def _minor(text: str) -> tuple[str, ...]:
    return tuple(text.split(".")[:2])


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
