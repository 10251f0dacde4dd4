"""The way of the data scientist: the model, the leaderboard, the ledger; nobody's name or number anywhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from api.pages.words import word
from tests.browser.conftest import WAYS, Open, Way
from tests.browser.doing import button, go, heading, link, sees
from tests.browser.site import MEMBER, Site

OF_A_PERSON = re.compile(r"\bE\d{5}\b|Pegawai \d{5}")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_scientist_sees_the_model_and_follows_a_pseudonym(site: Site, opened: Open, way: Way) -> None:
    language, manager = way.language, opened(site, way, who="manager")
    manager.goto(f"/people/{MEMBER}")  # leaves lines in the ledger
    pseudonym = site.value("SELECT pseudonym FROM subjects WHERE employee_id = :person", person=MEMBER)
    page = opened(site, way, who="scientist")
    page.goto("/")
    assert heading(page) == word("model.title", language)
    board = page.locator("section", has=page.locator("#board")).get_by_role("table")
    expect(board).to_contain_text(word("model.in_use", language))
    names_nobody(page)
    link(page, "model.to_ledger", language).click()
    assert heading(page) == word("ledger.title", language)
    names_nobody(page)
    searches(page, pseudonym, way)
    go(page, "programs", language)
    names_nobody(page)
    page.locator("#programs tbody").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(word("programs.title", language))
    names_nobody(page)
    assert page.goto(f"/people/{MEMBER}").status == 403  # type: ignore[union-attr]
    assert heading(page) == word("errors.403", language)
    names_nobody(page)


def searches(page: Page, pseudonym: str, way: Way) -> None:
    language = way.language
    field = page.get_by_label(word("ledger.pseudonym", language), exact=True)
    field.fill(MEMBER)
    button(page, "ledger.go", language).click()
    sees(page, "ledger.wrong_pseudonym", language)
    field.fill(pseudonym)
    button(page, "ledger.go", language).click()
    page.wait_for_url(re.compile(f"pseudonym={pseudonym}"))
    lines = page.locator("section", has=page.locator("#lines")).get_by_role("table")
    expect(lines).to_contain_text(word("events.answer", language))
    names_nobody(page)
    field.fill("0" * 32)
    button(page, "ledger.go", language).click()
    sees(page, "ledger.none", language)


def names_nobody(page: Page) -> None:
    """Neither what is shown nor what stands behind it tells who anybody is."""
    assert OF_A_PERSON.findall(page.content()) == []
