"""The peers that are other people's libraries, by their own doors; with one thread, as everybody."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
from scipy import sparse

from .lists import Scorer
from .task import MISSING, Floats, Integers, Task

_SEED = 0


def load_implicit() -> None:
    """Import implicit."""
    import_module("implicit.als")
    import_module("implicit.nearest_neighbours")


def load_lenskit() -> None:
    """Import LensKit, and with it PyTorch."""
    import_module("lenskit.data")
    import_module("lenskit.knn")
    import_module("lenskit.training")


def load_lightfm() -> None:
    """Import LightFM."""
    import_module("lightfm")


def item_knn(task: Task, parameters: Mapping[str, Any]) -> Scorer:
    """Fit implicit's neighbours of programs: `similarity` names the class, the rest is given to it."""
    settings = dict(parameters)
    kind = getattr(import_module("implicit.nearest_neighbours"), settings.pop("similarity"))
    return _by_implicit(kind(num_threads=1, **settings), task)


def als(task: Task, parameters: Mapping[str, Any]) -> Scorer:
    """Fit implicit's matrix factorisation (Hu, Koren and Volinsky, ICDM 2008)."""
    kind = import_module("implicit.als").AlternatingLeastSquares
    return _by_implicit(kind(num_threads=1, random_state=_SEED, use_gpu=False, **parameters), task)


def _by_implicit(model: Any, task: Task) -> Scorer:
    taken = task.taken()
    model.fit(taken, show_progress=False)

    def score(rows: Integers) -> Floats:
        # What was taken is left out later, alike for all peers. Programs that are nobody's neighbours are -1.
        found, value = model.recommend(rows, taken[rows], N=task.programs, filter_already_liked_items=False)
        scores = np.full((len(rows), task.programs + 1), np.nan)
        np.put_along_axis(scores, np.asarray(found, dtype=np.int64), value, axis=1)
        return scores[:, :-1]

    return score


def slim(task: Task, parameters: Mapping[str, Any]) -> Scorer:
    """Fit LensKit's SLIM: each program foretold from the others (Ning and Karypis, ICDM 2011)."""
    data = import_module("lenskit.data")
    options = import_module("lenskit.training").TrainingOptions(rng=_SEED)
    pairs = import_module("pandas").DataFrame({"user_id": task.employee, "item_id": task.program})
    model = import_module("lenskit.knn").SLIMScorer(**parameters)
    model.train(data.from_interactions_df(pairs), options)
    taken, programs = task.taken(), data.ItemList(item_ids=np.arange(task.programs))

    def score(rows: Integers) -> Floats:
        pasts = (data.ItemList(item_ids=taken[row].indices) for row in rows)
        return np.array([model(data.RecQuery(user_items=past), programs).scores() for past in pasts])

    return score


def warp(task: Task, parameters: Mapping[str, Any]) -> Scorer:
    """Fit LightFM with the WARP loss on the people and their positions, tiers and units (Kula, 2015)."""
    settings = dict(parameters)
    epochs = settings.pop("epochs")
    features = _features(task)
    model = import_module("lightfm").LightFM(loss="warp", random_state=_SEED, **settings)
    model.fit(task.taken().tocoo(), user_features=features, epochs=epochs, num_threads=1)
    bias, programs = model.get_item_representations()

    def score(rows: Integers) -> Floats:
        _, people = model.get_user_representations(features[rows])
        return np.asarray(people @ programs.T + bias)

    return score


def _features(task: Task) -> sparse.csr_matrix[np.float32]:
    """Return a column per person with a past and one per group, shape (people, features).

    Somebody without a past is known by the groups alone: what a column that no record trains holds is noise.
    """
    people = np.arange(task.people)
    experienced = np.where(np.isin(people, task.employee), people, MISSING)
    blocks = []
    for codes in (experienced, task.position, task.tier, task.unit):
        known = codes != MISSING
        ones = np.ones(int(known.sum()), dtype=np.float32)
        shape = task.people, int(codes.max(initial=MISSING)) + 1
        blocks.append(sparse.csr_matrix((ones, (people[known], codes[known])), shape=shape))
    return sparse.csr_matrix(sparse.hstack(blocks, format="csr", dtype=np.float32))
