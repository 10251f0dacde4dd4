"""Chromium, a service over a copy of the sample city, and browsers in which nothing may go wrong.

Both live as long as tests of this folder are run: an event loop of Playwright's runs meanwhile, beside which
no other test could start one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from recommender.explain import Language
from tests.api.conftest import city, current, dataset, engine, ids, own_city, started
from tests.browser.chromium import NoChromium, chromium, with_large_text
from tests.browser.site import (
    HOSTILE,
    HOSTILE_NAME,
    LONG,
    LONG_NAME,
    Site,
    looked_into,
    make_accounts,
    rename,
)
from tests.browser.watching import Watch

__all__ = ["city", "current", "dataset", "engine", "ids", "own_city", "started"]

PATIENCE = 20_000  # milliseconds
WIDE, NARROW = (1280, 900), (360, 740)


@dataclass(frozen=True)
class Way:
    """How somebody looks at pages."""

    language: Language = "id"
    scripts: bool = True
    size: tuple[int, int] = WIDE

    def __str__(self) -> str:
        return "-".join(
            [self.language, *([] if self.scripts else ["no-scripts"]), *(["narrow"] * (self.size == NARROW))]
        )


# Every role's main journey is made in each of these ways.
WAYS = (Way(), Way("en", scripts=False), Way("en", size=NARROW))
Open = Callable[..., Page]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as browser:
            yield browser
    except NoChromium as missing:
        pytest.fail(str(missing))


@pytest.fixture(scope="package")
def large_text(browser: Browser) -> Iterator[Browser]:
    """Return a browser whose reader has set text to twice its usual size."""
    large = with_large_text(browser)
    yield large
    large.close()


@pytest.fixture(scope="package")
def site(started: Callable[..., Any], own_city: Callable[[], str]) -> Iterator[Site]:
    """Return a service over the sample city, in which one person's name is a script and one's has no end."""
    url = own_city()
    make_accounts(url)
    rename(url, {HOSTILE: HOSTILE_NAME, LONG: LONG_NAME})
    with looked_into(started(DATABASE_URL=url), url) as site:
        yield site


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Return what opens a browser of its own: `opened(site, Way("en"), who="manager")`.

    In the end nothing may have gone wrong in any of them.
    """
    contexts, watches = [], []

    def opened(
        site: Site,
        way: Way = Way(),
        who: str = "",
        hosts: tuple[str, ...] = (),
        browser: Browser = browser,
    ) -> Page:
        width, height = way.size
        context = browser.new_context(
            base_url=site.url,
            java_script_enabled=way.scripts,
            viewport={"width": width, "height": height},
        )
        contexts.append(context)
        watches.append(Watch(context, site.host, *hosts))
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "language", "value": way.language, "url": site.url}])
        if who:
            site.sign_in(context, who)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []
