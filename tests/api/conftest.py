from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from recommender import Dataset, Engine, load_bundle
from recommender.bundle import make_current, save_bundle
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker

ROOT = Path(__file__).resolve().parents[2]
ABOUT = {"recipe": "gap", "metrics": {"gain@10": 0.25}}
PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """`python -m api` in a process of its own."""

    client: httpx2.Client
    output: Path


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return Dataset.load(ROOT / "data/sample")


@pytest.fixture(scope="session")
def ids(dataset: Dataset) -> Sequence[str]:
    return dataset.employees.ids.ids


@pytest.fixture(scope="session")
def current(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    make_current(save_bundle(fit_engine(dataset, "gap", GapRanker()), models, ABOUT))
    return models / "current"


@pytest.fixture(scope="session")
def engine(current: Path) -> Engine:
    return load_bundle(current)


@pytest.fixture(scope="session")
def client(current: Path) -> TestClient:
    return TestClient(create_app(Settings(bundle=current)), base_url="http://127.0.0.1:8000")


@pytest.fixture(scope="session")
def server(current: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    output = tmp_path_factory.mktemp("server") / "output.txt"
    port = str(_free_port())
    environment = {**os.environ, "RECOMMENDER_BUNDLE": str(current), "RECOMMENDER_PORT": port}
    with (
        output.open("wb") as written,
        subprocess.Popen(
            [sys.executable, "-m", "api"], cwd=ROOT, env=environment, stdout=written, stderr=subprocess.STDOUT
        ) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) as client,
    ):
        try:
            _wait_until_ready(client, process, output)
            yield Server(client, output)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_until_ready(client: httpx2.Client, process: subprocess.Popen[bytes], output: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{output.read_text()}")
