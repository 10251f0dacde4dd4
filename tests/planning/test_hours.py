"""JP done in a year, what the rules ask, and which year is meant."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.planning.hours import (
    Hours,
    hours_done,
    hours_rule,
    hours_year_of,
    plan_year_of,
    total_in,
    trainings_done,
)
from recommender.policy import load_policy
from tests.cities import attended, office
from tests.planning.people import office_people

PROGRAMS = [
    *office()["programs"],
    {"program_id": "talk", "form": "coaching", "hours": 9},
    {"program_id": "odd"},
]


def done_in(year: int, *records: dict[str, object]) -> list[float]:
    """Return the hours of E0 and E1."""
    people = office_people(programs=PROGRAMS, training_records=records)
    return hours_done(people, year).tolist()[:2]


@pytest.mark.parametrize(
    ("record", "hours"),
    [
        (attended("E0", "law", "2023-05-01"), 20.0),
        (attended("E0", "law", "2023-05-01", hours=7), 7.0),
        (attended("E0", "law", "2023-05-01", hours=0), 0.0),
        (attended("E0", "talk", "2023-05-01"), 2.0),
        (attended("E0", "talk", "2023-05-01", hours=3), 3.0),
        (attended("E0", "odd", "2023-05-01"), 0.0),
        (attended("E0", "law", "2023-05-01", status="dropped"), 0.0),
        (attended("E0", "law", "2023-05-01", status="failed"), 0.0),
        (attended("E0", "law", "2022-12-31"), 0.0),
        (attended("E0", "law", "2022-12-31", completed_on="2023-01-02"), 20.0),
        (attended("E0", "law", "2023-12-30", completed_on="2024-01-02"), 0.0),
        (attended("E0", "law", "2023-05-01", completed_on=""), 20.0),
        (attended("E0", "law", ""), 0.0),
    ],
)
def test_a_training_counts_in_the_year_it_was_completed(record: dict[str, object], hours: float) -> None:
    assert done_in(2023, record) == [hours, 0.0]


def test_hours_add_up_for_each_person() -> None:
    records = [attended("E0", "law", "2023-05-01"), attended("E0", "basics", "2023-06-01")]
    assert done_in(2023, *records, attended("E1", "cooking", "2023-01-01")) == [40.0, 10.0]


def test_trainings_are_told_one_by_one() -> None:
    records = [
        attended("E1", "law", "2023-05-01", hours=5),
        attended("E1", "basics", "2022-06-01"),
        attended("E1", "cooking", ""),
    ]
    own = trainings_done(office_people(training_records=records))[1]
    assert [(one.program_id, one.year, one.hours) for one in own] == [
        # The undated one takes the day of the record before it.
        ("basics", 2022, 20.0),
        ("cooking", 2022, 10.0),
        ("law", 2023, 5.0),
    ]
    assert [total_in(own, year) for year in (2021, 2022, 2023)] == [0.0, 30.0, 5.0]


@pytest.mark.parametrize(
    ("kind", "done", "owed", "room", "verdict"),
    [
        ("PNS", 12.0, 8.0, None, "below"),
        ("PNS", 20.0, 0.0, None, "within"),
        ("PNS", 90.0, 0.0, None, "within"),
        ("PPPK", 0.0, 0.0, 24.0, "within"),
        ("PPPK", 24.0, 0.0, 0.0, "within"),
        ("PPPK", 25.0, 0.0, -1.0, "above"),
        ("", 0.0, 0.0, None, "within"),
    ],
)
def test_what_the_policy_asks(kind: str, done: float, owed: float, room: float | None, verdict: str) -> None:
    hours = hours_rule(load_policy(), kind, 2026, done)
    assert (hours.owed, hours.room, hours.verdict, hours.year) == (owed, room, verdict, 2026)


def test_without_a_rule_nothing_is_owed() -> None:
    assert Hours(2026, 0.0, None, None).owed == 0.0


@pytest.mark.parametrize(
    ("as_of", "hours_year", "plan_year"),
    [("2025-12-31", 2025, 2026), ("2025-12-30", 2025, 2025), ("2026-03-05", 2026, 2026)],
)
def test_which_year_is_counted_and_which_is_planned(as_of: str, hours_year: int, plan_year: int) -> None:
    day = np.datetime64(as_of, "D")
    assert (hours_year_of(day), plan_year_of(day)) == (hours_year, plan_year)


def test_without_a_date_it_is_this_year() -> None:
    today = np.datetime64("today", "D")
    nothing = np.datetime64("NaT", "D")
    assert (hours_year_of(nothing), plan_year_of(nothing)) == (hours_year_of(today), plan_year_of(today))
