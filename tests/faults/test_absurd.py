"""Absurd requests, floods, two writers at once, on the real server: an answer below 500, and it goes on."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.api.servers import Server

PERSON, ROUTE = "E00042", "/v1/assessments"
DEEP = b"[" * 100_000 + b"]" * 100_000
ROW = b'{"employee_id": "E00042", "competency_id": "M.03", "level": 2}'


def headers(keys: Mapping[str, str], **more: str) -> dict[str, str]:
    return {"X-API-Key": keys["hr-system"], "Content-Type": "application/json", **more}


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        b'{"items": ' + DEEP + b"}",
        b'{"items": [' + ROW.replace(b"2}", b"1e999}") + b"]}",
        b'{"items": [' + ROW.replace(b"2}", b"NaN}") + b"]}",
        b'{"items": [' + ROW.replace(b"2}", b"9" * 5_000 + b"}") + b"]}",
        b'{"items": [' + ROW.replace(b'"E00042"', b'"\\ud800"') + b"]}",
        b'{"items": [' + ROW.replace(b'"E00042"', b'"\\u0000"') + b"]}",
        b'{"items": [' + ROW.replace(b'"M.03"', b'"' + b"x" * 900_000 + b'"') + b"]}",
        b'{"items": [[[' + ROW + b"]]]}",
        b'{"items": {"0": ' + ROW + b"}}",
        b"null",
        b'"items"',
        b"\xff\xfe" + b'{"items": []}',
        b'{"items": [' + b"{}," * 999 + b"{}]}",
    ],
    ids=[
        *("deep", "deep inside", "huge number", "not a number", "long number", "half a character", "zero"),
        *("long text", "nested", "object for a list", "null", "text", "utf-16 mark", "empty rows"),
    ],
)
def test_absurd_bodies_are_refused(server: Server, keys: dict[str, str], body: bytes) -> None:
    answer = server.client.post(ROUTE, content=body, headers=headers(keys))
    assert answer.status_code in (400, 413, 422), answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert server.client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress(b'{"items": [' + ROW + b"]}")),
        ({"Content-Type": "application/json; charset=utf-16"}, ('{"items": []}').encode("utf-16")),
        ({"Content-Type": "text/plain"}, b'{"items": [' + ROW + b"]}"),
        ({"Idempotency-Key": "x" * 10_000}, b'{"items": [' + ROW + b"]}"),
    ],
    ids=["gzip", "utf-16", "plain text", "a long key"],
)
def test_bodies_under_a_wrong_name_are_refused(
    server: Server, keys: dict[str, str], kind: dict[str, str], body: bytes
) -> None:
    answer = server.client.post(ROUTE, content=body, headers={**headers(keys), **kind})
    assert answer.status_code in (400, 415, 422), answer.text[:500]


def test_a_flood_is_turned_away_and_leaves_the_service_well(
    started: Callable[..., Any], keys: dict[str, str]
) -> None:
    def ask(address: str) -> int:
        path = f"{address}/v1/employees/{PERSON}/recommendations"
        return httpx2.get(path, headers=headers(keys), timeout=60.0, trust_env=False).status_code

    with started(RATE_LIMIT="20/minute") as flooded, ThreadPoolExecutor(32) as crowd:
        address = str(flooded.client.base_url).rstrip("/")
        statuses = list(crowd.map(ask, [address] * 400))
        assert statuses.count(200) == 20 and set(statuses) == {200, 429}
        refused = flooded.client.get(f"/v1/employees/{PERSON}/profile", headers=headers(keys))
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
        assert flooded.client.get("/readyz").status_code == 200


def test_of_two_writers_of_one_person_one_was_last_and_nothing_is_half(
    started: Callable[..., Any], keys: dict[str, str]
) -> None:
    people = [
        {"name": f"Writer {number}", "grade": "III/b", "position_id": position, "employment_type": kind}
        for number, (position, kind) in enumerate([("sekda", "PNS"), ("kabag-SD01", "PPPK")] * 20)
    ]
    with started() as server, ThreadPoolExecutor(8) as writers:
        put = lambda person: server.client.put("/v1/employees/twice", json=person, headers=headers(keys))  # noqa: E731
        statuses = [answer.status_code for answer in writers.map(put, people)]
        assert statuses.count(201) == 1 and set(statuses) == {200, 201}
        kept = server.client.get("/v1/employees/twice", headers=headers(keys)).json()
    assert {name: kept[name] for name in people[0]} in people
