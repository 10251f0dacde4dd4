from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import xlsxwriter

from recommender.dataset import Dataset
from recommender.domain import MISSING

CITY: dict[str, list[dict[str, object]]] = {
    "competencies": [{"competency_id": "C1", "kind": "Technical"}, {"competency_id": "C2"}],
    "positions": [
        {"position_id": "J1", "tier": "pengawas", "next_position_id": "J2"},
        {"position_id": "J2", "tier": "kepala_dusun"},
    ],
    "position_requirements": [
        {"position_id": "J2", "competency_id": "C1", "required_level": 3, "weight": 0.5},
        {"position_id": "J1", "competency_id": "C2", "required_level": 2.5},
    ],
    "units": [{"unit_id": "U1", "manager_id": "E2"}, {"unit_id": "U2", "parent_unit_id": "U1"}],
    "employees": [
        {"employee_id": "E1", "name": "Ani", "position_id": "J2", "unit_id": "U2", "grade": "iii/A"},
        {
            "employee_id": "E2",
            "employment_type": "pppk",
            "status": "Aktif",
            "hired_on": "2010-03-01T00:00:00",
        },
        {"employee_id": "E3", "status": "pensiun", "target_position_id": "J1"},
    ],
    "employee_audit": [{"employee_id": "E2", "sex": "F", "birth_year": 1985}],
    "programs": [
        {"program_id": "P1", "hours": 20, "active": "tidak"},
        {"program_id": "P2", "active": True},
        {"program_id": "P3"},
    ],
    "program_outcomes": [
        {"program_id": "P2", "competency_id": "C1", "target_level": 2},
        {"program_id": "P1", "competency_id": "C2", "entry_level": 1, "target_level": 3},
    ],
    "program_prerequisites": [{"program_id": "P2", "prerequisite_program_id": "P1"}],
    "program_eligibility": [{"program_id": "P2", "tiers": "pengawas;kepala_dusun", "grade_min": "III/a"}],
    "program_sessions": [{"session_id": "S1", "program_id": "P3", "starts_on": "2024-05-01", "seats": 30}],
    "mandates": [{"mandate_id": "M1", "program_id": "P1", "unit_id": "U1", "repeat_months": 12}],
    "training_records": [{"employee_id": "E2", "program_id": "P3", "started_on": "2024-01-05", "score": 88}],
    "assessments": [{"employee_id": "E1", "competency_id": "C2", "level": 2, "assessor_id": "X"}],
    "performance_reviews": [
        {"employee_id": "E1", "period_end": "2023-12-31", "result_rating": "Above", "predicate": "baik"}
    ],
    "feedback": [{"feedback_id": "F1", "employee_id": "E2", "program_id": "P3", "rating": 4}],
}


def test_roles_and_people_as_arrays() -> None:
    city = Dataset.from_tables(CITY)
    assert city.competencies.kind.tolist() == ["technical", ""]
    np.testing.assert_array_equal(city.positions.level, [[np.nan, 2.5], [3, np.nan]])
    np.testing.assert_array_equal(city.positions.weight, [[0, 1], [0.5, 0]])
    assert city.positions.next_position.tolist() == [1, MISSING]
    assert city.units.parent.tolist() == [MISSING, 0]
    assert city.units.manager.tolist() == [1, MISSING]
    people = city.employees
    assert people.position.tolist() == [1, MISSING, MISSING]
    assert people.target_position.tolist() == [MISSING, MISSING, 0]
    assert people.unit.tolist() == [1, MISSING, MISSING]
    assert people.employment_type.tolist() == ["", "PPPK", ""]
    assert people.grade.tolist() == ["III/a", "", ""]
    assert people.hired_on.astype(str).tolist() == ["NaT", "2010-03-01", "NaT"]
    assert people.active.tolist() == [True, True, False]
    np.testing.assert_array_equal(people.birth_year, [np.nan, 1985, np.nan])
    assert people.sex.tolist() == ["", "F", ""]


def test_programs_as_arrays() -> None:
    city = Dataset.from_tables(CITY)
    assert city.programs.active.tolist() == [False, True, True]
    np.testing.assert_array_equal(city.programs.hours, [20, np.nan, np.nan])
    np.testing.assert_array_equal(city.programs.entry, [[np.nan, 1], [0, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(city.programs.target, [[np.nan, 3], [2, np.nan], [np.nan, np.nan]])
    assert city.programs.prerequisites.tolist() == [[1, 0]]
    assert city.eligibility.tiers == (frozenset(), frozenset({"pengawas", "kepala_dusun"}), frozenset())
    np.testing.assert_array_equal(city.eligibility.grade_rank_min, [np.nan, 31, np.nan])
    assert (city.sessions.program.tolist(), city.sessions.seats.tolist()) == ([2], [30])
    assert (city.mandates.program.tolist(), city.mandates.unit.tolist()) == ([0], [0])
    assert city.mandates.position.tolist() == [MISSING]


def test_records_as_arrays() -> None:
    city = Dataset.from_tables(CITY)
    assert (city.history.employee.tolist(), city.history.status.tolist()) == ([1], ["completed"])
    assert city.assessments.competency.tolist() == [1]
    assert city.assessments.assessor.tolist() == ["X"]
    assert (city.reviews.result.tolist(), city.reviews.predicate.tolist()) == ([3], [4])
    assert np.isnan(city.reviews.behaviour).all()
    assert city.feedback.rating.tolist() == [4]
    assert city.as_of == np.datetime64("2024-01-05")
    assert city.absent == ()


def test_only_two_ids_are_needed_and_the_rest_is_said_once() -> None:
    city = Dataset.from_tables({"employees": [{"employee_id": "E"}], "programs": [{"program_id": "P"}]})
    assert len(city.absent) == 14
    assert city.positions.level.shape == (0, 0)
    assert city.programs.target.shape == (1, 0)
    assert city.programs.prerequisites.shape == (0, 2)
    assert len(city.history) == len(city.assessments) == len(city.reviews) == len(city.feedback) == 0
    assert "feedback is absent; this switches off: feedback features." in city.notes
    assert len(set(city.notes)) == len(city.notes) == 15


def test_ids_that_only_other_tables_name_are_kept_in_order_of_appearance() -> None:
    kept = {name: rows for name, rows in CITY.items() if name not in ("competencies", "positions", "units")}
    city = Dataset.from_tables(kept | {"program_eligibility": [{"program_id": "P2", "tiers": "pengawas"}]})
    assert city.competencies.ids.ids == ("C1", "C2")
    assert city.positions.ids.ids == ("J2", "J1")
    assert city.units.ids.ids == ("U2", "U1")
    assert city.employees.position.tolist() == [0, MISSING, MISSING]
    assert city.positions.tier.tolist() == ["", ""]
    assert city.units.parent.tolist() == [MISSING, MISSING]
    np.testing.assert_array_equal(city.positions.level, [[3, np.nan], [np.nan, 2.5]])


def test_an_optional_table_without_rows_counts_as_absent(tmp_path: Path) -> None:
    (tmp_path / "employees.csv").write_text("employee_id,unit_id\nE1,U1\n")
    (tmp_path / "programs.csv").write_text("program_id\nP1\n")
    (tmp_path / "units.csv").write_text("unit_id\n")
    city = Dataset.load(tmp_path)
    assert "units" in city.absent
    assert "units.csv has no rows; this switches off: unit features." in city.notes
    assert city.units.ids.ids == ("U1",)


def test_the_policy_of_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "employees.csv").write_text("employee_id\nE1\n")
    (tmp_path / "programs.csv").write_text("program_id\nP1\n")
    (tmp_path / "assessments.csv").write_text("employee_id,competency_id,level\nE1,C1,95\n")
    (tmp_path / "policy.toml").write_text("[levels]\nmaximum = 100\n")
    assert Dataset.load(tmp_path).assessments.level.tolist() == [95]


def test_the_digest_is_of_the_cells_not_of_the_file(tmp_path: Path) -> None:
    for folder, hours in (("csv", "2"), ("xlsx", "2.0"), ("other", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "programs.csv").write_text(f"program_id,hours\nP1,{hours}\n")
    (tmp_path / "csv" / "employees.csv").write_text("grade,employee_id,hired_on\nI/a,E1,\n,E2,2020-01-02\n")
    (tmp_path / "other" / "employees.csv").write_text("employee_id,grade,hired_on\nE1,,\nE2,I/a,2020-01-02\n")
    with xlsxwriter.Workbook(tmp_path / "xlsx" / "a.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("employees")
        sheet.write_column(0, 0, ["employee_id", "E1", "E2"])
        sheet.write_column(0, 1, ["grade", "I/a"])
        sheet.write_column(0, 2, ["hired_on", "", date(2020, 1, 2)])
    first, same, other = (Dataset.load(tmp_path / name).digest for name in ("csv", "xlsx", "other"))
    assert first == same
    assert first != other


def test_case_and_space_do_not_make_another_source() -> None:
    city = town_like(["Self", "self ", "SELF", "test", ""])
    assert city.assessments.source.tolist() == ["self", "self", "self", "test", ""]


def town_like(sources: list[str]) -> Dataset:
    rows = [{"employee_id": "E", "competency_id": "C", "level": 1, "source": source} for source in sources]
    tables = {"employees": [{"employee_id": "E"}], "programs": [{"program_id": "P"}]}
    return Dataset.from_tables({**tables, "assessments": rows})
