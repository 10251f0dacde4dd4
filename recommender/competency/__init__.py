"""Competency vectors: what each person can do, as a distribution, and how far that is from the job."""

from recommender.competency.estimator import Beliefs, CompetencyEstimator
from recommender.competency.gap import closed_gap, expected_shortfall
from recommender.competency.training import planned_lift, scale_step

__all__ = [
    "Beliefs",
    "CompetencyEstimator",
    "closed_gap",
    "expected_shortfall",
    "planned_lift",
    "scale_step",
]
