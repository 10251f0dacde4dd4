"""What is learnt from a town whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import Beliefs, CompetencyEstimator
from recommender.domain import FloatArray
from tests.competency.world import (
    BIAS,
    COMPETENCIES,
    HABIT,
    LOADING,
    NOISE,
    PEOPLE,
    RESPONSE,
    REVIEW,
    SEVERITY,
    SHARE,
    SPREAD,
    World,
    drawn,
)


@pytest.fixture(scope="module")
def world() -> World:
    return drawn()


@pytest.fixture(scope="module")
def fitted(world: World) -> CompetencyEstimator:
    return CompetencyEstimator().fit(world.city)


@pytest.fixture(scope="module")
def beliefs(world: World, fitted: CompetencyEstimator) -> Beliefs:
    return fitted.estimate(world.city)


def of_source(fitted: CompetencyEstimator, name: str, source: str) -> float:
    return float(getattr(fitted.model_.parameters, name)[fitted.model_.sources.index(source)])


@pytest.mark.parametrize("source", BIAS)
def test_each_source_has_its_bias_and_its_noise(fitted: CompetencyEstimator, source: str) -> None:
    # What the assessors drawn have in common cannot be told from the bias of their source.
    assert of_source(fitted, "bias", source) == pytest.approx(BIAS[source], abs=0.1)
    assert of_source(fitted, "noise", source) ** 0.5 == pytest.approx(NOISE[source], abs=0.05)


@pytest.mark.parametrize("source", ["self", "supervisor"])
def test_a_bias_lies_within_what_is_said_to_be_known_of_it(fitted: CompetencyEstimator, source: str) -> None:
    off, sd = of_source(fitted, "bias", source) - BIAS[source], of_source(fitted, "bias_sd", source)
    assert abs(off) < 3 * sd < 0.4


def test_the_bias_of_a_reference_is_nothing_and_known(fitted: CompetencyEstimator) -> None:
    assert of_source(fitted, "bias", "test") == of_source(fitted, "bias_sd", "test") == 0.0


@pytest.mark.parametrize("source", HABIT)
def test_what_a_source_always_sees_in_a_person_is_told_from_noise(
    fitted: CompetencyEstimator, source: str
) -> None:
    assert of_source(fitted, "habit", source) == pytest.approx(HABIT[source], abs=0.15)


@pytest.mark.parametrize("source", ["self", "supervisor", "test"])
def test_each_source_shows_as_much_of_a_difference_as_it_does(
    fitted: CompetencyEstimator, source: str
) -> None:
    assert of_source(fitted, "response", source) == pytest.approx(RESPONSE[source], abs=0.12)


def test_assessors_have_their_severity(world: World, fitted: CompetencyEstimator) -> None:
    known = fitted.model_.severities
    found = known.value[known.assessors.rows(f"supervisor|{one}" for one in world.severity)]
    truth = np.array(list(world.severity.values()))
    assert found == pytest.approx(truth, abs=0.15)
    assert (abs(found - truth) < 4 * known.variance**0.5).all()
    assert of_source(fitted, "severity", "supervisor") == pytest.approx(SEVERITY, abs=0.2)


def test_competencies_go_together_as_much_as_they_do(fitted: CompetencyEstimator) -> None:
    loading = fitted.model_.parameters.loading[:, 0]
    assert loading * np.sign(loading[0]) == pytest.approx(np.array(list(LOADING.values())), abs=0.12)


def test_what_goes_its_own_way_has_its_spread(fitted: CompetencyEstimator) -> None:
    assert fitted.model_.parameters.spread == pytest.approx(SPREAD, abs=0.06)
    assert fitted.model_.parameters.fading < 0.03  # nothing fades in this town


def test_those_strong_elsewhere_are_believed_strong_where_nobody_judged(
    world: World, beliefs: Beliefs
) -> None:
    unjudged = (np.arange(PEOPLE) % 3 == 1) & (beliefs.evidence[:, 1] == 0)
    strong, weak = world.factor > 0.5, world.factor < -0.5
    assert unjudged.sum() > 100
    above = beliefs.mean[unjudged & strong, 1].mean() - beliefs.mean[unjudged & weak, 1].mean()
    assert above == pytest.approx(
        LOADING["B"] * (world.factor[strong].mean() - world.factor[weak].mean()), rel=0.3
    )
    correlation = np.corrcoef(beliefs.mean[unjudged, 1], world.level[unjudged, 1])[0, 1]
    assert correlation > 0.4


def scores(world: World, beliefs: Beliefs) -> FloatArray:
    """Return how many standard deviations the true levels lie from what is believed."""
    return (world.level - beliefs.mean) / beliefs.sd


@pytest.mark.parametrize("competency", COMPETENCIES)
def test_levels_lie_as_far_off_as_is_said(world: World, beliefs: Beliefs, competency: str) -> None:
    place = COMPETENCIES.index(competency)
    off = scores(world, beliefs)[:, place]
    unjudged = np.arange(PEOPLE) % 3 == place
    for some in (unjudged, ~unjudged):
        assert (off[some] ** 2).mean() ** 0.5 == pytest.approx(1.0, abs=0.25)


def test_what_is_foreseen_is_calibrated(world: World, fitted: CompetencyEstimator) -> None:
    mean, sd = fitted.predict(world.city)
    off = (world.city.assessments.level - mean) / sd
    assert abs(off.mean()) < 0.1
    assert off.std() == pytest.approx(1.0, abs=0.1)


def test_reviews_hang_on_the_person_and_on_the_habit_of_the_superior(fitted: CompetencyEstimator) -> None:
    known, total = fitted.model_.parameters, sum(sd**2 for sd in REVIEW.values()) ** 0.5
    sign = np.sign(known.loading[0, 0])
    by_person, *by_habit = known.review_slope
    assert sign * by_person == pytest.approx(REVIEW["factor"] / total, abs=0.1)
    assert by_habit[1] == pytest.approx(REVIEW["habit"] / total, abs=0.15)
    assert max(abs(by_habit[0]), abs(by_habit[2])) < 0.2
    assert abs(known.review_habit) == pytest.approx(REVIEW["own habit"] / total, abs=0.1)
    assert known.review_noise**0.5 == pytest.approx(REVIEW["noise"] / total, abs=0.05)


def test_training_gives_the_share_it_gave(fitted: CompetencyEstimator) -> None:
    assert fitted.model_.parameters.share == pytest.approx(SHARE, abs=0.05)


def test_newcomers_stand_lower_until_they_have_served(fitted: CompetencyEstimator) -> None:
    shift = fitted.model_.prior.service_shift
    assert shift[2] - shift[4] == pytest.approx(-0.5, abs=0.15)
    assert shift[3] - shift[4] == pytest.approx(0.0, abs=0.1)
    assert shift[0] < shift[1] < shift[2] < shift[3]
