"""Gaps under uncertainty: how far a person is expected to fall short of a required level."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from recommender.domain import FloatArray

_LEAST_SD = 1e-9  # keeps the closed forms finite where a level is known exactly


def _density(z: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi))


def expected_shortfall(mean: FloatArray, sd: FloatArray, required: FloatArray) -> FloatArray:
    """Return E[max(0, required - level)] for a level ~ N(mean, sd²), in levels; shapes broadcast.

    With z = (required - mean) / sd this is (required - mean) Φ(z) + sd φ(z), the mean of a normal
    variable cut at zero (Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 1, 13.10).
    """
    spread = np.maximum(sd, _LEAST_SD)
    z = (required - mean) / spread
    return np.asarray((required - mean) * ndtr(z) + spread * _density(z))


def closed_gap(
    mean: FloatArray, sd: FloatArray, required: FloatArray, lift: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance of the shortfall that a lift closes; shapes broadcast.

    A lift d ≥ 0 closes D = max(0, r - level) - max(0, r - level - d) = clip(r - level, 0, d). With
    X = r - level ~ N(m, s²), a = -m / s and b = (d - m) / s, the moments of the doubly cut normal are

        E[D]  = shortfall before - shortfall after
        E[D²] = (m² + s²)(Φ(b) - Φ(a)) + s (m φ(a) - (m + d) φ(b)) + d² (1 - Φ(b))
    """
    spread = np.maximum(sd, _LEAST_SD)
    centre = required - mean
    first = expected_shortfall(mean, sd, required) - expected_shortfall(mean + lift, sd, required)
    low, high = -centre / spread, (lift - centre) / spread
    second = (
        (centre**2 + spread**2) * (ndtr(high) - ndtr(low))
        + spread * (centre * _density(low) - (centre + lift) * _density(high))
        + lift**2 * ndtr(-high)
    )
    first = np.clip(first, 0.0, lift)
    return first, np.maximum(second - first**2, 0.0)
