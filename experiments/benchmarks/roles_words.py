"""BM25 by `bm25s`, a library that is not ours; the extra `benchmark` installs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import FloatArray


def has_bm25() -> bool:
    """Return whether the library is installed."""
    return find_spec("bm25s") is not None


def bm25(documents: Sequence[str], queries: Sequence[str]) -> FloatArray:
    """Return BM25 scores in the library's own setting (Lucene's form), shape (queries, documents)."""
    library = import_module("bm25s")
    index = library.BM25()
    index.index(library.tokenize(list(documents), show_progress=False), show_progress=False)
    words = library.tokenize(list(queries), return_ids=False, show_progress=False)
    nothing = np.zeros(len(documents))
    return np.array([index.get_scores(query) if query else nothing for query in words], dtype=np.float64)


def documents_of(dataset: Dataset, *, linked: bool) -> list[str]:
    """Return each program's title and description; `linked` adds the names of what it is known to teach."""
    programs, names = dataset.programs, dataset.competencies.name
    taught = [" ".join(names[row]) if linked else "" for row in ~np.isnan(programs.target)]
    return [" ".join(part) for part in zip(programs.title, programs.description, taught, strict=True)]


def queries_of(dataset: Dataset) -> dict[str, list[str]]:
    """Return what could be searched for on behalf of each position, by a name of the way to ask."""
    return {
        name: [ask(dataset, row) for row in range(len(dataset.positions.ids))] for name, ask in _WAYS.items()
    }


def _skills(dataset: Dataset, row: int) -> str:
    return " ".join(dataset.competencies.name[~np.isnan(dataset.positions.level[row])])


def _described(dataset: Dataset, row: int) -> str:
    texts = dataset.competencies.description[~np.isnan(dataset.positions.level[row])]
    return " ".join([_skills(dataset, row), *texts])


def _title(dataset: Dataset, row: int) -> str:
    return f"{dataset.positions.title[row]} {_skills(dataset, row)}"


def _everything(dataset: Dataset, row: int) -> str:
    positions = dataset.positions
    return f"{positions.title[row]} {positions.description[row]} {_described(dataset, row)}"


_WAYS: Mapping[str, Callable[[Dataset, int], str]] = {
    "names of skills": _skills,
    "names and descriptions of skills": _described,
    "title of the role level and names of skills": _title,
    "title, description and all of the skills": _everything,
}
