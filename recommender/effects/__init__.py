"""What programs change, and what that would close of each person's gap."""

from recommender.effects.benefit import (
    Benefit,
    Effects,
    benefit,
    benefit_interval,
    planned_effects,
    requirements_of,
)

__all__ = [
    "Benefit",
    "Effects",
    "benefit",
    "benefit_interval",
    "planned_effects",
    "requirements_of",
]
