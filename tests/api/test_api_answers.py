"""Answers over HTTP are the engine's, byte for byte what the ledger keeps, and fresh."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from recommender import load_bundle
from tests.api import scene
from tests.api.scene import COLLEAGUE, SELF, STRANGER

PATH = f"/v1/employees/{SELF}/recommendations"


@pytest.fixture(scope="module")
def town(current: Path, own_city: Callable[[], str]) -> Iterator[TestClient]:
    with scene.service(own_city(), current) as client:
        client.headers["X-API-Key"] = scene.keys_of(client)["training-office"]
        yield client


def get(town: TestClient, path: str, **headers: str) -> Any:
    answer = town.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(("query", "limit", "language"), [("", 5, "id"), ("?limit=2&language=en", 2, "en")])
def test_answer_is_the_engines(
    town: TestClient, current: Path, query: str, limit: int, language: Any
) -> None:
    engine = load_bundle(current)
    expected = json.loads(json.dumps(asdict(engine.recommend(SELF, limit, language))))
    said = get(town, PATH + query).json()
    assert [one["program_id"] for one in said["recommendations"]] == [
        one["program_id"] for one in expected["recommendations"]
    ]
    assert said["model"] == expected["model"]
    assert len(said["recommendations"]) == limit


def test_answer_names_its_line_its_model_and_itself(town: TestClient) -> None:
    answer = get(town, PATH)
    line = get(town, f"/v1/ledger/{answer.headers['Ledger-Id']}").json()
    assert (line["event"], line["role"], line["model"]) == (
        "answer",
        "training-office",
        answer.headers["Model"],
    )
    assert f'"{line["result"]}"' == answer.headers["ETag"]
    assert SELF not in json.dumps(line)


def test_who_holds_the_same_bytes_gets_none(town: TestClient) -> None:
    etag = get(town, PATH).headers["ETag"]
    assert etag.startswith('"')
    for told in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = town.get(PATH, headers={"If-None-Match": told})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
        assert answer.headers["Ledger-Id"]
    assert town.get(PATH, headers={"If-None-Match": '"other"'}).status_code == 200
    assert get(town, PATH + "?limit=2").headers["ETag"] != etag


def test_list_is_answered_in_its_order(town: TestClient) -> None:
    asked = [STRANGER, SELF, STRANGER, COLLEAGUE]
    answer = town.post("/v1/recommendations", json={"employee_ids": asked, "limit": 3, "language": "en"})
    items = answer.json()["items"]
    assert [one["employee_id"] for one in items] == asked
    one = get(town, f"/v1/employees/{STRANGER}/recommendations?limit=3&language=en").json()
    assert items[0] == items[2] == one


def test_profile_and_gaps(town: TestClient) -> None:
    profile = get(town, f"/v1/employees/{SELF}/profile?language=en").json()
    assert profile["employee_id"] == SELF
    assert all(line["low"] <= line["held"] <= line["high"] for line in profile["lines"])
    gaps = get(town, f"/v1/units/{scene.UNIT}/gaps").json()
    everybody = sum(len(scene.people_of(unit)) for unit in ("U012", "U013", "U014"))
    assert (gaps["unit_id"], gaps["units"]) == (scene.UNIT, 3)
    assert 0 < gaps["people"] <= everybody
    assert all(gap["people"] >= 5 for gap in gaps["gaps"]), "the policy's small group is five"


def test_model_and_its_card(town: TestClient, current: Path) -> None:
    folder = current.parent / current.read_text().strip()
    model = get(town, "/v1/models/current").json()
    assert model["digest"] == get(town, PATH).headers["Model"]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert (model["created"], model["about"]) == (manifest["created"], manifest["about"])
    if not (folder / "card.md").exists():
        assert town.get("/v1/models/current/card").status_code == 404


def test_card_is_markdown(current: Path, own_city: Callable[[], str]) -> None:
    folder = current.parent / current.read_text().strip()
    (folder / "card.md").write_text("# What it is for\n", "utf-8")
    with scene.service(own_city(), current) as client:
        key = scene.keys_of(client)["data-scientist"]
        answer = client.get("/v1/models/current/card", headers={"X-API-Key": key})
    assert answer.text == "# What it is for\n"
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"


def test_etag_tells_nothing_of_the_person(town: TestClient) -> None:
    answer = get(town, PATH)
    assert sha256(answer.content).hexdigest() not in answer.headers["ETag"], "anybody could try bodies"
