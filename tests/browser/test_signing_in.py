"""In and out again, by every role and in every way; ended sessions lead back to where somebody was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from api.pages.words import word
from tests.browser.conftest import NARROW, Open, Way
from tests.browser.doing import button, heading, sees, sign_in, width_of
from tests.browser.site import ACCOUNTS, MEMBER, Site

BEGINS = {"manager": "/team", "office": "/city", "scientist": "/model", "employee": "/me"}


@pytest.mark.parametrize("way", [Way(), Way("en", scripts=False, size=NARROW)], ids=str)
@pytest.mark.parametrize("who", BEGINS)
def test_every_role_begins_where_its_work_does(site: Site, opened: Open, who: str, way: Way) -> None:
    page = opened(site, way)
    page.goto("/")
    assert heading(page) == word("sign_in.title", way.language)
    assert page.locator("html").get_attribute("lang") == way.language
    sign_in(page, who, way.language)
    expect(page).to_have_url(site.url + BEGINS[who])
    assert page.locator("html").get_attribute("lang") == way.language
    assert width_of(page) <= way.size[0]
    expect(page.locator("header").get_by_text(ACCOUNTS[who].name)).not_to_have_count(0)


@pytest.mark.parametrize("way", [Way(), Way("en", scripts=False)], ids=str)
def test_a_wrong_password_is_told_and_nothing_is_opened(site: Site, opened: Open, way: Way) -> None:
    page = opened(site, way)
    page.goto("/team")
    sign_in(page, "head", way.language, "not the password")
    sees(page.get_by_role("alert"), "sign_in.wrong", way.language)
    expect(page.get_by_label(word("sign_in.login", way.language), exact=True)).to_have_value("head")
    expect(page.get_by_label(word("sign_in.password", way.language), exact=True)).to_have_value("")
    sign_in(page, "head", way.language)
    expect(page).to_have_url(f"{site.url}/team")


def test_who_signs_out_is_out_for_whoever_turns_back(site: Site, opened: Open) -> None:
    page = opened(site, who="manager")
    page.goto("/team")
    button(page.locator("header"), "sign_in.out", "id").click()
    expect(page).to_have_url(f"{site.url}/sign-in")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(word("sign_in.title", "id"))


def test_the_switch_turns_words_and_language_and_stays(site: Site, opened: Open) -> None:
    page = opened(site, who="manager")
    page.goto("/team?sort=name")
    page.get_by_role("link", name=word("site.in_other", "id"), exact=True).click()
    expect(page).to_have_url(f"{site.url}/team?sort=name")
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.get_by_label(word("team.sort", "en"), exact=True)).to_be_visible()
    page.goto("/programs")
    assert heading(page) == word("programs.title", "en")


def test_an_ended_session_leads_from_a_page_to_signing_in_and_back(site: Site, opened: Open) -> None:
    page = opened(site, who="manager")
    page.goto("/team")
    site.end_sessions()
    page.goto("/team?sort=name")
    comes_back(page, f"{site.url}/team?sort=name")


def test_an_ended_session_leads_from_a_form_to_signing_in_and_back(site: Site, opened: Open) -> None:
    page, address = opened(site, who="manager"), f"{site.url}/people/{MEMBER}"
    page.goto(address)
    before = site.value("SELECT count(*) FROM decisions")
    site.end_sessions()
    page.get_by_role("button", name=word("person.accept", "id")).first.click()
    comes_back(page, address)
    assert site.value("SELECT count(*) FROM decisions") == before


def test_an_ended_session_leads_from_a_part_of_a_page_to_signing_in_and_back(
    site: Site, opened: Open
) -> None:
    page = opened(site, who="manager")
    page.goto("/team")
    site.end_sessions()
    page.get_by_label(word("team.sort", "id"), exact=True).select_option("name")
    comes_back(page, re.compile(r"/team\?.*sort=name"))


def comes_back(page: Page, address: str | re.Pattern[str]) -> None:
    """The page for signing in says what happened, is there alone, and leads back."""
    expect(page.get_by_role("heading", level=1)).to_have_text(word("sign_in.title", "id"))
    expect(page.get_by_role("heading")).to_have_count(1)
    sees(page, "sign_in.ended", "id")
    sign_in(page, "manager", "id")
    expect(page).to_have_url(address)
    expect(page.locator("header").get_by_text(ACCOUNTS["manager"].name)).not_to_have_count(0)
