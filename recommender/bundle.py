"""Bundles: a trained engine on disk, refused unless it is whole, ours and of these library versions.

A bundle is a folder `<ranker>-<UTC time>-<digest8>/` with `engine.joblib`, `manifest.json` and what people
read beside it, such as `card.md`. Unpickling runs code, so everything is checked before: the manifest's
signature, the versions, and the SHA-256 of each file. The key lies beside the bundles or in the environment,
not in them; it signs the manifest, and employees are stored under pseudonyms made with it.

The same engine under the same key gives the same bytes in every process: `_write` sees to the order of sets.
"""

from __future__ import annotations

import hashlib
import hmac
import io
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
from typing import Any, BinaryIO

import joblib
from joblib.numpy_pickle import NumpyPickler

from recommender.engine import Engine, PeopleKey, without_identities
from recommender.errors import BundleError

FORMAT = "course-recommender bundle"
FORMAT_VERSION = 5
CURRENT = "current"
KEY_VARIABLE = "RECOMMENDER_BUNDLE_KEY"

_ENGINE, _MANIFEST, _KEY = "engine.joblib", "manifest.json", ".bundle-key"
# What pickled state depends on.
_PINNED = ("course-recommender", "joblib", "lightgbm", "numpy", "scikit-learn", "scipy")


def save_bundle(
    engine: Engine, models: Path, about: Mapping[str, object], files: Mapping[str, str] | None = None
) -> Path:
    """Write an engine into a new folder under `models` and return that folder; all or nothing.

    Parameters
    ----------
    about : JSON-able facts kept in the manifest (recipe, metrics, data digest, commit ...).
    files : what is kept beside the engine for people to read, by file name, such as `card.md`.
    """
    models.mkdir(parents=True, exist_ok=True)
    key = _key_for(engine, models)
    stored = replace(engine, people_key=None, digest="")
    if engine.people_key is None:
        _check_same_key(engine, key)
        estimator = engine.estimator.with_pseudonyms(key.pseudonym, plain_data=False)
        stored = replace(stored, dataset=without_identities(engine.dataset, key), estimator=estimator)
    work = Path(tempfile.mkdtemp(prefix=".bundle-", dir=models))
    try:
        with (work / _ENGINE).open("wb") as file:
            _write(stored, file)
        for name, text in (files or {}).items():
            (work / name).write_bytes(text.encode())
        digests = {file.name: _sha256(file.read_bytes()) for file in sorted(work.iterdir())}
        digest = digests[_ENGINE]
        manifest = _manifest(engine, digests, about)
        manifest["signature"] = _signature(manifest, key)
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


def _write(engine: Engine, file: BinaryIO) -> None:
    _SteadyPickler(file).dump(engine)


class _SteadyPickler(NumpyPickler):
    """joblib's pickler, except that sets are written in one order: Python's differs from process to process.

    `joblib.load` reads what it writes.
    """

    def reducer_override(self, value: object) -> Any:
        """Return a set as the call that makes it from a list in order; all else is pickled as usual."""
        if type(value) in (set, frozenset):
            return type(value), (sorted(value, key=repr),)  # type: ignore[call-overload]
        return NotImplemented


def _check_same_key(engine: Engine, key: PeopleKey) -> None:
    """Refuse to store assessors under a key other than the one their pseudonyms were made with."""
    pseudonym = engine.estimator.model_.severities.pseudonym
    if pseudonym is not None and pseudonym("") != key.pseudonym(""):
        raise BundleError(
            "this model knows its assessors by the key of the bundle it came from; save it into the folder "
            f"of that bundle, or set {KEY_VARIABLE} to that key."
        )


def load_bundle(path: str | Path) -> Engine:
    """Return the engine of a bundle folder, or of the bundle that a text file such as `models/current` names.

    Raises
    ------
    BundleError
        The bundle is absent, damaged, not ours, or made by other library versions.
    """
    folder = bundle_folder(Path(path))
    manifest = read_manifest(folder)
    key = _checked_key(manifest, folder)
    _check_versions(manifest, folder)
    file = folder / _ENGINE
    contents = {name: _checked(folder / name, manifest) for name in {**manifest["sha256"], _ENGINE: ""}}
    content = contents[_ENGINE]
    try:
        engine = joblib.load(io.BytesIO(content))  # the very bytes that were checked
    except (AttributeError, EOFError, ImportError, LookupError, TypeError, ValueError) as error:
        raise BundleError(f"{file} was made by other code of this version ({error}); train again.") from error
    if not isinstance(engine, Engine):
        raise BundleError(f"{file} holds {type(engine).__name__}, not an engine; train again.")
    return replace(engine, digest=manifest["sha256"][_ENGINE], people_key=key)


def _checked(file: Path, manifest: Mapping[str, Any]) -> bytes:
    """Return a file's bytes if they are those that the manifest describes."""
    content = file.read_bytes() if file.is_file() else b""
    if not content:
        raise BundleError(f"{file} is absent or empty; train again with `python -m experiments run`.")
    digest = _sha256(content)
    if digest != manifest["sha256"].get(file.name):
        raise BundleError(
            f"{file} is not the file its manifest describes (SHA-256 {digest[:12]}...): it was changed or "
            f"damaged. {_ENGINE} was not opened; train again or restore the bundle."
        )
    return content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def bundle_folder(path: Path) -> Path:
    """Return the bundle folder that a path means: itself, or what the pointer file at this path names."""
    if path.is_dir():
        return path
    if not path.is_file():
        raise BundleError(
            f"there is no bundle at {path}; train one with "
            "`python -m experiments run experiments/recipes/value.toml --data DATA --make-current`."
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


def signed_manifest(folder: Path) -> dict[str, Any]:
    """Return a bundle's manifest after checking, too, that it was signed with the key beside the bundle."""
    manifest = read_manifest(folder)
    _checked_key(manifest, folder)
    return manifest


def bundle_key(models: Path) -> PeopleKey | None:
    """Return the key of the bundles in a folder: from the environment, else from the file beside them."""
    given = os.environ.get(KEY_VARIABLE)
    if given:
        return PeopleKey(given.encode())
    file = models / _KEY
    return PeopleKey(file.read_text("ascii").strip().encode()) if file.is_file() else None


def _key_for(engine: Engine, models: Path) -> PeopleKey:
    """Return the key to save an engine with; the first bundle of a folder makes it or brings it along."""
    key, own = bundle_key(models), engine.people_key
    if key is None:
        return _keep_key(models, own.secret.decode() if own else secrets.token_hex(32))
    if own not in (None, key):
        raise BundleError(
            f"the engine's people are stored under another key than {models / _KEY}; "
            "give it data with `with_data` before saving it here."
        )
    return key


def _keep_key(models: Path, secret: str) -> PeopleKey:
    fd = os.open(models / _KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    return PeopleKey(secret.encode())


def _manifest(engine: Engine, digests: Mapping[str, str], about: Mapping[str, object]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "ranker": engine.rankers[0][0],
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": ".".join(map(str, sys.version_info[:2])),
        "versions": {name: version(name) for name in _PINNED},
        "sha256": dict(digests),
        "about": dict(about),
    }


def _signature(manifest: Mapping[str, object], key: PeopleKey) -> str:
    signed = {name: value for name, value in manifest.items() if name != "signature"}
    return hmac.new(key.secret, json.dumps(signed, sort_keys=True).encode(), "sha256").hexdigest()


def _checked_key(manifest: Mapping[str, Any], folder: Path) -> PeopleKey:
    """Return the key that signed the manifest, or refuse the bundle."""
    key = bundle_key(folder.parent)
    if key is None:
        raise BundleError(
            f"{folder} cannot be told from a forgery, since the key it was made with is absent. It was not "
            f"opened; put {_KEY} of its folder of bundles beside it, or set {KEY_VARIABLE}."
        )
    if not hmac.compare_digest(str(manifest.get("signature")), _signature(manifest, key)):
        raise BundleError(
            f"{folder} was not made with the key beside it: it is foreign, or its {_MANIFEST} was changed. "
            "It was not opened; train again or restore it."
        )
    return key


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
