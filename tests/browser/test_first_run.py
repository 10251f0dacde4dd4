"""The first start: a service without accounts, and the link that makes the first one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from api.pages.words import word
from recommender.store.invitations import invite
from tests.browser.conftest import Open, Way
from tests.browser.doing import button, heading, sees, sign_in
from tests.browser.site import PASSWORD, Site, looked_into


@pytest.fixture(scope="module")
def new(started: Callable[..., Any], own_city: Callable[[], str]) -> Iterator[Site]:
    url = own_city()
    with looked_into(started(DATABASE_URL=url), url) as site:
        yield site


def test_the_first_account_is_made_by_the_link_and_signs_in(new: Site, opened: Open) -> None:
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
