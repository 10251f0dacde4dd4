"""The peers by name, and the settings that each is tuned over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from .libraries import als, item_knn, load_implicit, load_lenskit, load_lightfm, slim, warp
from .lists import Scorer
from .lookup import load_nothing, role_lookup
from .task import Task

Parameters: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """One recommender to compare with.

    Attributes
    ----------
    fit : from a task and settings to a scorer.
    load : imports its library, so that this counts as neither fitting nor its memory.
    grid : the settings to choose from.
    """

    fit: Callable[[Task, Parameters], Scorer]
    load: Callable[[], None] = load_nothing
    grid: tuple[Parameters, ...] = ({},)


def _grid(**choices: tuple[Any, ...]) -> tuple[Parameters, ...]:
    """Return every combination of the choices."""
    return tuple(dict(zip(choices, values, strict=True)) for values in product(*choices.values()))


_KNN = (
    *_grid(similarity=("CosineRecommender", "TFIDFRecommender"), K=(50, 500)),
    *_grid(similarity=("BM25Recommender",), K=(50, 500), K1=(1.2, 3.0, 100.0), B=(0.75, 1.0)),
)
_ALS = _grid(factors=(64, 128), alpha=(5.0, 20.0, 50.0), regularization=(10.0, 30.0, 100.0, 300.0))
_SLIM = _grid(l1_reg=(0.03, 0.3, 3.0), l2_reg=(1.0, 20.0))
_WARP = _grid(no_components=(32, 64, 128, 256), learning_rate=(0.02,), epochs=(30, 60))

PEERS: Mapping[str, Peer] = {
    "role-lookup": Peer(role_lookup),
    "item-knn": Peer(item_knn, load_implicit, _KNN),
    "als": Peer(als, load_implicit, _ALS),
    "lenskit-slim": Peer(slim, load_lenskit, _SLIM),
    "lightfm": Peer(warp, load_lightfm, _WARP),
}
