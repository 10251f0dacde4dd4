from __future__ import annotations

import json
from dataclasses import replace

import pytest

from recommender.errors import DataError, UnknownEmployee
from recommender.store.cases import Page
from recommender.store.database import Database
from recommender.store.decisions import Choice, decide, list_decisions
from recommender.store.ledger import lines_about, verify
from recommender.store.subjects import subject_of
from tests.store.town import ANI, BUDI, CLERK, settle

YES = Choice("P1", "accept", "Dra. Rina", ledger_id="L1")
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
    }


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (replace(NO, reason=None), "column reason"),
        (replace(NO, reason=" "), "column reason"),
        (replace(YES, verdict="maybe"), "Write one of: accept, decline, done"),
        (replace(YES, decided_by=""), "column decided_by"),
        (replace(YES, program_id="P9"), "'P9' is not among the programs"),
    ],
)
def test_bad_input_is_named_and_nothing_is_kept(database: Database, choice: Choice, said: str) -> None:
    settle(database)
    with pytest.raises(DataError, match=said), database.writing() as connection:
        decide(connection, ANI, choice, CLERK)
    with database.reading() as connection:
        assert list_decisions(connection, Page()) == []
        assert verify(connection).lines == 0


def test_nobody_decides_about_who_is_not_there(database: Database) -> None:
    settle(database)
    with pytest.raises(UnknownEmployee), database.writing() as connection:
        decide(connection, "E9", YES, CLERK)
