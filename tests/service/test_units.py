"""Units to choose from: a tree in which each counts those below it."""

from __future__ import annotations

from typing import Any

from recommender.service.units import UnitChoice, units_to_choose
from recommender.store.database import Database
from recommender.store.writing import put_employee
from tests.cities import bare, load

UNITS: list[dict[str, Any]] = [
    {"unit_id": "B", "name": "Bureau"},
    {"unit_id": "A", "name": "Agency"},
    {"unit_id": "B1", "name": "Desk", "parent_unit_id": "B"},
    {"unit_id": "B11", "name": "Counter", "parent_unit_id": "B1"},
    {"unit_id": "E", "name": "Empty"},
]


def test_units_stand_below_the_one_above_them_and_count_all_below(database: Database) -> None:
    dataset = load({**bare(), "units": UNITS})
    with database.writing() as connection:
        for number, unit_id in enumerate(["B", "B1", "B11", "B11", "A", None]):
            put_employee(connection, {"employee_id": f"E{number}", "unit_id": unit_id})
        put_employee(connection, {"employee_id": "GONE", "unit_id": "A", "status": "pensiun"})
    assert units_to_choose(database, dataset) == (
        UnitChoice("A", "Agency", 1, 0),
        UnitChoice("B", "Bureau", 4, 0),
        UnitChoice("B1", "Desk", 3, 1),
        UnitChoice("B11", "Counter", 2, 2),
    )


def test_a_city_without_units_has_none_to_choose(database: Database) -> None:
    assert units_to_choose(database, load(bare())) == ()
