"""What clients send is checked like a file and kept whole or not at all."""

from __future__ import annotations

import pytest

from recommender.dataset.intake import check_rows
from recommender.errors import DataError
from recommender.policy import load_policy
from recommender.service.intake import add_records, put_employee
from recommender.service.office import Office
from recommender.store.people import read_people

KNOWN = {"employees": {"E1"}, "programs": {"P1"}, "competencies": {"M.01"}, "positions": set[str]()}
GOOD = {
    "employee_id": "E1",
    "competency_id": "M.01",
    "level": 2,
    "source": "test",
    "assessed_on": "2025-03-01",
}


def faults(table: str, *rows: object) -> list[tuple[int | None, str | None]]:
    with pytest.raises(DataError) as error:
        check_rows(table, list(rows), load_policy(), KNOWN)  # type: ignore[arg-type]
    return [(fault.row, fault.column) for fault in error.value.faults]


def test_good_rows_come_back_typed() -> None:
    (row,) = check_rows("assessments", [GOOD], load_policy(), KNOWN)
    assert row["level"] == 2.0 and str(row["assessed_on"]) == "2025-03-01" and row["assessor_id"] is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("employee_id", "E2"),
        ("employee_id", 1),
        ("employee_id", ""),
        ("employee_id", None),
        ("employee_id", "E1\ud800"),
        ("competency_id", "M.99"),
        ("competency_id", "M.01\0"),
        ("level", 9),
        ("level", True),
        ("level", "two"),
        ("level", float("nan")),
        ("level", 10**400),
        ("level", {"value": 2}),
        ("level", [2]),
        ("source", "x" * 1_000_000),
        ("assessed_on", "01-03-2025"),
        ("assessed_on", "2031-01-01"),
        ("assessed_on", 20250301),
        ("levle", 2),
    ],
)
def test_a_bad_value_is_named_by_row_and_column(column: str, value: object) -> None:
    assert faults("assessments", GOOD, GOOD | {column: value}) == [(3, column)]


def test_all_faults_are_told_at_once() -> None:
    rows = [{}, GOOD | {"level": 9, "employee_id": "E2"}, "no row"]
    assert sorted(faults("assessments", *rows), key=str) == sorted(
        [(2, "employee_id"), (3, "employee_id"), (3, "level"), (4, None)], key=str
    )


def test_a_table_of_which_nothing_is_known_is_not_asked() -> None:
    (row,) = check_rows("employees", [{"employee_id": "E9", "position_id": "any"}], load_policy(), KNOWN)
    assert row["position_id"] == "any"


def test_a_batch_with_one_fault_keeps_nothing(office: Office) -> None:
    row = {"employee_id": "E00042", "competency_id": "M.03", "level": 3}
    with office.database.reading() as connection:
        before = read_people(connection, ["E00042"])
    with pytest.raises(DataError):
        add_records(office, "assessments", [row, row | {"employee_id": "nobody"}])
    with office.database.reading() as connection:
        assert read_people(connection, ["E00042"]) == before


def test_records_keep_their_order_and_a_feedback_id_is_taken_once(office: Office) -> None:
    rows = [{"employee_id": "E00042", "program_id": one} for one in ("P003", "P001", "P002")]
    assert add_records(office, "training_records", rows) == 3
    with office.database.reading() as connection:
        kept = read_people(connection, ["E00042"])["training_records"]
    assert [row[1] for row in kept[-3:]] == ["P003", "P001", "P002"]
    said = {"feedback_id": "new", "employee_id": "E00042", "program_id": "P001", "rating": 4}
    add_records(office, "feedback", [said])
    with pytest.raises(DataError, match="feedback_id"):
        add_records(office, "feedback", [said])


def test_a_person_is_new_once_and_named_as_in_the_path(office: Office) -> None:
    person = {"name": "Somebody", "employment_type": "pppk", "sex": "f", "birth_year": 1990}
    assert [put_employee(office, "new", person) for _ in range(2)] == [True, False]
    with office.database.reading() as connection:
        kept = read_people(connection, ["new"])
    assert kept["employees"][0][4] == "PPPK" and kept["employee_audit"] == [("new", "f", 1990.0)]
    with pytest.raises(DataError, match="employee_id"):
        put_employee(office, "new", {"employee_id": "other"})


def test_an_id_that_would_be_kept_otherwise_overwrites_nobody(office: Office) -> None:
    with office.database.reading() as connection:
        before = read_people(connection, ["E00042"])
    for other in ("E00042 ", "E00042\u00a0"):
        with pytest.raises(DataError, match="E00042"):
            put_employee(office, other, {"employment_type": "PNS"})
    with office.database.reading() as connection:
        assert read_people(connection, ["E00042"]) == before
