"""Every rule of the contract, each broken once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from recommender.dataset import Dataset
from recommender.errors import DataError, Fault

Rows = list[dict[str, object]]
SOUND: Mapping[str, Rows] = {
    "employees": [{"employee_id": "E1"}, {"employee_id": "E2"}],
    "programs": [{"program_id": "P1"}, {"program_id": "P2"}],
}


def faults(**tables: Rows) -> tuple[Fault, ...]:
    with pytest.raises(DataError) as caught:
        Dataset.from_tables({**SOUND, **tables})
    return caught.value.faults


def only(**tables: Rows) -> Fault:
    found = faults(**tables)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def training(**cells: object) -> Rows:
    return [{"employee_id": "E1", "program_id": "P1", **cells}]


def assessment(**cells: object) -> Rows:
    return [{"employee_id": "E1", "competency_id": "C1", "level": 2, **cells}]


def employee(**cells: object) -> Rows:
    return [{"employee_id": "E1", **cells}]


def eligibility(**cells: object) -> Rows:
    return [{"program_id": "P1", **cells}]


TODAY = date.today()
TOMORROW = str(TODAY + timedelta(days=1))
CELLS = [
    ("training_records", training(score="87,5"), "score", "Write the decimals after a point: 87.5."),
    ("training_records", training(score="high"), "score", "is not a number."),
    ("training_records", training(score=float("nan")), "score", "is not a finite number."),
    ("training_records", training(score="-inf"), "score", "is not a finite number."),
    ("training_records", training(score="1e999"), "score", "is not a number."),
    ("training_records", training(score="1_0"), "score", "is not a number."),
    ("training_records", training(score=100.5), "score", "Write a number from 0 to 100."),
    ("training_records", training(hours=-1), "hours", "Write a number of at least 0."),
    ("training_records", training(status="complete"), "status", "Did you mean 'completed'?"),
    ("training_records", training(started_on="31-12-2023"), "started_on", "is not a date in ISO form."),
    ("training_records", training(started_on="45000"), "started_on", "is not a date in ISO form."),
    (
        "training_records",
        training(started_on="2023-01-01T00:00:00+07:00"),
        "started_on",
        "is not a date in ISO",
    ),
    ("training_records", training(started_on="2023-02-30"), "started_on", "is a day that no calendar has."),
    (
        "training_records",
        training(started_on="2023-02-02", completed_on="2023-02-01"),
        "completed_on",
        "is before started_on.",
    ),
    ("training_records", training(started_on="1949-12-31"), "started_on", "is before 1950-01-01."),
    ("training_records", training(started_on=TOMORROW), "started_on", "belongs into program_sessions."),
    ("training_records", training(completed_on=TOMORROW), "completed_on", f"is after today, {TODAY}"),
    ("assessments", assessment(assessed_on=TOMORROW), "assessed_on", "is after today"),
    ("performance_reviews", [{"employee_id": "E1", "period_end": TOMORROW}], "period_end", "is after today"),
    ("feedback", [{"feedback_id": "F", "submitted_on": TOMORROW}], "submitted_on", "is after today"),
    ("feedback", [{"feedback_id": "F", "submitted_on": "0024-01-01"}], "submitted_on", "is before 1950"),
    ("employees", employee(hired_on="1949-12-31"), "hired_on", "is before 1950-01-01."),
    ("training_records", training(employee_id="E9"), "employee_id", "is not in employees."),
    ("training_records", training(program_id=None), "program_id", "is empty."),
    ("assessments", assessment(level=5.5), "level", "is outside the policy's scale of levels."),
    ("assessments", assessment(level=None), "level", "is empty."),
    ("employees", employee(grade="III/z"), "grade", "is not a grade of the policy."),
    ("employees", employee(employment_type="honorer"), "employment_type", "Write one of PNS, PPPK."),
    ("employees", employee(unit_id="1.98503E+17"), "unit_id", "is a number in scientific notation"),
    ("employees", employee(unit_id="1,98503E+17"), "unit_id", "is a number in scientific notation"),
    ("employees", employee(unit_id="1.98501012010011e+17"), "unit_id", "is a number in scientific notation"),
    ("employees", employee(unit_id="1.985E17"), "unit_id", "is a number in scientific notation"),
    ("employees", employee(unit_id="1,985e17"), "unit_id", "is a number in scientific notation"),
    ("employees", employee(unit_id="U\u200b1"), "unit_id", "invisible character, U+200B ZERO WIDTH SPACE."),
    ("employees", employee(unit_id="\ufeffU1"), "unit_id", "U+FEFF ZERO WIDTH NO-BREAK SPACE."),
    ("employees", employee(unit_id="U\x001"), "unit_id", "invisible character, U+0000."),
    ("program_eligibility", eligibility(grade_min="V/z"), "grade_min", "is not a grade of the policy."),
    ("program_eligibility", eligibility(tiers="pengawas; bos"), "tiers", "'bos' is a tier of neither"),
    (
        "program_eligibility",
        eligibility(employment_types="PNS;TNI"),
        "employment_types",
        "'TNI' is not a kind",
    ),
    ("mandates", [{"mandate_id": "M", "program_id": "P1", "tier": "bos"}], "tier", "is a tier of neither"),
    (
        "mandates",
        [{"mandate_id": "M", "program_id": "P1", "repeat_months": 0}],
        "repeat_months",
        "at least 1",
    ),
    ("mandates", [{"mandate_id": "M", "program_id": None, "tier": "pengawas"}], "program_id", "is empty."),
    ("programs", [{"program_id": "P1", "active": "maybe"}], "active", "is neither true nor false."),
    ("positions", [{"position_id": "J", "tier": "Pengawas"}], "tier", "is 'pengawas' in the policy."),
    (
        "mandates",
        [{"mandate_id": "M", "program_id": "P1", "tier": "Pengawas"}],
        "tier",
        "Did you mean 'pengawas'",
    ),
    (
        "program_sessions",
        [{"session_id": "S", "program_id": "P1", "starts_on": "2024-05-02", "ends_on": "2024-05-01"}],
        "ends_on",
        "is before starts_on.",
    ),
    (
        "program_outcomes",
        [{"program_id": "P1", "competency_id": "C", "entry_level": 3, "target_level": 2}],
        "target_level",
        "is below entry_level.",
    ),
    (
        "program_prerequisites",
        [{"program_id": "P1", "prerequisite_program_id": "P1"}],
        "prerequisite_program_id",
        "names itself.",
    ),
    ("performance_reviews", [{"employee_id": "E1", "predicate": "super"}], "predicate", "is not a predicate"),
    (
        "performance_reviews",
        [{"employee_id": "E1", "result_rating": "ok"}],
        "result_rating",
        "is not a rating",
    ),
    ("performance_reviews", [{"employee_id": "E1", "score": 121}], "score", "from 0 to 120"),
    ("feedback", [{"feedback_id": "F", "rating": 6}], "rating", "is outside the policy's scale of ratings."),
    ("feedback", [{"feedback_id": "F", "phase": "emotion"}], "phase", "is not allowed here."),
    ("employee_audit", [{"employee_id": "E1", "birth_year": 85}], "birth_year", "from 1900 to 2100"),
    ("units", [{"unit_id": "U", "parent_unit_id": "V"}], "parent_unit_id", "is not in units."),
]


@pytest.mark.parametrize(("table", "rows", "column", "expected"), CELLS)
def test_a_bad_cell(table: str, rows: Rows, column: str, expected: str) -> None:
    fault = only(**{table: rows})
    assert (fault.file, fault.row, fault.column) == (table, 2, column)
    assert expected in f"{fault.problem} {fault.remedy}"


def test_a_missing_table_and_one_without_rows(tmp_path: Path) -> None:
    (tmp_path / "programs.csv").write_text("program_id,title\n")
    with pytest.raises(DataError) as caught:
        Dataset.load(tmp_path)
    assert list(map(str, caught.value.faults)) == [
        "employees: is required and not there. "
        "Add employees.csv, employees.parquet or a sheet employees in a workbook.",
        "programs.csv: has no rows, and this table is required. Write its rows below the header.",
    ]


def test_a_workbook_that_cannot_be_opened_is_not_called_absent(tmp_path: Path) -> None:
    (tmp_path / "city.xlsx").write_bytes(b"x")
    with pytest.raises(DataError) as caught:
        Dataset.load(tmp_path)
    assert [fault.file for fault in caught.value.faults] == ["city.xlsx"]


def test_a_missing_key_column() -> None:
    fault = only(assessments=[{"employee_id": "E1", "competency": "C1", "level": 1}])
    assert (fault.row, fault.column, fault.problem) == (None, "competency_id", "is missing.")


@pytest.mark.parametrize("written", ["Competency_ID", "competency id", "competency"])
def test_a_key_column_that_is_nearly_there_is_named(written: str) -> None:
    fault = only(assessments=[{"employee_id": "E1", written: "C1", "level": 1}])
    assert fault.column == "competency_id"
    assert fault.remedy.endswith(f"Did you mean {written!r}?")


def test_a_table_whose_only_column_is_nearly_there() -> None:
    (fault,) = faults(programs=[{"Program_ID": "P1"}])
    assert fault.problem == "has no column of this table."
    assert fault.remedy.endswith("Did you mean 'program_id'?")


def test_a_day_is_possible_up_to_today() -> None:
    people: Rows = [{"employee_id": "E1", "hired_on": TOMORROW}]
    sessions: Rows = [{"session_id": "S", "program_id": "P1", "starts_on": "2999-01-01"}]
    records = training(started_on="1950-01-01", completed_on=str(TODAY))
    city = Dataset.from_tables(
        {**SOUND, "employees": people, "program_sessions": sessions, "training_records": records}
    )
    assert str(city.history.completed_on[0]) == str(TODAY)
    assert str(city.sessions.starts_on[0]) == "2999-01-01"


def test_codes_that_only_resemble_large_numbers_are_ids() -> None:
    codes = ("5E10", "1.2E1", "E+17", "12E+17")
    city = Dataset.from_tables({**SOUND, "employees": [{"employee_id": code} for code in codes]})
    assert city.employees.ids.ids == codes


def test_an_nip_with_an_invisible_character_is_not_shown() -> None:
    fault = only(employees=[{"employee_id": "19850315\u200b2010031012"}])
    assert "U+200B" in fault.problem
    assert fault.value == "*" * 14 + "1012"


def test_a_repeated_key_names_both_rows() -> None:
    rows: Rows = [{"program_id": "P1", "competency_id": c, "target_level": 1} for c in ("A", "B", "A")]
    fault = only(program_outcomes=rows)
    assert (fault.row, fault.problem) == (4, "repeats the key of row 2.")
    assert fault.remedy == "Keep one row for each program_id and competency_id."


def test_ids_that_differ_in_spaces_only_are_the_same_nip() -> None:
    spaced, plain = "19850315 201003 1 012", "198503152010031012"
    fault = only(employees=[{"employee_id": spaced}, {"employee_id": plain}])
    assert (fault.row, fault.value) == (3, "*" * 14 + "1012")


def test_rings_are_named_whole() -> None:
    chain: Rows = [
        {"unit_id": below, "parent_unit_id": above} for below, above in ("AB", "BC", "CA", "DA", "XY", "YX")
    ]
    found = faults(units=chain)
    assert len(found) == 2
    assert all(fault.column == "parent_unit_id" for fault in found)
    named = [set(fault.problem.removeprefix("closes a ring: ").rstrip(".").split(" > ")) for fault in found]
    assert {frozenset(names) for names in named} == {frozenset("ABC"), frozenset("XY")}


def test_one_cell_gets_one_fault() -> None:
    assert only(assessments=assessment(level="1,5")).remedy == "Write the decimals after a point: 1.5."


def test_a_table_that_could_not_be_read_whole_is_not_blamed_for_lost_ids(tmp_path: Path) -> None:
    (tmp_path / "employees.csv").write_text("employee_id\nE1\n")
    (tmp_path / "programs.csv").write_text("program_id,title\nP1,a,b\n")
    (tmp_path / "training_records.csv").write_text("employee_id,program_id\nE1,P1\nE7,P1\n")
    with pytest.raises(DataError) as caught:
        Dataset.load(tmp_path)
    assert [(fault.file, fault.row) for fault in caught.value.faults] == [
        ("programs.csv", 2),
        ("training_records.csv", 3),
    ]


def test_all_faults_come_at_once_in_the_order_of_tables_and_rows() -> None:
    found = faults(
        assessments=assessment(level=9),
        training_records=training(score="x") + training(status="x") + training(score="y"),
        employees=[{"employee_id": "E1", "grade": "?"}],
    )
    assert [(fault.file, fault.row) for fault in found] == [
        ("employees", 2),
        ("training_records", 2),
        ("training_records", 3),
        ("training_records", 4),
        ("assessments", 2),
    ]


def test_names_are_never_shown() -> None:
    fault = only(employees=[{"employee_id": "", "name": "Siti"}, {"employee_id": "E1", "name": "Ani"}])
    assert "Siti" not in str(fault)
