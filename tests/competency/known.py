"""An estimator whose parameters are set by hand, so that its answers can be worked out on paper."""

from __future__ import annotations

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.competency.filter import Parameters
from recommender.competency.prior import plain_prior
from recommender.dataset import Dataset

PRIOR = 0.5  # of a level that nothing asks for, on the scale 0-5
SPREAD, FADING, SHARE, SHARE_SD, NOISE = 0.8, 0.2, 0.5, 0.3, 0.36


def known_estimator(dataset: Dataset, bias: float = 0.0, review_slope: float = 0.0) -> CompetencyEstimator:
    """Return an estimator with the figures above; every source has the same bias and noise."""
    estimator = CompetencyEstimator().fit(dataset)
    sources = len(estimator.sources_)
    estimator.prior_ = plain_prior(dataset)
    estimator.parameters_ = Parameters(
        spread=SPREAD,
        fading=FADING,
        share=SHARE,
        share_sd=SHARE_SD,
        bias=np.full(sources, bias),
        noise=np.full(sources, NOISE),
        review_slope=review_slope,
        step=1.0,
    )
    return estimator
