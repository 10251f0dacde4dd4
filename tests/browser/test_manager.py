"""The manager's way: who needs what and why, the decision, and the plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from api.pages.words import word
from recommender.explain import Language
from tests.browser.conftest import WAYS, Open, Way
from tests.browser.doing import button, download, go, heading, link, sees, sign_in
from tests.browser.site import UNIT, Site

# Somebody else for each way, so that none finds what another decided.
PEOPLE = dict(zip(map(str, WAYS), ("E00030", "E00031", "E00032"), strict=True))


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_manager_finds_who_needs_what_decides_and_approves_the_plan(
    site: Site, opened: Open, way: Way, tmp_path: Path
) -> None:
    page, person = opened(site, way), PEOPLE[str(way)]
    page.goto("/")
    sign_in(page, "manager", way.language)
    expect(page).to_have_url(f"{site.url}/team")
    filters_the_team(page, way)
    finds(page, person, way)
    reads_why(page, way)
    asks_what_would_change(page, person, way)
    accepted = accepts_first(page, site, person, way.language)
    declines_second(page, site, person, way)
    other = suggests_another(page, site, person, way.language)
    ticked = ticks_suggestions(page, site, way.language)
    approves(page, site, way, tmp_path, {accepted, other, *ticked})


def filters_the_team(page: Page, way: Way) -> None:
    """Filter by what people lack: only the list changes, the address with it, and the way back leads back."""
    language = way.language
    chosen = page.get_by_label(word("team.competency", language), exact=True)
    before = page.locator("#people").inner_text()
    if way.scripts:
        page.evaluate("window.unchanged = true")
    chosen.select_option(index=1)
    competency = chosen.input_value()
    if not way.scripts:
        button(page, "team.show", language).click()
    page.wait_for_url(re.compile(rf"competency={re.escape(competency)}"))
    expect(page.locator("#people")).not_to_have_text(before)
    if way.scripts:
        assert page.evaluate("window.unchanged"), "the whole page was loaded, not the list alone"
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    page.go_back()
    expect(page).to_have_url(re.compile(r"/team$"))
    expect(page.locator("#people")).to_have_text(re.compile(re.escape(before.splitlines()[0])))
    expect(page.get_by_label(word("team.competency", language), exact=True)).to_have_value("")


def finds(page: Page, person: str, way: Way) -> None:
    """Search for somebody and open the page."""
    page.get_by_label(word("team.search", way.language), exact=True).fill(person)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"search={person}"))
    shown = page.locator("#people tbody").first.get_by_role("rowheader")
    expect(shown).to_have_count(1)
    name = shown.get_by_role("link").inner_text()
    shown.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def reads_why(page: Page, way: Way) -> None:
    """The reasons are a click away, and add up to the score."""
    for place in range(2):
        card = page.locator("article").nth(place)
        table = card.get_by_role("table")
        if not table.is_visible():
            card.locator("summary", has_text=word("person.why", way.language)).click()
        expect(table).to_be_visible()
        parts = [number(one) for one in table.locator("tbody td.number").all_inner_texts()]
        assert parts
        score = number(table.locator("tfoot td.number").inner_text())
        assert sum(parts) == pytest.approx(score, abs=0.005 * (len(parts) + 1))


def number(text: str) -> float:
    return float(text.strip().replace("−", "-").replace(",", "."))


def asks_what_would_change(page: Page, person: str, way: Way) -> None:
    """With scripts the answer comes into the page; without, it is a page of its own that leads back."""
    page.locator("summary", has_text=word("person.changes", way.language)).click()
    if way.scripts:
        expect(page.locator("#changes")).to_be_visible()
        sees(page.locator("#changes"), "person.first_now", way.language)
        expect(page).to_have_url(re.compile(rf"/people/{person}$"))
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        return
    link(page, "person.changes_open", way.language).click()
    assert heading(page) == word("person.changes", way.language)
    sees(page, "person.first_now", way.language)
    page.locator("nav.trail a").last.click()


def accepts_first(page: Page, site: Site, person: str, language: Language) -> str:
    """Return the program that was accepted."""
    first = page.locator("article").first
    program = first.locator("input[name=program]").first.input_value()
    first.get_by_role("button", name=word("person.accept", language)).click()
    sees(page.get_by_role("status"), "person.done_accept", language)
    expect(page.locator(f"#program-{program}")).to_contain_text(word("verdicts.accept", language))
    (made,) = kept(site, person, program)
    assert (made.verdict, made.decided_by, made.reason) == ("accept", "Kepala Contoh", None)
    assert made.plan_year
    assert made.ledger_id
    return program


def declines_second(page: Page, site: Site, person: str, way: Way) -> None:
    """The browser asks for a reason; where blanks get past it, the service does."""
    program = page.locator("article").nth(1).locator("input[name=program]").first.input_value()
    card, language = page.locator(f"#program-{program}"), way.language
    card.locator("summary", has_text=word("person.decline", language)).click()
    decline = card.get_by_role("button", name=word("person.decline_now", language))
    reason = card.get_by_label(word("person.reason", language), exact=True)
    decline.click()
    expect(reason).to_be_focused()
    assert kept(site, person, program) == []
    reason.fill("   ")
    decline.click()
    page.wait_for_url(re.compile("missing="))
    sees(card, "person.reason_missing", language)
    assert kept(site, person, program) == []
    reason.fill("Sudah ikut <b>di luar</b> & lulus")
    decline.click()
    sees(page.get_by_role("status"), "person.done_decline", language)
    expect(card).to_contain_text("Sudah ikut <b>di luar</b> & lulus")
    (made,) = kept(site, person, program)
    assert (made.verdict, made.reason) == ("decline", "Sudah ikut <b>di luar</b> & lulus")


def suggests_another(page: Page, site: Site, person: str, language: Language) -> str:
    """Put a program of one's own choice into the plan; return it."""
    link(page, "person.choose_other", language).click()
    program = page.get_by_label(word("choose.program", language), exact=True)
    program.select_option(index=12)
    chosen = program.input_value()
    page.get_by_label(word("choose.reason", language), exact=True).fill("Tugas baru")
    button(page, "choose.go", language).click()
    sees(page.get_by_role("status"), "person.done_accept", language)
    (made,) = kept(site, person, chosen)
    assert (made.verdict, made.reason) == ("accept", "Tugas baru")
    return str(chosen)


def ticks_suggestions(page: Page, site: Site, language: Language) -> list[str]:
    """Accept two suggestions of two people on the plan of the team; return the programs."""
    go(page, "plan", language)
    accept = button(page, "plan.accept_chosen", language)
    accept.click()
    sees(page.get_by_role("alert"), "plan.none_chosen", language)
    cards = page.locator("section.plan-person").filter(has=page.locator("input[name=chosen]"))
    pairs = []
    for number_of in range(2):
        box = cards.nth(number_of).locator("input[name=chosen]").first
        pairs.append(str(box.get_attribute("value")).split("/")[:2])
        box.check()
    accept.click()
    sees(page.get_by_role("status"), "plan.done_accepted", language)
    for person, program in pairs:
        (made,) = kept(site, person, program)
        assert (made.verdict, made.decided_by) == ("accept", "Kepala Contoh")
    return [program for _, program in pairs]


def approves(page: Page, site: Site, way: Way, folder: Path, programs: set[str]) -> None:
    """Approve: the browser asks to tick the box; the copy says what was accepted, also as a workbook."""
    language, before = way.language, site.value("SELECT count(*) FROM plans")
    approve = button(page, "plan.approve", language)
    approve.click()
    sure = page.get_by_label(word("plan.sure", language))
    expect(sure).to_be_focused()
    assert site.value("SELECT count(*) FROM plans") == before
    sure.check()
    approve.click()
    page.wait_for_url(re.compile(r"/plans/[0-9a-f-]+\?done=approved"))
    sees(page.get_by_role("status"), "plan.done_approved", language)
    assert site.value("SELECT count(*) FROM plans") == before + 1
    rows = site.rows(
        "SELECT employee_id, program_id, title FROM plan_rows WHERE plan_id = :plan",
        plan=page.url.partition("/plans/")[2].partition("?")[0],
    )
    assert programs <= {row.program_id for row in rows}
    for row in rows:
        expect(page.locator("main")).to_contain_text(row.title)
    names = {
        row.name
        for row in site.rows(
            "SELECT employee_id, name FROM employees WHERE employee_id IN (SELECT employee_id FROM plan_rows)"
        )
    }
    file = download(page, link(page, "plan.sheet", language), folder)
    assert file.suffix == ".xlsx"
    cells = {
        str(cell)
        for row in CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
        for cell in row
    }
    assert {row.title for row in rows} <= cells
    assert names & cells
    prints(page, way, [row.title for row in rows], names & cells)


def prints(page: Page, way: Way, titles: list[str], names: set[str]) -> None:
    """On paper stand names and programs, and nothing that is there to be pressed."""
    page.emulate_media(media="print")
    text = page.locator("body").inner_text()
    for name in names:
        assert name in text
    for title in titles:
        assert title in text
    expect(page.get_by_role("navigation").filter(visible=True)).to_have_count(0)
    expect(page.get_by_role("button").filter(visible=True)).to_have_count(0)
    expect(link(page, "plan.sheet", way.language)).to_be_hidden()
    printed = page.pdf(format="A4")
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") >= 1
    page.emulate_media(media="screen")


def kept(site: Site, person: str, program: str) -> list[object]:
    """Return what is kept of decisions about a program for a person."""
    return site.rows(
        "SELECT * FROM decisions WHERE employee_id = :person AND program_id = :program",
        person=person,
        program=program,
    )


@pytest.mark.parametrize(
    ("who", "path", "part"), [("manager", "/team", "#people"), ("office", "/programs", "#programs")]
)
def test_of_two_wishes_at_once_the_last_holds(
    site: Site, opened: Open, who: str, path: str, part: str
) -> None:
    page = opened(site, who=who)
    page.goto(path)
    before = page.locator(f"{part} h2").first.inner_text()
    page.locator("select[name=sort]").select_option(index=2)
    page.locator("select[name=only]").select_option(index=2)  # while the first is still on its way
    page.wait_for_url(re.compile(r"only=[^&]"))
    expect(page.locator(f"{part} h2").first).not_to_have_text(before)
    page.reload()
    assert page.locator(f"{part} h2").first.inner_text() != before


def test_a_unit_out_of_sight_looks_like_one_that_is_not_there(site: Site, opened: Open) -> None:
    page = opened(site, who="manager")
    answer = page.goto("/team?unit=U012")
    assert answer is not None
    assert answer.status == 404
    assert heading(page) == word("errors.404", "id")
    link(page, "errors.home", "id").click()
    expect(page).to_have_url(f"{site.url}/team")
    assert heading(page) == site.value("SELECT name FROM units WHERE unit_id = :unit", unit=UNIT)
