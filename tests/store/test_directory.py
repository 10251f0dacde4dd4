"""Names and units as pages look them up."""

from __future__ import annotations

from recommender.store.database import Database
from recommender.store.directory import names_of, unit_row
from recommender.store.writing import put_employee
from tests.store.town import ANI, BUDI, NAMES, settle


def test_names_of_many_are_found_at_once(database: Database) -> None:
    settle(database)
    with database.writing() as connection:
        put_employee(connection, {"employee_id": "E1"})
        many = [f"nobody {number}" for number in range(1_200)]
        assert names_of(connection, [*many, ANI, "E1"]) == {ANI: NAMES[ANI], "E1": ""}
        assert names_of(connection, {BUDI}) == {BUDI: NAMES[BUDI]}
        assert names_of(connection, []) == {}


def test_a_unit_is_told_by_column(database: Database) -> None:
    settle(database)
    with database.reading() as connection:
        unit = {"unit_id": "U1", "name": "Dinas", "parent_unit_id": None, "manager_id": BUDI}
        assert unit_row(connection, "U1") == unit
        assert unit_row(connection, "U9") is None
