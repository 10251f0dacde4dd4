"""Beliefs whose values are worked out by hand."""

from __future__ import annotations

from math import exp, pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

from recommender.competency import Beliefs, planned_lift
from tests.cities import Rows, assessed, attended, bare, load
from tests.competency.known import FADING, NOISE, PRIOR, SHARE, SHARE_SD, SPREAD, known_estimator

OUTCOMES = [
    {"program_id": "P0", "competency_id": "C", "target_level": 3},
    {"program_id": "P1", "competency_id": "C", "entry_level": 3, "target_level": 5},
]


def belief(as_of: str | None = None, bias: float = 0.0, **tables: Rows) -> tuple[float, float, int]:
    """Return mean, variance and evidence of E0 in C."""
    city = load({**bare(), "program_outcomes": OUTCOMES, **tables})
    day = None if as_of is None else np.datetime64(as_of)
    found = known_estimator(city, bias).estimate(city, day)
    return float(found.mean[0, 0]), float(found.sd[0, 0]) ** 2, int(found.evidence[0, 0])


def test_without_evidence_the_prior_stands() -> None:
    assert belief() == pytest.approx((PRIOR, SPREAD**2, 0))


def test_one_judgement_is_weighed_by_precision_after_its_bias() -> None:
    mean, variance, count = belief(bias=0.2, assessments=[assessed("C", 3)])
    precision = 1 / SPREAD**2 + 1 / NOISE
    assert mean == pytest.approx((PRIOR / SPREAD**2 + (3 - 0.2) / NOISE) / precision)
    assert variance == pytest.approx(1 / precision)
    assert count == 1


def test_judgements_of_one_day_may_come_in_any_order() -> None:
    rows = [assessed("C", 4), assessed("C", 1, source="self"), assessed("C", 2, assessor_id="B")]
    assert belief(assessments=rows) == pytest.approx(belief(assessments=rows[::-1]))


def test_more_evidence_of_one_day_never_widens_a_belief() -> None:
    rows = [assessed("C", 3, assessor_id=judge) for judge in "ABC"]
    variances = [belief(assessments=rows[:count])[1] for count in (1, 2, 3)]
    assert SPREAD**2 > variances[0] > variances[1] > variances[2] > 0


def planned(mean: float, variance: float, entry: float, target: float) -> float:
    """Return the lift planned for somebody whose level is believed with this mean and variance."""

    def weighed(z: float) -> float:
        level = np.array(mean + sqrt(variance) * z)
        lift = planned_lift(level, np.array(entry), np.array(target), 1.0)
        return float(lift) * exp(-z * z / 2) / sqrt(2 * pi)

    return float(quad(weighed, -8, 8, points=[(e - mean) / sqrt(variance) for e in (entry, target)])[0])


def test_a_training_moves_the_mean_by_the_realised_share_of_its_lift() -> None:
    mean, variance, count = belief(training_records=[attended("E0", "P0", "2024-01-01")])
    lift = planned(PRIOR, SPREAD**2, 0, 3)
    assert mean == pytest.approx(PRIOR + SHARE * lift)
    assert variance == pytest.approx(SPREAD**2 + (SHARE_SD * lift) ** 2)
    assert count == 1


def test_a_training_gives_less_to_those_below_its_entry_level() -> None:
    judged, trained = [assessed("C", 2)], [attended("E0", "P1", "2024-01-01")]
    before, variance, _ = belief(assessments=judged)
    after, _, _ = belief(assessments=judged, training_records=trained)
    lift = planned(before, variance, 3, 5)
    assert 0 < lift < 2
    assert after == pytest.approx(before + SHARE * lift)


@pytest.mark.parametrize("cells", [{"status": "dropped"}, {"status": "failed"}, {"hours": 40}])
def test_a_training_not_completed_or_not_possible_is_no_evidence(cells: dict[str, object]) -> None:
    records = [attended("E0", "P0", "2024-01-01", **cells)]
    assert belief(training_records=records) == pytest.approx((PRIOR, SPREAD**2, 0))


def test_a_judgement_comes_before_a_training_of_the_same_day() -> None:
    judged, trained = [assessed("C", 2)], [attended("E0", "P0", "2024-01-01")]
    before, variance, _ = belief(assessments=judged)
    after, _, count = belief(assessments=judged, training_records=trained)
    assert after == pytest.approx(before + SHARE * planned(before, variance, 0, 3))
    assert count == 2


def test_time_draws_a_belief_back_to_the_prior() -> None:
    judged = [assessed("C", 4)]
    mean, variance, _ = belief(assessments=judged)
    years = 731 / 365.25  # 2024 is a leap year
    later, wider, _ = belief("2026-01-01", assessments=judged)
    assert later == pytest.approx(PRIOR + (mean - PRIOR) * exp(-FADING * years))
    assert wider == pytest.approx(SPREAD**2 + (variance - SPREAD**2) * exp(-2 * FADING * years))
    assert belief("2524-01-01", assessments=judged)[:2] == pytest.approx((PRIOR, SPREAD**2))


def test_a_date_in_the_past_knows_nothing_of_what_came_after() -> None:
    early = [assessed("C", 4, assessed_on="2022-05-01")]
    late = [assessed("C", 0), assessed("C", 0, employee_id="E1", assessed_on="2024-02-01")]
    records = [attended("E0", "P0", "2023-01-01")]
    past = belief("2022-05-01", assessments=early)
    assert belief("2022-05-01", assessments=early + late, training_records=records) == pytest.approx(past)


def test_the_day_asked_for_belongs_to_what_is_known() -> None:
    judged = [assessed("C", 4), assessed("C", 0, assessed_on="2024-01-02")]
    assert belief("2024-01-01", assessments=judged) == pytest.approx(belief(assessments=judged[:1]))


def undated(rows: list[int] | None) -> Beliefs:
    judged = [
        assessed("C", 4, assessed_on=""),
        assessed("C", 4, employee_id="E1", assessed_on="2015-01-01"),
        assessed("C", 4, employee_id="E2", assessed_on="2024-01-01"),
    ]
    city = load({**bare(), "assessments": judged})
    return known_estimator(city).estimate(city, rows=None if rows is None else np.array(rows))


def test_no_time_passes_over_evidence_without_a_date() -> None:
    fresh = (PRIOR / SPREAD**2 + 4 / NOISE) / (1 / SPREAD**2 + 1 / NOISE)
    assert undated(None).mean[0, 0] == pytest.approx(fresh)
    assert undated(None).sd[0, 0] == pytest.approx(1 / sqrt(1 / SPREAD**2 + 1 / NOISE))


@pytest.mark.parametrize("rows", [[0], [2, 0], [1], [0, 1, 2]])
def test_some_people_are_believed_as_in_the_full_run(rows: list[int]) -> None:
    some, everybody = undated(rows), undated(None)
    np.testing.assert_allclose(some.mean, everybody.mean[rows])
    np.testing.assert_allclose(some.sd, everybody.sd[rows])
    np.testing.assert_array_equal(some.evidence, everybody.evidence[rows])
    assert some.employee_ids.ids == tuple(f"E{row}" for row in rows)
