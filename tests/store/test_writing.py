"""What clients send: kept whole, in order, and told to whoever remembers answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import insert, select

from recommender.errors import EntryConflict
from recommender.store.database import Database
from recommender.store.tables import contract, subjects
from recommender.store.writing import (
    add_records,
    known_employees,
    put_employee,
    raise_revision,
    revisions_of,
    taken_feedback_ids,
)

PERSON = {"employee_id": "E1", "name": "Siti Rahayu", "grade": "III/a", "hired_on": date(2015, 3, 1)}


def _put(database: Database, **cells: object) -> bool:
    with database.writing() as connection:
        return put_employee(connection, {**PERSON, **cells})


def _rows(database: Database, table: str) -> list[dict[str, object]]:
    with database.reading() as connection:
        asked = select(contract[table]).order_by(contract[table].c.row)
        return [dict(row) for row in connection.execute(asked).mappings()]


def _revision(database: Database, employee_id: str = "E1") -> int:
    with database.reading() as connection:
        asked = select(subjects.c.revision).where(subjects.c.employee_id == employee_id)
        return connection.scalar(asked) or 0


def _revisions(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return revisions_of(connection)


def test_a_person_is_created_once_and_then_replaced(database: Database) -> None:
    assert _put(database)
    assert not _put(database, grade="III/b", hired_on=None)
    (row,) = _rows(database, "employees")
    assert (row["name"], row["grade"], row["hired_on"]) == ("Siti Rahayu", "III/b", None)
    assert (_revision(database), _revisions(database)["records"]) == (2, 2)


def test_a_column_that_is_not_named_becomes_empty(database: Database) -> None:
    _put(database)
    with database.writing() as connection:
        put_employee(connection, {"employee_id": "E1"})
    (row,) = _rows(database, "employees")
    assert [name for name, value in row.items() if value is not None] == ["row", "employee_id"]


def test_what_only_audits_may_read_stays_until_it_is_given_anew(database: Database) -> None:
    _put(database, sex="F", birth_year=1980.0)
    _put(database)
    assert [(row["sex"], row["birth_year"]) for row in _rows(database, "employee_audit")] == [("F", 1980.0)]
    _put(database, birth_year=1981.0)
    assert [(row["sex"], row["birth_year"]) for row in _rows(database, "employee_audit")] == [(None, 1981.0)]


def test_a_changed_person_keeps_the_place_and_the_pseudonym(database: Database) -> None:
    def pseudonym() -> object:
        with database.reading() as connection:
            return connection.scalar(select(subjects.c.pseudonym).where(subjects.c.employee_id == "E1"))

    _put(database)
    _put(database, employee_id="E2")
    before = pseudonym()
    _put(database, grade="IV/a")
    assert [row["employee_id"] for row in _rows(database, "employees")] == ["E1", "E2"]
    assert pseudonym() == before


def test_of_two_writers_of_a_person_one_wins_whole(database: Database) -> None:
    def write(number: int) -> None:
        _put(database, grade=f"grade {number}", status=f"status {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    (row,) = _rows(database, "employees")
    assert str(row["grade"]).split()[1] == str(row["status"]).split()[1]
    assert _revision(database) == 24
    _put(database, grade="last")
    assert _rows(database, "employees")[0]["grade"] == "last"


def test_records_keep_their_order_and_their_exact_values(database: Database) -> None:
    _put(database)
    levels = [0.1 + 0.2, 1e-300, 3.0, 2.5, 1 / 3]
    rows = [
        {
            "employee_id": "E1",
            "competency_id": f"C{9 - place}",
            "level": level,
            "assessed_on": date(2024, 2, 29),
        }
        for place, level in enumerate(levels)
    ]
    with database.writing() as connection:
        assert add_records(connection, "assessments", rows) == 5
    found = _rows(database, "assessments")
    assert [row["level"] for row in found] == levels
    assert [row["competency_id"] for row in found] == ["C9", "C8", "C7", "C6", "C5"]
    assert {(row["source"], row["assessed_on"]) for row in found} == {(None, date(2024, 2, 29))}


def test_all_records_may_move_what_the_city_says_in_sum(database: Database) -> None:
    _put(database)
    with database.writing() as connection:
        connection.execute(insert(contract["programs"]), [{"program_id": "P1"}])
    before = _revisions(database)
    with database.writing() as connection:
        add_records(
            connection, "assessments", [{"employee_id": "E1", "competency_id": "C", "level": 1.0}] * 2
        )
    after = {**before, "records": before["records"] + 1}
    assert (_revision(database), _revisions(database)) == (2, after)
    with database.writing() as connection:
        add_records(connection, "training_records", [{"employee_id": "E1", "program_id": "P1"}])
    assert _revision(database) == 3
    assert _revisions(database)["records"] == before["records"] + 2


def test_a_batch_with_one_bad_row_leaves_nothing(database: Database) -> None:
    _put(database)
    before = _revisions(database)
    rows = [{"employee_id": "E1", "feedback_id": id_} for id_ in ("F1", "F2", "F1")]
    with pytest.raises(EntryConflict), database.writing() as connection:
        add_records(connection, "feedback", rows)
    assert _rows(database, "feedback") == []
    assert (_revision(database), _revisions(database)) == (1, before)


def test_writers_of_the_same_people_do_not_lock_each_other_out(database: Database) -> None:
    ids = [f"E{number}" for number in range(40)]
    for id_ in ids:
        _put(database, employee_id=id_)

    def add(seed: int) -> None:
        turned = ids[seed:] + ids[:seed] if seed % 2 else [*reversed(ids)]
        rows = [{"employee_id": id_, "competency_id": "C", "level": float(seed % 5)} for id_ in turned]
        with database.writing() as connection:
            add_records(connection, "assessments", rows)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    assert len(_rows(database, "assessments")) == 24 * 40
    assert {_revision(database, id_) for id_ in ids} == {25}


def test_ids_are_found_however_many_are_asked_for(database: Database) -> None:
    _put(database)
    with database.writing() as connection:
        add_records(connection, "feedback", [{"employee_id": "E1", "feedback_id": "F7"}])
    many = [f"E{number}" for number in range(1_200)]
    with database.reading() as connection:
        assert known_employees(connection, many) == {"E1"}
        assert taken_feedback_ids(connection, ["F1", "F7", *many]) == {"F7"}
        assert known_employees(connection, []) == set()


def test_a_revision_goes_up_by_one(database: Database) -> None:
    assert _revisions(database) == {"catalogue": 0, "records": 0, "access": 0}
    for _ in range(2):
        with database.writing() as connection:
            raise_revision(connection, "access")
    assert _revisions(database) == {"catalogue": 0, "records": 0, "access": 2}
