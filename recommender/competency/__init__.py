"""Competency vectors: what each person can do, as a distribution, and how far that is from the job."""

from recommender.competency.estimator import Beliefs, CompetencyEstimator
from recommender.competency.gap import closed_gap, expected_shortfall
from recommender.competency.lifts import EVERYBODY, Lifts
from recommender.competency.model import Shares
from recommender.competency.training import expected_lift, planned_lift, scale_step

__all__ = [
    "EVERYBODY",
    "Beliefs",
    "CompetencyEstimator",
    "Lifts",
    "Shares",
    "closed_gap",
    "expected_lift",
    "expected_shortfall",
    "planned_lift",
    "scale_step",
]
