"""/docs and /openapi.json are open, and no browser is sent to another host for them."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

ASSETS = ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png")
# What a page loads by itself: sources and links of its tags, urls of its styles.
LOADED = re.compile(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


def loaded_by(text: str) -> set[str]:
    return {next(filter(None, found)) for found in LOADED.findall(text)}


def test_page_loads_its_own_parts_alone(client: TestClient) -> None:
    page = client.get("/docs")
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert loaded_by(page.text) == {f"docs/{name}" for name in ASSETS} | {"openapi.json"}
    assert "<script>" not in page.text, "the policy of the page allows no inline script"


@pytest.mark.parametrize("name", ASSETS)
def test_parts_are_served_from_here(client: TestClient, name: str) -> None:
    answer = client.get(f"/docs/{name}")
    assert answer.status_code == 200
    kinds = {"css": "text/css", "js": "text/javascript", "png": "image/png"}
    assert answer.headers["Content-Type"].startswith(kinds[name.rpartition(".")[2]])


def test_styles_load_nothing_from_elsewhere(client: TestClient) -> None:
    assert {
        one for one in loaded_by(client.get("/docs/swagger-ui.css").text) if not one.startswith("data:")
    } == set()


def test_start_asks_this_host_alone(client: TestClient) -> None:
    start = client.get("/docs/start.js").text
    assert "//" not in start
    assert 'url: "openapi.json"' in start
    assert "validatorUrl: null" in start


def test_policy_of_the_page_names_no_other_host(client: TestClient) -> None:
    policy = client.get("/docs").headers["Content-Security-Policy"]
    sources = {source for part in policy.split(";") for source in part.split()[1:]}
    assert sources == {"'none'", "'self'", "'unsafe-inline'", "data:"}
    assert "script-src 'self';" in policy, "inline is for styles alone"


@pytest.mark.parametrize("name", ["__init__.py", "..%2Fmain.py", "nothing.js"])
def test_nothing_else_of_the_wheel_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/docs/{name}").status_code == 404


def test_description_is_open(client: TestClient) -> None:
    assert client.get("/openapi.json").status_code == 200
