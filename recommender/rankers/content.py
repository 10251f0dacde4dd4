"""What reads like the job, the gaps and the past: text of programs against text of the person's situation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from recommender.competency import CompetencyEstimator, expected_shortfall
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray
from recommender.rankers.base import Ranker
from recommender.rankers.people import People


@dataclass(eq=False, repr=False)
class ContentRanker(Ranker):
    """TF-IDF cosine between a program's text and the position, the gaps and the programs taken before.

    Parameters
    ----------
    position_weight, gap_weight, past_weight : how much each of the three similarities counts.
    recency : the program k steps before the last weighs recency^k in the past's text.
    """

    kind = "text"

    position_weight: float = 1.0
    gap_weight: float = 1.0
    past_weight: float = 0.5
    recency: float = 0.8

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:  # noqa: ARG002
        """Learn the vocabulary and its rarity from the catalogue, positions and competencies."""
        texts = [*_program_texts(dataset), *_position_texts(dataset), *_competency_texts(dataset)]
        vectorizer = TfidfVectorizer(
            sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w[\w./-]+\b"
        )
        has_words = any(map(vectorizer.build_analyzer(), texts))
        self.vectorizer_: TfidfVectorizer | None = vectorizer.fit(texts) if has_words else None
        return self

    def score(self, people: People) -> FloatArray:
        """Return the weighted sum of the three cosines."""
        dataset = people.dataset
        out = np.zeros((len(people), len(dataset.programs.ids)))
        if self.vectorizer_ is None:
            return out
        words = self.vectorizer_
        programs = words.transform(_program_texts(dataset))
        held = people.position != MISSING
        if held.any():
            positions = _cosines(words, _position_texts(dataset), programs)
            out[held] += self.position_weight * positions[people.position[held]]
        if self.gap_weight and len(dataset.competencies.ids):
            competencies = _cosines(words, _competency_texts(dataset), programs)
            out += self.gap_weight * _as_shares(_shortfalls(people)) @ competencies
        past = _as_shares(people.past.weights(self.recency))
        return np.asarray(out + self.past_weight * past @ (programs @ programs.T).toarray())

    def covers(self, people: People) -> BoolArray:
        """Those with a position or a past, when there are words to compare."""
        known = (people.position != MISSING) | (people.past.counts > 0)
        return np.asarray(known) & (self.vectorizer_ is not None)


def _cosines(words: TfidfVectorizer, texts: list[str], programs: csr_matrix) -> FloatArray:
    return np.asarray((words.transform(texts) @ programs.T).toarray())


def _shortfalls(people: People) -> FloatArray:
    shortfall = expected_shortfall(people.beliefs.mean, people.beliefs.sd, people.required)
    return np.nan_to_num(people.weight * shortfall)


def _as_shares(values: FloatArray) -> FloatArray:
    total = values.sum(axis=1, keepdims=True)
    return np.asarray(values / np.where(total > 0, total, 1.0))


def _program_texts(dataset: Dataset) -> list[str]:
    programs, names = dataset.programs, _competency_names(dataset)
    taught = [" ".join(names[c] for c in np.flatnonzero(row)) for row in ~np.isnan(programs.target)]
    parts = zip(programs.title, programs.description, taught, strict=True)
    return [" ".join(part) for part in parts]


def _position_texts(dataset: Dataset) -> list[str]:
    pairs = zip(dataset.positions.title, dataset.positions.description, strict=True)
    return [f"{title} {description}" for title, description in pairs]


def _competency_texts(dataset: Dataset) -> list[str]:
    names, descriptions = _competency_names(dataset), dataset.competencies.description
    return [f"{name} {description}" for name, description in zip(names, descriptions, strict=True)]


def _competency_names(dataset: Dataset) -> list[str]:
    pairs = zip(dataset.competencies.name, dataset.competencies.name_id, strict=True)
    return [f"{name} {name_id}" for name, name_id in pairs]
