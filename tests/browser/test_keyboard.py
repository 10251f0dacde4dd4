"""A manager without a mouse: everything is reached in order, seen when it is, and works."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from api.pages.words import word
from tests.browser.conftest import NARROW, Open, Way
from tests.browser.doing import sees
from tests.browser.site import SMALL_UNIT, Site

MOST = 90  # stops on the way
PERSON = "E00076"  # of the small unit
_FOCUS = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const over = document.elementFromPoint(box.x + Math.min(box.width / 2, 20), box.y + box.height / 2);
  return {
    tag: one.tagName, name: one.name || "", href: one.getAttribute("href") || "", text: one.innerText || "",
    seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    free: !over || one === over || one.contains(over) || over.contains(one) || over.control === one,
    inside: Boolean(one.closest("main")),
  };
}"""


def focus(page: Page) -> Any:
    return page.evaluate(_FOCUS)


def reach(page: Page, wanted: Callable[[Any], bool]) -> Any:
    """Go on by the Tab key until something is reached; every stop is seen, with nothing over it."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        here = focus(page)
        assert here["tag"] != "BODY", "the end of the page"
        assert here["seen"], here
        assert here["free"], here
        if wanted(here):
            return here
    raise AssertionError("not reached")


@pytest.mark.parametrize("way", [Way(), Way(size=NARROW)], ids=str)
def test_a_manager_needs_no_mouse(site: Site, opened: Open, way: Way) -> None:
    page = opened(site, way, who="head")
    page.goto("/team")
    page.keyboard.press("Tab")
    first = focus(page)
    assert (first["tag"], first["href"], first["seen"]) == ("A", "#main", True)
    expect(page.get_by_role("link", name=word("site.skip", "id"), exact=True)).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focus(page)["inside"], "the way past the menu leads to what the page is about"
    filters(page)
    opens_somebody(page)
    accepts(page, site)


def filters(page: Page) -> None:
    """The list changes, and the focus stays where the next key is pressed."""
    reach(page, lambda here: here["name"] == "competency")
    before = page.locator("#people").inner_text()
    page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile("competency="))
    expect(page.locator("#people")).not_to_have_text(before)
    assert focus(page)["name"] == "competency"
    page.keyboard.press("ArrowUp")
    page.wait_for_url(lambda url: not re.search("competency=[^&]", url))
    assert focus(page)["name"] == "competency"


def opens_somebody(page: Page) -> None:
    here = reach(page, lambda here: here["href"] == f"/people/{PERSON}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(here["text"])


def accepts(page: Page, site: Site) -> None:
    """What would change is asked for and read; then the first suggestion is accepted."""
    person = page.url.rpartition("/")[2]
    reach(page, lambda here: here["tag"] == "BUTTON" and here["text"].startswith(word("person.accept", "id")))
    page.keyboard.press("Enter")
    sees(page.get_by_role("status"), "person.done_accept", "id")
    made = site.value("SELECT count(*) FROM decisions WHERE employee_id = :person", person=person)
    assert made == 1
    reach(page, lambda here: here["text"].startswith(word("person.changes", "id")))
    page.keyboard.press("Enter")
    expect(page.locator("#changes")).to_be_visible()
    assert focus(page)["text"].startswith(word("person.changes", "id"))
    with site.database.writing() as connection:  # for whoever takes the same way next
        connection.exec_driver_sql("DELETE FROM decisions WHERE employee_id = ?", (person,))


def test_the_whole_page_is_gone_through_by_tab(site: Site, opened: Open) -> None:
    """Every stop from the top of a plan to its end is seen, and nothing lies over it."""
    page = opened(site, who="head")
    page.goto(f"/team/plan?unit={SMALL_UNIT}")
    stops = page.locator("main :is(a, button, input:not([type=hidden]), select, textarea, summary)").count()
    passed = 0
    for _ in range(stops + 30):
        page.keyboard.press("Tab")
        here = focus(page)
        if here["tag"] == "BODY":
            break
        passed += here["inside"]
        assert here["seen"], here
        assert here["free"], here
    assert passed >= stops
