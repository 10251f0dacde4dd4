"""Figures for Prometheus count on included routers, over all workers, and name no path."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.api.servers import METRICS_KEY, Server

MODEL = "/v1/models/current"


def requests(figures: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if name.startswith("recommender_requests_total")}


def counted(method: str, route: str, status: int) -> str:
    return f'recommender_requests_total{{method="{method}",route="{route}",status="{status}"}}'


def test_requests_are_counted_under_the_template_of_their_route(server: Server, keys: dict[str, str]) -> None:
    mine = {"X-API-Key": keys["hr-system"]}
    before = server.figures()
    for path, headers in (
        ("/v1/employees/somebody/profile", mine),
        ("/v1/employees/somebody-else/profile", mine),
        ("/v1/employees/somebody/profile", {}),
        (MODEL, mine),
        ("/nowhere/somebody", mine),
        ("/v1/somebody", {}),
    ):
        server.client.get(path, headers=headers)
    server.client.post("/livez")
    server.client.request("BREW", "/livez")
    after = server.figures()
    profile = "/v1/employees/{employee_id}/profile"
    expected = {
        counted("GET", profile, 404): 2,
        counted("GET", profile, 401): 1,
        counted("GET", MODEL, 200): 1,
        counted("GET", "none", 404): 2,
        counted("GET", "/metrics", 200): 1,
        counted("POST", "/livez", 405): 1,
        counted("other", "/livez", 405): 1,
    }
    grown = {name: value - before.get(name, 0) for name, value in requests(after).items()}
    assert {name: value for name, value in grown.items() if value} == expected
    seconds = f'recommender_request_seconds_count{{method="GET",route="{profile}"}}'
    assert after[seconds] - before.get(seconds, 0) == 3


def test_no_figure_names_a_path_that_a_caller_chose(server: Server) -> None:
    server.client.get("/v1/employees/198503152010011012/profile")
    server.client.get("/198503152010011012")
    assert "198503152010011012" not in str(server.figures())


def test_it_tells_the_model_and_the_process(server: Server, engine: Any) -> None:
    figures = server.figures()
    assert figures[f'recommender_model_workers{{digest="{engine.digest}"}}'] == 1
    assert figures['recommender_model_reloads_total{outcome="refused"}'] == 0
    assert figures["recommender_requests_in_flight"] == 1, "this very question"
    assert figures["process_resident_memory_bytes"] > 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {METRICS_KEY}"},
        {"X-API-Key": METRICS_KEY[:-1]},
        {"X-API-Key": "é"},
    ],
)
def test_figures_ask_for_their_key(server: Server, headers: dict[str, str]) -> None:
    given = {name: value.encode() for name, value in headers.items()}
    answer = server.client.get("/metrics", headers=given)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="operations"')


def test_no_role_reads_figures(server: Server, keys: dict[str, str]) -> None:
    for key in keys.values():
        assert server.client.get("/metrics", headers={"X-API-Key": key}).status_code == 401


def test_key_of_the_figures_opens_nothing_else(server: Server) -> None:
    assert server.client.get(MODEL, headers={"X-API-Key": METRICS_KEY}).status_code == 401


def test_two_workers_are_told_as_one(started: Callable[..., Any], engine: Any) -> None:
    with started(WORKERS="2") as server:

        def ask(_: int) -> int:
            # A connection of its own, so that both workers get some.
            status: int = httpx2.get(f"http://127.0.0.1:{server.port}/nowhere", trust_env=False).status_code
            return status

        digest = f'recommender_model_workers{{digest="{engine.digest}"}}'
        while server.figures().get(digest) != 2:  # the second may begin later
            assert server.process.poll() is None
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(ask, range(60))) == {404}
        answers = [server.figures()[counted("GET", "none", 404)] for _ in range(6)]
        assert answers == [60] * 6, "whichever worker is asked"
        assert server.stop() == 0
