from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.effects import balanced_people, hidden_cause, robustness


def test_the_values_of_the_paper() -> None:
    """Cinelli & Hazlett 2020, table 1: violence and attitudes in Darfur."""
    assert robustness(0.09731582, 0.02325654, 783) == pytest.approx(0.1388, abs=5e-5)
    assert robustness(0.09731582, 0.02325654, 783, significance=0.05) == pytest.approx(0.0763, abs=5e-5)
    assert robustness(-0.09731582, 0.02325654, 783) == pytest.approx(0.1388, abs=5e-5)


def test_a_hidden_cause_of_just_that_strength_undoes_a_regression() -> None:
    """Built so that the cause explains the same share of the treatment and of what is left of the outcome."""
    effect, degrees = 0.3, 199
    share = robustness(effect, 1 / math.sqrt(degrees), degrees)
    treated, other, rest = np.linalg.qr(np.random.default_rng(0).normal(size=(degrees + 1, 3)))[0].T
    cause = math.sqrt(share) * treated + math.sqrt(1 - share) * other
    outcome = effect * treated + math.sqrt(share) * other + math.sqrt(1 - share) * rest
    assert treated @ outcome == pytest.approx(effect), "with its residuals of length 1, the error is as given"
    accounted, *_ = np.linalg.lstsq(np.column_stack([treated, cause]), outcome)
    assert accounted[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("effect", "error", "expected"), [(0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (0.0, 1.0, 0.0)])
def test_ends_of_the_scale(effect: float, error: float, expected: float) -> None:
    assert robustness(effect, error, 100) == expected


def test_an_interval_that_holds_zero_needs_no_hidden_cause() -> None:
    assert robustness(1.9, 1.0, 1000, significance=0.05) == 0
    assert 0 < robustness(2.1, 1.0, 1000, significance=0.05) < robustness(2.1, 1.0, 1000)


def test_the_value_stays_a_share_for_any_strength() -> None:
    values = [robustness(strength, 1.0, 50) for strength in (1e-200, 1e-3, 1.0, 1e3, 1e9)]
    assert values == sorted(values)
    assert values[0] >= 0 and values[-1] <= 1


def test_few_treated_among_many_are_judged_by_the_size_of_the_effect() -> None:
    """An effect of one standard deviation is as robust for 50 of 14,000 as for 5,000 of 10,000."""
    values = []
    for treated, others in ((50, 13_950), (5_000, 5_000)):
        error = math.sqrt(1 / treated + 1 / others)
        values.append(robustness(1.0, error, balanced_people(treated, others)))
    assert values[0] == pytest.approx(values[1])
    assert balanced_people(30, 30) == 60


@pytest.mark.parametrize("numbers", [(math.nan, 1, 50), (1, math.inf, 50), (1, -1, 50), (1, 1, 1)])
def test_numbers_that_are_none_are_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="people"):
        robustness(*numbers)


def test_the_sentence_names_the_share_or_says_that_chance_is_enough() -> None:
    assert "at least 14%" in hidden_cause(0.139)
    assert "chance alone" in hidden_cause(0.0)
