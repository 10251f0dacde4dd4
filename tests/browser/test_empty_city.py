"""Cities of which little or nothing is known: every page says something sensible, and none fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from api.pages.words import word
from recommender.store.askers import Asker
from recommender.store.invitations import invite
from recommender.store.sessions import Lasting, SignedIn, start_session
from tests.api.cities import sample_rows
from tests.browser import looking
from tests.browser.conftest import NARROW, Open, Way
from tests.browser.doing import button, heading, sees, sign_in
from tests.browser.site import PASSWORD, UNIT, Site, looked_into, new_city
from tests.cities import bare

OF_PEOPLE = (
    *("employees", "employee_audit", "training_records", "assessments", "performance_reviews", "feedback"),
)
OFFICE = Asker("account-1", "training-office")
MANAGER = Asker("account-2", "manager", unit_id=UNIT)
SCIENTIST = Asker("account-3", "data-scientist")
EMPLOYEE = Asker("account-4", "employee", employee_id="E0")
PERSON = tuple(f"/people/E0{rest}" for rest in ("", "?horizon=next", "/changes", "/choose", "/plan"))
ALWAYS = ("/city", "/team", "/team/plan", "/programs", "/cases", "/cases?show=closed")


@pytest.fixture(scope="module")
def without_people(started: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    tables = {name: rows for name, rows in sample_rows().items() if name not in OF_PEOPLE}
    tables["units"] = [{**row, "manager_id": None} for row in tables["units"]]
    url = new_city(tmp_path_factory.mktemp("nobody"), tables)
    with looked_into(started(DATABASE_URL=url), url) as site:
        yield site


@pytest.fixture(scope="module")
def with_ids_alone(started: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    url = new_city(tmp_path_factory.mktemp("bare"), bare())
    with looked_into(started(DATABASE_URL=url), url) as site:
        yield site


def enter(page: Page, site: Site, asker: Asker) -> None:
    with site.database.writing() as connection:
        token = start_session(connection, SignedIn(asker, "Seseorang"), datetime.now(UTC), Lasting())
    page.context.add_cookies([{"name": "session", "value": token, "url": site.url}])


def says_something(page: Page, path: str, status: int = 200) -> None:
    """The page is there, fits on a phone, and leaves no part blank or unfilled."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == status, path
    text = page.locator("main").inner_text()
    assert len(text) > 20, path
    assert not {"None", "nan", "NaN"} & set(text.split()), (path, text)
    expect(page.get_by_role("heading", level=1)).not_to_be_empty()
    assert looking.too_wide(page) == [], path


def test_a_city_without_people(without_people: Site, opened: Open) -> None:
    page = opened(without_people, Way(size=NARROW))
    enter(page, without_people, OFFICE)
    for path in (*ALWAYS, "/programs?search=zzz", "/programs/P044", f"/team?unit={UNIT}"):
        says_something(page, path)
    says_something(page, "/people/E00042", 404)
    page.goto("/city")
    sees(page, "city.nobody", "id")
    enter(page, without_people, MANAGER)
    for path in ("/team", "/team/plan"):
        says_something(page, path)
        sees(page, "team.nobody", "id")
    enter(page, without_people, SCIENTIST)
    for path in ("/model", "/model/ledger"):
        says_something(page, path)


def test_the_first_account_is_made_by_the_link_and_signs_in(without_people: Site, opened: Open) -> None:
    new = without_people
    page = opened(new, Way("en"))
    page.goto("/")
    sees(page, "sign_in.first_run", "en")
    expect(page.get_by_role("textbox")).to_have_count(0)
    with new.database.writing() as connection:
        token = invite(connection)
    page.goto(f"/invitation/{token}")
    assert heading(page) == word("invitation.first", "en")
    for key, text in (("invitation.name", "Rina W."), ("sign_in.login", "rina")):
        page.get_by_label(word(key, "en"), exact=True).fill(text)
    password, again = (
        page.get_by_label(word(key, "en"), exact=True) for key in ("invitation.password", "invitation.again")
    )
    for first, second, fault in (("short", "short", "weak"), (PASSWORD, "another one", "differ")):
        password.fill(first)
        again.fill(second)
        button(page, "invitation.go", "en").click()
        sees(page.get_by_role("alert"), f"invitation.{fault}", "en")
        expect(page.get_by_label(word("sign_in.login", "en"), exact=True)).to_have_value("rina")
    password.fill(PASSWORD)
    again.fill(PASSWORD)
    button(page, "invitation.go", "en").click()
    expect(page).to_have_url(f"{new.url}/city")
    (account,) = new.rows("SELECT login, name, role FROM accounts")
    assert tuple(account) == ("rina", "Rina W.", "training-office")
    page.goto(f"/invitation/{token}")
    sees(page, "invitation.closed", "en")
    other = opened(new)
    other.goto("/")
    sign_in(other, "rina", "id")
    expect(other).to_have_url(f"{new.url}/city")


def test_a_city_of_which_ids_alone_are_known(with_ids_alone: Site, opened: Open) -> None:
    page = opened(with_ids_alone, Way(size=NARROW))
    enter(page, with_ids_alone, OFFICE)
    for path in (*ALWAYS, *PERSON, "/programs/P0"):
        says_something(page, path)
    page.goto("/people/E0")
    sees(page, "team.no_position", "id")
    sees(page, "person.no_history", "id")
    page.goto("/city")
    expect(page.locator("#city")).to_contain_text(word("city.people", "id"))
    sees(page, "city.no_gaps", "id")
    enter(page, with_ids_alone, EMPLOYEE)
    says_something(page, "/me")
    enter(page, with_ids_alone, SCIENTIST)
    for path in ("/model", "/model/ledger", "/programs"):
        says_something(page, path)


def test_a_decision_can_be_made_about_somebody_of_whom_nothing_is_known(
    with_ids_alone: Site, opened: Open
) -> None:
    page = opened(with_ids_alone)
    enter(page, with_ids_alone, OFFICE)
    page.goto("/people/E1/choose")
    page.get_by_label(word("choose.program", "id"), exact=True).select_option("P1")
    page.get_by_label(word("choose.reason", "id"), exact=True).fill("Perlu")
    page.get_by_role("button", name=word("choose.go", "id")).click()
    sees(page.get_by_role("status"), "person.done_accept", "id")
    (row,) = with_ids_alone.rows("SELECT program_id, reason FROM decisions")
    assert tuple(row) == ("P1", "Perlu")
    says_something(page, "/people/E1/plan")
    says_something(page, "/team/plan")
