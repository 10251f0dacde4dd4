"""Which records lose weight, why, and what that does to a belief."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency.hygiene import Doubt, doubts
from tests.cities import Rows, Tables, assessed, attended, bare, load
from tests.competency.known import NOISE, PRIOR, SPREAD, known_estimator

BOSS = {"source": "supervisor", "assessor_id": "E1"}
HIRED: Tables = {"employees": [{"employee_id": f"E{one}", "hired_on": "2020-01-01"} for one in range(3)]}
LONG: Tables = {
    "programs": [{"program_id": "P0", "hours": 24}, {"program_id": "P1"}],
    "program_outcomes": [{"program_id": "P0", "competency_id": "C", "target_level": 3}],
}


def found(**tables: Rows) -> list[Doubt]:
    return list(doubts(load({**bare(), **tables})))


def judged(*rows: dict[str, object], **tables: Rows) -> list[tuple[int, str, float]]:
    """Return row, reason and weight of each assessment that lost weight."""
    listed = found(assessments=rows, **tables)
    assert all(doubt.table == "assessments" for doubt in listed)
    return [(doubt.row, doubt.reason, doubt.weight) for doubt in listed]


def trained(*rows: dict[str, object], **tables: Rows) -> list[tuple[int, str, float]]:
    """Return row, reason and weight of each training record that lost weight."""
    listed = found(training_records=rows, **tables)
    assert all(doubt.table == "training_records" for doubt in listed)
    return [(doubt.row, doubt.reason, doubt.weight) for doubt in listed]


def test_the_first_of_equal_judgements_keeps_its_weight() -> None:
    row = assessed("C", 3, **BOSS)
    assert judged(row, row, row) == [(1, "duplicate", 0.0), (2, "duplicate", 0.0)]


@pytest.mark.parametrize(
    "other",
    [
        {"employee_id": "E2"},
        {"competency_id": "D"},
        {"source": "test"},
        {"assessor_id": "E2"},
        {"assessed_on": "2024-01-02"},
    ],
    ids=lambda cells: next(iter(cells)),
)
def test_judgements_of_different_occasions_keep_their_weight(other: dict[str, object]) -> None:
    row = assessed("C", 3, **BOSS)
    assert judged(row, {**row, **other}) == judged(row, {**row, **other, "level": 1}) == []


@pytest.mark.parametrize("source", ["peer", "subordinate"])
def test_unnamed_colleagues_of_one_day_are_not_one_judge(source: str) -> None:
    row = assessed("C", 3, source=source)
    assert judged(row, row, {**row, "level": 1}) == []
    named = {**row, "assessor_id": "E1"}
    assert judged(named, named) == [(1, "duplicate", 0.0)]


def test_an_unnamed_judge_of_any_other_source_is_one_judge() -> None:
    assert judged(assessed("C", 3), assessed("C", 3)) == [(1, "duplicate", 0.0)]


def test_judgements_without_a_day_are_never_the_same() -> None:
    row = assessed("C", 3, assessed_on="", **BOSS)
    assert judged(row, row, {**row, "level": 1}) == []


def test_statements_that_contradict_each_other_share_one_weight() -> None:
    row = assessed("C", 3, **BOSS)
    shared = judged(row, {**row, "level": 1}, {**row, "level": 2}, row)
    third = pytest.approx(1 / 3)
    assert shared == [*((one, "contradiction", third) for one in range(3)), (3, "duplicate", 0.0)]


def test_nobody_judges_themselves_under_another_name() -> None:
    assert judged(assessed("C", 5, source="supervisor", assessor_id="E0")) == [(0, "self_judged", 0.0)]
    assert judged(assessed("C", 5, source="self", assessor_id="E0")) == []
    assert judged(assessed("C", 5, source="supervisor", assessor_id="E1")) == []


@pytest.mark.parametrize(("day", "is_doubted"), [("2018-12-31", True), ("2019-01-01", False), ("", False)])
def test_a_record_from_long_before_the_hiring_has_a_quarter_of_its_weight(day: str, is_doubted: bool) -> None:
    assert judged(assessed("C", 3, assessed_on=day), **HIRED) == [(0, "backdated", 0.25)] * is_doubted
    assert trained(attended("E0", "P1", day), **HIRED) == [(0, "backdated", 0.25)] * is_doubted


@pytest.mark.parametrize(
    ("days", "hours", "is_doubted"),
    [
        (("2024-01-01", "2024-01-02"), "", False),  # the program's 24 hours in two days of 12
        (("2024-01-01", "2024-01-01"), "", True),
        (("2024-01-01", "2024-01-02"), 25, True),
        (("2024-01-01", "2024-01-01"), 12, False),
        (("", "2024-01-01"), "", False),
        (("2024-01-01", ""), "", False),
    ],
)
def test_a_course_has_no_more_hours_than_its_days_can_hold(
    days: tuple[str, str], hours: object, is_doubted: bool
) -> None:
    record = {**attended("E0", "P0"), "started_on": days[0], "completed_on": days[1], "hours": hours}
    assert trained(record, **LONG) == [(0, "too_fast", 0.0)] * is_doubted


def test_a_completion_counts_once() -> None:
    row = attended("E0", "P1", "2024-01-01")
    assert trained(row, row, attended("E0", "P1", "2024-02-01")) == [(1, "duplicate", 0.0)]


def test_a_completion_also_recorded_as_failed_is_half_believed() -> None:
    row = attended("E0", "P1", "2024-01-01")
    failed = {**row, "status": "failed"}
    assert trained(row, failed) == [(0, "contradiction", 0.5), (1, "contradiction", 0.5)]


def test_a_record_that_meets_several_rules_keeps_the_smallest_weight() -> None:
    row = assessed("C", 3, assessed_on="2010-01-01", **BOSS)
    assert judged(row, {**row, "level": 1}, **HIRED) == [(0, "backdated", 0.25), (1, "backdated", 0.25)]
    assert judged(row, row, **HIRED) == [(0, "backdated", 0.25), (1, "duplicate", 0.0)]


def test_doubts_are_listed_table_by_table_in_the_order_of_rows() -> None:
    late, early = attended("E2", "P0", "2024-02-01"), attended("E1", "P0", "2024-01-01")
    alone = [assessed("C", one, source="supervisor", assessor_id="E0") for one in (1, 2)]
    listed = found(assessments=alone, training_records=[late, early], **LONG)
    assert [(doubt.table, doubt.row) for doubt in listed] == [
        *(("assessments", 0), ("assessments", 1)),
        *(("training_records", 0), ("training_records", 1)),
    ]


def test_sound_records_raise_no_doubt() -> None:
    records = [attended("E0", "P1", "2024-01-01"), attended("E1", "P1", "2024-01-01")]
    assert found(assessments=[assessed("C", 3), assessed("D", 3)], training_records=records) == []
    assert found() == []


def belief(*rows: dict[str, object], **tables: Rows) -> tuple[float, float]:
    """Return mean and variance of E0 in C."""
    city = load({**bare(), **HIRED, **LONG, "assessments": rows, **tables})
    beliefs = known_estimator(city).estimate(city)
    return float(beliefs.mean[0, 0]), float(beliefs.sd[0, 0]) ** 2


def test_a_record_of_no_weight_leaves_the_belief_as_it_was() -> None:
    row, alone = assessed("C", 3, **BOSS), assessed("C", 5, source="supervisor", assessor_id="E0")
    assert belief(row, row, alone) == pytest.approx(belief(row))
    too_fast = [attended("E0", "P0", "2024-01-01")]
    assert belief(row, training_records=too_fast) == pytest.approx(belief(row))


def test_a_quarter_of_the_weight_is_four_times_the_noise() -> None:
    mean, variance = belief(assessed("C", 3, assessed_on="2010-01-01"))
    late = belief(assessed("C", 3, assessed_on="2020-01-01"))[1]
    precision = 1 / SPREAD**2 + 0.25 / NOISE
    assert (mean, variance) == pytest.approx(
        ((PRIOR / SPREAD**2 + 3 * 0.25 / NOISE) / precision, 1 / precision)
    )
    assert late < variance < SPREAD**2


def test_two_that_contradict_each_other_weigh_as_one_in_between() -> None:
    row = assessed("C", 4, **BOSS)
    between = belief(assessed("C", 3, **BOSS))
    assert belief(row, {**row, "level": 2}) == pytest.approx(between)


def test_a_doubtful_training_teaches_less_and_less_surely() -> None:
    def taught(*statuses: str) -> tuple[float, float]:
        days = {"started_on": "2024-01-01", "completed_on": "2024-01-04"}
        return belief(training_records=[attended("E0", "P0", **days, status=one) for one in statuses])

    sure, doubtful = taught("completed"), taught("completed", "failed")
    lift = sure[0] - PRIOR
    assert doubtful[0] == pytest.approx(PRIOR + lift / 2)
    # It taught with chance 1/2: half the variance of the lift, and that of the chance itself.
    assert doubtful[1] - SPREAD**2 == pytest.approx((sure[1] - SPREAD**2) / 2 + lift**2 / 4)


def test_a_record_without_weight_does_not_date_what_has_no_date() -> None:
    undated = assessed("C", 4, assessed_on="")
    void = assessed("C", 0, source="supervisor", assessor_id="E0", assessed_on="2014-01-01")
    others = [assessed("C", 3, employee_id="E1", assessed_on="2024-01-01")]
    plain, more = (load({**bare(), "assessments": [undated, *others, *void_]}) for void_ in ([], [void]))
    estimator = known_estimator(more)
    np.testing.assert_allclose(estimator.estimate(more).mean[0], estimator.estimate(plain).mean[0])
