"""Rankers: everything that can put programs in order for a person, behind one contract and one registry."""

from recommender.rankers.base import Contributions, Ranker
from recommender.rankers.bases import BASES
from recommender.rankers.blend import BlendRanker
from recommender.rankers.learned import LearnedRanker
from recommender.rankers.people import Past, People, gather_people
from recommender.rankers.value import ValueRanker

RANKERS: dict[str, type[Ranker]] = {
    **BASES,
    "blend": BlendRanker,
    "learned": LearnedRanker,
    "value": ValueRanker,
}

__all__ = ["BASES", "RANKERS", "Contributions", "Past", "People", "Ranker", "gather_people"]
