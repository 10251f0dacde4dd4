from __future__ import annotations

import numpy as np
import pytest

from recommender.dataset import Dataset

Record = tuple[str, str, str, str]


def load(*records: Record) -> Dataset:
    names = ("employee_id", "program_id", "started_on", "completed_on")
    return Dataset.from_tables(
        {
            "employees": [{"employee_id": id_} for id_ in ("E1", "E2")],
            "programs": [{"program_id": id_} for id_ in "ABCDE"],
            "training_records": [dict(zip(names, record, strict=True)) for record in records],
        }
    )


def order(city: Dataset) -> str:
    return "".join(city.programs.ids[row] for row in city.history.program)


def test_records_follow_person_then_moment_then_row() -> None:
    city = load(
        ("E2", "A", "2024-01-01", ""),
        ("E1", "B", "2024-03-01", ""),
        ("E1", "C", "", "2024-02-01"),
        ("E1", "D", "2024-03-01", ""),
    )
    assert order(city) == "CBDA"
    assert city.history.row.tolist() == [2, 1, 3, 0]
    assert city.history.moment.astype(str).tolist() == [
        "2024-02-01",
        "2024-03-01",
        "2024-03-01",
        "2024-01-01",
    ]


def test_an_undated_record_stays_behind_the_one_before_it() -> None:
    city = load(
        ("E1", "A", "", ""),
        ("E2", "E", "2020-01-01", ""),
        ("E1", "B", "2024-03-01", ""),
        ("E1", "C", "", ""),
        ("E1", "D", "2024-02-01", ""),
    )
    assert order(city) == "DABCE"
    assert city.history.moment[:4].astype(str).tolist() == ["2024-02-01"] + ["2024-03-01"] * 3


def test_without_any_date_the_rows_keep_their_order_and_no_moment() -> None:
    city = load(("E1", "B", "", ""), ("E1", "A", "", ""))
    assert order(city) == "BA"
    assert np.isnat(city.history.moment).all()
    assert np.isnat(city.as_of)


def test_before_knows_only_what_had_ended() -> None:
    city = load(
        ("E1", "A", "2024-01-01", "2024-01-09"),
        ("E1", "B", "2024-01-02", "2024-01-10"),
        ("E1", "C", "2024-01-03", ""),
        ("E1", "D", "2024-01-10", ""),
        ("E2", "E", "", ""),
    )
    earlier = city.before(np.datetime64("2024-01-10"))
    assert order(earlier) == "ACE"
    assert earlier.as_of == np.datetime64("2024-01-10")
    assert earlier.digest == city.digest
    assert city.as_of == np.datetime64("2024-01-10")
    assert order(city) == "ABCDE"


def test_with_history_keeps_the_rest() -> None:
    city = load(("E1", "A", "2024-01-01", ""), ("E1", "B", "2024-01-02", ""))
    assert order(city.with_history(np.array([False, True]))) == "B"
    assert order(city) == "AB"


@pytest.mark.parametrize("day", ["2024-01-01", "2024-01-02"])
def test_before_is_strict_for_every_dated_table(day: str) -> None:
    city = Dataset.from_tables(
        {
            "employees": [{"employee_id": "E1"}],
            "programs": [{"program_id": "P"}],
            "assessments": [
                {"employee_id": "E1", "competency_id": "C", "level": 1, "assessed_on": on}
                for on in ("2024-01-01", "")
            ],
            "performance_reviews": [{"employee_id": "E1", "period_end": "2024-01-01"}],
            "feedback": [{"feedback_id": "F", "submitted_on": "2024-01-01"}],
        }
    )
    earlier = city.before(np.datetime64(day))
    dated = int(day > "2024-01-01")
    assert (len(earlier.assessments), len(earlier.reviews), len(earlier.feedback)) == (
        1 + dated,
        dated,
        dated,
    )
