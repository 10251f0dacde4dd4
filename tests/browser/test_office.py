"""The way of the training office: the city, a unit of it, programs, and what waits for a decision."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from api.pages.words import word
from recommender.store.corrections import Wish, raise_correction
from recommender.store.objections import raise_objection
from tests.browser.conftest import WAYS, Open, Way
from tests.browser.doing import button, go, heading, link, sees
from tests.browser.site import Site, as_employee

# Somebody else for each way, who waits for a decision.
PEOPLE = dict(zip(map(str, WAYS), ("E00050", "E00051", "E00052"), strict=True))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_office_goes_from_the_city_to_a_unit_and_decides_what_waits(
    site: Site, opened: Open, way: Way
) -> None:
    person, language = PEOPLE[str(way)], way.language
    waits(site, person)
    page = opened(site, way, who="office")
    page.goto("/")
    sees_the_city(page, way)
    unit = page.locator("section", has=page.locator("#units")).get_by_role("rowheader").get_by_role("link")
    name = unit.first.inner_text()
    unit.first.click()
    assert heading(page) == name
    finds_a_program(page, site, way)
    go(page, "cases", language)
    decides_the_objection(page, site, person, way)
    closes_the_correction(page, site, person, way)


def waits(site: Site, person: str) -> None:
    asker = as_employee(person)
    with site.database.writing() as connection:
        raise_objection(connection, person, "Saya memilih sendiri", asker)
        raise_correction(connection, person, Wish("employees.grade", "III/d", None), asker)


def sees_the_city(page: Page, way: Way) -> None:
    """The figures come by themselves; without scripts whoever waits looks again."""
    figures = page.locator("#city dl.figures")
    for _ in range(60):
        if way.scripts or figures.count():
            break
        page.wait_for_timeout(500)
        link(page, "city.renew", way.language).first.click()
    expect(figures).to_be_visible()
    assert heading(page) == word("city.title", way.language)
    for part in ("gaps", "units", "hours", "access"):
        expect(page.locator(f"h2#{part}")).to_be_visible()
    expect(page.locator("section", has=page.locator("#access")).get_by_role("table")).not_to_have_count(0)


def finds_a_program(page: Page, site: Site, way: Way) -> None:
    """Search among the programs; one page tells all about one."""
    go(page, "programs", way.language)
    title = site.value("SELECT title FROM programs WHERE program_id = 'P044'")
    page.get_by_label(word("programs.search", way.language), exact=True).fill("P044")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("search=P044"))
    expect(page.locator("#programs tbody").get_by_role("rowheader")).to_have_count(1)
    page.get_by_role("link", name=title, exact=True).click()
    assert heading(page) == title
    for key in ("effects", "reached", "ratings", "sessions"):
        expect(page.get_by_role("heading", name=word(f"program.{key}", way.language))).to_be_visible()


def decides_the_objection(page: Page, site: Site, person: str, way: Way) -> None:
    """A decision has an outcome and says why, and stands under the name of who made it."""
    language, case = way.language, case_of(page, site, "objections", person)
    decide = case.get_by_role("button", name=word("cases.decide", language))
    decide.click()
    expect(case.get_by_label(word("cases.uphold", language), exact=True)).to_be_focused()
    case.get_by_label(word("cases.dismiss", language), exact=True).check()
    case.get_by_label(word("cases.why", language), exact=True).fill("  ")
    decide.click()
    sees(page, "cases.why_missing", language)
    case.get_by_label(word("cases.dismiss", language), exact=True).check()
    case.get_by_label(word("cases.why", language), exact=True).fill("Sudah dibicarakan")
    decide.click()
    sees(page.get_by_role("status"), "cases.done_ruled", language)
    (row,) = site.rows(
        "SELECT status, closed_by, outcome FROM objections WHERE employee_id = :person", person=person
    )
    assert tuple(row) == ("dismissed", "Pengelola Contoh", "Sudah dibicarakan")


def closes_the_correction(page: Page, site: Site, person: str, way: Way) -> None:
    language, case = way.language, case_of(page, site, "corrections", person)
    case.get_by_label(word("cases.corrected", language), exact=True).check()
    case.get_by_role("button", name=word("cases.close", language)).click()
    sees(page.get_by_role("status"), "cases.done_closed", language)
    (row,) = site.rows("SELECT status, closed_by FROM corrections WHERE employee_id = :person", person=person)
    assert tuple(row) == ("done", "Pengelola Contoh")
    link(page, "cases.closed", language).click()
    expect(case_of(page, site, "corrections", person)).to_contain_text(word("statuses.done", language))
    expect(button(page, "cases.close", language)).to_have_count(0)


def case_of(page: Page, site: Site, table: str, person: str) -> Locator:
    column = {"objections": "objection_id", "corrections": "correction_id"}[table]
    found = site.value(f"SELECT {column} FROM {table} WHERE employee_id = :person", person=person)
    return page.locator(f"#case-{found}")
