"""A person's page: what is suggested and why, decisions under one's own name, an objection honoured."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from api.pages.rendering import environment
from api.pages.words import word
from recommender.errors import ProgramKeptOut
from recommender.service.asked import Asked
from recommender.store.askers import Asker
from recommender.store.decisions import Choice
from recommender.store.objections import raise_objection, withdraw_objection
from recommender.store.writing import put_employee
from tests.api import scene
from tests.pages.browsing import Browser, Page
from tests.pages.conftest import CLERK

PERSON = "E00043"
PATH = f"/people/{PERSON}"


@pytest.fixture
def manager(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("manager")


def suggested(page: Page) -> list[str]:
    return [one.attributes["id"].removeprefix("program-") for one in page.all("article")]


def decisions(browser: Browser, person: str = PERSON) -> list[tuple[Any, ...]]:
    asked = "SELECT program_id, verdict, reason, decided_by, plan_year, ledger_id FROM decisions"
    with browser.database.reading() as connection:
        rows = connection.exec_driver_sql(f"{asked} WHERE employee_id = '{person}' ORDER BY decision_id")
        return [tuple(row) for row in rows]


def test_the_list_is_the_one_that_machines_get(manager: Browser) -> None:
    reply = manager.office.recommend(PERSON, Asked(), Asker("x", "hr-system"))
    page = manager.get(PATH)
    assert suggested(page)
    assert all(f'"{program}"' in reply.body.decode() for program in suggested(page))


def test_each_suggestion_says_why_in_parts_that_add_up(manager: Browser) -> None:
    article = manager.get(PATH).all("article")[0].text
    table = article[article.index("Kontribusi") : article.index("Setujui")]
    figures = [
        float(one.replace("−", "-").replace(",", ".")) for one in re.findall(r"[+−]?\d+,\d\d\b", table)
    ]
    signed = re.findall(r"[+−]\d+,\d\d\b", table)
    assert signed, "each part says what it adds"
    assert sum(figures[: len(signed)]) == pytest.approx(figures[-1], abs=0.006 * len(signed))


def test_a_decision_is_kept_under_the_name_of_who_is_signed_in(manager: Browser) -> None:
    page = manager.get(PATH)
    program, other = suggested(page)[:2]
    line = page.all("input", name="ledger_id")[0].attributes["value"]
    fields = {"program": program, "verdict": "accept", "ledger_id": line, "decided_by": "Somebody Else"}
    page = manager.send(page, f"{PATH}/decisions", **fields)
    assert "Disetujui dan masuk rencana." in page.words
    assert decisions(manager)[-1] == (program, "accept", None, "Kepala Contoh", 2026, line)
    page = manager.send(page, f"{PATH}/decisions", program=other, verdict="decline", reason="sudah menguasai")
    assert "Alasan: sudah menguasai" in page.words
    assert decisions(manager)[-1][:4] == (other, "decline", "sudah menguasai", "Kepala Contoh")


def test_nothing_is_declined_without_a_reason(manager: Browser) -> None:
    page = manager.get(PATH)
    program, before = suggested(page)[2], decisions(manager)
    page = manager.send(page, f"{PATH}/decisions", program=program, verdict="decline", reason="  ")
    assert page.all("p", id=f"reason-{program}-error")
    assert decisions(manager) == before


def test_another_program_takes_a_reason_too(manager: Browser) -> None:
    page, before = manager.get(f"{PATH}/choose"), decisions(manager)
    options = [one.attributes["value"] for one in page.all("option")]
    chosen = options[-1]
    page = manager.send(page, f"{PATH}/decisions", program=chosen, verdict="accept", own="1")
    assert page.all("p", id="reason-error")
    assert [one.attributes["value"] for one in page.all("option") if "selected" in one.attributes] == [chosen]
    assert decisions(manager) == before
    manager.send(page, f"{PATH}/decisions", program=chosen, verdict="accept", own="1", reason="tugas baru")
    assert decisions(manager)[-1][:4] == (chosen, "accept", "tugas baru", "Kepala Contoh")


def test_only_what_was_suggested_is_accepted_without_a_word(manager: Browser) -> None:
    """Whatever the form says: the answer that it names must have suggested the program to this person."""
    page, before = manager.get(PATH), decisions(manager)
    line = page.all("input", name="ledger_id")[0].attributes["value"]
    other = manager.get("/people/E00045").all("input", name="ledger_id")[0].attributes["value"]
    options = [one.attributes["value"] for one in manager.get(f"{PATH}/choose").all("option")]
    own = next(one for one in options if one not in suggested(page))
    fields = {"program": own, "verdict": "accept"}
    answer = manager.send(page, f"{PATH}/decisions", **fields)
    assert answer.url.partition("?")[2] == f"missing={own}&program={own}", "a reason is asked for"
    for wrong in (line, other, "none"):
        answer = manager.send(page, f"{PATH}/decisions", **fields, ledger_id=wrong)
        assert answer.status == 422
    program = suggested(page)[-1]
    fields = {"program": program, "verdict": "accept", "ledger_id": other}
    assert manager.send(page, f"{PATH}/decisions", **fields).status == 422
    assert decisions(manager) == before


@pytest.mark.parametrize(
    ("language", "rule"), [("id", "tidak untuk jenjang ini"), ("en", "not for this tier")]
)
def test_what_a_rule_keeps_out_is_refused_in_the_words_of_the_rule(
    manager: Browser, language: str, rule: str
) -> None:
    before = decisions(manager)
    kept_out = kept_out_by(manager, PERSON, "tier")
    page = manager.get(PATH)
    manager.cookies["language"] = language
    page = manager.send(page, f"{PATH}/decisions", program=kept_out, verdict="accept", reason="tetap perlu")
    assert page.status == 422
    assert rule in page.words
    assert page.all("a", href=PATH)
    assert decisions(manager) == before


def kept_out_by(browser: Browser, person: str, rule: str) -> str:
    """Return a program that a rule keeps from somebody, told by that rule first."""
    for program in browser.office.catalogue().dataset.programs.ids.ids:
        try:
            browser.office.decide([(person, Choice(program, "accept", "x", "x"))], CLERK)
        except ProgramKeptOut as error:
            if error.rule == rule:
                return str(program)
    raise AssertionError(f"no program is kept from {person} by {rule}")


def test_while_an_objection_stands_only_own_choices_are_kept(manager: Browser) -> None:
    person, path = "E00048", "/people/E00048"
    page = manager.get(path)
    line = page.all("input", name="ledger_id")[0].attributes["value"]
    first, second = suggested(page)[:2]
    with manager.database.writing() as connection:
        raise_objection(connection, person, None, CLERK)
    for verdict in ("accept", "decline"):
        fields = {"program": first, "verdict": verdict, "reason": "perlu", "ledger_id": line}
        answer = manager.send(page, f"{path}/decisions", **fields)
        assert answer.status == 409
        assert "mengajukan keberatan" in answer.words
    assert decisions(manager, person) == []
    answer = manager.send(page, f"{path}/decisions", program=second, verdict="accept")
    assert "missing=" in answer.url
    assert decisions(manager, person) == []
    manager.send(page, f"{path}/decisions", program=second, verdict="accept", reason="tugas baru")
    assert [one[:3] for one in decisions(manager, person)] == [(second, "accept", "tugas baru")]


def test_what_was_decided_is_seen_and_can_be_changed_also_what_was_not_suggested(manager: Browser) -> None:
    path = "/people/E00049"
    page = manager.get(path)
    assert "Belum ada keputusan." in page.words
    options = [one.attributes["value"] for one in manager.get(f"{path}/choose").all("option")]
    own = next(one for one in reversed(options) if one not in suggested(page))
    manager.send(page, f"{path}/decisions", program=own, verdict="accept", reason="tugas baru")
    page = manager.get(path)
    (shown,) = page.all("li", id=f"decided-{own}")
    assert all(told in shown.text for told in ("Disetujui", "Kepala Contoh", "tugas baru"))
    assert own not in suggested(page)
    assert "Keputusan untuk 2026" in page.words
    page = manager.send(page, f"{path}/decisions", program=own, verdict="decline")
    assert page.all("p", id=f"decided-reason-{own}-error"), "a reason is asked for"
    page = manager.send(page, f"{path}/decisions", program=own, verdict="decline", reason="batal")
    (shown,) = page.all("li", id=f"decided-{own}")
    assert all(told in shown.text for told in ("Ditolak", "batal"))
    page = manager.send(page, f"{path}/decisions", program=own, verdict="accept")
    assert page.all("p", id=f"decided-reason-{own}-error"), "so does turning it round again"
    page = manager.send(page, f"{path}/decisions", program=own, verdict="accept", reason="jadi")
    assert [one[1] for one in decisions(manager, "E00049")] == ["accept", "decline", "accept"]


@pytest.mark.parametrize(
    "fields",
    [
        {"program": "NONE", "verdict": "accept", "reason": "x"},
        {"program": "P044", "verdict": "perhaps"},
        {"program": "P044", "verdict": "done", "reason": "x"},
        {"program": "P044", "verdict": ""},
        {"program": "", "verdict": "accept", "reason": "x"},
        {"program": "P" * 5_000, "verdict": "accept", "reason": "x"},
        {"program": "P044", "verdict": "decline", "reason": "x" * 10_001},
    ],
)
def test_a_decision_that_cannot_be_is_refused_and_not_kept(manager: Browser, fields: dict[str, str]) -> None:
    before = decisions(manager)
    page = manager.send(manager.get(PATH), f"{PATH}/decisions", **fields)
    assert page.status == 422
    assert decisions(manager) == before


def test_while_an_objection_stands_nothing_ranked_is_shown_to_anybody(
    signed_in: Callable[[str], Browser],
) -> None:
    person, path = "E00044", "/people/E00044"
    manager, office = signed_in("manager"), signed_in("office")
    assert suggested(manager.get(path))
    with manager.database.writing() as connection:
        raise_objection(connection, person, "tidak mau", CLERK)
    for browser in (manager, office):
        page = browser.get(path)
        assert suggested(page) == []
        assert "Pemeringkatan otomatis ditangguhkan" in page.words
        assert "tidak mau" not in page.words, "why somebody objects is for the training office's own page"
        assert "menutup" not in browser.get(f"{path}/choose").text
        assert browser.get(f"{path}/changes").all("div", id="changes")[0].text.count("Andai") == 0
        assert "Keberatan" in browser.get(f"{path}/plan").words
    with manager.database.writing() as connection:
        withdraw_objection(connection, person, CLERK)
    assert suggested(manager.get(path))


def test_questions_tell_levels_of_the_scale_and_no_chance_of_nothing(manager: Browser) -> None:
    asked = manager.office.story("E00057", "current", "id", CLERK).questions
    assert 0.0 in {one.held for one in asked}, "believed to lie below the scale"
    people = scene.people_of("U007")
    stories = [manager.office.story(one, "current", "id", CLERK) for one in people]
    least = min(one.chance for story in stories for one in story.questions)
    assert least < 0.01
    for story in stories:
        page = manager.get(f"/people/{story.member.employee_id}")
        assert "Perkiraan saat ini -" not in page.words
        told = page.words.count("Peluang saran pertama berubah")
        assert told == sum(one.chance >= 0.01 for one in story.questions)


@pytest.mark.parametrize(
    ("language", "horizon", "said"),
    [
        ("id", "current", "jabatan sekarang"),
        ("id", "next", "jabatan berikutnya"),
        ("en", "current", "position held"),
        ("en", "next", "next position"),
    ],
)
def test_what_closes_nothing_names_the_position_that_is_meant(language: Any, horizon: str, said: str) -> None:
    template = environment().from_string(
        '{% from "person_parts.html" import closes with context %}{{ closes({"benefit": 0.004}, horizon) }}'
    )
    told = partial(word, language=language)
    assert said in template.render(t=told, horizon=horizon, level_step=lambda: 1.0)


def test_a_weighted_gap_is_called_one_and_explained_once(manager: Browser) -> None:
    page = manager.get(PATH)
    assert len(suggested(page)) > 1
    for article in page.all("article"):
        assert re.search(r"Menutup [\d,]+ level kesenjangan berbobot \(80 %: [\d,]+ sampai", article.text)
    assert page.words.count("dikalikan bobot, yaitu") == 1
    plan = manager.get(f"{PATH}/plan")
    assert re.search(r"menutup [\d,]+ level kesenjangan berbobot \(80 %:", plan.words)
    assert (
        plan.words.count("dikalikan bobot, yaitu")
        == manager.get("/team/plan").words.count("bobot, yaitu")
        == 1
    )


def test_a_name_with_markup_is_shown_as_it_is(manager: Browser) -> None:
    name = """<script>alert(1)</script>&"'{{ 7 * 7 }}"""
    with manager.database.writing() as connection:
        put_employee(connection, {"employee_id": "X-1", "name": name, "unit_id": "U007"})
    for path in ("/people/X-1", "/people/X-1/plan", "/team?search=X-1", "/team/plan", "/people/X-1/choose"):
        page = manager.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text
    assert manager.get("/people/X-1").heading == name


def test_a_person_of_whom_nothing_is_known_has_a_page(manager: Browser) -> None:
    with manager.database.writing() as connection:
        put_employee(connection, {"employee_id": "X-2", "unit_id": "U007"})
    for path in ("/people/X-2", "/people/X-2?horizon=next", "/people/X-2/changes", "/people/X-2/choose"):
        assert manager.get(path).status == 200
    page = manager.get("/people/X-2")
    assert page.heading == "X-2"
    assert "Jabatan tidak tercatat" in page.words


@pytest.mark.parametrize("query", ["horizon=later", "horizon=", "page=1&horizon=%00"])
def test_a_question_that_cannot_be_read_is_refused_as_a_page(manager: Browser, query: str) -> None:
    page = manager.get(f"{PATH}?{query}")
    assert (page.status, page.headers["Content-Type"]) == (422, "text/html; charset=utf-8")
