"""People as lists look them up: everybody who is there, with name, revision and standing objections."""

from __future__ import annotations

import pytest

from recommender.store.database import Database
from recommender.store.listing import listed_people
from recommender.store.objections import (
    Outcome,
    Ruling,
    raise_objection,
    rule_on_objection,
    withdraw_objection,
)
from recommender.store.subjects import subject_of, touch
from recommender.store.transfer import import_rows
from tests.store.town import CLERK


def filled(database: Database, people: int) -> list[str]:
    ids = [f"E{number:04d}" for number in range(people)]
    rows = [{"employee_id": id_, "name": f"Siti {id_}" if id_ != "E0000" else None} for id_ in ids]
    import_rows(database, {"employees": rows, "programs": [{"program_id": "P"}]}, "")
    return ids


def test_everybody_asked_who_is_there(database: Database) -> None:
    ids = filled(database, 1201)
    with database.reading() as connection:
        found = listed_people(connection, [*ids, "nobody"])
        assert list(listed_people(connection, [])) == []
    assert sorted(found) == ids
    assert (found["E0000"].name, found["E1200"].name) == ("", "Siti E1200")
    assert not any(one.hidden for one in found.values())


def test_revision_and_pseudonym_are_the_subject_s(database: Database) -> None:
    filled(database, 2)
    with database.writing() as connection:
        touch(connection, ["E0001"])
        known = subject_of(connection, "E0001")
        found = listed_people(connection, ["E0000", "E0001"])
    assert (found["E0001"].revision, found["E0001"].pseudonym) == (known.revision, known.pseudonym)
    assert (found["E0000"].revision, found["E0001"].revision) == (1, 2)


@pytest.mark.parametrize(("outcome", "is_hidden"), [(None, True), ("upheld", True), ("dismissed", False)])
def test_an_objection_hides_while_it_stands(
    database: Database, outcome: Outcome | None, is_hidden: bool
) -> None:
    filled(database, 2)
    with database.writing() as connection:
        raised = raise_objection(connection, "E0000", None, CLERK)
        if outcome:
            rule_on_objection(connection, raised.objection_id, Ruling(outcome, "Head"), CLERK)
        found = listed_people(connection, ["E0000", "E0001"])
        assert (found["E0000"].hidden, found["E0001"].hidden) == (is_hidden, False)
        if outcome is None:
            withdraw_objection(connection, "E0000", CLERK)
            assert not listed_people(connection, ["E0000"])["E0000"].hidden
