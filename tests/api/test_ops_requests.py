"""What holds for every request: id, safe headers, rate, size of the body, and errors that tell nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.limits import Limits
from api.main import create_app
from api.settings import Settings
from api.variables import Rate

MODEL = "/v1/models/current"
MANY = "/v1/recommendations"
JSON = {"Content-Type": "application/json"}
Client = Callable[..., TestClient]


@pytest.fixture
def client_with(settings: Settings, office: Any) -> Iterator[Client]:
    """Return clients of apps with other settings over the same office."""
    opened = []

    def client_with(**changes: Any) -> TestClient:
        changed = {name: getattr(settings, name) for name in settings.__dataclass_fields__} | changes
        client = TestClient(create_app(Settings(**changed), office), raise_server_exceptions=False)
        opened.append(client)
        return client

    yield client_with
    for client in opened:
        client.close()


def problem(answer: Any, status: int) -> Any:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), (
        answer.text
    )
    assert answer.json()["status"] == status
    return answer.json()


# --- ids and headers


@pytest.mark.parametrize("path", ["/livez", MODEL, "/nowhere", f"{MODEL}/", "/docs"])
def test_every_answer_has_an_id_and_safe_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_ids_differ(client: TestClient) -> None:
    assert len({client.get("/livez").headers["X-Request-ID"] for _ in range(10)}) == 10


@pytest.mark.parametrize("given", ["abcd1234", "01J8Z-1.2_3", "a" * 64])
def test_id_of_the_caller_is_kept(client: TestClient, given: str) -> None:
    assert client.get("/nowhere", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "a b c d e f", '"},{"event":"', "198503152010011012", "nip-1985031520100110"]
)
def test_id_that_will_not_do_is_replaced(client: TestClient, given: str) -> None:
    assert client.get("/livez", headers={"X-Request-ID": given}).headers["X-Request-ID"] != given


# --- rates


def test_key_that_asks_too_often_waits(client_with: Client, keys: dict[str, str]) -> None:
    client = client_with(rate_limit=Rate(3, "hour"))
    mine, other = {"X-API-Key": keys["hr-system"]}, {"X-API-Key": keys["training-office"]}
    answers = [client.get(MODEL, headers=mine) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    told = [answer.headers["RateLimit"] for answer in answers]
    assert [re.fullmatch(r'"key";r=(\d);t=(\d+)', one)[1] for one in told] == ["2", "1", "0", "0"]  # type: ignore[index]
    assert answers[0].headers["RateLimit-Policy"] == '"key";q=3;w=3600'
    problem(answers[3], 429)
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 3600
    assert client.get(MODEL, headers=other).status_code == 200, "each key counts for itself"


def test_address_without_a_key_that_asks_too_often_waits(client_with: Client, keys: dict[str, str]) -> None:
    client = client_with(anonymous_rate_limit=Rate(3, "hour"))
    known = {"X-API-Key": keys["hr-system"]}
    assert client.get(MODEL, headers=known).status_code == 200
    tried = [client.get(MODEL, headers={"X-API-Key": f"guess.{n}"}).status_code for n in range(2)]
    assert tried == [401, 401]
    assert client.get("/nowhere").headers["RateLimit"].startswith('"address";r=0')
    for headers in ({}, {"X-API-Key": "guess.9"}, {"Authorization": "Bearer guess"}):
        problem(client.get(MODEL, headers=headers), 429)
    assert client.get(MODEL, headers=known).status_code == 200, "a key that was good is not held up"
    assert client.get("/livez").status_code == 200, "a busy process still lives"
    assert "RateLimit" not in client.get("/livez").headers


def test_counts_end_with_their_window() -> None:
    limits = Limits(Rate(1, "second"), Rate(1, "second"))
    assert limits.hit("key", "a").within
    while not (again := limits.hit("key", "a")).within:
        assert again.reset == 1
    assert again.remaining == 0


def test_credentials_that_were_good_are_remembered_but_not_kept() -> None:
    limits = Limits(Rate(1, "second"), Rate(1, "second"))
    for number in range(5_000):
        limits.remember(b"key-%d" % number)
    assert limits.knows(b"key-4999")
    assert not limits.knows(b"key-0")
    assert not limits.knows(b"")
    assert all(len(mark) == 16 for mark in limits._known)


# --- bodies


def pieces(count: int, size: int = 10_000) -> Iterator[bytes]:
    for _ in range(count):
        yield b" " * size


def test_body_up_to_the_limit_is_read(client_with: Client, keys: dict[str, str]) -> None:
    client = client_with(body_limit=2_000)
    body = json.dumps({"employee_ids": []}).encode()
    for given in (body.ljust(2_000), iter([body, b" " * (2_000 - len(body))])):
        answer = client.post(MANY, content=given, headers={**JSON, "X-API-Key": keys["hr-system"]})
        assert answer.status_code == 200, answer.text


def test_body_past_the_limit_is_refused_by_its_head(client_with: Client, keys: dict[str, str]) -> None:
    client = client_with(body_limit=2_000)
    for headers in ({**JSON, "X-API-Key": keys["hr-system"]}, JSON):
        said = problem(client.post(MANY, content=b" " * 2_001, headers=headers), 413)
        assert "2,000 bytes" in said["detail"]


def test_chunks_past_the_limit_are_not_read_on(client_with: Client, keys: dict[str, str]) -> None:
    client = client_with(body_limit=25_000)
    answer = client.post(MANY, content=pieces(1_000), headers={**JSON, "X-API-Key": keys["hr-system"]})
    problem(answer, 413)
    assert answer.headers["Connection"] == "close"


def test_without_a_key_nothing_of_a_body_is_read(client: TestClient) -> None:
    problem(client.post(MANY, content=pieces(1), headers=JSON), 401)


# --- errors nobody expected


def test_unexpected_error_gives_nothing_away(
    client_with: Client, keys: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    client = client_with()
    nip = "198001012005011001"

    def fail() -> None:
        raise KeyError(nip)

    client.app.router.add_api_route("/fails/{employee_id}", fail)  # type: ignore[attr-defined]
    answer = client.get(f"/fails/{nip}", headers={"X-Request-ID": "mine-0001"})
    said = problem(answer, 500)
    assert nip not in said["detail"]
    assert (answer.headers["X-Request-ID"], answer.headers["Cache-Control"]) == (
        "mine-0001",
        "private, no-store",
    )
    reference = said["detail"].split()[-1].rstrip(".")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    logged = next(line for line in lines if line["event"] == "unexpected error")
    assert (logged["error"], logged["reference"], logged["request_id"]) == (
        "KeyError",
        reference,
        "mine-0001",
    )
    assert any("test_ops_requests.py" in place for place in logged["where"]), (
        "the operator learns where it arose"
    )
    assert nip not in json.dumps(lines)
    assert next(line for line in lines if line["event"] == "request")["status"] == 500
