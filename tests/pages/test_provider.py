"""Signing in at an identity provider: who is let in, and everything that lets nobody in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api import scene
from tests.api.identity import AUDIENCE, CLIENT, Provider, provider
from tests.pages.browsing import Browser, Page

ADDRESS = "http://127.0.0.1:8000"
MANAGER = {"role": "manager", "unit_id": "U007", "sub": "kepala@medan.example", "name": "Kepala Contoh"}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as one:
        yield one


@pytest.fixture(scope="module")
def service(running: Provider, current: Path, own_city: Callable[[], str]) -> Iterator[Any]:
    with scene.service(own_city(), current, public_url=ADDRESS, **running.settings) as client:
        yield client


@pytest.fixture
def one(running: Provider) -> Iterator[Provider]:
    """Return the provider, well again after each test."""
    running.person, running.spoilt, running.is_down = dict(MANAGER), {}, False
    yield running
    running.spoilt, running.is_down = {}, False


@pytest.fixture
def visitor(service: Any) -> Browser:
    return Browser(service)


def sent_off(visitor: Browser, back: str = "/team") -> str:
    """Return where the browser is sent to sign in."""
    page = visitor.get(f"/sign-in/provider?back={back}", follow=False)
    assert page.status == 303
    return str(page.headers["Location"])


def sent_back(visitor: Browser, one: Provider, back: str = "/team") -> str:
    """Return where somebody comes back to who has signed in at the provider."""
    return one.let_in(urlsplit(sent_off(visitor, back)).query).removeprefix(ADDRESS)


def nobody_is_signed_in(visitor: Browser, page: Page) -> None:
    assert page.heading == "Masuk"
    assert "belum terdaftar" in page.words
    assert page.status == 403
    assert "session" not in visitor.cookies
    assert visitor.get("/team").heading == "Masuk"


def test_who_signed_in_at_the_provider_is_led_back_under_his_name(visitor: Browser, one: Provider) -> None:
    page = visitor.get("/team?sort=name")
    assert page.heading == "Masuk"
    assert not page.all("input", name="password"), "people have no passwords here"
    (link,) = [a for a in page.all("a") if a.attributes.get("href", "").startswith("/sign-in/provider")]
    page = visitor.get(link.attributes["href"], follow=False)
    page = visitor.get(one.let_in(urlsplit(page.headers["Location"]).query).removeprefix(ADDRESS))
    assert (page.status, page.url) == (200, f"{ADDRESS}/team?sort=name")
    assert "Kepala Contoh" in page.words
    assert "signing-in" not in visitor.cookies
    assert visitor.get("/team?unit=U012").status == 404, "sees the unit of the token alone"


def test_what_ties_both_ways_together_is_new_each_time(visitor: Browser, one: Provider) -> None:
    first, second = (parse_qs(urlsplit(sent_off(visitor)).query) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
    assert first["redirect_uri"] == [f"{ADDRESS}/sign-in/return"]
    assert first["client_id"] == [CLIENT]
    assert "secret" not in str(first)


@pytest.mark.parametrize("state", ["", "x", "é"])
def test_another_state_lets_nobody_in(visitor: Browser, one: Provider, state: str) -> None:
    path = sent_back(visitor, one).partition("&state=")[0]
    nobody_is_signed_in(visitor, visitor.get(f"{path}&state={state}"))


def test_who_never_set_out_does_not_come_back(visitor: Browser, service: Any, one: Provider) -> None:
    path = sent_back(Browser(service), one)  # an address that somebody else was given
    nobody_is_signed_in(visitor, visitor.get(path))


@pytest.mark.parametrize("held", ["x", "bm8=", "e30=", "W10=", "eyJzdGF0ZSI6IDF9"])
def test_a_cookie_of_somebody_else_s_making_lets_nobody_in(
    visitor: Browser, one: Provider, held: str
) -> None:
    path = sent_back(visitor, one)
    visitor.cookies["signing-in"] = held
    nobody_is_signed_in(visitor, visitor.get(path))


def test_a_code_works_once(visitor: Browser, service: Any, one: Provider) -> None:
    path = sent_back(visitor, one)
    held = dict(visitor.cookies)
    assert visitor.get(path).status == 200
    thief = Browser(service, held)
    nobody_is_signed_in(thief, thief.get(path))


@pytest.mark.parametrize("code", ["", "never", "a" * 5000])
def test_a_code_that_the_provider_refuses_lets_nobody_in(visitor: Browser, one: Provider, code: str) -> None:
    state = sent_back(visitor, one).partition("&state=")[2]
    nobody_is_signed_in(visitor, visitor.get(f"/sign-in/return?code={code}&state={state}"))


def test_who_gave_up_at_the_provider_is_told_so(visitor: Browser, one: Provider) -> None:
    state = sent_back(visitor, one).partition("&state=")[2]
    nobody_is_signed_in(visitor, visitor.get(f"/sign-in/return?error=access_denied&state={state}"))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": AUDIENCE},  # made for those who call the JSON routes
        {"aud": "another service"},
        {"iss": "https://login.elsewhere.example"},
        {"exp": 1},
        {"role": "hr-system"},
        {"role": "nobody we know"},
        {"role": None},
        {"unit_id": None},
    ],
    ids=str,
)
def test_a_token_for_something_else_lets_nobody_in(
    visitor: Browser, one: Provider, spoilt: dict[str, Any]
) -> None:
    path = sent_back(visitor, one)
    one.spoilt = spoilt
    nobody_is_signed_in(visitor, visitor.get(path))


def test_a_provider_that_is_down_is_told_of_and_nobody_is_in(visitor: Browser, one: Provider) -> None:
    path = sent_back(visitor, one)
    one.is_down = True
    page = visitor.get(path)
    assert (page.status, page.heading) == (503, "Layanan sedang tidak dapat dihubungi")
    assert "session" not in visitor.cookies
    one.is_down = False
    assert visitor.get(sent_back(visitor, one)).status == 200, "well again, and so is signing in"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/x", "/\\evil.example", "x"])
def test_nobody_is_led_to_another_host(visitor: Browser, one: Provider, back: str) -> None:
    page = visitor.get(sent_back(visitor, one, back), follow=False)
    assert page.headers["Location"] == "/"


def test_signing_in_again_ends_the_session_before(visitor: Browser, service: Any, one: Provider) -> None:
    visitor.get(sent_back(visitor, one))
    first = dict(visitor.cookies)
    visitor.get(sent_back(visitor, one))
    assert visitor.cookies["session"] != first["session"]
    assert Browser(service, first).get("/team").heading == "Masuk"


def test_where_people_have_passwords_no_way_leads_to_a_provider(site: Browser) -> None:
    visitor = Browser(site.client)
    assert visitor.get("/sign-in/provider").status == 404
    assert visitor.get("/sign-in/return?code=x&state=x").status == 404
