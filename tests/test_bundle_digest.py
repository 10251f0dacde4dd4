"""The same recipe, data and seed give the same bundle, in whatever process it is made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recommender.bundle import KEY_VARIABLE, read_manifest, save_bundle
from recommender.engine import fit_engine
from tests.cities import load, town
from tests.project.source import ROOT
from tests.rankers.contract import new

RECIPE = """
[ranker]
name = "learned"
trees = 5
windows = 1
least_leaf = 20
bases = [
    {ranker = "popularity"}, {ranker = "gap"}, {ranker = "sequence"}, {ranker = "collaborative"},
    {ranker = "content"},
]
[estimator]
rounds = 1
sample = 500
[metrics]
at = [5]
draws = 100
"""


def digest(bundle: Path) -> str:
    return str(read_manifest(bundle)["sha256"]["engine.joblib"])


def start_run(folder: Path, seed: str) -> subprocess.Popen[str]:
    folder.mkdir()
    (folder / "small.toml").write_text(RECIPE)
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        KEY_VARIABLE: "the key of both",
    }
    command = [sys.executable, "-m", "experiments", "run", "small.toml", "--data", str(ROOT / "data/sample")]
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def test_two_processes_make_the_same_bundle(tmp_path: Path) -> None:
    # Sets are ordered by this seed, which is another one in every process.
    runs = {seed: start_run(tmp_path / seed, seed) for seed in ("1", "2")}
    bundles = []
    for seed, run in runs.items():
        out, _ = run.communicate()
        assert run.returncode == 0, out
        bundles.append(tmp_path / seed / out.splitlines()[-1])
    first, second = bundles
    assert digest(first) == digest(second)
    assert (first / "engine.joblib").read_bytes() == (second / "engine.joblib").read_bytes()


def test_having_been_asked_leaves_no_trace_in_a_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "the key of both")
    engine = fit_engine(load(town(20)), "learned", new("learned"))
    before = save_bundle(engine, tmp_path / "before", {})
    engine.recommend("E3")
    engine.ask_next(["E3"])
    assert digest(save_bundle(engine, tmp_path / "after", {})) == digest(before)


def test_another_seed_makes_another_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "the key of both")
    rankers = {seed: new("learned").set_params(random_state=seed) for seed in (0, 1)}
    engines = {seed: fit_engine(load(town(20)), "learned", one) for seed, one in rankers.items()}
    digests = {digest(save_bundle(one, tmp_path / str(seed), {})) for seed, one in engines.items()}
    assert len(digests) == 2
