"""Bundles that are damaged, foreign or of other versions are refused before they are unpickled."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from recommender.bundle import FORMAT_VERSION, KEY_VARIABLE, _signature, bundle_key, load_bundle, save_bundle
from recommender.engine import fit_engine
from recommender.errors import BundleError
from recommender.rankers.gap import GapRanker
from tests.cities import load, office


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a bundle that a test may spoil."""
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    engine = fit_engine(load(office()), "gap", GapRanker())
    return save_bundle(engine, tmp_path, {}, {"card.md": "# What it is for\n"})


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.file),)


def edited(bundle: Path, **changes: Any) -> None:
    file = bundle / "manifest.json"
    manifest = {**json.loads(file.read_text()), **changes}
    key = bundle_key(bundle.parent)
    assert key is not None
    # Signed anew, so that the test meets the check it is about and not the signature's.
    file.write_text(json.dumps({**manifest, "signature": _signature(manifest, key)}))


def other_versions(bundle: Path, **changes: str) -> None:
    edited(bundle, versions={**json.loads((bundle / "manifest.json").read_text())["versions"], **changes})


def engine_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    def spoil(bundle: Path) -> object:
        file = bundle / "engine.joblib"
        return file.write_bytes(change(file.read_bytes()))

    return spoil


def manifest_text(text: str) -> Callable[[Path], object]:
    return lambda bundle: (bundle / "manifest.json").write_text(text)


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "one byte changed": (
        engine_bytes(lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        "was changed or damaged",
    ),
    "cut in half": (engine_bytes(lambda data: data[: len(data) // 2]), "was changed or damaged"),
    "0 bytes": (engine_bytes(lambda _: b""), "engine.joblib is absent or empty; train again"),
    "no engine": (lambda bundle: (bundle / "engine.joblib").unlink(), "absent or empty"),
    "another card": (
        lambda bundle: (bundle / "card.md").write_text("# For all\n"),
        "card.md is not the file",
    ),
    "no card": (lambda bundle: (bundle / "card.md").unlink(), "card.md is absent or empty"),
    "no manifest": (lambda bundle: (bundle / "manifest.json").unlink(), "manifest.json cannot be read"),
    "0-byte manifest": (manifest_text(""), "manifest.json cannot be read"),
    "half a manifest": (manifest_text('{"format": "cour'), "manifest.json cannot be read"),
    "foreign JSON": (manifest_text('{"name": "other"}'), "was not made by this project"),
    "a JSON list": (manifest_text("[]"), "was not made by this project"),
    "no digest": (lambda bundle: edited(bundle, sha256={}), "was changed or damaged"),
    "digest is no table": (lambda bundle: edited(bundle, sha256="abc"), "was not made by this project"),
    "other format": (
        lambda bundle: edited(bundle, format_version=FORMAT_VERSION + 1),
        f"has bundle format {FORMAT_VERSION + 1}, this version reads {FORMAT_VERSION}",
    ),
    "other library": (
        lambda bundle: other_versions(bundle, numpy="1.0.0"),
        r"other versions: numpy 1\.0",
    ),
    "no version": (
        lambda bundle: edited(bundle, versions={}),
        "made by other versions: course-recommender unknown",
    ),
    "versions is no table": (lambda bundle: edited(bundle, versions=["numpy"]), "."),
    "versions is null": (lambda bundle: edited(bundle, versions=None), "."),
}


@pytest.mark.parametrize(("spoil", "message"), SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_bundle_is_refused(
    bundle: Path, spoil: Callable[[Path], object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it was unpickled")

    spoil(bundle)
    monkeypatch.setattr("recommender.bundle.joblib.load", never)
    with pytest.raises(BundleError, match=message):
        load_bundle(bundle)


def test_a_planted_pickle_never_runs(bundle: Path, tmp_path: Path) -> None:
    proof = tmp_path / "it ran"
    (bundle / "engine.joblib").write_bytes(pickle.dumps(Trap(proof)))
    with pytest.raises(BundleError):
        load_bundle(bundle)
    assert not proof.exists()


def test_a_forged_bundle_with_digests_that_fit_never_runs(bundle: Path, tmp_path: Path) -> None:
    proof = tmp_path / "it ran"
    content = pickle.dumps(Trap(proof))
    (bundle / "engine.joblib").write_bytes(content)
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["sha256"] = {"engine.joblib": sha256(content).hexdigest()}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="it is foreign"):
        load_bundle(bundle)
    assert not proof.exists()


def test_a_patch_version_of_a_library_is_taken(bundle: Path) -> None:
    made = json.loads((bundle / "manifest.json").read_text())["versions"]["numpy"]
    other_versions(bundle, numpy=".".join(made.split(".")[:2]) + ".99")
    assert load_bundle(bundle).recommend("E1").employee_id == "E1"


def test_an_engine_is_what_a_bundle_must_hold(bundle: Path) -> None:
    (bundle / "engine.joblib").write_bytes(pickle.dumps({"an": "engine"}))
    edited(bundle, sha256={"engine.joblib": sha256((bundle / "engine.joblib").read_bytes()).hexdigest()})
    with pytest.raises(BundleError, match="holds dict, not an engine"):
        load_bundle(bundle)
