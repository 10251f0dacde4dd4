"""The rankers that stand alone; `blend` and `learned` weigh their scores against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recommender.rankers.base import Ranker
from recommender.rankers.collaborative import CollaborativeRanker
from recommender.rankers.content import ContentRanker
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker
from recommender.rankers.sequence import SequenceRanker

Spec = Mapping[str, Any]  # {"ranker": name, parameter: value, ...}

BASES: dict[str, type[Ranker]] = {
    "popularity": PopularityRanker,
    "gap": GapRanker,
    "sequence": SequenceRanker,
    "collaborative": CollaborativeRanker,
    "content": ContentRanker,
}


def build_base(spec: Spec) -> Ranker:
    """Return the ranker that a spec such as {"ranker": "sequence", "reach": 0.5} describes."""
    parameters = {key: value for key, value in spec.items() if key != "ranker"}
    name = str(spec.get("ranker"))
    if name not in BASES:
        raise ValueError(f"base ranker {name!r} is not known; use one of {', '.join(BASES)}.")
    return BASES[name](**parameters)


def spec_name(spec: Spec) -> str:
    """Return a spec as one word, such as `sequence:reach=0.5`."""
    parameters = ",".join(f"{key}={value}" for key, value in spec.items() if key != "ranker")
    return f"{spec.get('ranker')}:{parameters}" if parameters else str(spec.get("ranker"))
