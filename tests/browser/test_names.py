"""People whose names are scripts or have no end: the names are text, and the pages hold them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from api.pages.words import word
from recommender.store.askers import Asker
from recommender.store.corrections import Wish, raise_correction
from recommender.store.objections import raise_objection, withdraw_objection
from recommender.store.sessions import Lasting, SignedIn, start_session
from tests.browser import looking
from tests.browser.conftest import NARROW, WIDE, Open, Way
from tests.browser.doing import button, heading
from tests.browser.site import HOSTILE, HOSTILE_NAME, LONG, LONG_NAME, UNIT, Site, as_employee

NAMES = {HOSTILE: HOSTILE_NAME, LONG: LONG_NAME}
ON_PAGE = {HOSTILE: 1, LONG: 2}  # of the unit's plan, where people stand by name


@pytest.mark.parametrize("person", NAMES)
def test_a_name_is_text_wherever_it_stands(site: Site, opened: Open, person: str) -> None:
    page, name = opened(site, who="manager"), NAMES[person]
    page.goto(f"/team?search={person}")
    holds(page, name)
    page.locator("#people").get_by_role("link", name=name, exact=True).first.click()
    assert heading(page) == name
    holds(page, name)
    page.get_by_role("button", name=word("person.accept", "id")).first.click()
    for path in ("changes", "choose", "plan"):
        page.goto(f"/people/{person}/{path}")
        holds(page, name)
    page.get_by_label(word("plan.sure", "id")).check()
    button(page, "plan.approve", "id").click()
    page.wait_for_url("**/plans/**")
    holds(page, name)
    page.goto(f"/team/plan?page={ON_PAGE[person]}")
    holds(page, name)


def test_what_people_write_is_text(site: Site, opened: Open) -> None:
    for person, name in NAMES.items():
        with site.database.writing() as connection:
            raise_objection(connection, person, name, as_employee(person))
            wish = Wish("employees.name", name, name)
            raise_correction(connection, person, wish, as_employee(person))
    page = opened(site, who="office")
    page.goto("/cases")
    for name in NAMES.values():
        holds(page, name)
    for person, name in NAMES.items():
        own = opened(site, who=person)
        own.goto("/me")
        holds(own, name)
    with site.database.writing() as connection:
        for person in NAMES:
            withdraw_objection(connection, person, as_employee(person))


@pytest.mark.parametrize("name", NAMES.values(), ids=["script", "long"])
def test_who_is_signed_in_may_be_called_anything(site: Site, opened: Open, name: str) -> None:
    page = opened(site, Way(size=NARROW))
    who = SignedIn(Asker("somebody", "manager", unit_id=UNIT), name)
    with site.database.writing() as connection:
        token = start_session(connection, who, datetime.now(UTC), Lasting())
    page.context.add_cookies([{"name": "session", "value": token, "url": site.url}])
    page.goto("/team?search=E00042")
    page.locator("header details.menu > summary").click()
    expect(page.locator("header").get_by_text(name).filter(visible=True)).to_have_count(1)
    assert looking.too_wide(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    assert looking.too_wide(page) == []


def holds(page: Page, name: str) -> None:
    """The name is shown, as it is, and the page is no wider for it, on a phone neither."""
    for width, height in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": height})
        expect(page.get_by_text(name).filter(visible=True).first).to_be_visible()
        assert looking.too_wide(page) == []
    assert page.locator("main script, main b, main img").count() == 0
