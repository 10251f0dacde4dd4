"""The policy: what a rule-maker may change, and where each value comes from."""

from recommender.policy.reading import FILE_NAME, load_policy, policy_of
from recommender.policy.sections import Exploration, Levels, Policy, Retention

__all__ = ["FILE_NAME", "Exploration", "Levels", "Policy", "Retention", "load_policy", "policy_of"]
