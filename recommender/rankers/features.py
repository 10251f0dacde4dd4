"""What the learned ranker looks at: scores of other rankers, places in their lists, and plain facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.domain import BoolArray, FloatArray
from recommender.rankers.base import Ranker
from recommender.rankers.facts import Codes, need_facts, person_facts, program_facts
from recommender.rankers.mandates import mandated
from recommender.rankers.people import People


@dataclass(frozen=True, slots=True)
class Features:
    """Features of all pairs: `values` has shape (n, P, F); each feature belongs to a kind of reason."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    values: FloatArray


def pair_features(people: People, bases: Sequence[tuple[str, Ranker]], codes: Codes) -> Features:
    """Return the features of every person with every program of the catalogue."""
    scores = [(name, base.kind, base.score(people)) for name, base in bases]
    taken = people.past.weights(1.0) > 0
    columns = scores + [(f"{name}:place", kind, _places(score, taken)) for name, kind, score in scores]
    columns += [(name, "program", values) for name, values in program_facts(people, codes)]
    columns += [(name, "gap", values) for name, values in need_facts(people)]
    columns += [(name, "person", values) for name, values in person_facts(people, codes)]
    columns.append(("mandated", "mandate", mandated(people).astype(float)))
    shape = (len(people), len(people.dataset.programs.ids), len(columns))
    values = np.empty(shape, dtype=np.float32)
    for place, (_, _, column) in enumerate(columns):
        values[:, :, place] = column
    return Features(tuple(c[0] for c in columns), tuple(c[1] for c in columns), values)


def _places(score: FloatArray, taken: BoolArray) -> FloatArray:
    """Return each program's place in a person's list: 0 = first, ties share one, programs taken come last.

    Scores grow with the amount of history behind them, so a threshold learnt on a cut through the past
    misleads later; a place means the same at any time.
    """
    better = np.where(taken, np.inf, -score)
    places = np.empty(better.shape)
    for row, values in enumerate(better):
        places[row] = np.searchsorted(np.sort(values), values)
    return places
