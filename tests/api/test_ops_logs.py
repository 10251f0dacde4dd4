"""What a real server writes: one JSON line for each request, and nobody in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.api.cities import sample_rows
from tests.api.servers import Server, wait_until

NIP = "198503152010011012"
FIELDS = {"event", "level", "timestamp", "request_id", "method", "route", "status", "ms", "asker", "model"}


@pytest.fixture(scope="module")
def asked(started: Callable[..., Any], keys: dict[str, str], ids: Sequence[str]) -> Any:
    """Return what a server wrote that was asked about people in every way, and then stopped."""
    with started(LOG_LEVEL="debug") as server:
        client = server.client
        for role in ("hr-system", "employee", "manager"):
            mine = {"X-API-Key": keys[role], "X-Request-ID": f"by-{role}"}
            for path in (
                f"/v1/employees/{ids[0]}/recommendations",
                f"/v1/employees/{ids[1]}/profile",
                f"/v1/employees/{NIP}/recommendations?limit={NIP}&name=Siti",
                f"/v1/employees/{ids[0]}/recommendations/{NIP}",
                f"/{NIP}?{ids[0]}",
            ):
                client.get(path, headers=mine)
            body = {"employee_ids": [ids[2], NIP], "limit": ids[3]}
            client.post("/v1/recommendations", json=body, headers=mine)
            client.post("/v1/recommendations", content=f'{{"{NIP}": ["{ids[4]}"', headers=mine)
            client.put(f"/v1/employees/{NIP}", json={"name": "Siti Rahayu", "grade": 9}, headers=mine)
            client.post("/v1/assessments", json={"items": [{"employee_id": NIP, "level": "x"}]}, headers=mine)
        client.get(f"/v1/employees/{ids[0]}/profile", headers={"X-API-Key": NIP, "X-Request-ID": NIP})
        assert server.stop() == 0
        yield server


def test_every_request_has_one_line(asked: Server) -> None:
    lines = [line for line in asked.events("request") if line["route"] not in ("/readyz", "/metrics")]
    assert len(lines) == 3 * 9 + 1
    assert all(line.keys() == FIELDS for line in lines)


def test_line_tells_what_was_asked_and_by_whom(asked: Server, keys: dict[str, str], engine: Any) -> None:
    line = next(line for line in asked.events("request") if line["request_id"] == "by-hr-system")
    assert (line["method"], line["route"]) == ("GET", "/v1/employees/{employee_id}/recommendations")
    assert (line["status"], line["asker"]) == (200, keys["hr-system"].partition(".")[0])
    assert line["model"] == engine.digest
    assert line["ms"] > 0
    assert {line["route"] for line in asked.events("request") if line["status"] == 404} >= {"none"}


def test_nobody_is_named(asked: Server, ids: Sequence[str]) -> None:
    wait_until(lambda: asked.events("stopped"))
    output = asked.output.read_text()
    names = [str(row["name"]) for row in sample_rows()["employees"] if row["name"]]
    assert names
    named = [one for one in (*ids, NIP, "Siti", "Rahayu", *names) if one in output]
    assert named == []


def test_no_secret_is_written(asked: Server, keys: dict[str, str]) -> None:
    output = asked.output.read_text()
    assert [role for role, key in keys.items() if key.partition(".")[2] in output] == []


def test_start_and_stop_are_told(asked: Server, engine: Any) -> None:
    begun, ended = asked.events("serving"), asked.events("stopped")
    assert [line["model"] for line in (*begun, *ended)] == [engine.digest] * 2
    assert begun[0]["address"] == f"http://127.0.0.1:{asked.port}"
