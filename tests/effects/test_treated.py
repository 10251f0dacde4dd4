from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from recommender.domain import BoolArray, FloatArray
from recommender.effects import TreatedEffect, estimate_effect
from recommender.effects.overlap import effective_number, overlap, propensity_cut
from recommender.errors import EffectError, RecommenderError

EFFECT = 0.5


@dataclass(frozen=True)
class City:
    """People of whom the able are sent more often, and do better anyway."""

    treated: BoolArray
    outcome: FloatArray
    covariates: FloatArray
    before: FloatArray


def city(people: int, seed: int, *, choice: float = 1.0, share: float = 0.5) -> City:
    random = np.random.default_rng(seed)
    covariates = random.normal(size=(people, 4))
    log_odds = math.log(share / (1 - share)) + choice * covariates[:, 0]
    treated = random.random(people) < 1 / (1 + np.exp(-log_odds))
    ability = covariates[:, 0] + 0.5 * covariates[:, 1]
    outcome = ability + EFFECT * treated + random.normal(size=people)
    return City(treated, outcome, covariates, ability + random.normal(size=people))


def estimate(one: City) -> TreatedEffect:
    return estimate_effect(one.treated, one.outcome, one.covariates)


def holds(found: TreatedEffect, value: float = EFFECT) -> bool:
    return found.interval[0] <= value <= found.interval[1]


def test_the_effect_is_found_where_the_plain_difference_misleads() -> None:
    found = estimate(city(1200, 1))
    assert found.naive > EFFECT + 0.5
    assert holds(found)
    assert abs(found.effect - EFFECT) < 0.2
    assert not holds(found, found.naive)
    assert found.warnings == ()


def test_chance_alone_is_reproduced() -> None:
    one = city(800, 2, choice=0.0)
    found, plain = estimate(one), one.outcome
    rate = one.treated.mean()
    error = plain.std() / math.sqrt(800 * rate * (1 - rate))
    assert abs(found.effect - found.naive) < 1.5 * error
    assert holds(found)
    assert found.standard_error < error, "what is known before takes noise away"
    assert found.trimmed == 0 and found.overlap > 0.9


def test_without_covariates_it_is_the_plain_difference() -> None:
    one = city(200, 3, choice=0.0)
    for nothing in (np.empty((200, 0)), np.ones((200, 2))):
        found = estimate_effect(one.treated, one.outcome, nothing)
        assert found.effect == pytest.approx(found.naive, abs=0.02)
        sides = [one.outcome[side] for side in (one.treated, ~one.treated)]
        expected = math.sqrt(sum(side.var(ddof=1) / len(side) for side in sides))
        assert found.standard_error == pytest.approx(expected, rel=0.03)


def test_intervals_hold_the_effect_for_thirty_treated() -> None:
    """Of 25 samples of 60 people, each with an interval that holds the effect in 93 of 100."""
    held = []
    for seed in range(25):
        drawn = city(400, seed, choice=0.7)
        rows = np.concatenate([np.flatnonzero(side)[:30] for side in (drawn.treated, ~drawn.treated)])
        found = estimate_effect(drawn.treated[rows], drawn.outcome[rows], drawn.covariates[rows])
        held.append(holds(found))
    assert sum(held) >= 21


def test_either_guess_may_be_wrong() -> None:
    """Twice robust: outcomes bent where choice is straight, and the other way about."""
    random = np.random.default_rng(5)
    x = random.uniform(-2, 2, 2000)
    straight, bent = x, np.where(np.abs(x) > 1, 1.5, -0.5)
    for choice, outcome in ((straight, bent + straight), (bent, bent)):
        treated = random.random(2000) < 1 / (1 + np.exp(-choice))
        found = estimate_effect(treated, outcome + EFFECT * treated + random.normal(size=2000), x)
        assert abs(found.naive - EFFECT) > 0.3
        assert holds(found)


def test_it_is_the_effect_on_the_treated_not_on_all() -> None:
    one = city(3000, 6)
    gain = 1 + one.covariates[:, 0]
    found = estimate(replace(one, outcome=one.outcome + (gain - EFFECT) * one.treated))
    assert gain[one.treated].mean() - gain.mean() > 0.3
    assert holds(found, float(gain[one.treated].mean()))
    assert not holds(found, float(gain.mean()))


def test_the_same_people_give_the_same_answer() -> None:
    one = city(200, 7)
    assert estimate(one) == estimate(one)


def test_units_of_the_outcome_and_of_covariates_do_not_matter() -> None:
    one = city(200, 8)
    found = estimate(one)
    scaled = estimate(replace(one, outcome=10 * one.outcome + 3, covariates=100 * one.covariates - 7))
    assert scaled.effect == pytest.approx(10 * found.effect)
    assert scaled.standard_error == pytest.approx(10 * found.standard_error)
    assert scaled.robustness == pytest.approx(found.robustness)


def test_bools_numbers_and_lists_mean_the_same() -> None:
    one = city(150, 9)
    column = one.covariates[:, 0]
    lists = estimate_effect(one.treated.astype(int).tolist(), one.outcome.tolist(), column.tolist())
    assert lists == estimate(replace(one, covariates=column[:, None]))


def test_what_is_unknown_is_a_fact_of_its_own() -> None:
    """People without a record are sent more often and do worse: the gap itself must be accounted for."""
    random = np.random.default_rng(10)
    unknown = random.random(1500) < 0.4
    treated = random.random(1500) < np.where(unknown, 0.7, 0.3)
    outcome = EFFECT * treated - 2 * unknown + random.normal(size=1500)
    record = np.where(unknown, np.nan, random.normal(size=1500))
    found = estimate_effect(treated, outcome, record)
    assert found.naive < 0
    assert holds(found)


def test_a_good_placebo_is_silent_and_a_missing_cause_is_not() -> None:
    one = city(1000, 11)
    good = estimate_effect(one.treated, one.outcome, one.covariates, one.before)
    assert good.warnings == ()
    assert good.placebo_interval is not None and good.placebo_interval[0] < 0 < good.placebo_interval[1]
    blind = estimate_effect(one.treated, one.outcome, one.covariates[:, 1:], one.before)
    (warning,) = blind.warnings
    assert warning.startswith("failed placebo")
    assert f"{blind.placebo:.3g}" in warning
    assert blind.effect == estimate_effect(one.treated, one.outcome, one.covariates[:, 1:]).effect


def test_a_placebo_among_the_covariates_tests_nothing_and_is_named() -> None:
    one = city(200, 12)
    found = estimate_effect(one.treated, one.outcome, one.covariates, one.covariates[:, 2])
    (warning,) = found.warnings
    assert warning.startswith("column 2 of the covariates is the placebo outcome")


def test_poor_overlap_is_trimmed_counted_and_said() -> None:
    one = city(800, 13, choice=3.5)
    found = estimate(one)
    assert found.trimmed > 0.05 * one.treated.sum()
    assert found.treated + found.trimmed == one.treated.sum()
    assert f"poor overlap: {found.trimmed} of {one.treated.sum()}" in found.warnings[0]
    assert found.effective_controls < found.controls / 2
    assert found.overlap < 0.3


def test_few_effective_controls_are_said() -> None:
    one = city(3000, 14, choice=2.0, share=0.02)
    some = one.treated | (np.arange(3000) % 50 == 0)
    found = estimate_effect(one.treated[some], one.outcome[some], one.covariates[some])
    assert found.effective_controls < 20
    assert any("are worth only" in warning for warning in found.warnings)


def test_most_may_be_treated_if_by_lot() -> None:
    one = city(1000, 15, choice=0.0, share=0.95)
    found = estimate(one)
    assert found.trimmed == 0
    assert holds(found)


def test_a_constant_outcome_is_no_effect_with_a_warning() -> None:
    one = city(100, 16)
    found = estimate(replace(one, outcome=np.full(100, 3.0)))
    assert (found.effect, found.standard_error, found.interval) == (0.0, 0.0, (0.0, 0.0))
    assert "the outcome is 3 for all 100 people" in found.warnings[0]
    assert found.robustness == 0


def test_hidden_causes_must_be_stronger_for_stronger_effects() -> None:
    one = city(600, 17)
    weak, strong = estimate(one), estimate(replace(one, outcome=one.outcome + 2 * one.treated))
    assert 0 < weak.robustness_interval < weak.robustness < strong.robustness < 1


@pytest.mark.parametrize("nobody", [True, False])
def test_nobody_and_everybody_attended(nobody: bool) -> None:
    one = city(100, 18)
    with pytest.raises(EffectError, match=r"nobody .*attend"):
        estimate(replace(one, treated=np.full(100, not nobody)))


@pytest.mark.parametrize("flip", [True, False])
def test_fewer_than_thirty_of_either_say_nothing(flip: bool) -> None:
    one, few = city(100, 19), np.arange(100) < 29
    with pytest.raises(EffectError, match="only 29 of 100 people"):
        estimate(replace(one, treated=few != flip))
    estimate(replace(one, treated=np.arange(100) % 3 == 0))


@pytest.mark.parametrize("people", [60, 2000])
def test_perfect_separation_is_no_comparison(people: int) -> None:
    one = city(people, 20)
    apart = one.covariates[:, 0] > np.median(one.covariates[:, 0])
    with pytest.raises(EffectError, match="all but decide who attends"):
        estimate(replace(one, treated=apart))


def test_shapes_that_differ_are_named() -> None:
    one = city(100, 21)
    for faulty, name in (
        (replace(one, outcome=one.outcome[1:]), "outcome has the shape"),
        (replace(one, covariates=one.covariates[1:]), "covariates have the shape"),
        (replace(one, treated=one.treated[:, None]), "treated has the shape"),
    ):
        with pytest.raises(EffectError, match=name):
            estimate(faulty)
    with pytest.raises(EffectError, match="placebo_outcome has the shape"):
        estimate_effect(one.treated, one.outcome, one.covariates, one.before[1:])


def test_values_that_are_no_numbers_are_counted_and_named() -> None:
    one = city(100, 22)
    holes = np.where(np.arange(100) < 3, np.nan, one.outcome)
    with pytest.raises(EffectError, match="outcome is missing or infinite for 3 of 100"):
        estimate(replace(one, outcome=holes))
    with pytest.raises(EffectError, match="placebo_outcome is missing or infinite for 3 of 100"):
        estimate_effect(one.treated, one.outcome, one.covariates, holes)
    endless = one.covariates.copy()
    endless[5, 2] = np.inf
    with pytest.raises(EffectError, match="column 2 of the covariates is infinite"):
        estimate(replace(one, covariates=endless))
    with pytest.raises(EffectError, match="treated is 2 for"):
        estimate_effect(2 * one.treated, one.outcome, one.covariates)
    with pytest.raises(EffectError, match="treated is nan for 1 of 100"):
        estimate_effect(np.where(np.arange(100) == 0, np.nan, one.treated), one.outcome, one.covariates)
    with pytest.raises(EffectError, match="give numbers"):
        estimate_effect(one.treated, ["high"] * 100, one.covariates)


def test_errors_are_caught_as_ours_and_as_values() -> None:
    assert issubclass(EffectError, RecommenderError) and issubclass(EffectError, ValueError)


def test_the_cut_is_nine_to_one_above_what_is_usual() -> None:
    assert propensity_cut(np.arange(10) < 2) == pytest.approx(0.9)
    assert propensity_cut(np.arange(20) < 19) == pytest.approx(171 / 172)


def test_overlap_and_effective_number_have_known_values() -> None:
    treated = np.array([True, True, False, False])
    assert overlap(np.array([0.9, 0.8, 0.2, 0.1]), treated) == 0
    assert overlap(np.full(4, 0.5), treated) == 1
    assert overlap(np.array([0.9, 0.4, 0.6, 0.1]), treated) == 0.5
    assert effective_number(np.ones(7)) == 7
    assert effective_number(np.array([1.0, 0.0, 0.0])) == 1
