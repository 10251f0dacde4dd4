"""An estimator whose parameters are set by hand, so that its answers can be worked out on paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.competency.scales import first_model
from recommender.dataset import Dataset
from recommender.domain import FloatArray

PRIOR = 0.5  # of a level that nothing asks for, on the scale 0-5
SPREAD, FADING, SHARE, SHARE_SD, NOISE = 0.8, 0.2, 0.5, 0.3, 0.36


def known_estimator(
    dataset: Dataset, bias: float = 0.0, **changes: float | FloatArray
) -> CompetencyEstimator:
    """Return an estimator with the figures above; every source has the same bias and noise.

    Factors, habits, severities and reviews say nothing, unless `changes` has other parameters, as arrays of
    the length of what they are about or as one number for all.
    """
    sources = tuple(sorted({str(name) for name in dataset.assessments.source}))
    model = first_model(dataset, sources, 1, 0)
    figures: dict[str, float | FloatArray] = {
        **{"spread": SPREAD, "fading": FADING, "share": SHARE, "share_sd": SHARE_SD},
        **{"bias": bias, "bias_slope": 0.0, "noise": NOISE, "habit": 0.0, "severity": 0.0},
        **{"loading": 0.0, "review_slope": 0.0, "review_habit": 0.0, "review_noise": 0.5},
        **changes,
    }
    full = {name: like(getattr(model.parameters, name), value) for name, value in figures.items()}
    estimator = CompetencyEstimator()
    estimator.model_ = replace(model, parameters=model.parameters.with_(**full))
    return estimator


def like(old: float | FloatArray, new: float | FloatArray) -> float | FloatArray:
    """Return `new` in the shape of `old`."""
    return new if isinstance(old, float) else np.broadcast_to(new, np.shape(old)).astype(float)
