"""The closed forms against numerical integration."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from recommender.competency import closed_gap, expected_shortfall

GRID = list(product((-1.0, 1.2, 3.0, 6.0), (0.05, 0.7, 2.0), (0.0, 2.5, 5.0)))


def integral(of: Callable[[float], float], mean: float, sd: float, *kinks: float) -> float:
    low, high = mean - 12 * sd, mean + 12 * sd
    points = [kink for kink in kinks if low < kink < high]
    return float(
        quad(lambda x: of(x) * norm.pdf(x, mean, sd), low, high, points=[mean, *points], epsabs=1e-12)[0]
    )


@pytest.mark.parametrize(("mean", "sd", "required"), GRID)
def test_shortfall_is_its_integral(mean: float, sd: float, required: float) -> None:
    exact = integral(lambda x: max(0.0, required - x), mean, sd, required)
    assert expected_shortfall(np.array(mean), np.array(sd), np.array(required)) == pytest.approx(
        exact, abs=1e-8
    )


@pytest.mark.parametrize("lift", [0.0, 0.3, 2.0])
@pytest.mark.parametrize(("mean", "sd", "required"), GRID)
def test_closed_gap_is_its_integral(mean: float, sd: float, required: float, lift: float) -> None:
    def closed(x: float) -> float:
        return min(max(required - x, 0.0), lift)

    first = integral(closed, mean, sd, required, required - lift)
    second = integral(lambda x: closed(x) ** 2, mean, sd, required, required - lift)
    found, variance = closed_gap(np.array(mean), np.array(sd), np.array(required), np.array(lift))
    assert found == pytest.approx(first, abs=1e-8)
    assert variance == pytest.approx(second - first**2, abs=1e-8)
    assert 0.0 <= found <= lift
    assert variance >= 0.0


def test_a_level_known_exactly_leaves_the_plain_difference() -> None:
    mean = np.array([1.0, 3.0, 5.0])
    np.testing.assert_allclose(expected_shortfall(mean, np.zeros(3), np.array(3.0)), [2, 0, 0], atol=1e-8)
    found, variance = closed_gap(mean, np.zeros(3), np.array(3.0), np.array(0.5))
    np.testing.assert_allclose(found, [0.5, 0, 0], atol=1e-8)
    np.testing.assert_allclose(variance, 0.0, atol=1e-8)


def test_what_is_not_required_stays_unknown() -> None:
    assert np.isnan(expected_shortfall(np.array(1.0), np.array(1.0), np.array(np.nan)))
