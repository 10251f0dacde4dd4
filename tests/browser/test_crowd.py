"""A unit of more than three hundred people: the pages work, and the first one is small."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from api.pages.words import word
from tests.api.cities import Rows, sample_rows
from tests.browser.conftest import NARROW, Open, Way
from tests.browser.doing import button, download, heading, link, sees, width_of
from tests.browser.site import UNIT, Site, looked_into, make_accounts, new_city

MOST_BYTES = 100_000
ROUND = {"document", "stylesheet", "script"}


def crowded_rows() -> dict[str, Rows]:
    """Return the sample city with a second one of everybody, all of them in one unit."""
    tables = dict(sample_rows())
    for name, rows in sample_rows().items():
        if rows and "employee_id" in rows[0]:
            tables[name] = [*rows, *(_again(name, row) for row in rows)]
    return tables


def _again(table: str, row: dict[str, object]) -> dict[str, object]:
    other = {**row, "employee_id": f"X{row['employee_id']}"}
    if table == "feedback":
        other["feedback_id"] = f"X{row['feedback_id']}"
    if table == "employees":
        other |= {"unit_id": UNIT, "name": f"{row['name']} Kedua"}
    return other


@pytest.fixture(scope="module")
def crowd(started: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    url = new_city(tmp_path_factory.mktemp("crowd"), crowded_rows())
    make_accounts(url)
    with looked_into(started(DATABASE_URL=url), url) as site:
        yield site


@pytest.mark.parametrize("way", [Way(), Way("en", scripts=False), Way(size=NARROW)], ids=str)
def test_a_large_team_is_searched_ordered_and_turned_over(crowd: Site, opened: Open, way: Way) -> None:
    page, language = opened(crowd, way, who="manager"), way.language
    people = crowd.value(
        "SELECT count(*) FROM employees WHERE unit_id = :unit AND status = 'aktif'", unit=UNIT
    )
    assert people >= 300
    page.goto("/team")
    sees(page, "team.lead", language, people=people)
    pages = -(-people // 25)
    sees(page, "team.page", language, page=1, pages=pages)
    page.get_by_role("link", name=word("team.next", language)).click()
    sees(page, "team.page", language, page=2, pages=pages)
    assert width_of(page) <= way.size[0]
    page.get_by_label(word("team.sort", language), exact=True).select_option("name")
    if not way.scripts:
        button(page, "team.show", language).click()
    page.wait_for_url(re.compile("sort=name"))
    sees(page, "team.page", language, page=1, pages=pages)
    names = page.locator("#people table").first.get_by_role("rowheader").get_by_role("link").all_inner_texts()
    assert len(names) == 25
    assert names == sorted(names)
    page.get_by_label(word("team.search", language), exact=True).fill("XE00142")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("search=XE00142"))
    expect(page.locator("#people table").first.get_by_role("rowheader")).to_have_count(1)


def test_the_plan_of_a_large_team_is_turned_over_and_downloaded(
    crowd: Site, opened: Open, tmp_path: Path
) -> None:
    page = opened(crowd, who="manager")
    page.goto("/team/plan?page=3")
    sees(page, "team.page", "id", page=3)
    page.locator("input[name=chosen]").first.check()
    button(page, "plan.accept_chosen", "id").click()
    sees(page.get_by_role("status"), "plan.done_accepted", "id")
    assert "page=3" in page.url, "the page that was being worked on is shown again"
    expect(page.get_by_text("detik")).to_be_visible()  # how long it takes where nobody was asked about before
    file = download(page, link(page, "plan.sheet", "id"), tmp_path, seconds=120)
    rows = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    assert len({row[0] for row in rows[1:]}) > 300, "what is suggested to everybody, not to one page alone"
    assert heading(page).startswith("Rencana")


def test_the_first_page_is_small_and_asks_for_all_in_one_round(crowd: Site, opened: Open) -> None:
    page = opened(crowd, who="manager")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes, asked = dict[str, float](), list[dict[str, Any]]()
    session.on("Network.requestWillBeSent", lambda event: asked.append(event))
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}),
    )
    page.goto("/team", wait_until="networkidle")
    counted = {one["requestId"]: one for one in asked if one.get("type", "").lower() in ROUND}
    assert len(counted) >= 3
    assert sum(sizes[one] for one in counted) < MOST_BYTES
    for one in asked:
        if one["type"] != "Document":
            initiator = one["initiator"]
            assert (initiator["type"], initiator.get("url")) in (
                ("parser", f"{crowd.url}/team"),
                ("other", None),  # the icon
            ), one["request"]["url"]
