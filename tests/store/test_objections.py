from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from recommender.errors import DataError, EntryConflict, UnknownEmployee, UnknownEntry
from recommender.store.cases import Page
from recommender.store.database import Database
from recommender.store.ledger import lines_about, verify
from recommender.store.objections import (
    Objection,
    Ruling,
    closed_objections,
    hidden_people,
    is_hidden,
    list_objections,
    raise_objection,
    rule_on_objection,
    withdraw_objection,
)
from recommender.store.subjects import subject_of
from tests.store.town import ANI, BUDI, CITRA, CLERK, NAMES, settle

UPHELD, DISMISSED = (Ruling(outcome, "Dra. Rina", "looked at") for outcome in ("upheld", "dismissed"))


def raised(database: Database, employee_id: str = ANI) -> Objection:
    with database.writing() as connection:
        return raise_objection(connection, employee_id, f"unfair to {NAMES[employee_id]}", CLERK)


def hidden(database: Database) -> bool:
    with database.reading() as connection:
        return is_hidden(connection, ANI)


@pytest.mark.parametrize(("ruling", "stays"), [(UPHELD, True), (DISMISSED, False)])
def test_an_objection_hides_until_a_named_human_decides(
    database: Database, ruling: Ruling, stays: bool
) -> None:
    settle(database)
    assert not hidden(database)
    objection = raised(database)
    assert hidden(database)
    with database.writing() as connection:
        ruled = rule_on_objection(connection, objection.objection_id, ruling, CLERK)
    assert hidden(database) is stays
    assert (ruled.status, ruled.closed_by, ruled.outcome) == (ruling.outcome, "Dra. Rina", "looked at")


@pytest.mark.parametrize("upheld", [True, False])
def test_a_person_may_withdraw_it_while_it_stands(database: Database, upheld: bool) -> None:
    settle(database)
    objection = raised(database)
    with database.writing() as connection:
        if upheld:
            rule_on_objection(connection, objection.objection_id, UPHELD, CLERK)
        assert withdraw_objection(connection, ANI, CLERK).status == "withdrawn"
        assert not is_hidden(connection, ANI)
        with pytest.raises(UnknownEntry, match="none to withdraw"):
            withdraw_objection(connection, ANI, CLERK)
        assert raise_objection(connection, ANI, None, CLERK).status == "open"


def test_at_most_one_stands(database: Database) -> None:
    settle(database)
    objection = raised(database)
    with pytest.raises(EntryConflict, match="is open since"):
        raised(database)
    with database.writing() as connection:
        rule_on_objection(connection, objection.objection_id, UPHELD, CLERK)
    with pytest.raises(EntryConflict, match="is upheld since"):
        raised(database)


def test_of_many_at_once_one_is_kept(database: Database) -> None:
    settle(database)

    def attempt(_: int) -> bool:
        try:
            raised(database)
        except EntryConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1


def test_what_is_decided_is_decided(database: Database) -> None:
    settle(database)
    objection = raised(database)
    with database.writing() as connection:
        rule_on_objection(connection, objection.objection_id, DISMISSED, CLERK)
        with pytest.raises(EntryConflict, match="is dismissed since"):
            rule_on_objection(connection, objection.objection_id, UPHELD, CLERK)


def test_bad_input(database: Database) -> None:
    settle(database)
    objection = raised(database)
    with database.writing() as connection:
        with pytest.raises(UnknownEmployee):
            raise_objection(connection, "E9", None, CLERK)
        with pytest.raises(UnknownEntry, match="no objection 'x'"):
            rule_on_objection(connection, "x", UPHELD, CLERK)
        with pytest.raises(DataError, match="decided_by"):
            rule_on_objection(connection, objection.objection_id, Ruling("upheld", " "), CLERK)
        with pytest.raises(DataError, match="Write one of: upheld, dismissed"):
            rule_on_objection(connection, objection.objection_id, Ruling("perhaps", "Rina"), CLERK)  # type: ignore[arg-type]
        assert is_hidden(connection, ANI)


def test_people_are_hidden_in_bulk(database: Database) -> None:
    settle(database)
    for id_ in (ANI, CITRA):
        raised(database, id_)
    with database.reading() as connection:
        assert hidden_people(connection) == {ANI, CITRA}
        assert hidden_people(connection, [ANI, BUDI, *(f"E{number}" for number in range(1000))]) == {ANI}


def test_each_step_is_a_line_without_names_and_kills_kept_answers(database: Database) -> None:
    settle(database)
    revisions = []
    with database.writing() as connection:
        revisions.append(subject_of(connection, ANI).revision)
        objection = raise_objection(connection, ANI, f"unfair to {ANI}", CLERK)
        revisions.append(subject_of(connection, ANI).revision)
        rule_on_objection(connection, objection.objection_id, UPHELD, CLERK)
        revisions.append(subject_of(connection, ANI).revision)
        withdraw_objection(connection, ANI, CLERK)
        revisions.append(subject_of(connection, ANI).revision)
    assert revisions == sorted(set(revisions))
    with database.reading() as connection:
        lines = lines_about(connection, subject_of(connection, ANI).pseudonym)
        assert verify(connection).is_whole
    assert [json.loads(line.detail)["status"] for line in lines] == ["open", "upheld", "withdrawn"]
    assert {(line.event, line.asker, line.role) for line in lines} == {("objection", CLERK.id, CLERK.role)}
    assert not any(word in repr(lines) for word in (ANI, *NAMES.values(), "unfair", "Rina"))


def test_lists_come_in_pages(database: Database) -> None:
    settle(database)
    objections = [raised(database, id_) for id_ in NAMES]
    with database.reading() as connection:
        page = list_objections(connection, Page(limit=2))
        rest = list_objections(connection, Page(after=page[-1].objection_id, limit=2))
        assert sorted([*page, *rest], key=repr) == sorted(objections, key=repr)
        assert len(page) == 2
        assert list_objections(connection, Page(employee_ids=[BUDI])) == [objections[1]]
        assert list_objections(connection, Page(), status="upheld") == []


def test_closed_ones_are_listed_the_latest_first_whatever_the_outcome(database: Database) -> None:
    settle(database)
    first, second, third = (raised(database, person) for person in (ANI, BUDI, CITRA))
    with database.writing() as connection:
        rule_on_objection(connection, second.objection_id, UPHELD, CLERK)
        withdraw_objection(connection, ANI, CLERK)
        found = closed_objections(connection, 10)
        assert [one.objection_id for one in found] == [first.objection_id, second.objection_id]
        assert closed_objections(connection, 1) == found[:1]
    assert third.status == "open"
