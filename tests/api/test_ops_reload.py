"""The model changes under load without a failed request; garbage in its place changes nothing."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest

from recommender import Dataset
from recommender.bundle import bundle_folder, make_current, save_bundle
from recommender.engine import fit_engine
from recommender.rankers.popularity import PopularityRanker
from tests.api.servers import Server, wait_until

MODEL = "/v1/models/current"


@pytest.fixture(scope="module")
def bundles(dataset: Dataset, current: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return two bundles in a folder of their own; `current` beside them names the first."""
    models = tmp_path_factory.mktemp("bundles") / "models"
    shutil.copytree(current.parent, models)
    first = bundle_folder(models / "current")
    return first, save_bundle(fit_engine(dataset, "popularity", PopularityRanker()), models, {})


@pytest.fixture(scope="module")
def server(started: Callable[..., Any], bundles: tuple[Path, Path]) -> Iterator[Server]:
    """Return a server that looks for a new bundle all the time."""
    with started(BUNDLE=str(bundles[0].parent / "current"), RELOAD_SECONDS="0.1") as server:
        yield server


def digest_of(server: Server, headers: dict[str, str]) -> str:
    digest: str = server.client.get(MODEL, headers=headers).json()["digest"]
    return digest


def test_model_moves_back_and_forth_under_load(
    server: Server, bundles: tuple[Path, Path], keys: dict[str, str], ids: Sequence[str]
) -> None:
    mine = {"X-API-Key": keys["hr-system"]}
    done = threading.Event()
    seen: list[tuple[int, str]] = []

    def ask(place: int) -> None:
        with httpx2.Client(base_url=server.client.base_url, trust_env=False, timeout=60) as client:
            while not done.is_set():
                answer = client.get(f"/v1/employees/{ids[place]}/recommendations", headers=mine)
                seen.append((answer.status_code, answer.json().get("model", "")))

    askers = [threading.Thread(target=ask, args=(place,)) for place in range(4)]
    for asker in askers:
        asker.start()
    digests = [digest_of(server, mine)]
    for bundle in (bundles[1], bundles[0], bundles[1]):
        make_current(bundle)
        wait_until(lambda: digest_of(server, mine) != digests[-1])
        digests.append(digest_of(server, mine))
    before = len(seen)
    wait_until(lambda: len(seen) > before + 8)
    done.set()
    for asker in askers:
        asker.join()
    assert digests[0] == digests[2] != digests[1] == digests[3]
    assert {status for status, _ in seen} == {200}
    assert {model for _, model in seen} == set(digests)
    assert seen[-1][1] == digests[3]
    figures = server.figures()
    assert figures['recommender_model_reloads_total{outcome="taken"}'] == 3
    assert figures[f'recommender_model_workers{{digest="{digests[3]}"}}'] == 1
    assert figures[f'recommender_model_workers{{digest="{digests[0]}"}}'] == 0
    assert [line["model"] for line in server.events("bundle taken up")] == digests[1:]


def test_garbage_leaves_the_old_model_and_is_told(
    server: Server, bundles: tuple[Path, Path], keys: dict[str, str], ids: Sequence[str]
) -> None:
    mine = {"X-API-Key": keys["hr-system"]}
    old = digest_of(server, mine)
    good = bundle_folder(bundles[0].parent / "current")
    garbage = Path(shutil.copytree(good, good.with_name("garbage")))
    (garbage / "engine.joblib").write_bytes(b"garbage")
    make_current(garbage)
    wait_until(lambda: server.readiness()["bundle"] != "ok")
    told = server.readiness()
    assert (told["status"], told["model"]) == ("ready", old)
    assert "is not the file its manifest describes" in told["bundle"]
    assert server.client.get("/readyz").json() == {"status": "ready"}
    assert server.figures()['recommender_model_reloads_total{outcome="refused"}'] == 1
    answer = server.client.get(f"/v1/employees/{ids[0]}/recommendations", headers=mine)
    assert (answer.status_code, answer.json()["model"]) == (200, old)
    make_current(good)
    wait_until(lambda: server.readiness()["bundle"] == "ok")
    refusals = server.events("bundle refused, the old one goes on")
    assert [(line["level"], line["model"]) for line in refusals] == [("error", old)], "it was tried once"
