"""Attendance: who is counted, and who has comparable colleagues that stayed away."""

from __future__ import annotations

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.effects.attendance import Attendance, attendance
from tests.cities import Rows, assessed, attended, load

CLERKS, HEADS = 20, 10


def found(records: Rows, judged: int = CLERKS + HEADS) -> Attendance:
    """Return the attendance of one program that teaches C, of 20 clerks and 10 heads."""
    city = load(
        {
            "employees": [
                {"employee_id": f"E{one}", "position_id": "CLERK" if one < CLERKS else "HEAD"}
                for one in range(CLERKS + HEADS)
            ],
            "positions": [
                {"position_id": "CLERK", "tier": "pelaksana"},
                {"position_id": "HEAD", "tier": "pengawas"},
            ],
            "programs": [{"program_id": "P0"}],
            "program_outcomes": [{"program_id": "P0", "competency_id": "C", "target_level": 3}],
            "assessments": [assessed("C", one % 3, employee_id=f"E{one}") for one in range(judged)],
            "training_records": records,
        }
    )
    return attendance(city, CompetencyEstimator().fit(city).measure_lifts(city))


def went(*people: int, **cells: object) -> list[dict[str, object]]:
    return [attended(f"E{one}", "P0", "2023-01-01", **cells) for one in people]


def test_half_of_each_kind_is_comparable() -> None:
    mine = found(went(*range(10), *range(20, 25)))
    assert mine.people.tolist() == [15]
    assert mine.overlap.tolist() == [1.0]
    assert not mine.everybody[0]


def test_heads_who_all_went_have_nobody_to_be_compared_with() -> None:
    mine = found(went(*range(10), *range(20, 30)))
    assert mine.overlap.tolist() == [0.5]


def test_one_in_twenty_who_stayed_away_is_too_few() -> None:
    assert found(went(*range(19))).overlap.tolist() == [0.0]


def test_everybody() -> None:
    mine = found(went(*range(30)))
    assert mine.everybody.tolist() == [True]
    assert mine.overlap.tolist() == [0.0]


def test_those_who_never_finished_are_not_counted_but_not_compared_with_either() -> None:
    mine = found([*went(*range(10)), *went(*range(10, 20), status="dropped")])
    assert mine.people.tolist() == [10]
    assert mine.overlap.tolist() == [0.0]


def test_attending_twice_counts_once() -> None:
    twice = [*went(0, 1), attended("E0", "P0", "2024-01-01")]
    assert found(twice).people.tolist() == [2]


def test_nobody() -> None:
    mine = found(went(0, status="dropped"), judged=0)
    assert mine.people.tolist() == [0]
    assert np.isnan(mine.overlap).tolist() == [True]


def test_who_was_judged_before_attending_is_told_apart() -> None:
    # All are judged on 1 January 2024.
    assert found(went(0, 1, 2)).before.tolist() == [0]
    later = [attended(f"E{one}", "P0", "2024-06-01") for one in (0, 1)]
    assert found([*went(2), *later, later[0]]).before.tolist() == [2]
    assert found([attended("E0", "P0")]).before.tolist() == [0], "without a date nothing is before it"
