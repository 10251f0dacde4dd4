"""What programs change, and what that would close of each person's gap."""

from recommender.effects.benefit import (
    Benefit,
    Effects,
    benefit,
    benefit_interval,
    declared_effects,
    known_effects,
    requirements_of,
)
from recommender.effects.cautions import Caution
from recommender.effects.programs import ProgramEffects, learn_with_effects, measure_effects
from recommender.effects.sensitivity import balanced_people, hidden_cause, robustness
from recommender.effects.treated import TreatedEffect, estimate_effect

__all__ = [
    "Benefit",
    "Caution",
    "Effects",
    "ProgramEffects",
    "TreatedEffect",
    "balanced_people",
    "benefit",
    "benefit_interval",
    "declared_effects",
    "estimate_effect",
    "hidden_cause",
    "known_effects",
    "learn_with_effects",
    "measure_effects",
    "requirements_of",
    "robustness",
]
