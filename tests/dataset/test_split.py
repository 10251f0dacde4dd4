from __future__ import annotations

import numpy as np
import pytest

from recommender.dataset import Dataset
from recommender.dataset.split import Split, cut_days, has_dates, split_by_time, split_last, split_one

Row = tuple[str, str, str, str]

DATED: list[Row] = [
    ("E1", "P1", "2020-01-10", "2020-01-20"),
    ("E1", "P2", "2020-05-01", "2020-05-03"),
    ("E1", "P2", "2020-06-01", "2020-06-03"),
    ("E1", "P3", "2020-09-01", ""),
    ("E2", "P1", "2020-02-20", "2020-03-10"),  # runs across the cut
    ("E2", "P3", "2020-03-01", "2020-03-02"),  # the day of the cut
    ("E3", "P2", "2020-02-28", "2020-02-29"),
]
CUT = np.datetime64("2020-03-01")


def dataset(records: list[Row], sessions: dict[str, str] | None = None) -> Dataset:
    columns = ("employee_id", "program_id", "started_on", "completed_on")
    runs = [
        {"session_id": f"S-{program}-{day}", "program_id": program, "starts_on": day}
        for program, days in (sessions or {}).items()
        for day in days.split(",")
    ]
    return Dataset.from_tables(
        {
            "program_sessions": runs,
            "employees": [{"employee_id": f"E{number}"} for number in (1, 2, 3, 4)],
            "programs": [{"program_id": f"P{number}"} for number in (1, 2, 3)],
            "training_records": [dict(zip(columns, record, strict=True)) for record in records],
        }
    )


def undated(*pairs: str) -> Dataset:
    return dataset([(*pair.split(), "", "") for pair in pairs])


def held(split: Split) -> list[tuple[str, str]]:
    people, programs = split.past.employees.ids, split.past.programs.ids
    return [(people[e], programs[p]) for e, p in zip(split.employee, split.program, strict=True)]


def kept(split: Split) -> list[tuple[str, str]]:
    history, past = split.past.history, split.past
    return [
        (past.employees.ids[e], past.programs.ids[p])
        for e, p in zip(history.employee, history.program, strict=True)
    ]


def test_nothing_of_the_future_is_left_in_the_past() -> None:
    past = split_by_time(dataset(DATED), CUT).past
    assert (past.history.moment < CUT).all()
    assert (past.history.completed_on < CUT).all()
    assert past.as_of <= CUT


def test_held_are_the_pairs_from_the_day_on_each_once() -> None:
    split = split_by_time(dataset(DATED), CUT)
    assert held(split) == [("E1", "P2"), ("E1", "P3"), ("E2", "P3")]
    assert kept(split) == [("E1", "P1"), ("E3", "P2")]


def test_until_ends_the_window_before_its_day() -> None:
    split = split_by_time(dataset(DATED), CUT, np.datetime64("2020-06-01"))
    assert held(split) == [("E1", "P2"), ("E2", "P3")]
    assert held(split_by_time(dataset(DATED), CUT, np.datetime64("2020-05-01"))) == [("E2", "P3")]


def test_records_without_a_date_are_never_held() -> None:
    split = split_by_time(dataset([*DATED, ("E4", "P1", "", "")]), CUT)
    assert ("E4", "P1") in kept(split)
    assert "E4" not in {employee for employee, _ in held(split)}


def test_relevant_follows_the_order_asked_for() -> None:
    split = split_by_time(dataset(DATED), CUT)
    taken = split.relevant(split.past.employees.ids.rows(["E2", "E4", "E1"]))
    assert taken.tolist() == [[False, False, True], [False, False, False], [False, True, True]]


def test_the_last_record_is_held_and_single_ones_stay() -> None:
    split = split_last(undated("E2 P2", "E1 P3", "E1 P1", "E3 P1", "E2 P1", "E1 P2"))
    assert held(split) == [("E1", "P2"), ("E2", "P1")]
    assert kept(split) == [("E1", "P3"), ("E1", "P1"), ("E2", "P2"), ("E3", "P1")]


def test_what_was_said_of_the_held_record_is_not_known_yet() -> None:
    said = [("E1", "P2"), ("E1", "P1"), ("E2", "P1"), ("E3", "P1"), ("E4", "P3")]
    data = Dataset.from_tables(
        {
            "employees": [{"employee_id": f"E{number}"} for number in (1, 2, 3, 4)],
            "programs": [{"program_id": f"P{number}"} for number in (1, 2, 3)],
            "training_records": [
                {"employee_id": person, "program_id": program}
                for person, program in (("E1", "P1"), ("E1", "P2"), ("E2", "P1"), ("E2", "P1"), ("E3", "P1"))
            ],
            "feedback": [
                {"feedback_id": f"F{row}", "employee_id": person, "program_id": program, "rating": 4}
                for row, (person, program) in enumerate(said)
            ],
        }
    )
    past = split_last(data).past
    kept = zip(past.feedback.employee, past.feedback.program, strict=True)
    names = [(past.employees.ids[person], past.programs.ids[program]) for person, program in kept]
    assert names == said[1:], "E2 still has the first record of P1; E4 spoke without a record"


def test_what_was_judged_after_the_held_record_is_not_known_yet() -> None:
    """E1 took P1, then P2 (held), which teach C1 and C2; E2 took P1 twice, the second time is held."""

    def judged(person: str, competency: str, day: str = "") -> dict[str, object]:
        row = {"employee_id": person, "competency_id": competency, "level": 3, "source": "test"}
        return {**row, "assessed_on": day}

    def taken(person: str, program: str, day: str) -> dict[str, object]:
        return {"employee_id": person, "program_id": program, "started_on": day}

    known = [judged("E1", "C1"), judged("E2", "C1"), judged("E3", "C2"), judged("E1", "C2", "2020-02-01")]
    late = [judged("E1", "C2"), judged("E1", "C1", "2020-05-01"), judged("E2", "C2", "2021-01-01")]
    reviews = [{"employee_id": "E1", "period_end": day, "score": 80} for day in ("2020-01-31", "2020-12-31")]
    data = Dataset.from_tables(
        {
            "competencies": [{"competency_id": one} for one in ("C1", "C2")],
            "employees": [{"employee_id": one} for one in ("E1", "E2", "E3")],
            "programs": [{"program_id": one} for one in ("P1", "P2")],
            "program_outcomes": [
                {"program_id": f"P{one}", "competency_id": f"C{one}", "target_level": 4} for one in (1, 2)
            ],
            "training_records": [
                *(taken("E1", "P1", "2020-01-01"), taken("E1", "P2", "2020-05-01")),
                *(taken("E2", "P1", "2020-01-01"), taken("E2", "P1", "2020-06-01")),
            ],
            "assessments": [*known, *late],
            "performance_reviews": reviews,
        }
    )
    past = split_last(data).past
    assert len(past.assessments) == len(known)
    assert past.assessments.competency.tolist() == [0, 0, 1, 1]
    assert past.reviews.period_end.astype(str).tolist() == ["2020-01-31"]


def test_one_record_at_random_is_held_and_single_ones_stay() -> None:
    data = undated(*[f"E{e} P{p}" for e in (1, 2) for p in (1, 2, 3)], "E3 P1")
    draws = [split_one(data, seed) for seed in range(60)]
    assert all([e for e, _ in held(split)] == ["E1", "E2"] for split in draws)
    assert all(len(split.past.history) == 5 for split in draws)
    assert {pair for split in draws for pair in held(split)} == {
        (e, p) for e in ("E1", "E2") for p in ("P1", "P2", "P3")
    }
    assert held(split_one(data, 7)) == held(split_one(data, 7))


@pytest.mark.parametrize(
    ("sessions", "offered"),
    [
        ({}, [True, True, True]),
        ({"P1": "2019-05-01", "P2": "2019-05-01,2020-03-01"}, [False, True, True]),
        ({"P1": "2019-05-01", "P2": "2019-05-01"}, [True, True, True]),  # sessions of that time are not kept
        ({"P1": "2020-05-01", "P2": ""}, [True, True, True]),  # a session without a day says nothing
        ({"P1": "2020-05-01", "P2": "2020-07-01"}, [True, False, True]),  # after the window
    ],
)
def test_offered_is_what_has_a_session_in_the_window(sessions: dict[str, str], offered: list[bool]) -> None:
    split = split_by_time(dataset(DATED, sessions), CUT, np.datetime64("2020-06-15"))
    assert split.offered.tolist() == offered


def test_ties_keep_the_order_of_rows() -> None:
    day = "2020-01-01"
    split = split_last(dataset([("E1", "P2", day, ""), ("E1", "P3", day, ""), ("E1", "P1", day, "")]))
    assert held(split) == [("E1", "P1")]
    assert kept(split) == [("E1", "P2"), ("E1", "P3")]


def test_data_without_records_hold_nothing() -> None:
    empty = undated()
    assert held(split_last(empty)) == []
    assert held(split_by_time(empty, CUT)) == []
    assert not has_dates(empty)
    assert cut_days(empty, 1, 3) == []


def test_half_of_the_records_with_dates_are_enough() -> None:
    dated = [("E1", "P1", "2020-01-01", ""), ("E2", "P1", "", "2020-01-01")]
    assert has_dates(dataset([*dated, ("E3", "P1", "", ""), ("E4", "P1", "", "")]))
    assert not has_dates(dataset([*dated[:1], ("E3", "P1", "", ""), ("E4", "P1", "", "")]))


def test_cut_days_step_back_from_the_latest_day() -> None:
    days = cut_days(dataset(DATED), 3, 4)  # the data end on 2020-09-01
    assert [str(day) for day in days] == ["2020-06-01", "2020-03-01"]


def test_cut_days_have_records_on_both_sides() -> None:
    days = cut_days(dataset([*DATED, ("E4", "P1", "", "")]), 1, 24)
    assert len(days) == 7
    for day in days:
        split = split_by_time(dataset(DATED), day)
        assert len(split.past.history)
        assert len(split.employee)


def test_a_cut_in_a_shorter_month_falls_on_its_last_day() -> None:
    data = dataset([("E1", "P1", "2020-01-05", ""), ("E1", "P2", "2020-03-31", "")])
    assert [str(day) for day in cut_days(data, 1, 1)] == ["2020-02-29"]


def test_impossible_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="months is 0"):
        cut_days(dataset(DATED), 0, 3)
