from __future__ import annotations

import json

import pytest

from recommender.errors import DataError, EntryConflict, UnknownEmployee, UnknownEntry
from recommender.store.cases import Page
from recommender.store.corrections import Closing, Wish, close_correction, list_corrections, raise_correction
from recommender.store.database import Database
from recommender.store.ledger import lines_about
from recommender.store.subjects import subject_of
from tests.store.town import ANI, CLERK, settle

WISH = Wish("employees.grade", "III/b", f"decree about {ANI}")


@pytest.mark.parametrize("outcome", ["done", "refused"])
def test_a_request_is_open_until_a_named_human_closes_it(database: Database, outcome: str) -> None:
    settle(database)
    with database.writing() as connection:
        before = subject_of(connection, ANI)
        raised = raise_correction(connection, ANI, WISH, CLERK)
        assert list_corrections(connection, Page([ANI]), status="open") == [raised]
        closing = Closing(outcome, "Dra. Rina", "as the decree says")  # type: ignore[arg-type]
        closed = close_correction(connection, raised.correction_id, closing, CLERK)
        assert list_corrections(connection, Page()) == [closed]
        with pytest.raises(EntryConflict, match=f"is {outcome} since"):
            close_correction(connection, raised.correction_id, closing, CLERK)
        assert subject_of(connection, ANI).revision > before.revision
        lines = lines_about(connection, before.pseudonym)
    assert (closed.status, closed.closed_by, closed.outcome) == (outcome, "Dra. Rina", "as the decree says")
    assert [json.loads(line.detail)["status"] for line in lines] == ["open", outcome]
    assert not any(word in repr(lines) for word in (ANI, "III/b", "decree", "Rina"))


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish("programs.title", "x"), "'programs.title' is no column that tells of people"),
        (Wish("employees.salary", "x"), "no column"),
        (Wish("employees", "x"), "no column"),
        (Wish("employees.row", "x"), "no column"),
        (Wish("employees.grade", " "), "column wanted"),
    ],
)
def test_wishes_that_say_nothing(database: Database, wish: Wish, said: str) -> None:
    settle(database)
    with database.writing() as connection, pytest.raises(DataError, match=said):
        raise_correction(connection, ANI, wish, CLERK)


def test_bad_input(database: Database) -> None:
    settle(database)
    with database.writing() as connection:
        raised = raise_correction(connection, ANI, WISH, CLERK)
        with pytest.raises(UnknownEmployee):
            raise_correction(connection, "E9", WISH, CLERK)
        with pytest.raises(UnknownEntry, match="no correction 'x'"):
            close_correction(connection, "x", Closing("done", "Rina"), CLERK)
        for closing in (Closing("refused", "Rina"), Closing("done", ""), Closing("lost", "Rina")):  # type: ignore[arg-type]
            with pytest.raises(DataError):
                close_correction(connection, raised.correction_id, closing, CLERK)
        assert list_corrections(connection, Page(), status="open") == [raised]
