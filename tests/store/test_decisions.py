from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import update

from recommender.errors import DataError, ObjectionStands, UnknownEmployee
from recommender.store.cases import Page
from recommender.store.database import Database
from recommender.store.decisions import Choice, Decision, decide, latest_choices, list_decisions
from recommender.store.ledger import all_lines, append, event_line, lines_about, verify
from recommender.store.objections import raise_objection, withdraw_objection
from recommender.store.subjects import subject_of
from recommender.store.tables import decisions
from tests.store.town import ANI, BUDI, CLERK, settle

YES = Choice("P1", "accept", "Dra. Rina")
NO = Choice("P2", "decline", "Dra. Rina", reason=f"{ANI} is on leave")


def test_decisions_are_kept_and_listed_in_pages(database: Database) -> None:
    settle(database)
    with database.writing() as connection:
        kept = [decide(connection, ANI, YES, CLERK), decide(connection, BUDI, NO, CLERK)]
    with database.writing() as connection:
        kept += [decide(connection, ANI, replace(YES, verdict="done"), CLERK)]
    with database.reading() as connection:
        first = list_decisions(connection, Page(limit=2))
        second = list_decisions(connection, Page(after=first[-1].decision_id, limit=2))
        assert {one.decision_id for one in first} | {one.decision_id for one in second} == {
            one.decision_id for one in kept
        }
        assert list_decisions(connection, Page(employee_ids=[ANI])) == [kept[0], kept[2]]
        assert list_decisions(connection, Page(employee_ids=[])) == []
        assert list_decisions(connection, Page(), verdict="decline") == [kept[1]]
    assert (kept[1].reason, kept[1].decided_by, kept[1].asker) == (NO.reason, "Dra. Rina", CLERK.id)


def test_a_decision_is_a_line_without_names_and_kills_kept_answers(database: Database) -> None:
    settle(database)
    with database.writing() as connection:
        before = subject_of(connection, ANI)
        kept = decide(connection, ANI, NO, CLERK)
        assert subject_of(connection, ANI).revision > before.revision
        (line,) = lines_about(connection, before.pseudonym)
        assert verify(connection).is_whole
    assert line.event == "decision"
    assert json.loads(line.detail) == {
        "decision_id": kept.decision_id,
        "program_id": "P2",
        "verdict": "decline",
        "answer": None,
        "plan_year": None,
    }


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (replace(NO, reason=None), "column reason"),
        (replace(NO, reason=" "), "column reason"),
        (replace(YES, verdict="maybe"), "Write one of: accept, decline, done"),
        (replace(YES, decided_by=""), "column decided_by"),
        (replace(YES, program_id="P9"), "'P9' is not among the programs"),
        (replace(YES, plan_year=1899), "column plan_year: '1899' .* from 1900 to 2200"),
        (replace(YES, plan_year=2201), "'2201'"),
    ],
)
def test_bad_input_is_named_and_nothing_is_kept(database: Database, choice: Choice, said: str) -> None:
    settle(database)
    with pytest.raises(DataError, match=said), database.writing() as connection:
        decide(connection, ANI, choice, CLERK)
    with database.reading() as connection:
        assert list_decisions(connection, Page()) == []
        assert verify(connection).lines == 0


def answered(database: Database, person: str, *programs: str, event: str = "answer") -> str:
    """Write the line of an answer and return its id."""
    with database.writing() as connection:
        pseudonym = subject_of(connection, person).pseudonym
        line = event_line(event, CLERK, pseudonym, {"programs": list(programs)})
        return append(connection, [line])[0].ledger_id


def test_a_decision_may_name_the_answer_that_it_follows(database: Database) -> None:
    settle(database)
    line = answered(database, ANI, "P2", "P1")
    with database.writing() as connection:
        kept = decide(connection, ANI, replace(YES, ledger_id=line), CLERK)
    assert kept.ledger_id == line
    with database.reading() as connection:
        (last,) = [one for one in all_lines(connection) if one.event == "decision"]
    assert json.loads(last.detail)["answer"] == line


@pytest.mark.parametrize("told", ["", "L1", "another's", "another program", "no answer"])
def test_an_answer_in_which_it_was_not_recommended_is_refused(database: Database, told: str) -> None:
    settle(database)
    lines = {
        "another's": answered(database, BUDI, "P1"),
        "another program": answered(database, ANI, "P2"),
        "no answer": answered(database, ANI, "P1", event="profile"),
    }
    choice = replace(YES, ledger_id=lines.get(told, told))
    with pytest.raises(DataError, match="no answer in which"), database.writing() as connection:
        decide(connection, ANI, choice, CLERK)
    with database.reading() as connection:
        assert list_decisions(connection, Page()) == []


def test_while_an_objection_stands_no_answer_is_followed(database: Database) -> None:
    settle(database)
    choice = replace(YES, ledger_id=answered(database, ANI, "P1"))
    with database.writing() as connection:
        raise_objection(connection, ANI, None, CLERK)
    for one in (choice, replace(choice, verdict="decline", reason="no")):
        with pytest.raises(ObjectionStands), database.writing() as connection:
            decide(connection, ANI, one, CLERK)
    with database.writing() as connection:
        decide(connection, ANI, YES, CLERK)  # on other grounds
        withdraw_objection(connection, ANI, CLERK)
        decide(connection, ANI, choice, CLERK)


def test_nobody_decides_about_who_is_not_there(database: Database) -> None:
    settle(database)
    with pytest.raises(UnknownEmployee), database.writing() as connection:
        decide(connection, "E9", YES, CLERK)


def test_the_latest_choice_of_the_plan_year_counts(database: Database) -> None:
    settle(database)
    no_law, art = replace(NO, program_id="P1"), replace(YES, program_id="P2")
    choices = [
        (ANI, replace(YES, plan_year=2027)),
        (ANI, replace(no_law, plan_year=2027)),
        (ANI, replace(YES, plan_year=2026)),
        (ANI, art),
        (BUDI, replace(art, plan_year=2027)),
    ]
    kept: list[Decision] = []
    with database.writing() as connection:
        for number, (who, choice) in enumerate(choices):
            kept.append(decide(connection, who, choice, CLERK))
            made_at = f"2026-12-31T23:59:5{number}.000+00:00"
            this = decisions.c.decision_id == kept[-1].decision_id
            connection.execute(update(decisions).where(this).values(decided_at=made_at))
    with database.reading() as connection:

        def ids(year: int) -> dict[str, dict[str, str]]:
            found = latest_choices(connection, [ANI, BUDI, "E9"], year)
            return {who: {what: one.decision_id for what, one in made.items()} for who, made in found.items()}

        first, second, third, fourth, fifth = (one.decision_id for one in kept)
        assert first != second
        assert ids(2027) == {ANI: {"P1": second}, BUDI: {"P2": fifth}, "E9": {}}
        assert ids(2026) == {ANI: {"P1": third, "P2": fourth}, BUDI: {}, "E9": {}}
        assert ids(2025) == {ANI: {}, BUDI: {}, "E9": {}}
        assert latest_choices(connection, [], 2027) == {}
