"""`make screenshots`: the pictures of README.md, taken of the pages over the sample city.

    python -m tests.browser.screenshots FOLDER

All people in them are invented. The model is `models/current`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from api.pages.words import word
from recommender.explain import Language
from recommender.store.askers import Asker
from recommender.store.database import open_database
from recommender.store.demo import make_demo_accounts
from tests.api.cities import sample_rows
from tests.api.servers import ROOT, serving
from tests.browser.chromium import chromium
from tests.browser.conftest import NARROW, WIDE
from tests.browser.doing import button
from tests.browser.site import Site, looked_into, new_city

MOST_BYTES = 250_000
_PLANNED = 8  # people in whose plan something is put first


def team(page: Page) -> None:
    """Show who lacks what in a unit: the map of gaps."""
    page.goto("/team")
    page.get_by_role("heading", name=word("heat.title", "id")).evaluate("one => one.scrollIntoView()")


def team_on_phone(page: Page) -> None:
    """Show who needs what, on a phone."""
    page.goto("/team")
    page.locator("#people").evaluate("one => one.scrollIntoView()")


def person(page: Page) -> None:
    """Show a person's suggestions with the reasons of the first."""
    page.goto("/team")
    page.locator("#people tbody").first.get_by_role("link").nth(1).click()
    first = page.locator("article").first
    why = first.locator("summary", has_text=word("person.why", "id"))
    if not first.get_by_role("table").is_visible():
        why.click()
    page.locator("h2#suggested").evaluate("one => one.scrollIntoView()")


def plan(page: Page) -> None:
    """Show the plan of a unit in which some programs were accepted."""
    page.goto("/team/plan")
    people = page.locator("section.plan-person").filter(has=page.locator("input[name=chosen]"))
    for place in range(_PLANNED):
        people.nth(place).locator("input[name=chosen]").first.check()
    button(page, "plan.accept_chosen", "en").click()
    page.goto("/team/plan")


def city(page: Page) -> None:
    """Show the whole city in figures."""
    page.goto("/city")
    expect(page.locator("#city dl.figures")).to_be_visible(timeout=60_000)


PICTURES: dict[str, tuple[Callable[[Page], None], str, Language, tuple[int, int]]] = {
    "team": (team, "demo-manager", "id", WIDE),
    "person": (person, "demo-manager", "id", WIDE),
    "plan": (plan, "demo-manager", "en", WIDE),
    "city": (city, "demo-office", "id", WIDE),
    "phone": (team_on_phone, "demo-manager", "id", NARROW),
}


def main(folder: Path) -> None:
    """Take all pictures.

    Raises
    ------
    SystemExit
        A picture is too large for a repository.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        url = new_city(Path(made), sample_rows())
        database = open_database(url)
        with database.writing() as connection:
            make_demo_accounts(connection, Asker("screenshots", "training-office"))
        database.close()
        running = serving(Path(made), {"DATABASE_URL": url, "BUNDLE": str(ROOT / "models/current")})
        with looked_into(running, url) as site, chromium() as browser:
            for name in PICTURES:
                take(browser, site, name, folder / f"{name}.png")


def take(browser: Browser, site: Site, name: str, file: Path) -> None:
    """Take one picture."""
    show, who, language, (width, height) = PICTURES[name]
    with browser.new_context(base_url=site.url, viewport={"width": width, "height": height}) as context:
        context.add_cookies([{"name": "language", "value": language, "url": site.url}])
        site.sign_in(context, who)
        page = context.new_page()
        show(page)
        page.screenshot(path=file)
    if file.stat().st_size > MOST_BYTES:
        sys.exit(f"{file} has {file.stat().st_size} bytes; a picture has at most {MOST_BYTES}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
