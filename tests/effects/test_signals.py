"""Signals: means, their variances, and of whom."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.effects.signals import Signal, read_signals
from tests.cities import Rows, assessed, attended, bare, load

PROGRAMS, ANSWERS = 24, 4


def signals(records: Rows, feedback: Rows = ()) -> dict[str, Signal]:
    """Return the signals of a city in which each program teaches one competency from 0 to 3."""
    outcomes = [
        {"program_id": f"P{one}", "competency_id": "C", "entry_level": 0, "target_level": 3}
        for one in range(PROGRAMS)
    ]
    tables = {
        **bare(PROGRAMS * ANSWERS, PROGRAMS),
        "program_outcomes": outcomes,
        "training_records": records,
        "assessments": [assessed("C", 1)],
        "feedback": feedback,
    }
    city = load(tables, *([] if feedback else ["feedback"]))
    found = read_signals(city, CompetencyEstimator().fit(city).measure_lifts(city))
    return {one.name: one for one in found}


def examined(programs: int = PROGRAMS, answers: int = ANSWERS, **cells: object) -> list[dict[str, object]]:
    """Return people who each took one program, and rose by 10 points more than its number, give or take 2."""
    return [
        attended(
            f"E{one * ANSWERS + two}",
            f"P{one}",
            "2024-03-01",
            pre_score=40,
            post_score=50 + one + (2 if two % 2 else -2),
            **cells,
        )
        for one in range(programs)
        for two in range(answers)
    ]


def rated(day: str = "2024-04-01") -> list[dict[str, object]]:
    return [
        {
            "feedback_id": f"F{one}-{two}",
            "employee_id": f"E{one * ANSWERS + two}",
            "program_id": f"P{one}",
            "phase": "behaviour",
            "respondent": "supervisor",
            "rating": 2 + one % 3,
            "submitted_on": day,
        }
        for one in range(PROGRAMS)
        for two in range(ANSWERS)
    ]


def test_a_rise_in_tests_is_averaged_by_program() -> None:
    found = signals(examined())["tests"]
    assert found.program.tolist() == list(range(PROGRAMS))
    assert found.mean == pytest.approx(10 + np.arange(PROGRAMS))
    variance = 4.0 * ANSWERS / (ANSWERS - 1)  # of one answer around its program's mean
    assert found.variance == pytest.approx(np.full(PROGRAMS, variance / ANSWERS))


def test_what_was_planned_for_those_who_answered_stands_with_the_program() -> None:
    planned = signals(examined())["tests"].planned
    assert planned.shape == (PROGRAMS, PROGRAMS)
    assert (np.diag(planned) > 0).all()
    assert np.count_nonzero(planned) == PROGRAMS


def test_feedback_is_kept_apart_by_phase_and_respondent() -> None:
    found = signals(examined(), rated())
    assert set(found) == {"tests", "behaviour by supervisor"}
    assert found["behaviour by supervisor"].mean[:3].tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    "records",
    [
        examined(programs=19),
        examined(answers=2),
        examined(status="dropped"),
        [{**row, "post_score": None} for row in examined()],
    ],
    ids=["too few programs", "too few answers", "nobody finished", "no post-tests"],
)
def test_too_little_is_no_signal(records: Rows) -> None:
    assert signals(records) == {}
