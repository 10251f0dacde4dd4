"""Every page of every role: what axe finds, narrow screens, large text, other ways to see and hear."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Page, expect

from api.pages.all_pages import router
from api.pages.words import word
from recommender.explain import Language
from recommender.store.accounts import find_account
from recommender.store.corrections import Wish, raise_correction
from recommender.store.invitations import invite
from recommender.store.objections import raise_objection, withdraw_objection
from tests.browser import looking
from tests.browser.conftest import NARROW, WIDE, Open, Way
from tests.browser.doing import button
from tests.browser.pages_of import PLACES, Place
from tests.browser.site import SMALL_MEMBER, Site, as_employee

ZOOMED = (640, 450)  # a wide screen of which everything is shown at twice its size
# Every page is looked at in both widths and both themes, every other page the other way round.
LOOKS = ([(WIDE, "light"), (NARROW, "dark")], [(WIDE, "dark"), (NARROW, "light")])


@pytest.fixture(scope="module")
def prepared(site: Site, browser: Browser) -> dict[str, str]:
    """Return the parts of addresses that are made first: an approved plan and an invitation; cases wait."""
    people = ("E00072", "E00073")
    with site.database.writing() as connection:
        for person in people:
            raise_objection(connection, person, "Saya memilih sendiri", as_employee(person))
            raise_correction(connection, person, Wish("employees.grade", "III/d", None), as_employee(person))
        withdraw_objection(connection, people[1], as_employee(people[1]))
        account = find_account(connection, "scientist")
        assert account is not None
        invitation = invite(connection, account.account_id)
    with browser.new_context(base_url=site.url) as context:
        site.sign_in(context, "head")
        page = context.new_page()
        page.goto(f"/people/{SMALL_MEMBER}")
        page.get_by_role("button", name=word("person.accept", "id")).first.click()
        page.goto(f"/people/{SMALL_MEMBER}/plan")
        page.get_by_label(word("plan.sure", "id")).check()
        button(page, "plan.approve", "id").click()
        page.wait_for_url(re.compile("/plans/"))
        approved = page.url.partition("/plans/")[2].partition("?")[0]
    return {"approved": approved, "invitation": invitation}


@pytest.fixture
def shown(opened: Open, site: Site, prepared: dict[str, str], place: Place) -> Callable[..., Page]:
    """Return what shows the page, with all that is folded open."""

    def shown(language: Language = "id", browser: Browser | None = None) -> Page:
        more = {} if browser is None else {"browser": browser}
        page = opened(site, Way(language), who=place.who, **more)
        page.goto(place.path.format(**prepared))
        if place == Place("office", "/city"):  # its figures are made when first asked for
            expect(page.locator("#city dl.figures")).to_be_visible()
        looking.unfold(page)
        return page

    return shown


def look(page: Page, size: tuple[int, int], theme: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    # Without motion, or colours would be looked at on their way from one theme to the other.
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_axe_finds_nothing(shown: Callable[..., Page], place: Place) -> None:
    page = shown()
    for size, theme in LOOKS[PLACES.index(place) % 2]:
        look(page, size, theme)
        assert looking.found_by_axe(page) == [], (size, theme)
    is_whole(page, "id")
    fits(page, WIDE, ZOOMED, NARROW)


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_page_serves_everybody(shown: Callable[..., Page], place: Place) -> None:
    page = shown("en")
    is_whole(page, "en")
    assert looking.untold_pictures(page) == []
    fits(page, WIDE, ZOOMED, NARROW)
    assert looking.moving(page) == [], "asked for no motion"
    page.emulate_media(forced_colors="active")
    assert looking.unseen_controls(page) == []


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_text_of_twice_its_size_fits(shown: Callable[..., Page], large_text: Browser, place: Place) -> None:
    page = shown("id", large_text)
    size = page.evaluate("getComputedStyle(document.querySelector('main p, main a')).fontSize")
    assert float(size.removesuffix("px")) > 24
    fits(page, WIDE, NARROW)


def is_whole(page: Page, language: Language) -> None:
    """One heading of the first level, a title, the right language, and words in the body."""
    assert page.locator("html").get_attribute("lang") == language
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.title().endswith(word("site.name", language))
    assert "{" not in page.locator("main").inner_text(), "a field that was not filled in"


def fits(page: Page, *sizes: tuple[int, int]) -> None:
    """No screen must be moved sideways to read a page."""
    for size in sizes:
        look(page, size, "light")
        assert looking.too_wide(page) == [], size
        assert looking.cut_off(page) == [], size


def test_every_page_is_looked_at() -> None:
    files = {"asset", "team_plan_sheet", "approved_plan_sheet", "person_plan_sheet", "my_data"}
    ways = {"home", "choose_language", "sign_in_at_provider", "back_from_provider"}
    wanted = {
        route.name: route.path_regex
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods and route.name not in files | ways
    }
    paths = [place.path.partition("?")[0] for place in PLACES]
    assert [name for name, fits in wanted.items() if not any(map(fits.match, paths))] == []


def test_a_way_is_named_by_what_differs() -> None:
    assert str(Way("en", scripts=False, size=NARROW)) == "en-no-scripts-narrow"
