"""Signing in at the city's identity provider, on its page and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from api.pages.words import word
from tests.api.identity import Provider, provider
from tests.api.servers import free_port
from tests.browser.conftest import Open, Way
from tests.browser.doing import button, heading, link, sees
from tests.browser.site import UNIT, Site, looked_into


@pytest.fixture(scope="module")
def one() -> Iterator[Provider]:
    with provider() as one:
        yield one


@pytest.fixture(scope="module")
def city_with_provider(
    one: Provider, started: Callable[..., Any], own_city: Callable[[], str]
) -> Iterator[Site]:
    url, port = own_city(), str(free_port())
    settings = {name.upper(): value for name, value in one.settings.items()}
    running = started(DATABASE_URL=url, PORT=port, PUBLIC_URL=f"http://127.0.0.1:{port}", **settings)
    with looked_into(running, url) as site:
        yield site


@pytest.mark.parametrize("way", [Way(), Way("en", scripts=False)], ids=str)
def test_who_signs_in_at_the_provider_is_led_back(
    city_with_provider: Site, one: Provider, opened: Open, way: Way
) -> None:
    site, language = city_with_provider, way.language
    one.person = {"sub": "kepala", "name": "Kepala Kota", "role": "manager", "unit_id": UNIT}
    page = opened(site, way, hosts=(one.url.removeprefix("http://"),))
    page.goto("/team?sort=name")
    expect(page.get_by_role("textbox")).to_have_count(0)
    link(page, "sign_in.by_provider", language).click()
    assert heading(page) == "City account"
    page.get_by_role("link", name="Go on").click()
    expect(page).to_have_url(f"{site.url}/team?sort=name")
    expect(page.locator("header").get_by_text("Kepala Kota").filter(visible=True)).to_have_count(1)
    button(page.locator("header"), "sign_in.out", language).click()
    assert heading(page) == word("sign_in.title", language)


def test_whom_the_provider_knows_for_nothing_here_is_told_so(
    city_with_provider: Site, one: Provider, opened: Open
) -> None:
    one.person = {"sub": "tamu", "name": "Tamu"}
    page = opened(city_with_provider, hosts=(one.url.removeprefix("http://"),))
    page.goto("/")
    link(page, "sign_in.by_provider", "id").click()
    page.get_by_role("link", name="Go on").click()
    sees(page.get_by_role("alert"), "sign_in.refused", "id")
    expect(link(page, "sign_in.by_provider", "id")).to_be_visible()
