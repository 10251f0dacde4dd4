from __future__ import annotations

import re

from recommender.store.database import Database
from recommender.store.subjects import employee_of, pseudonyms_of, subject_of, touch


def test_a_person_keeps_the_pseudonym_and_the_salt_once_given(database: Database) -> None:
    with database.writing() as connection:
        first, other = subject_of(connection, "E1"), subject_of(connection, "E2")
    with database.writing() as connection:
        assert subject_of(connection, "E1") == first
        assert pseudonyms_of(connection, ["E1", "E2", "E3"]) == {"E1": first.pseudonym, "E2": other.pseudonym}
        assert employee_of(connection, first.pseudonym) == "E1"
        assert employee_of(connection, "f" * 32) is None
    assert len({first.pseudonym, first.salt, other.pseudonym, other.salt}) == 4
    assert re.fullmatch("[0-9a-f]{32}", first.pseudonym)


def test_pseudonyms_are_not_made_from_the_id(database: Database) -> None:
    given = []
    for _ in range(2):
        with database.writing() as connection:
            given.append(subject_of(connection, "E1").pseudonym)
            connection.rollback()
    assert given[0] != given[1]


def test_touching_raises_the_revision_of_these_people_only(database: Database) -> None:
    with database.writing() as connection:
        before = {id_: subject_of(connection, id_).revision for id_ in ("E1", "E2", "E3")}
        touch(connection, {"E1", "E3", "nobody"})
        after = {id_: subject_of(connection, id_).revision for id_ in before}
    assert {id_: after[id_] - before[id_] for id_ in before} == {"E1": 1, "E2": 0, "E3": 1}


def test_more_people_than_one_statement_may_name(database: Database) -> None:
    ids = [f"E{number}" for number in range(1200)]
    with database.writing() as connection:
        for id_ in ids[::300]:
            subject_of(connection, id_)
        assert pseudonyms_of(connection, ids).keys() == {*ids[::300]}
        touch(connection, ids)
        assert {subject_of(connection, id_).revision for id_ in ids[::300]} == {2}
