"""Records taken in by the batch: all rows or none, once, and the next answer knows them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api import scene
from tests.api.scene import COLLEAGUE, SELF

ROW = {"employee_id": SELF, "competency_id": "M.01", "level": 2.0, "source": "supervisor"}


@pytest.fixture(scope="module")
def town(current: Path, own_city: Callable[[], str]) -> Iterator[TestClient]:
    with scene.service(own_city(), current) as client:
        client.headers["X-API-Key"] = scene.keys_of(client)["training-office"]
        yield client


def rows_of(town: TestClient, table: str, person: str = SELF) -> list[Any]:
    rows: list[Any] = town.get(f"/v1/employees/{person}/own-data").json()[table]
    return rows


def post(town: TestClient, items: list[Any], key: str | None = None, path: str = "assessments") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return town.post(f"/v1/{path}", json={"items": items}, headers=headers)


def test_rows_are_kept_in_their_order(town: TestClient) -> None:
    before = len(rows_of(town, "assessments"))
    answer = post(town, [{**ROW, "level": level} for level in (1.0, 2.5, 3.0)])
    assert (answer.status_code, answer.json()) == (201, {"accepted": 3})
    assert [row["level"] for row in rows_of(town, "assessments")[before:]] == [1.0, 2.5, 3.0]


def test_all_faults_are_told_and_nothing_is_kept(town: TestClient) -> None:
    before = len(rows_of(town, "assessments"))
    items = [ROW, {**ROW, "level": 99}, {**ROW, "employee_id": "NOBODY", "assessed_on": "2026-02-31"}]
    answer = post(town, items)
    assert answer.status_code == 422
    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/items/1/level", "/items/2/employee_id", "/items/2/assessed_on"}
    assert len(rows_of(town, "assessments")) == before


def test_the_next_answer_knows_the_last_record(town: TestClient) -> None:
    path = f"/v1/employees/{COLLEAGUE}/recommendations?limit=1"
    first = town.get(path)
    taken = first.json()["recommendations"][0]["program_id"]
    record = {
        "employee_id": COLLEAGUE,
        "program_id": taken,
        "completed_on": "2025-12-30",
        "status": "completed",
    }
    assert post(town, [record], path="training-records").status_code == 201
    second = town.get(path)
    assert taken not in [one["program_id"] for one in second.json()["recommendations"]]
    assert second.headers["ETag"] != first.headers["ETag"]


def test_the_same_request_under_its_key_counts_once(town: TestClient) -> None:
    before = len(rows_of(town, "assessments"))
    first, again = (post(town, [ROW, ROW], "batch-1") for _ in range(2))
    assert (
        (first.status_code, first.content) == (again.status_code, again.content) == (201, b'{"accepted":2}')
    )
    assert len(rows_of(town, "assessments")) == before + 2
    other = post(town, [ROW], "batch-1")
    assert other.status_code == 422
    assert other.json()["type"].endswith(":idempotency-conflict")
    assert post(town, [ROW], "batch-2").status_code == 201


def test_a_request_that_failed_leaves_its_key_free(town: TestClient) -> None:
    assert post(town, [{**ROW, "employee_id": "NOBODY"}], "batch-3").status_code == 422
    assert post(town, [ROW], "batch-3").status_code == 201


def test_keys_of_different_askers_do_not_meet(town: TestClient) -> None:
    assert post(town, [ROW], "batch-4").status_code == 201
    other = {"X-API-Key": scene.keys_of(town)["hr-system"], "Idempotency-Key": "batch-4"}
    assert town.post("/v1/assessments", json={"items": [ROW, ROW]}, headers=other).status_code == 201


def test_one_key_at_the_same_time_counts_once(town: TestClient) -> None:
    before = len(rows_of(town, "assessments"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(town, [ROW], "batch-5").status_code, range(8)))
    assert answers == [201] * 8
    assert len(rows_of(town, "assessments")) == before + 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_keys_that_are_none(town: TestClient, key: str) -> None:
    answer = post(town, [ROW], key)
    assert answer.status_code == 422
    assert [fault["location"] for fault in answer.json()["errors"]] == ["header"]


def test_a_person_is_put_and_put_again(town: TestClient) -> None:
    path = "/v1/employees/NEW-1"
    row = {"name": "Siti", "unit_id": "U013", "hired_on": "2020-01-02"}
    created = town.put(path, json={"employee_id": "NEW-1", **row})
    assert (created.status_code, created.json()["hired_on"]) == (201, "2020-01-02")
    replaced = town.put(path, json={"name": "Siti"})
    assert (replaced.status_code, replaced.json()["unit_id"]) == (200, None)
    assert town.get(path).json() == replaced.json()
    wrong = town.put(path, json={"hired_on": "2020-13-01"})
    assert [fault["pointer"] for fault in wrong.json()["errors"]] == ["/hired_on"]
    assert "Siti" not in json.dumps(wrong.json())
