"""Every error is a problem (RFC 9457) that says what to mend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import Settings

JSON = {"Content-Type": "application/json"}
URN = "urn:problem-type:course-recommender:"
MANY = "/v1/recommendations"


def problem(answer: Any, status: int) -> Any:
    """Return the problem in an answer after checking what holds for all of them."""
    said = answer.json()
    assert answer.status_code == said["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "private, no-store"
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
        ("lang=en", "/lang", "extra_forbidden"),
    ],
)
def test_options_of_one(client: TestClient, ids: Sequence[str], query: str, pointer: str, code: str) -> None:
    said = problem(client.get(f"/v1/employees/{ids[0]}/recommendations?{query}"), 422)
    assert said["type"] == URN + "invalid-request"
    assert faults(said) == [("query", pointer, code)]


@pytest.mark.parametrize("limit", [1, 100])
def test_limits_are_within(client: TestClient, ids: Sequence[str], limit: int) -> None:
    assert client.get(f"/v1/employees/{ids[0]}/recommendations?limit={limit}").status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/employee_ids", "missing"),
        ({"employee_ids": ["x"] * 1_001}, "/employee_ids", "too_long"),
        ({"employee_ids": ["x", 198001012005011001]}, "/employee_ids/1", "string_type"),
        ({"employee_ids": [], "limit": 0}, "/limit", "greater_than_equal"),
        ({"employee_ids": [], "limit": 101}, "/limit", "less_than_equal"),
        ({"employee_ids": [], "limit": True}, "/limit", "int_type"),
        ({"employee_ids": [], "limit": "5"}, "/limit", "int_type"),
        ({"employee_ids": [], "language": "fr"}, "/language", "literal_error"),
        ({"employee_ids": [], "a/b~c": 1}, "/a~1b~0c", "extra_forbidden"),
    ],
)
def test_body_of_many(client: TestClient, body: Any, pointer: str, code: str) -> None:
    assert faults(problem(client.post(MANY, json=body), 422)) == [("body", pointer, code)]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"employee_ids": [', "", "json_invalid"),
        (b'{"employee_ids": ["\\ud800"]}', "/employee_ids/0", "value_error"),
        (b'{"employee_ids": [], "\\ud800": 1}', "", "string_unicode"),
    ],
)
def test_text_that_is_not_what_it_should_be(client: TestClient, body: bytes, pointer: str, code: str) -> None:
    said = problem(client.post(MANY, content=body, headers=JSON), 422)
    assert faults(said) == [("body", pointer, code)]


def test_bytes_that_are_no_text(client: TestClient) -> None:
    said = problem(client.post(MANY, content=b'{"employee_ids": ["\xff"]}', headers=JSON), 400)
    assert said["title"] == "Bad Request"


@pytest.mark.parametrize("employee_id", ["nobody", "0", "%C3%A9", "a%3Fb%00"])
def test_unknown_employee(client: TestClient, employee_id: str) -> None:
    said = problem(client.get(f"/v1/employees/{employee_id}/recommendations"), 404)
    assert said["type"] == URN + "unknown-employee"


def test_unknown_employees_of_a_list_are_all_named(client: TestClient, ids: Sequence[str]) -> None:
    asked = [ids[0], "nobody", ids[1], "no one"]
    said = problem(client.post(MANY, json={"employee_ids": asked}), 404)
    assert said["detail"].startswith("no employee 'nobody', 'no one' among")
    assert "'nobody', 'no one'" in said["detail"]
    assert [pointer for _, pointer, _ in faults(said)] == ["/employee_ids/1", "/employee_ids/3"]


@pytest.mark.parametrize("path", ["/", "/v1", "/livez/", "/docs", "/redoc", "/v1/employees/x/y"])
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


@pytest.mark.parametrize("host", ["pages.example", "127.0.0.1.example:8000", "10.0.0.7", "", "[::2]:8000"])
def test_names_that_are_not_this_machines(client: TestClient, ids: Sequence[str], host: str) -> None:
    path = f"/v1/employees/{ids[0]}/recommendations"
    said = problem(client.get(path, headers={"Host": host}), 421)
    assert said["detail"].startswith("Ask by the address")


@pytest.mark.parametrize("host", ["localhost", "LocalHost:80", "[::1]:8000", "127.0.0.1"])
def test_names_of_this_machine(client: TestClient, host: str) -> None:
    assert client.get("/livez", headers={"Host": host}).status_code == 200


def test_behind_a_door_of_its_own_any_name_will_do(current: Path) -> None:
    client = TestClient(create_app(Settings(current, "0.0.0.0", allow_open=True)))
    assert client.get("/livez", headers={"Host": "recommender.medan.example"}).status_code == 200
