"""The engine: exclusions, the chain of rankers, and answers."""

from recommender.engine.engine import Engine, fit_engine
from recommender.engine.exclusions import RULES
from recommender.engine.pseudonyms import PeopleKey, without_identities

__all__ = ["RULES", "Engine", "PeopleKey", "fit_engine", "without_identities"]
