"""Measured effects go back into beliefs and into what is worth recommending."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.effects import known_effects, learn_with_effects, measure_effects
from tests.competency.school import SHARES, school


@pytest.fixture(scope="module")
def town() -> Dataset:
    return school()


@pytest.fixture(scope="module")
def informed(town: Dataset) -> CompetencyEstimator:
    return learn_with_effects(CompetencyEstimator(), town)


def test_benefit_rests_on_what_was_measured(town: Dataset, informed: CompetencyEstimator) -> None:
    effects = known_effects(town, informed)
    assert effects.share == pytest.approx(list(SHARES.values()), abs=0.12)
    measured = measure_effects(town, CompetencyEstimator().fit(town))
    assert effects.share == pytest.approx(np.maximum(measured.effect / measured.declared, 0.0), abs=1e-6)
    assert (effects.share_sd > 0).all()


def test_a_plain_fit_knows_one_share_for_all(town: Dataset) -> None:
    effects = known_effects(town, CompetencyEstimator().fit(town))
    assert len(np.unique(effects.share)) == 1


def test_beliefs_of_attendees_follow_what_their_program_changes(
    town: Dataset, informed: CompetencyEstimator
) -> None:
    judged_before = np.datetime64("2021-12-31")  # trained in 2021, judged again only afterwards
    plain = CompetencyEstimator().fit(town).estimate(town, judged_before).mean[:, 0]
    found = informed.estimate(town, judged_before).mean[:, 0]
    alone = [
        np.setdiff1d(
            town.history.employee[town.history.program == one],
            town.history.employee[town.history.program != one],
        )
        for one in range(3)
    ]
    moved = [float((found - plain)[people].mean()) for people in alone]
    assert moved[0] > 0.2, "P0 realises more than the usual share"
    assert moved[1] < -0.2, "P1 changes nothing"
