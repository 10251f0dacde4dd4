"""Plans: decided many at a time, added up against the rule, approved as a copy that does not change."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from api.pages.words import word
from recommender.service.plan_sheet import COLUMNS
from recommender.store.cases import Page as Page_
from recommender.store.decisions import latest_choices, list_decisions
from recommender.store.erasure import erase
from recommender.store.ledger import find
from recommender.store.objections import raise_objection, withdraw_objection
from recommender.store.plans import list_plans
from recommender.store.writing import add_records
from tests.pages.browsing import Browser, Page
from tests.pages.conftest import CLERK, UNIT

PLAN = "/team/plan"
DAY = date(2025, 12, 1)


@pytest.fixture
def manager(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("manager")


def boxes(page: Page) -> list[str]:
    return [one.attributes["value"] for one in page.all("input", name="chosen")]


def test_what_is_ticked_is_accepted_at_once(manager: Browser) -> None:
    page = manager.get(PLAN)
    chosen = boxes(page)[:3]
    page = manager.send(page, f"{PLAN}/decisions", chosen=chosen, year="2026")
    assert "Disetujui dan masuk rencana." in page.words
    assert not set(chosen) & set(boxes(page))
    for one in chosen:
        person, program, answer = one.split("/")
        with manager.database.reading() as connection:
            made = latest_choices(connection, [person], 2026)[person][program]
            line = find(connection, answer)
        assert (made.ledger_id, made.reason, made.decided_by) == (answer, None, "Kepala Contoh")
        assert line is not None
        assert program in json.loads(line.detail)["programs"]
        items = manager.office.person_plan(person, 2026, "id", CLERK).items
        assert [item.state for item in items if item.program_id == program] == ["accepted"]


def approve(browser: Browser, page: Page) -> Page:
    """Send the form of a page of a plan by which it is approved."""
    seen = page.all("input", name="seen")[0].attributes["value"]
    return browser.send(page, f"{PLAN}/approval", year="2026", seen=seen, sure="yes")


def accepted(browser: Browser, box: str) -> list[str]:
    """Return the verdicts about the program of a box."""
    person, program, *_ = box.split("/")
    with browser.database.reading() as connection:
        made = list_decisions(connection, Page_([person]))
    return [one.verdict for one in made if one.program_id == program]


def test_nothing_ticked_is_told(manager: Browser) -> None:
    assert "Belum ada yang dicentang." in manager.send(manager.get(PLAN), f"{PLAN}/decisions").words


@pytest.mark.parametrize("chosen", ["E00045", "E00045/", "/P044", "E00045/NONE", "%00/%00", "a" * 900])
def test_boxes_that_were_never_there_decide_nothing(manager: Browser, chosen: str) -> None:
    page = manager.get(PLAN)
    right = boxes(page)[0]
    page = manager.send(page, f"{PLAN}/decisions", chosen=[right, chosen])
    assert page.status in (404, 422)
    assert accepted(manager, right) == []


def test_a_box_must_name_an_answer_that_suggests_it_to_the_person(manager: Browser) -> None:
    page = manager.get(PLAN)
    person, program, answer = boxes(page)[0].split("/")
    other = next(one for one in boxes(page) if not one.startswith(person)).split("/")[2]
    for wrong in ("", "/", f"/{other}", "/none", f"/{answer}x"):
        told = f"{person}/{program}{wrong}"
        assert manager.send(page, f"{PLAN}/decisions", chosen=told).status == 422
    told = f"{person}/P001/{answer}"
    assert manager.send(page, f"{PLAN}/decisions", chosen=told).status == 422
    assert accepted(manager, f"{person}/{program}") == accepted(manager, f"{person}/P001") == []


def test_a_form_that_an_objection_overtook_accepts_nothing(manager: Browser) -> None:
    page = manager.get(f"{PLAN}?page=3")
    first, *others = boxes(page)
    person = first.partition("/")[0]
    other = next(one for one in others if not one.startswith(person))
    with manager.database.writing() as connection:
        raise_objection(connection, person, None, CLERK)
    fields = {"csrf": page.csrf, "chosen": [other, first], "page": "3"}
    answer = manager.post(f"{PLAN}/decisions", fields)
    assert answer.status == 409
    assert "mengajukan keberatan" in answer.words
    assert answer.all("a", href="/team/plan?page=3")
    assert accepted(manager, first) == accepted(manager, other) == []
    with manager.database.writing() as connection:
        withdraw_objection(connection, person, CLERK)


def test_what_a_rule_keeps_out_meanwhile_is_refused_in_words(manager: Browser) -> None:
    page = manager.get(f"{PLAN}?page=3")
    box = boxes(page)[0]
    person, program, _ = box.split("/")
    done = {"employee_id": person, "program_id": program, "status": "completed", "completed_on": DAY}
    with manager.database.writing() as connection:
        add_records(connection, "training_records", [done])
    answer = manager.send(page, f"{PLAN}/decisions", chosen=box)
    assert answer.status == 422
    assert "sudah diselesaikan dan masih berlaku" in answer.words
    assert accepted(manager, box) == []


def test_hours_are_held_against_the_rule(manager: Browser) -> None:
    page = manager.get("/people/E00047/plan")
    assert "Di bawah JP minimum" in page.words or "Sesuai ketentuan JP" in page.words
    assert re.search(r"\d JP \(minimum 20\)", page.words)
    person = manager.get("/people/E00042/plan")  # on a contract: a ceiling of 24
    assert "(maksimum 24)" in person.words


def test_an_approved_plan_stays_as_it_was(manager: Browser) -> None:
    page = manager.get(PLAN)
    manager.send(page, f"{PLAN}/decisions", chosen=boxes(page)[:2], year="2026")
    page = manager.send(manager.get(PLAN), f"{PLAN}/approval", year="2026")
    assert "Centang dulu" in page.words, "who approves says that he has looked"
    page = approve(manager, page)
    assert page.heading == "Rencana yang ditetapkan 2026"
    assert "sesuai dengan sidik digital" in page.words
    path = page.url.partition("8000")[2].partition("?")[0]
    table, before = page.all("main")[0].text, manager.get(path).all("main")[0].text
    page = manager.get(PLAN)
    manager.send(page, f"{PLAN}/decisions", chosen=boxes(page)[:2], year="2026")
    assert manager.get(path).all("main")[0].text == before
    assert "Rencana ditetapkan" in table


def test_what_was_decided_since_it_was_seen_is_not_approved_unseen(manager: Browser) -> None:
    page = manager.get(PLAN)
    later = manager.get(f"{PLAN}?page=2")
    manager.send(later, f"{PLAN}/decisions", chosen=boxes(later)[0], year="2026")
    with manager.database.reading() as connection:
        before = list_plans(connection)
    answer = approve(manager, page)
    assert answer.status == 409
    assert "sudah berubah sejak Anda membukanya" in answer.words
    assert answer.all("a", href="/team/plan?year=2026")
    with manager.database.reading() as connection:
        assert list_plans(connection) == before
    assert approve(manager, manager.get(PLAN)).heading == "Rencana yang ditetapkan 2026"


def test_the_plan_of_one_person_is_approved_as_it_was_seen(manager: Browser) -> None:
    path = "/people/E00050"
    page = manager.get(f"{path}/choose")
    program = [one.attributes["value"] for one in page.all("option")][-1]
    manager.send(page, f"{path}/decisions", program=program, verdict="accept", reason="perlu")
    page = manager.get(f"{path}/plan")
    seen = page.all("input", name="seen")[0].attributes["value"]
    manager.send(page, f"{path}/decisions", program=program, verdict="accept", reason="sangat perlu")
    answer = manager.send(page, f"{path}/plan/approval", seen=seen, sure="yes")
    assert answer.status == 409
    assert answer.all("a", href=f"{path}/plan?year=2026")
    page = manager.get(f"{path}/plan")
    seen = page.all("input", name="seen")[0].attributes["value"]
    answer = manager.send(page, f"{path}/plan/approval", seen=seen, sure="yes")
    assert "sangat perlu" in answer.words
    assert answer.url.endswith("?done=approved")
    assert manager.get(f"{path}/plan").all("a", href=answer.url.partition("8000")[2].partition("?")[0])


def test_workbooks_hold_what_the_page_shows(manager: Browser) -> None:
    for path in (f"{PLAN}.xlsx?year=2026", "/people/E00042/plan.xlsx?year=2026"):
        answer = manager.client.get(path, headers={"Cookie": f"session={manager.cookies['session']}"})
        assert answer.headers["Content-Disposition"] == 'attachment; filename="rencana-2026.xlsx"'
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert rows[0][:3] == ["Nomor pegawai", "Nama", "Jabatan"]
        assert any("E000" in str(row[0]) for row in rows)


def test_the_workbook_of_a_team_holds_what_is_suggested_to_everybody(manager: Browser) -> None:
    everybody = manager.office.whole_team_plan(UNIT, 2026, "id", CLERK).people
    answer = manager.client.get(f"{PLAN}.xlsx", headers={"Cookie": f"session={manager.cookies['session']}"})
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    person, program, state = (list(COLUMNS).index(name) for name in ("employee_id", "program_id", "state"))
    found = {
        (row[person], row[program])
        for row in rows
        if str(row[state]).startswith(word("sheet.suggested", "id"))
    }
    items = [(one.employee_id, item.program_id) for one in everybody for item in one.in_state("suggested")]
    assert found == set(items)
    assert len({person for person, _ in found}) > 25, "more than a page has"


def test_everybody_stands_on_the_page_that_is_printed(manager: Browser) -> None:
    page = manager.get(f"{PLAN}?page=2")
    assert not page.all("button", **{"data-print": ""}), "it would print a part"
    (link,) = [one for one in page.all("a") if one.text.strip().startswith("Cetak semua")]
    everybody = manager.office.whole_team_plan(UNIT, 2026, "id", CLERK)
    assert str(everybody.total_people) in link.text
    page = manager.get(link.attributes["href"])
    assert len(page.all("section", **{"class": "card plan-person"})) == everybody.total_people
    assert page.all("button", **{"data-print": ""})
    assert not boxes(page)
    assert "Centang saran" not in page.words
    assert page.text.count("Disarankan") >= everybody.total_people
    (back,) = [one for one in page.all("a") if one.text.strip() == "Per halaman"]
    assert boxes(manager.get(back.attributes["href"]))


def test_a_plan_of_one_page_is_printed_as_it_is(signed_in: Callable[[str], Browser]) -> None:
    page = signed_in("office").get(f"{PLAN}?unit=U012")
    assert page.all("button", **{"data-print": ""})
    assert "Cetak semua" not in page.words


def test_what_takes_long_is_said_before_it_is_asked_for(signed_in: Callable[[str], Browser]) -> None:
    office = signed_in("office")
    top = office.office.units()[0]
    assert top.people > 70
    page = office.get(f"{PLAN}?unit={top.unit_id}")
    told = re.search(r"saran bagi (\d+) pegawai\..* sekitar (\d+) detik", page.words)
    assert told is not None
    assert int(told[2]) == pytest.approx(0.05 * int(told[1]), abs=0.5)
    for path in (f"{PLAN}?unit={top.unit_id}&year=2025", f"{PLAN}?unit=U012"):
        assert "detik" not in office.get(path).words, "nothing is suggested, or it is soon there"


def test_a_plan_says_when_somebody_in_it_was_erased(manager: Browser) -> None:
    page = manager.get(f"{PLAN}?page=2")
    mine = next(one for one in boxes(page) if one.startswith("E00055"))
    manager.send(page, f"{PLAN}/decisions", chosen=mine, year="2026")
    approve(manager, manager.get(PLAN))
    with manager.database.writing() as connection:
        newest = list_plans(connection, [UNIT], year=2026)[0]
        erase(connection, "E00055", CLERK)
    page = manager.get(f"/plans/{newest.plan_id}")
    assert "tidak lengkap lagi" in page.words
    assert "E00055" not in page.text


@pytest.mark.parametrize("query", ["year=12", "year=x", "page=0", "page=99999999999", "unit=" + "u" * 500])
def test_a_question_that_cannot_be_read_is_refused(manager: Browser, query: str) -> None:
    assert manager.get(f"{PLAN}?{query}").status == 422


@pytest.mark.parametrize(
    "year", ["0" + "2026" + "0" * 5_000, "02026", "1899", "2201", "²⁰²⁶", "-2026", "20 6"]
)
def test_a_form_for_no_year_is_for_the_year_that_is_planned(manager: Browser, year: str) -> None:
    page = manager.send(manager.get(PLAN), f"{PLAN}/decisions", year=year)
    assert (page.status, page.url.partition("?")[2]) == (200, "missing=chosen")
    page = manager.send(manager.get(PLAN), f"{PLAN}/approval", year=year)
    assert (page.status, page.url.partition("?")[2]) == (200, "missing=sure")


def test_years_to_come_and_gone_have_plans_of_their_own(manager: Browser) -> None:
    assert boxes(manager.get(f"{PLAN}?year=2025")) == [], "nothing is suggested for a year that is over"
    assert boxes(manager.get(f"{PLAN}?year=2027"))
