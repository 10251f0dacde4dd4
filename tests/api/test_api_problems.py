"""Every error is a problem (RFC 9457) that says what to mend."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.scene import SELF

JSON = {"Content-Type": "application/json"}
URN = "urn:problem-type:course-recommender:"
MANY, ONE = "/v1/recommendations", f"/v1/employees/{SELF}/recommendations"
ROW = {"employee_id": SELF, "competency_id": "M.01", "level": 2}


@pytest.fixture(autouse=True)
def as_hr_system(client: TestClient, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(client.headers, "X-API-Key", keys["hr-system"])


def problem(answer: Any, status: int) -> Any:
    """Return the problem in an answer after checking what holds for all of them."""
    said = answer.json()
    assert answer.status_code == said["status"] == status, said
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    assert {"type", "title", "status", "detail", "instance"} <= said.keys() <= {*said, "errors"}
    return said


def faults(said: Any) -> list[tuple[str, str, str]]:
    return [(fault["location"], fault["pointer"], fault["code"]) for fault in said["errors"]]


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limit=0", "/limit", "greater_than_equal"),
        ("limit=101", "/limit", "less_than_equal"),
        ("limit=abc", "/limit", "int_parsing"),
        ("language=fr", "/language", "literal_error"),
        ("horizon=never", "/horizon", "literal_error"),
        ("lang=en", "/lang", "extra_forbidden"),
    ],
)
def test_options_of_one(client: TestClient, query: str, pointer: str, code: str) -> None:
    said = problem(client.get(f"{ONE}?{query}"), 422)
    assert said["type"] == URN + "invalid-request"
    assert faults(said) == [("query", pointer, code)]


@pytest.mark.parametrize("cursor", ["abc", "", "%00", "MTI%3D", "x" * 300, "LTE"])
def test_cursors_that_are_none(client: TestClient, cursor: str) -> None:
    said = problem(client.get(f"/v1/employees?cursor=..{cursor}"), 422)
    assert [pointer for _, pointer, _ in faults(said)] == ["/cursor"]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "", "value_error"),
        ({"employee_ids": [], "profile": {}}, "", "value_error"),
        ({"employee_ids": ["x"] * 1_001}, "/employee_ids", "too_long"),
        ({"employee_ids": ["x", 198001012005011001]}, "/employee_ids/1", "string_type"),
        ({"employee_ids": [], "limit": 0}, "/limit", "greater_than_equal"),
        ({"employee_ids": [], "limit": True}, "/limit", "int_type"),
        ({"employee_ids": [], "limit": "5"}, "/limit", "int_type"),
        ({"employee_ids": [], "a/b~c": 1}, "/a~1b~0c", "extra_forbidden"),
        ({"profile": {"name": "x"}}, "/profile/name", "extra_forbidden"),
        ({"profile": {"assessments": [{"level": 1}]}}, "/profile/assessments/0/competency_id", "missing"),
        ([], "", "model_attributes_type"),
    ],
)
def test_body_of_many(client: TestClient, body: Any, pointer: str, code: str) -> None:
    assert faults(problem(client.post(MANY, json=body), 422)) == [("body", pointer, code)]


@pytest.mark.parametrize(
    ("change", "column", "code"),
    [
        ({"level": False}, "level", "float_type"),
        ({"level": "1"}, "level", "float_type"),
        ({"level": None}, "level", "float_type"),
        ({"employee_id": 1}, "employee_id", "string_type"),
        ({"employee_id": "x" * 201}, "employee_id", "string_too_long"),
        ({"employee_id": "a\0b"}, "employee_id", "value_error"),
        ({"assessed_on": 20260331}, "assessed_on", "string_type"),
        ({"levle": 3}, "levle", "extra_forbidden"),
    ],
)
def test_rows_of_the_wrong_type(client: TestClient, change: dict[str, Any], column: str, code: str) -> None:
    answer = client.post("/v1/assessments", json={"items": [ROW, {**ROW, **change}]})
    assert faults(problem(answer, 422)) == [("body", f"/items/1/{column}", code)]


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e400", b"-1e999"])
def test_numbers_that_are_none(client: TestClient, number: bytes) -> None:
    body = b'{"items": [{"employee_id": "a", "competency_id": "c", "level": ' + number + b"}]}"
    said = problem(client.post("/v1/assessments", content=body, headers=JSON), 422)
    assert faults(said) == [("body", "/items/0/level", "finite_number")]


@pytest.mark.parametrize("count", [0, 1_001])
def test_batches_have_1_to_1000_items(client: TestClient, count: int) -> None:
    said = problem(client.post("/v1/assessments", json={"items": [ROW] * count}), 422)
    assert [pointer for _, pointer, _ in faults(said)] == ["/items"]


@pytest.mark.parametrize(
    "body", [b'{"employee_ids": [', b"\xff", b"", b"[" * 100_000, b"1" * 5_000, b"{'a': 1}"]
)
def test_bodies_that_are_no_json(client: TestClient, body: bytes) -> None:
    answer = client.post(MANY, content=body, headers=JSON)
    problem(answer, 422 if body == b"" else 400)


@pytest.mark.parametrize("text", [b'{"employee_ids": ["\\ud800"]}', b'{"employee_ids": ["\\u0000"]}'])
def test_text_that_nothing_can_keep(client: TestClient, text: bytes) -> None:
    said = problem(client.post(MANY, content=text, headers=JSON), 422)
    assert [pointer for _, pointer, _ in faults(said)] == ["/employee_ids/0"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_bodies_of_another_kind(client: TestClient, kind: str) -> None:
    problem(client.post(MANY, content=b'{"employee_ids": []}', headers={"Content-Type": kind}), 415)


@pytest.mark.parametrize("employee_id", ["nobody", "0", "%C3%A9", "a%3Fb%00", "%F0%9F%98%80", "x" * 2_000])
def test_unknown_employee(client: TestClient, employee_id: str) -> None:
    said = problem(client.get(f"/v1/employees/{employee_id}/recommendations"), 404)
    assert said["type"] == URN + "unknown-employee"
    assert employee_id not in said["detail"]


def test_unknown_employees_of_a_list_are_all_named(client: TestClient) -> None:
    said = problem(client.post(MANY, json={"employee_ids": [SELF, "nobody", SELF, "no one"]}), 404)
    assert [pointer for _, pointer, _ in faults(said)] == ["/employee_ids/1", "/employee_ids/3"]


def test_a_person_cannot_be_put_under_another_id(client: TestClient) -> None:
    said = problem(client.put(f"/v1/employees/{SELF}", json={"employee_id": "other"}), 422)
    assert faults(said) == [("body", "/employee_id", "mismatch")]


@pytest.mark.parametrize("path", ["/v1", "/livez/", "/redoc", "/v1/employees/x/y", "/v1/employees/"])
def test_paths_that_nothing_is_served_at(client: TestClient, path: str) -> None:
    assert problem(client.get(path), 404)["type"] == "about:blank"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("POST", "/livez", "GET"), ("DELETE", "/v1/models/current", "GET"), ("GET", MANY, "POST")],
)
def test_methods_that_a_path_does_not_know(client: TestClient, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert problem(answer, 405)["title"] == "Method Not Allowed"
    assert answer.headers["Allow"] == allowed
