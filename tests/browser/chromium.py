"""Where Chromium is, and how it is started: without anything of its own that talks to other hosts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
INSTALL = (
    "the tests of the pages need Chromium or Chrome, and neither is installed. On Debian and Ubuntu: "
    "`apt-get install chromium` as root, which `make test` does by itself where it may; elsewhere install "
    f"it so that one of {', '.join(NAMES)} is a command."
)
_ARGUMENTS = (
    "--no-sandbox",  # it opens no page but ours, and containers allow no sandbox within
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoChromium(Exception):  # noqa: N818 - reads as what it says
    """No Chromium is installed; the text says how it is."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium without a window, and end it."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoChromium(INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        yield browser
        browser.close()


def with_large_text(browser: Browser) -> Browser:
    """Start another one whose reader has set text to twice its usual size."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    large = "--blink-settings=defaultFontSize=32,defaultFixedFontSize=26"
    return browser.browser_type.launch(executable_path=found, args=[*_ARGUMENTS, large])
