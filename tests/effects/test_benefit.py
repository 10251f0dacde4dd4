"""Benefit: what programs close of a gap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator, closed_gap, planned_lift
from recommender.domain import MISSING
from recommender.effects import Effects, benefit, benefit_interval, known_effects, requirements_of
from tests.cities import bare, load, office

# Program 0 teaches competencies 0 and 1, program 1 nothing, program 2 competency 1.
EFFECTS = Effects(
    programs=3,
    program=np.array([0, 0, 2]),
    competency=np.array([0, 1, 1]),
    entry=np.array([0.0, 0.0, 2.0]),
    target=np.array([3.0, 2.0, 4.0]),
    share=np.full(3, 0.5),
    share_sd=np.full(3, 0.2),
    step=1.0,
)
MEAN, SD = np.array([[1.0, 2.5]]), np.array([[0.5, 0.8]])
REQUIRED, WEIGHT = np.array([[3.0, 3.0]]), np.array([[2.0, 0.5]])


def test_benefit_is_the_weighted_sum_over_outcomes() -> None:
    found = benefit(EFFECTS, MEAN, SD, REQUIRED, WEIGHT).by_program()
    lift = EFFECTS.lift(MEAN, SD)[0]
    closed = [
        float(closed_gap(MEAN[0, column], SD[0, column], np.array(3.0), lift[outcome])[0])
        for outcome, column in enumerate([0, 1, 1])
    ]
    np.testing.assert_allclose(found, [[2 * closed[0] + 0.5 * closed[1], 0.0, 0.5 * closed[2]]])


def interval_of(effects: Effects, program: int, weight: float = 1.0) -> tuple[float, float]:
    asked = (REQUIRED, weight * WEIGHT)
    low, high = benefit_interval(effects, (MEAN, SD), asked, np.array([program]))
    return float(low[0]), float(high[0])


def test_the_interval_is_that_of_the_simulated_gap_closed() -> None:
    rng = np.random.default_rng(0)
    share = rng.beta(0.5 * 5.25, 0.5 * 5.25, 200_000)  # mean 0.5, sd 0.2
    level = rng.normal(2.5, 0.8, 200_000)
    planned = planned_lift(level, np.array(2.0), np.array(4.0), 1.0)
    closed = 0.5 * np.clip(3.0 - level, 0.0, share * planned)
    assert interval_of(EFFECTS, 2) == pytest.approx(tuple(np.quantile(closed, [0.1, 0.9])), abs=0.06)


def test_the_interval_lies_between_nothing_and_the_whole_plan() -> None:
    unsure = replace(EFFECTS, share_sd=np.full(3, 0.45))
    low, high = interval_of(unsure, 0)
    assert 0 <= low < high <= 2 * 3.0 + 0.5 * 2.0
    assert high - low > np.subtract(*interval_of(EFFECTS, 0)[::-1])


def test_a_program_better_than_its_promise_has_its_benefit_inside_the_interval() -> None:
    better = replace(EFFECTS, share=np.full(3, 1.6), share_sd=np.full(3, 0.1))
    far = (np.full((1, 2), 5.0), np.ones((1, 2)))
    low, high = benefit_interval(better, (MEAN, SD), far, np.array([2]))
    closed = float(benefit(better, MEAN, SD, *far).by_program()[0, 2])
    assert low[0] < closed < high[0]


def test_the_interval_scales_with_the_weight_and_is_nothing_without_outcomes() -> None:
    assert interval_of(EFFECTS, 2, weight=3.0) == pytest.approx([3 * one for one in interval_of(EFFECTS, 2)])
    assert interval_of(EFFECTS, 1) == (0.0, 0.0)


def test_nothing_is_gained_where_nothing_is_asked() -> None:
    required, weight = np.full((1, 2), np.nan), np.zeros((1, 2))
    low, high = benefit_interval(EFFECTS, (MEAN, SD), (required, weight), np.array([0]))
    assert (low.tolist(), high.tolist()) == ([0], [0])
    found = benefit(EFFECTS, MEAN, SD, required, weight)
    assert found.by_program().tolist() == [[0, 0, 0]]


def test_a_requirement_without_weight_is_worth_nothing() -> None:
    found = benefit(EFFECTS, MEAN, SD, REQUIRED, np.zeros((1, 2)))
    assert found.by_program().tolist() == [[0, 0, 0]]


def test_a_larger_gap_is_never_worth_less() -> None:
    asked = np.linspace(0, 5, 21)[:, None] * np.ones((1, 2))
    people = np.ones((21, 1))
    found = benefit(EFFECTS, people * MEAN, people * SD, asked, people * WEIGHT).by_program()
    assert (np.diff(found, axis=0) >= -1e-12).all()
    assert found[-1, 0] > found[0, 0] + 0.5


def test_the_lift_is_the_realised_share_of_the_plan() -> None:
    lift = EFFECTS.lift(np.array([[1.0, 3.0], [4.0, 0.0]]), np.zeros((2, 2)))
    np.testing.assert_allclose(lift, [[0.5 * 2, 0.0, 0.5 * 1], [0.0, 0.5 * 2, 0.0]], atol=1e-8)


def test_known_effects_follow_the_catalogue() -> None:
    city = load(office())
    effects = known_effects(city, CompetencyEstimator().fit(city))
    assert effects.programs == 4
    assert effects.program.tolist() == [1, 2, 3]
    assert effects.entry.tolist() == [0, 0, 3]
    assert effects.target.tolist() == [4, 3, 5]


def test_programs_without_outcomes_have_no_benefit() -> None:
    city = load(bare())
    effects = known_effects(city, CompetencyEstimator().fit(city))
    nothing = np.zeros((3, 0))
    assert benefit(effects, nothing, nothing, nothing, nothing).by_program().tolist() == [[0, 0]] * 3


def test_no_position_asks_nothing() -> None:
    level, weight = requirements_of(load(office()), np.array([0, MISSING]))
    assert level[0].tolist() == [3, 1]
    assert np.isnan(level[1]).all()
    assert weight.tolist() == [[1, 1], [0, 0]]
