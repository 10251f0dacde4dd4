"""One person's belief, kept up to date record by record, is that of the full run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.competency.following import without_records
from recommender.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import FloatArray
from recommender.errors import UnknownEmployee
from tests.cities import Tables, assessed, attended, bare, load

LATER = np.datetime64("2024-06-01")
OUTCOMES = [{"program_id": "P0", "competency_id": "C", "target_level": 4}]


def city(*more: dict[str, object], records: tuple[dict[str, object], ...] = ()) -> Dataset:
    judged = [
        assessed("C", level, employee_id=f"E{one}", source=source, assessed_on=f"2023-0{1 + one % 9}-01")
        for one in range(12)
        for level, source in ((1 + one % 4, "test"), (2 + one % 3, "supervisor"))
    ]
    judged += [assessed("D", 3, employee_id=f"E{one}", assessed_on="2023-10-01") for one in range(6)]
    tables: Tables = {
        **bare(12),
        "program_outcomes": OUTCOMES,
        "assessments": [*judged, *more],
        "training_records": [attended("E0", "P0", "2023-11-01"), *records],
    }
    return load(tables)


@pytest.fixture(scope="module")
def estimator() -> CompetencyEstimator:
    return CompetencyEstimator().fit(city())


def only_new(whole: Dataset) -> Dataset:
    """Return the records of the whole that `city()` does not have: those of 2024."""
    judged = whole.assessments.assessed_on >= np.datetime64("2024-01-01")
    trained = whole.history.completed_on >= np.datetime64("2024-01-01")
    return replace(
        without_records(whole),
        assessments=take(whole.assessments, judged),
        history=take(whole.history, trained),
    )


def full(estimator: CompetencyEstimator, whole: Dataset) -> tuple[FloatArray, FloatArray]:
    found = estimator.estimate(whole, LATER, rows=np.array([0]))
    return found.mean[0], found.sd[0]


JUDGED = assessed("C", 4, source="supervisor", assessed_on="2024-02-01")


@pytest.mark.parametrize(
    ("judged", "trained"),
    [
        ([JUDGED], []),
        ([JUDGED, JUDGED], []),
        ([JUDGED, {**JUDGED, "level": 2}, assessed("D", 1, assessed_on="2024-02-01")], []),
        ([JUDGED, assessed("D", 2, assessed_on="2024-03-01", source="self")], []),
        ([], [attended("E0", "P0", "2024-01-15")]),
        ([JUDGED], [attended("E0", "P0", "2024-02-01")]),
        ([assessed("C", 4, source="rumour", assessed_on="2024-02-01")], []),
    ],
    ids=["one", "twice", "contradicting", "days", "training", "training that day", "new source"],
)
def test_new_records_bring_the_belief_of_the_full_run(
    estimator: CompetencyEstimator, judged: list[dict[str, object]], trained: list[dict[str, object]]
) -> None:
    whole = city(*judged, records=tuple(trained))
    mean, sd = estimator.follow(city(), "E0").take(only_new(whole)).levels(LATER)
    before, _ = estimator.follow(city(), "E0").levels(LATER)
    expected_mean, expected_sd = full(estimator, whole)
    np.testing.assert_allclose(mean, expected_mean, rtol=1e-9)
    np.testing.assert_allclose(sd, expected_sd, rtol=1e-9)
    assert not np.allclose(mean, before)


def test_a_follower_is_not_changed_by_what_follows(estimator: CompetencyEstimator) -> None:
    follower = estimator.follow(city(), "E0")
    before, _ = follower.levels(LATER)
    follower.take(only_new(city(JUDGED)))
    np.testing.assert_array_equal(follower.levels(LATER)[0], before)


def test_records_of_others_change_nothing(estimator: CompetencyEstimator) -> None:
    follower = estimator.follow(city(), "E0")
    other = follower.take(only_new(city({**JUDGED, "employee_id": "E1"})))
    np.testing.assert_array_equal(other.levels(LATER)[0], follower.levels(LATER)[0])


@pytest.mark.parametrize("day", ["2023-11-01", "2022-01-01", ""], ids=["same day", "earlier", "undated"])
def test_a_record_that_is_not_later_asks_for_a_full_run(estimator: CompetencyEstimator, day: str) -> None:
    whole = city(assessed("D", 2, assessed_on=day))
    late = np.arange(len(whole.assessments)) == len(whole.assessments) - 1
    new = replace(without_records(whole), assessments=take(whole.assessments, late))
    with pytest.raises(ValueError, match=r"after 2023-11-01.*estimate\(dataset, rows=\[0\]\)"):
        estimator.follow(city(), "E0").take(new)


def test_a_review_asks_for_the_unit(estimator: CompetencyEstimator) -> None:
    reviews = [{"employee_id": "E0", "period_end": "2024-03-31", "score": 80}]
    whole = load({**bare(12), "program_outcomes": OUTCOMES, "performance_reviews": reviews})
    with pytest.raises(ValueError, match="estimate the unit anew"):
        estimator.follow(city(), "E0").take(replace(without_records(city()), reviews=whole.reviews))


def test_an_unknown_employee_is_named(estimator: CompetencyEstimator) -> None:
    with pytest.raises(UnknownEmployee, match="nobody"):
        estimator.follow(city(), "nobody")


def test_undated_evidence_asks_for_a_full_run(estimator: CompetencyEstimator) -> None:
    undated = load(
        {**bare(12), "program_outcomes": OUTCOMES, "assessments": [assessed("C", 3, assessed_on="")]}
    )
    follower = estimator.follow(undated, "E0")
    with pytest.raises(ValueError, match="estimate the person anew"):
        follower.take(only_new(city(JUDGED)))


def test_a_record_that_contradicts_an_earlier_completion_asks_for_a_full_run(
    estimator: CompetencyEstimator,
) -> None:
    whole = city(records=(attended("E0", "P0", "2023-11-01", status="dropped"),))
    new = replace(without_records(whole), history=take(whole.history, whole.history.status == "dropped"))
    with pytest.raises(ValueError, match="estimate the person anew"):
        estimator.follow(city(), "E0").take(new)
