"""A real server, asked over a socket: its answers are the engine's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from recommender import Engine
from recommender.bundle import bundle_folder, read_manifest
from recommender.domain import Answer


def as_json(answer: Answer) -> Any:
    return json.loads(json.dumps(asdict(answer)))


@pytest.mark.parametrize(("query", "limit", "language"), [("", 5, "id"), ("?limit=2&language=en", 2, "en")])
def test_answer_is_the_engines(
    server: Any, engine: Engine, ids: Sequence[str], query: str, limit: int, language: Any
) -> None:
    answer = server.client.get(f"/v1/employees/{ids[7]}/recommendations{query}")
    assert answer.status_code == 200
    assert answer.json() == as_json(engine.recommend(ids[7], limit, language))
    assert answer.json()["recommendations"], "an empty list would compare nothing"


def test_list_is_answered_in_its_order(server: Any, engine: Engine, ids: Sequence[str]) -> None:
    asked = [ids[3], ids[1], ids[3], ids[200]]
    answer = server.client.post(
        "/v1/recommendations", json={"employee_ids": asked, "limit": 3, "language": "en"}
    )
    assert answer.status_code == 200
    assert answer.json() == {"items": [as_json(one) for one in engine.recommend_many(asked, 3, "en")]}


def test_longest_list_is_answered(server: Any, ids: Sequence[str]) -> None:
    asked = [ids[place % len(ids)] for place in range(1_000)]
    answer = server.client.post("/v1/recommendations", json={"employee_ids": asked, "limit": 1})
    assert [item["employee_id"] for item in answer.json()["items"]] == asked


def test_nobody_asked_for_is_nobody_answered(server: Any) -> None:
    assert server.client.post("/v1/recommendations", json={"employee_ids": []}).json() == {"items": []}


def test_callers_at_the_same_time_get_their_own_answers(
    server: Any, engine: Engine, ids: Sequence[str]
) -> None:
    def ask(id_: str) -> Any:
        return server.client.get(f"/v1/employees/{id_}/recommendations").json()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, ids[:40]))
    assert answers == [as_json(engine.recommend(id_)) for id_ in ids[:40]]


def test_model_is_described_by_its_manifest(server: Any, engine: Engine, current: Path) -> None:
    manifest = read_manifest(bundle_folder(current))
    expected = {key: manifest[key] for key in ("ranker", "created", "python", "versions", "about")}
    answer = server.client.get("/v1/models/current")
    assert answer.json() == {**expected, "digest": engine.digest}


@pytest.mark.parametrize(("path", "status"), [("/livez", "alive"), ("/readyz", "ready")])
def test_health(server: Any, path: str, status: str) -> None:
    answer = server.client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": status})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/models/current", 200),
        ("/v1/employees/nobody/recommendations", 404),
        ("/v1/employees/%ff%ed%a0%80/recommendations", 404),
        ("/v1/employees/nobody/recommendations?limit=0", 422),
    ],
)
def test_no_cache_may_keep_an_answer(server: Any, path: str, status: int) -> None:
    answer = server.client.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "private, no-store")


def test_output_says_where_it_serves_and_names_nobody(
    server: Any, engine: Engine, ids: Sequence[str]
) -> None:
    server.client.get(f"/v1/employees/{ids[0]}/recommendations")
    server.client.get("/v1/employees/nobody/recommendations")
    server.client.post("/v1/recommendations", json={"employee_ids": [ids[0], "nobody"]})
    output = server.output.read_text()
    assert f"Serving the bundle {engine.digest[:8]} (gap) at {server.client.base_url}".rstrip("/") in output
    assert [id_ for id_ in (*ids, "nobody") if id_ in output] == []
