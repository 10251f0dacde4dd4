"""The employee's way: what is known and suggested, objection, correction, and all data in one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.pages.words import word
from tests.browser.conftest import WAYS, Open, Way
from tests.browser.doing import button, download, go, heading, link, sees, sees_not
from tests.browser.site import Site

# Somebody else for each way, so that none finds what another asked for.
PEOPLE = dict(zip(map(str, WAYS), ("E00044", "E00045", "E00046"), strict=True))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_employee_sees_objects_and_asks_for_a_correction(
    site: Site, opened: Open, way: Way, tmp_path: Path
) -> None:
    person, language = PEOPLE[str(way)], way.language
    page, manager = opened(site, way, who=person), opened(site, way, who="manager")
    page.goto("/")
    name = site.value("SELECT name FROM employees WHERE employee_id = :person", person=person)
    assert heading(page) == name
    sees(page, "me.purpose", language)
    expect(page.locator("article")).not_to_have_count(0)
    expect(page.get_by_role("button", name=word("person.accept", language))).to_have_count(0)
    objects(page, manager, site, person, way)
    withdraws(page, manager, site, person, way)
    asks_for_a_correction(page, site, person, way)
    file = download(page, link(page, "me.download", language), tmp_path)
    kept = json.loads(file.read_text("utf-8"))
    assert person in json.dumps(kept)
    assert "Golongan saya salah" in json.dumps(kept)
    go(page, "me", language)
    assert heading(page) == name


def objects(page: Page, manager: Page, site: Site, person: str, way: Way) -> None:
    """From now on nobody sees the suggestions, the manager neither."""
    language = way.language
    manager.goto(f"/people/{person}")
    expect(manager.locator("article")).not_to_have_count(0)
    page.locator("#objection-reason").fill("Saya tidak mau diperingkat")
    button(page, "me.object", language).click()
    sees(page.get_by_role("status"), "me.done_objected", language)
    expect(page.locator("article")).to_have_count(0)
    sees(page, "me.objection_open", language)
    expect(button(page, "me.object", language)).to_have_count(0)
    assert statuses(site, "objections", person) == ["open"]
    manager.reload()
    expect(manager.locator("article")).to_have_count(0)
    sees(manager, "person.objection_open", language)
    manager.goto(f"/people/{person}/plan")
    sees(manager, "plan.objected", language)
    manager.goto(f"/team?search={person}")
    expect(manager.locator("#people table").first).to_contain_text(word("team.objected", language))


def withdraws(page: Page, manager: Page, site: Site, person: str, way: Way) -> None:
    """Then they are shown again."""
    button(page, "me.withdraw", way.language).click()
    sees(page.get_by_role("status"), "me.done_withdrawn", way.language)
    expect(page.locator("article")).not_to_have_count(0)
    assert statuses(site, "objections", person) == ["withdrawn"]
    manager.goto(f"/people/{person}")
    expect(manager.locator("article")).not_to_have_count(0)
    sees_not(manager, "person.objection_open", way.language)


def asks_for_a_correction(page: Page, site: Site, person: str, way: Way) -> None:
    """The browser asks what should stand there; where blanks get past it, the service does."""
    language, wanted = way.language, page.get_by_label(word("me.wanted", way.language), exact=True)
    page.get_by_label(word("me.field", language), exact=True).select_option("employees.grade")
    ask = button(page, "me.ask", language)
    ask.click()
    expect(wanted).to_be_focused()
    wanted.fill("  ")
    ask.click()
    sees(page, "me.wanted_missing", language)
    assert statuses(site, "corrections", person) == []
    page.get_by_label(word("me.field", language), exact=True).select_option("employees.grade")
    wanted.fill("III/d")
    page.locator("#correction-reason").fill("Golongan saya salah")
    ask.click()
    sees(page.get_by_role("status"), "me.done_asked", language)
    assert statuses(site, "corrections", person) == ["open"]
    expect(page.get_by_role("listitem").filter(has_text="III/d")).to_contain_text(
        word("statuses.open", language)
    )


def statuses(site: Site, table: str, person: str) -> list[str]:
    rows = site.rows(f"SELECT status FROM {table} WHERE employee_id = :person", person=person)
    return [row.status for row in rows]
