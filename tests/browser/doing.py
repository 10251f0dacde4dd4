"""What people do on pages, and what they see there; words come from the catalogue of the pages."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from api.pages.words import catalogue, word
from recommender.explain import Language
from tests.browser.site import PASSWORD


def told(key: str, language: Language, **fields: object) -> str | re.Pattern[str]:
    """Return a text of the pages; one whose fields are not all told fits any."""
    text = catalogue()[key][language]
    names = set(re.findall(r"{(\w+)}", text))
    if names <= set(fields):
        return word(key, language, **fields)
    parts = re.split(r"({\w+})", text)
    return re.compile("".join(_pattern(part, fields) for part in parts))


def _pattern(part: str, fields: dict[str, object]) -> str:
    name = part[1:-1]
    if not part.startswith("{"):
        return re.escape(part)
    return re.escape(str(fields[name])) if name in fields else ".+?"


def sign_in(page: Page, login: str, language: Language, password: str = PASSWORD) -> None:
    """Fill in the form for signing in."""
    page.get_by_label(word("sign_in.login", language), exact=True).fill(login)
    page.get_by_label(word("sign_in.password", language), exact=True).fill(password)
    button(page, "sign_in.go", language).click()


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def button(within: Page | Locator, key: str, language: Language, about: str = "") -> Locator:
    """Return the button that says something, about somebody or something where there are several."""
    name = word(key, language)
    return within.get_by_role("button", name=f"{name} {about}" if about else name, exact=True)


def link(within: Page | Locator, key: str, language: Language, **fields: object) -> Locator:
    return within.get_by_role("link", name=word(key, language, **fields), exact=True)


def sees(within: Page | Locator, key: str, language: Language, **fields: object) -> None:
    """Assert that a text of the catalogue is shown."""
    shown = within.get_by_text(told(key, language, **fields)).filter(visible=True)
    expect(shown.first).to_be_visible()


def sees_not(within: Page | Locator, key: str, language: Language, **fields: object) -> None:
    expect(within.get_by_text(told(key, language, **fields)).filter(visible=True)).to_have_count(0)


def go(page: Page, entry: str, language: Language) -> None:
    """Open a page by the menu, which a phone shows folded."""
    folded = page.locator("header details.menu > summary")
    if folded.is_visible():
        folded.click()
    page.locator("header").get_by_role("link", name=word(f"menu.{entry}", language), exact=True).filter(
        visible=True
    ).click()


def width_of(page: Page) -> int:
    """Return how wide the page is, with what must be scrolled to."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def download(page: Page, button: Locator, folder: Path, seconds: float = 20.0) -> Path:
    """Return the file that a link hands out, within some seconds."""
    with page.expect_download(timeout=1000 * seconds) as kept:
        button.click(timeout=1000 * seconds)
    file = folder / kept.value.suggested_filename
    kept.value.save_as(file)
    return file
