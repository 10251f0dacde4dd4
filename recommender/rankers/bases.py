"""The rankers that stand alone; `blend` and `learned` weigh their scores against each other."""

from __future__ import annotations

from recommender.rankers.base import Ranker
from recommender.rankers.collaborative import CollaborativeRanker
from recommender.rankers.content import ContentRanker
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker
from recommender.rankers.sequence import SequenceRanker

BASES: dict[str, type[Ranker]] = {
    "popularity": PopularityRanker,
    "gap": GapRanker,
    "sequence": SequenceRanker,
    "collaborative": CollaborativeRanker,
    "content": ContentRanker,
}
