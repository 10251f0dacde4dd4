"""The engine: exclusions, the chain of rankers, and answers."""

from recommender.engine.engine import Engine, fit_engine
from recommender.engine.exclusions import RULES
from recommender.engine.ledger import Ledger, LedgerLine, read_ledger
from recommender.engine.pseudonyms import PeopleKey, without_identities

__all__ = [
    "RULES",
    "Engine",
    "Ledger",
    "LedgerLine",
    "PeopleKey",
    "fit_engine",
    "read_ledger",
    "without_identities",
]
