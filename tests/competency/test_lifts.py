"""What the judgements say of each program: known shares, selection, forgetting, and nothing to say."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator, Lifts
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from tests.cities import assessed, attended, bare, load
from tests.competency.school import SHARES, school


def measured(city: Dataset) -> Lifts:
    return CompetencyEstimator().fit(city).measure_lifts(city)


def shares(lifts: Lifts) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of the shares, with next to nothing expected of them."""
    covariance = np.linalg.inv(lifts.information + np.eye(len(lifts.pull)))
    return covariance @ (lifts.pull + 0.5), np.sqrt(np.diag(covariance))


@pytest.fixture(scope="module")
def town() -> Dataset:
    return school()


@pytest.fixture(scope="module")
def found(town: Dataset) -> Lifts:
    return measured(town)


def test_each_program_gets_what_it_changed(found: Lifts) -> None:
    mean, sd = shares(found)
    assert mean == pytest.approx(list(SHARES.values()), abs=0.1)
    assert (sd < 0.05).all()
    assert (np.abs(mean - list(SHARES.values())) < 3 * sd).all()


def test_the_level_of_those_who_are_sent_is_not_taken_for_an_effect(town: Dataset, found: Lifts) -> None:
    # The able are sent to P1, which changes nothing: afterwards they stand far above the others all the same.
    went = np.isin(town.assessments.employee, town.history.employee[town.history.program == 1])
    late = town.assessments.assessed_on > np.datetime64("2025-01-01")
    apart = town.assessments.level[went & late].mean() - town.assessments.level[~went & late].mean()
    assert apart > 0.5
    assert abs(shares(found)[0][1]) < 0.1


def test_what_was_learnt_is_forgotten_at_the_rate_at_which_it_is(found: Lifts) -> None:
    forgetful = measured(school(forgetting=0.3))
    assert found.forgetting < 0.05
    assert forgetful.forgetting == pytest.approx(0.3, abs=0.05)
    assert shares(forgetful)[0] == pytest.approx(list(SHARES.values()), abs=0.12)


def test_the_scale_of_levels_says_nothing(found: Lifts) -> None:
    scaled = measured(school(scale=20.0))
    assert shares(scaled)[0] == pytest.approx(shares(found)[0], abs=1e-3)
    assert scaled.forgetting == pytest.approx(found.forgetting, abs=1e-3)


def test_people_judged_afterwards_are_counted_once(town: Dataset, found: Lifts) -> None:
    attendees = [len(np.unique(town.history.employee[town.history.program == one])) for one in range(3)]
    assert found.judged.tolist() == attendees


def test_information_is_symmetric_and_not_negative(found: Lifts) -> None:
    np.testing.assert_allclose(found.information, found.information.T, rtol=1e-6, atol=1e-6)
    assert np.linalg.eigvalsh(found.information).min() > -1e-6


OUTCOMES = [{"program_id": "P0", "competency_id": "C", "target_level": 3}]
TRAINED = [attended("E0", "P0", "2023-05-01"), attended("E1", "P0", "2023-05-01")]
EARLY = [assessed("C", 2, employee_id=f"E{one}", assessed_on="2022-01-01") for one in range(3)]
LATE = [assessed("C", 2, employee_id=f"E{one}", assessed_on="2024-01-01") for one in range(3)]


@pytest.mark.parametrize(
    ("tables", "judged"),
    [
        ({}, 0),
        ({"assessments": EARLY + LATE}, 0),
        ({"training_records": TRAINED}, 0),
        ({"training_records": TRAINED, "assessments": EARLY}, 0),
        ({"training_records": TRAINED, "assessments": EARLY + LATE}, 2),
    ],
    ids=["nothing", "nobody attended", "nobody assessed", "assessed before alone", "before and after"],
)
def test_where_nothing_is_known_nothing_is_said(tables: dict[str, object], judged: int) -> None:
    city = load({**bare(), "program_outcomes": OUTCOMES, **tables})  # type: ignore[dict-item]
    lifts = measured(city)
    assert lifts.judged.tolist() == [judged]
    assert np.isfinite(lifts.information).all()
    assert np.isfinite(lifts.pull).all()
    assert (lifts.information[0, 0] > 1e-9) == (judged > 0)


def test_a_catalogue_that_declares_nothing_has_no_outcomes() -> None:
    lifts = measured(load({**bare(), "training_records": TRAINED}))
    assert len(lifts.program) == 0
    assert lifts.information.shape == (0, 0)
