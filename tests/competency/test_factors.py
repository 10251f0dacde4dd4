"""What goes together in a person: factors, habits, severities and reviews, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.competency import Beliefs, CompetencyEstimator
from recommender.competency.model import Severities
from recommender.dataset import Dataset
from recommender.domain import FloatArray, Vocabulary
from tests.cities import Rows, Tables, assessed, bare, load
from tests.competency.known import NOISE, PRIOR, SPREAD, known_estimator

HABIT, SEVERITY = 0.5, 0.4


def believed(rows: Rows, **changes: float | FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of E0's levels in the competencies judged, in order of their names."""
    city = load({**bare(), "assessments": rows})
    return of_first(known_estimator(city, 0.0, **changes).estimate(city))


def of_first(found: Beliefs) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(found.competency_ids.ids)
    return found.mean[0, order], found.sd[0, order] ** 2


def test_a_judgement_in_one_competency_moves_the_others_by_what_they_share() -> None:
    rows = [assessed("A", 3), assessed("B", 0, employee_id="E1")]
    mean, variance = believed(rows, loading=np.array([[0.6], [0.5]]))
    share = 0.6 * 0.5 / (0.6**2 + SPREAD**2 + NOISE)
    assert mean[1] == pytest.approx(PRIOR + share * (3 - PRIOR))
    assert variance[1] == pytest.approx(0.5**2 + SPREAD**2 - share * 0.6 * 0.5)


def test_what_is_shared_does_not_fade_while_the_rest_does() -> None:
    city = load({**bare(), "assessments": [assessed("A", 3)]})
    estimator = known_estimator(city, loading=0.6)
    total = 0.6**2 + SPREAD**2 + NOISE
    mean, _ = of_first(estimator.estimate(city, np.datetime64("2524-01-01")))
    assert mean[0] == pytest.approx(PRIOR + 0.6**2 / total * (3 - PRIOR))


def test_a_second_judgement_of_a_source_shares_the_habit_of_the_first() -> None:
    rows = [assessed("A", 3, assessor_id="X"), assessed("A", 3, assessor_id="Y")]
    mean, variance = believed(rows, habit=HABIT)
    noise = HABIT**2 + NOISE / 2
    assert mean[0] == pytest.approx((PRIOR / SPREAD**2 + 3 / noise) / (1 / SPREAD**2 + 1 / noise))
    assert variance[0] == pytest.approx(1 / (1 / SPREAD**2 + 1 / noise))


def test_judgements_of_two_sources_share_no_habit() -> None:
    mean, _ = believed([assessed("A", 3), assessed("A", 3, source="self")], habit=HABIT)
    noise = (HABIT**2 + NOISE) / 2
    assert mean[0] == pytest.approx((PRIOR / SPREAD**2 + 3 / noise) / (1 / SPREAD**2 + 1 / noise))


def severe(city: Dataset, value: float, variance: float) -> CompetencyEstimator:
    """Return an estimator that knows how severe the tester X is."""
    estimator = known_estimator(city, severity=SEVERITY)
    known = Severities(Vocabulary(("test|X",)), np.array([value]), np.array([variance]))
    estimator.model_ = replace(estimator.model_, severities=known)
    return estimator


@pytest.mark.parametrize(
    ("assessor", "severity", "doubt"),
    [("X", -0.7, 0.1), ("Y", 0.0, SEVERITY**2), ("", 0.0, SEVERITY**2)],
    ids=["known", "not met", "unnamed"],
)
def test_a_judgement_is_read_without_the_severity_of_its_assessor(
    assessor: str, severity: float, doubt: float
) -> None:
    city = load({**bare(), "assessments": [assessed("A", 3, assessor_id=assessor)]})
    mean, variance = of_first(severe(city, -0.7, 0.1).estimate(city))
    gain = SPREAD**2 / (SPREAD**2 + NOISE + doubt)
    assert mean[0] == pytest.approx(PRIOR + gain * (3 - severity - PRIOR))
    assert variance[0] == pytest.approx(SPREAD**2 * (1 - gain))


def test_a_bias_may_rise_with_the_level_asked() -> None:
    city = load({**clerk(4), "assessments": [assessed("A", 3)]})
    estimator = known_estimator(city, bias=0.2, bias_slope=0.1, centre=2.0)
    mean, _ = of_first(estimator.estimate(city))
    prior, bias = 4 - 0.5, 0.2 + 0.1 * (4 - 2)
    assert mean[0] == pytest.approx(prior + SPREAD**2 / (SPREAD**2 + NOISE) * (3 - bias - prior))


def test_a_tier_scales_all_deviations_of_its_people() -> None:
    city = load({**clerk(1), "assessments": [assessed("A", 3)]})
    scaled = known_estimator(city, loading=0.6, tier_scale=2.0)
    variance = 2.0**2 * (SPREAD**2 + 0.6**2)
    _, found = of_first(scaled.estimate(city))
    assert found[0] == pytest.approx(variance * NOISE / (variance + NOISE))


def clerk(level: int) -> Tables:
    """Return a city in which E0's position asks a level of A."""
    asked = {"position_id": "CLERK", "competency_id": "A", "required_level": level}
    people = [{"employee_id": "E0", "position_id": "CLERK"}]
    position = {"position_id": "CLERK", "tier": "pelaksana"}
    return {**bare(1), "positions": [position], "position_requirements": [asked], "employees": people}


@pytest.mark.parametrize("years", [1, 2, 3, 6])
def test_further_reviews_of_a_person_add_less_and_less(years: int) -> None:
    reviews = [
        {"employee_id": f"E{one}", "period_end": f"{2020 + year}-12-31", "score": 70 + 10 * one}
        for one in range(3)
        for year in range(years)
    ]
    outcome = {"program_id": "P0", "competency_id": "A", "target_level": 3}
    city = load({**bare(), "program_outcomes": [outcome], "performance_reviews": reviews})
    slope, habit, noise, loading = 0.4, 0.5, 0.7, 0.6
    estimator = known_estimator(
        city, loading=loading, review_slope=slope, review_habit=habit, review_noise=noise
    )
    mean, variance = of_first(estimator.estimate(city))
    gain = slope / (slope**2 + habit**2 + noise / years)  # what lasts in the habit no average removes
    assert mean[0] == pytest.approx(PRIOR - loading * gain * 1.5**0.5)
    assert variance[0] == pytest.approx(SPREAD**2 + loading**2 * (1 - gain * slope))


def test_a_review_takes_from_a_judgement_the_habit_it_shares() -> None:
    reviews = [
        {"employee_id": f"E{one}", "period_end": "2020-12-31", "score": 70 + 10 * one} for one in range(3)
    ]
    city = load({**bare(), "assessments": [assessed("A", 3)], "performance_reviews": reviews})
    slope = 0.6
    estimator = known_estimator(city, habit=HABIT, review_slope=np.array([0.0, slope]), review_noise=0.2)
    mean, variance = of_first(estimator.estimate(city))
    reviewed = slope**2 + 0.2
    habit_mean, habit_variance = -slope / reviewed * 1.5**0.5, 1 - slope**2 / reviewed
    gain = SPREAD**2 / (SPREAD**2 + HABIT**2 * habit_variance + NOISE)
    assert mean[0] == pytest.approx(PRIOR + gain * (3 - HABIT * habit_mean - PRIOR))
    assert variance[0] == pytest.approx(SPREAD**2 * (1 - gain))
