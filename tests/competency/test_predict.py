"""What is foreseen of a judgement before it is seen."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.domain import FloatArray
from tests.cities import Rows, assessed, attended, bare, load
from tests.competency.known import NOISE, PRIOR, SPREAD, known_estimator

EARLY = assessed("C", 4, assessed_on="2022-01-01")
ROW = assessed("C", 3, assessed_on="2023-01-01")


def foreseen(*assessments: dict[str, object], **tables: Rows) -> FloatArray:
    """Return mean and standard deviation, shape (2, rows)."""
    outcomes = [{"program_id": "P0", "competency_id": "C", "target_level": 5}]
    city = load({**bare(), "program_outcomes": outcomes, "assessments": assessments, **tables})
    return np.array(known_estimator(city, bias=0.2).predict(city))


def foreseen_by(reviews: Rows, judged: dict[str, object]) -> FloatArray:
    """Return what is foreseen of one judgement where levels and reviews hang on one factor, shape (2,)."""
    city = load({**bare(), "assessments": [judged], "performance_reviews": reviews})
    estimator = known_estimator(city, loading=0.5, review_slope=np.array([0.6, 0.0]), review_habit=0.3)
    return np.array(estimator.predict(city))[:, 0]


def test_the_first_judgement_is_foreseen_by_the_prior_and_its_source() -> None:
    mean, sd = foreseen(ROW)[:, 0]
    assert mean == pytest.approx(PRIOR + 0.2)
    assert sd == pytest.approx((SPREAD**2 + NOISE) ** 0.5)


@pytest.mark.parametrize(
    "other",
    [
        assessed("C", 0, assessed_on="2023-01-01", source="self"),
        assessed("C", 0, assessed_on="2023-06-01"),
        assessed("C", 0, assessed_on="2022-06-01", employee_id="E1"),
        assessed("D", 0, assessed_on="2022-06-01"),
    ],
    ids=["same day", "later", "other person", "other competency"],
)
def test_only_strictly_earlier_evidence_on_the_cell_counts(other: dict[str, object]) -> None:
    changed = foreseen(EARLY, ROW, {**other, "level": 5})
    np.testing.assert_allclose(foreseen(EARLY, ROW)[:, 1], changed[:, 1])
    np.testing.assert_allclose(foreseen(EARLY, ROW, other)[:, 1], changed[:, 1])


def test_earlier_evidence_does_count() -> None:
    assert foreseen(EARLY, ROW)[0, 1] > foreseen(ROW)[0, 0] + 0.1
    trained = [attended("E0", "P0", "2022-06-01")]
    assert foreseen(ROW, training_records=trained)[0, 0] > foreseen(ROW)[0, 0] + 0.1


@pytest.mark.parametrize("day", ["2023-01-01", "2023-02-01"])
def test_training_of_the_same_day_or_later_does_not_count(day: str) -> None:
    trained = [attended("E0", "P0", day)]
    np.testing.assert_allclose(foreseen(ROW, training_records=trained), foreseen(ROW))


def test_the_answer_keeps_the_order_of_the_table() -> None:
    rows = [ROW, EARLY, assessed("C", 1, employee_id="E2"), assessed("D", 1, assessed_on="2021-01-01")]
    straight, turned = foreseen(*rows), foreseen(*rows[::-1])
    np.testing.assert_allclose(straight, turned[:, ::-1])
    assert straight[0, 0] > straight[0, 1]  # the later row has seen the earlier one


def reviews(*days: str) -> Rows:
    """Return reviews of three people on these days; E0 stands lowest."""
    return [
        {"employee_id": f"E{one}", "period_end": day, "score": 60 + 10 * one}
        for day in days
        for one in range(3)
    ]


def test_reviews_before_a_judgement_count() -> None:
    without, low = foreseen_by([], ROW), foreseen_by(reviews("2022-12-31"), ROW)
    gain = 0.5 * 0.6 / (0.6**2 + 0.3**2 + 0.5)  # covariance with the level over variance of the review
    assert low[0] == pytest.approx(without[0] - gain * 1.5**0.5)
    assert low[1] ** 2 == pytest.approx(without[1] ** 2 - gain * 0.5 * 0.6)


def test_a_later_review_of_the_person_does_not_change_what_was_foreseen() -> None:
    past, future = reviews("2022-12-31"), reviews("2022-12-31", "2023-12-31")
    np.testing.assert_allclose(foreseen_by(past, ROW), foreseen_by(future, ROW))


def test_a_later_review_of_a_colleague_in_the_same_year_does_not_change_what_was_foreseen() -> None:
    judged, early = assessed("C", 3, assessed_on="2022-04-01"), reviews("2022-03-31")
    late = {"employee_id": "E2", "period_end": "2022-12-31", "score": 10}
    np.testing.assert_allclose(foreseen_by(early, judged), foreseen_by([*early, late], judged))


def test_an_unknown_source_is_unbiased_and_as_noisy_as_the_noisiest() -> None:
    city = load({**bare(), "assessments": [ROW, assessed("C", 2, employee_id="E1", source="self")]})
    estimator = known_estimator(city, bias=0.2, noise=np.array([0.1, 0.9]))
    later = load({**bare(), "assessments": [{**ROW, "source": "rumour"}]})
    mean, sd = estimator.predict(later)
    assert mean.tolist() == pytest.approx([PRIOR])
    # Half a step is not known of its bias.
    assert sd.tolist() == pytest.approx([(SPREAD**2 + 0.9 + 0.25) ** 0.5])


def test_an_unknown_source_is_evidence_too() -> None:
    estimator = CompetencyEstimator().fit(load({**bare(), "assessments": [ROW]}))
    later = load({**bare(), "assessments": [{**ROW, "source": "rumour"}]})
    assert estimator.estimate(later).evidence[0, 0] == 1


def test_without_assessments_there_is_nothing_to_foresee() -> None:
    city = load(bare())
    mean, sd = CompetencyEstimator().fit(city).predict(city)
    assert mean.shape == sd.shape == (0,)
