"""Sessions to come, programs as a plan shows them, and what a plan adds up to."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from recommender.planning.hours import Hours
from recommender.planning.plan import Item, Year, next_session, plan_of
from tests.cities import Rows, load, office

SESSIONS: Rows = [
    {"session_id": "late", "program_id": "law", "starts_on": "2024-09-01", "ends_on": "2024-09-03"},
    {"session_id": "over", "program_id": "law", "starts_on": "2024-02-01", "ends_on": "2024-02-02"},
    {"session_id": "open", "program_id": "law", "starts_on": "2024-05-01"},
    {"session_id": "next", "program_id": "law", "starts_on": "2025-01-15", "ends_on": "2025-01-16"},
    {"session_id": "none", "program_id": "law"},
    {"session_id": "else", "program_id": "cooking", "starts_on": "2024-03-01", "ends_on": "2024-03-01"},
]


def first(day: str, year: int, program: str = "law") -> tuple[date, date | None] | None:
    dataset = load({**office(), "program_sessions": SESSIONS})
    return next_session(dataset, dataset.programs.ids.row(program), np.datetime64(day, "D"), year)


@pytest.mark.parametrize(
    ("day", "year", "found"),
    [
        ("2024-02-02", 2024, (date(2024, 5, 1), None)),
        ("2024-02-01", 2024, (date(2024, 2, 1), date(2024, 2, 2))),
        ("2024-05-02", 2024, (date(2024, 9, 1), date(2024, 9, 3))),
        ("2024-10-01", 2024, None),
        ("2024-10-01", 2025, (date(2025, 1, 15), date(2025, 1, 16))),
        ("2024-10-01", 2026, None),
        ("NaT", 2024, (date(2024, 2, 1), date(2024, 2, 2))),
    ],
)
def test_the_next_session(day: str, year: int, found: tuple[date, date | None] | None) -> None:
    assert first(day, year) == found


def test_sessions_of_other_programs_do_not_count() -> None:
    assert first("2024-01-01", 2024, "cooking") == (date(2024, 3, 1), date(2024, 3, 1))
    assert first("2024-01-01", 2024, "basics") is None


def test_a_program_as_a_plan_shows_it() -> None:
    programs = [
        {"program_id": "law", "title": "Law", "provider": "BPSDM", "form": "magang", "hours": 3, "cost": 5}
    ]
    dataset = load({"employees": office()["employees"][:1], "programs": [*programs, {"program_id": "bare"}]})
    year = Year(dataset, 2024, dataset.as_of)
    told = year.item("law")
    assert (told.title, told.provider, told.form, told.cost) == ("Law", "BPSDM", "magang", 5.0)
    assert told.hours == 20.0, "this form is credited with 20 JP, whatever it takes"
    assert (told.state, told.decided_by, told.counts) == ("suggested", "", False)
    bare = year.item("bare")
    assert (bare.title, bare.hours, bare.cost, bare.starts_on) == ("bare", None, None, None)
    assert year.item("gone").title == "gone" and year.item("law") is told


def item(hours: float | None, cost: float | None, counts: bool) -> Item:
    return Item("P", "P", "", "", hours, cost, None, None, "accepted", counts=counts)


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [
        (Hours(2026, 5.0, 20.0, None), "below"),
        (Hours(2026, 10.0, 20.0, None), "within"),
        (Hours(2026, 14.0, None, 24.0), "within"),
        (Hours(2026, 15.0, None, 24.0), "above"),
    ],
)
def test_a_plan_adds_up_what_counts(hours: Hours, verdict: str) -> None:
    items = (item(10.0, 2.5, True), item(None, None, True), item(99.0, 99.0, False))
    plan = plan_of(items, hours, ("E0", "Siti", "Clerk"))
    assert (plan.planned_hours, plan.planned_cost, plan.verdict) == (10.0, 2.5, verdict)
