"""The story of one person: what it tells, in which order, and what an objection keeps back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import pytest

from recommender import Engine
from recommender.errors import UnknownEmployee
from recommender.service.asked import Asked
from recommender.service.intake import add_records
from recommender.service.office import Office
from recommender.service.story import Story
from recommender.store.askers import Asker
from recommender.store.corrections import Wish, raise_correction
from recommender.store.decisions import Choice, decide
from recommender.store.ledger import Line, all_lines, find
from recommender.store.objections import raise_objection, withdraw_objection
from tests import cities
from tests.cities import attended
from tests.service.test_answers import PERSON, assert_same, whole_engine
from tests.service.tiny import Opened

BOSS = Asker("key-1", "manager", unit_id="CITY")


def told(office: Office, employee_id: str = "E0", language: Any = "en", horizon: Any = "current") -> Story:
    return office.story(employee_id, horizon, language, BOSS)


def lines(office: Office) -> list[Line]:
    with office.database.reading() as connection:
        return list(all_lines(connection))


def test_all_of_it_is_what_is_answered_one_by_one(office: Office, hr: Asker, ids: Sequence[str]) -> None:
    for one in ids[:20]:
        story = office.story(one, "current", "en", hr)
        answer = json.loads(office.recommend(one, Asked(language="en"), hr).body)
        assert_same(json.loads(json.dumps(asdict(story.answer))), answer)
        profile = json.loads(office.profile(one, Asked(language="en"), hr).body)
        assert_same(json.loads(json.dumps(asdict(story.profile))), profile)
        assert story.member == office.members.of([one])[0]
        assert story.next_position == story.profile.next_position


def test_its_answer_has_its_line(office: Office) -> None:
    story = told(office, PERSON)
    with office.database.reading() as connection:
        line = find(connection, story.ledger_id)
    assert line is not None and (line.event, line.asker) == ("answer", "key-1")


def test_it_asks_what_the_whole_city_would_ask(
    office: Office, engine: Engine, hr: Asker, ids: Sequence[str]
) -> None:
    whole, asked = whole_engine(office, engine), 0
    for one in ids[:40]:
        questions = office.story(one, "current", "id", hr).questions
        assert_same(
            [asdict(question) for question in questions],
            [asdict(question) for question in whole.ask_next([one], 3, None, "id")],
        )
        asked += len(questions)
    assert asked > 20


def test_what_would_change_is_that_of_the_whole_city(
    office: Office, engine: Engine, hr: Asker, ids: Sequence[str]
) -> None:
    whole = whole_engine(office, engine)
    kinds: set[str] = set()
    for one in ids[:12]:
        found = office.what_would_change(one, "en", hr)
        assert_same(asdict(found), asdict(whole.counterfactual(one, "en")) | {"model": engine.digest})
        kinds |= {change.kind for change in found.changes}
    assert "new_judgement" in kinds


def a_life(opened_city: Opened) -> Office:
    """Return the office after E0 was trained, judged and reviewed, and a choice was made."""
    records = [
        attended("E0", "law", "2023-05-02", score=81.5, hours=20, pre_score=40, post_score=75.5),
        {"employee_id": "E0", "program_id": "cooking", "status": "dropped"},
        attended("E1", "law", "2023-05-02"),
    ]
    judged = [
        {
            **cities.assessed("DATA", 1.5, source="Supervisor", assessed_on="2022-01-31"),
            "assessor_id": "E9",
        },
        cities.assessed("LAW", 4, source="", assessed_on="2024-03-01"),
    ]
    review = {
        "employee_id": "E0",
        "period_end": "2023-12-31",
        "result_rating": "di atas ekspektasi",
        "score": 91.25,
    }
    office = opened_city(training_records=records, assessments=judged, performance_reviews=[review])
    with office.database.writing() as connection:
        decide(connection, "E0", Choice("basics", "decline", "Ibu Dewi", "{busy} in spring"), BOSS)
        decide(connection, "E1", Choice("basics", "accept", "Ibu Dewi"), BOSS)
    return office


def test_history_is_told_from_the_first_day_on(opened_city: Opened) -> None:
    story = told(a_life(opened_city))
    assert [(one.day, one.kind, one.title, one.detail, one.id) for one in story.history[:-1]] == [
        ("", "training", "Cooking for festivals", "not finished", "cooking"),
        ("2022-01-31", "assessment", "Data analysis", "level 1.5 by supervisor", "DATA"),
        (
            "2023-05-02",
            "training",
            "Public law in practice",
            "completed, 20 JP credited, pre-test 40 and post-test 75.5, score 81.5",
            "law",
        ),
        ("2023-12-31", "review", "Performance review", "results: di atas ekspektasi, score: 91.25", ""),
        ("2024-03-01", "assessment", "Public law", "level 4 by an unnamed source", "LAW"),
    ]
    decision = story.history[-1]
    assert (decision.kind, decision.title) == ("decision", "Data analysis basics")
    assert decision.detail == "declined by Ibu Dewi; reason: {busy} in spring"
    assert decision.id == story.decisions[0].decision_id
    assert decision.day == story.decisions[0].decided_at[:10]


def test_history_is_told_in_indonesian_and_hides_who_judged(opened_city: Opened) -> None:
    story = told(a_life(opened_city), language="id")
    details = [one.detail for one in story.history]
    assert "level 4 menurut sumber tanpa nama" in details and "tidak diselesaikan" in details
    assert story.history[1].title == "Analisis data"
    assert "E9" not in repr(story.history)


def test_decisions_and_corrections_come_newest_first(opened_city: Opened) -> None:
    office = opened_city()
    with office.database.writing() as connection:
        for program in ("law", "basics"):
            decide(connection, "E0", Choice(program, "accept", "Ibu Dewi"), BOSS)
            raise_correction(connection, "E0", Wish("employees.grade", f"as for {program}"), BOSS)
        raise_correction(connection, "E1", Wish("employees.grade", "III/a"), BOSS)
    story = told(office)
    assert [one.program_id for one in story.decisions] == ["basics", "law"]
    assert [one.wanted for one in story.corrections] == ["as for basics", "as for law"]
    assert story.objection is None


def test_an_objection_hides_every_ranking(opened_city: Opened) -> None:
    office = opened_city()
    before = told(office)
    changes, programs = office.what_would_change("E0", "en", BOSS), office.eligible_programs("E0", BOSS)
    assert before.answer.recommendations and changes.program_id == "basics"
    with office.database.writing() as connection:
        raised = raise_objection(connection, "E0", "I want a person to look at it", BOSS)
    story, hidden = told(office), office.what_would_change("E0", "en", BOSS)
    assert story.objection == raised
    assert story.answer.recommendations == ()
    assert "named person decides" in story.answer.notes[0] and hidden.notes == story.answer.notes
    assert (hidden.program_id, hidden.title, hidden.changes) == ("", "", ())
    assert story.profile == before.profile, "figures are told"
    listed = office.eligible_programs("E0", BOSS)
    assert [one.title for one in listed] == sorted(one.title for one in programs)
    assert {one.program_id for one in listed} == {one.program_id for one in programs}
    assert {one.benefit for one in listed} == {None}
    assert told(office, "E1").answer.recommendations, "the objection is one person's"
    with office.database.writing() as connection:
        withdraw_objection(connection, "E0", BOSS)
    assert told(office).answer.recommendations == before.answer.recommendations
    assert office.eligible_programs("E0", BOSS) == programs


def test_an_objection_hides_what_would_be_asked(office: Office, ids: Sequence[str], hr: Asker) -> None:
    person = next(one for one in ids if told(office, one).questions)
    questions = told(office, person).questions
    with office.database.writing() as connection:
        raise_objection(connection, person, None, hr)
    assert told(office, person).questions == ()
    with office.database.writing() as connection:
        withdraw_objection(connection, person, hr)
    assert told(office, person).questions == questions


def test_the_best_of_what_no_rule_keeps_out_comes_first(opened_city: Opened) -> None:
    found = opened_city().eligible_programs("E0", BOSS)
    assert [one.program_id for one in found] == ["basics", "law", "cooking"], "deepening needs basics first"
    assert found[0].benefit is not None and found[0].benefit > 0.3
    assert (found[0].title, found[0].hours, found[2].benefit) == ("Data analysis basics", 20.0, 0.0)


def test_benefit_is_not_told_of_who_holds_no_position(opened_city: Opened) -> None:
    office = opened_city(employees=[{"employee_id": f"E{number}"} for number in range(10)])
    assert {one.benefit for one in office.eligible_programs("E0", BOSS)} == {None}


def test_every_look_is_a_line_without_names_and_ids(opened_city: Opened) -> None:
    office = opened_city()
    looks: list[tuple[str, Callable[[], object]]] = [
        ("answer", lambda: told(office)),
        ("counterfactual", lambda: office.what_would_change("E0", "id", BOSS)),
        ("profile", lambda: office.eligible_programs("E0", BOSS)),
    ]
    pseudonym = office.members.of(["E0"])[0].pseudonym
    for event, look in looks:
        before = len(lines(office))
        look()
        new = lines(office)[before:]
        assert [(line.event, line.asker, line.pseudonym) for line in new] == [(event, "key-1", pseudonym)]
        assert "E0" not in repr(new) and "Siti" not in repr(new)


def test_nobody_has_no_story(opened_city: Opened) -> None:
    office = opened_city()
    looks: list[Callable[[], object]] = [
        lambda: told(office, "nobody"),
        lambda: office.what_would_change("nobody", "id", BOSS),
        lambda: office.eligible_programs("nobody", BOSS),
    ]
    for look in looks:
        with pytest.raises(UnknownEmployee):
            look()
    assert lines(office) == []


def test_the_next_story_knows_what_was_just_sent(office: Office) -> None:
    before = told(office, PERSON)
    assert told(office, PERSON).profile is before.profile, "it was worked out anew"
    row = {"employee_id": PERSON, "competency_id": "M.03", "level": 4.5, "source": "assessment_centre"}
    add_records(office, "assessments", [row | {"assessed_on": "2025-12-30"}])
    after = told(office, PERSON)
    assert after.profile != before.profile
    assert len(after.history) == len(before.history) + 1


def test_the_next_position_may_be_asked_for(opened_city: Opened) -> None:
    office = opened_city(assessments=[cities.assessed("DATA", 1), cities.assessed("LAW", 1)])
    held, onward = told(office), told(office, horizon="next")
    assert (onward.horizon, onward.next_position) == ("next", "Head of office")
    law = [
        next(one.benefit for one in story.answer.recommendations if one.program_id == "law")
        for story in (held, onward)
    ]
    assert law[0] is not None and law[1] is not None
    assert law[0] < 0.1 and law[1] > 0.3, "a clerk is asked for one level of it, the head of office for four"
