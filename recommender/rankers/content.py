"""What reads like the job, the gaps and the past: text of programs against text of the person's situation."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from recommender.competency import CompetencyEstimator, expected_shortfall
from recommender.dataset import Dataset
from recommender.dataset.tables import Competencies, Positions, Programs
from recommender.domain import MISSING, BoolArray, FloatArray
from recommender.rankers.base import Ranker, from_past
from recommender.rankers.people import People


@dataclass(frozen=True, slots=True)
class _Texts:
    """What one city's texts come to, and the tables that they stand in.

    Attributes
    ----------
    positions : their TF-IDF vectors, of unit length, shape (positions, words).
    by_word : those of programs, turned, shape (words, P).
    taught, alike : cosine of each competency (C, P) and of each program (P, P) with each program.
    """

    tables: tuple[Programs, Positions, Competencies]
    positions: csr_matrix
    by_word: csr_matrix
    taught: FloatArray
    alike: FloatArray

    def likeness(self, weights: FloatArray) -> FloatArray:
        """Return each program's mean cosine with programs that have weights, (n, P) to (n, P)."""
        return from_past(weights, self.alike)

    def are_of(self, dataset: Dataset) -> bool:
        """Whether these are the very tables of a city."""
        return all(kept is now for kept, now in zip(self.tables, _tables(dataset), strict=True))


@dataclass(eq=False, repr=False)
class ContentRanker(Ranker):
    """TF-IDF cosine between a program's text and the position, the gaps and other programs.

    A word weighs log((1 + texts) / (1 + texts that have it)): one that stands in every text, such as an
    article, says nothing, in whatever language. (scikit-learn adds 1, which lets long descriptions drown.)

    Parameters
    ----------
    position_weight, gap_weight : how much likeness to the position and to the competencies lacked counts.
    past_weight : the same for the programs taken before; the one k steps before the last weighs recency^k.
    linked_weight : the same for the other programs that are known to close the gap, each weighed with what it
        closes (relevance feedback: Rocchio, 1971). It finds programs whose outcomes nobody has written down.
    """

    kind = "text"

    position_weight: float = 1.0
    gap_weight: float = 4.0
    past_weight: float = 0.5
    recency: float = 0.8
    linked_weight: float = 0.0

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:  # noqa: ARG002
        """Learn the vocabulary and its rarity from the catalogue, positions and competencies."""
        texts = [*_program_texts(dataset), *_position_texts(dataset), *_competency_texts(dataset)]
        vectorizer = TfidfVectorizer(
            sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w[\w./-]+\b"
        )
        has_words = any(map(vectorizer.build_analyzer(), texts))
        self.vectorizer_: TfidfVectorizer | None = None
        self._texts: _Texts | None = None
        if has_words:
            self.vectorizer_ = vectorizer.fit(texts)
            self.vectorizer_.idf_ = self.vectorizer_.idf_ - 1.0
        return self

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = {**super().__getstate__(), "_texts": None}
        if state.get("vectorizer_") is not None:
            # It notes where in memory its stop words lay, and that differs from process to process.
            state["vectorizer_"] = words = copy(state["vectorizer_"])
            vars(words).pop("_stop_words_id", None)
        return state

    def score(self, people: People) -> FloatArray:
        """Return the weighted sum of the cosines."""
        dataset = people.dataset
        out = np.zeros((len(people), len(dataset.programs.ids)))
        if self.vectorizer_ is None:
            return out
        texts = self._texts_of(dataset, self.vectorizer_)
        held = people.position != MISSING
        if self.position_weight and held.any():
            positions = texts.positions[people.position[held]] @ texts.by_word
            out[held] += self.position_weight * positions.toarray()
        if self.gap_weight and len(dataset.competencies.ids):
            out += self.gap_weight * _as_shares(_shortfalls(people)) @ texts.taught
        if self.past_weight:
            out += self.past_weight * texts.likeness(_as_shares(people.past.weights(self.recency)))
        if self.linked_weight:
            linked = _as_shares(people.benefit)
            # What a program closes itself is the gap ranker's to say.
            out += self.linked_weight * (texts.likeness(linked) - linked * texts.alike.diagonal())
        return out

    def covers(self, people: People) -> BoolArray:
        """Those with a position or a past, when there are words to compare."""
        known = (people.position != MISSING) | (people.past.counts > 0)
        return np.asarray(known) & (self.vectorizer_ is not None)

    def _texts_of(self, dataset: Dataset, words: TfidfVectorizer) -> _Texts:
        """Return the vectors of a city, kept until another city comes, since a catalogue outlives requests.

        What is kept is read and replaced as a whole, so that threads may ask at once.
        """
        kept = self._texts
        if kept is None or not kept.are_of(dataset):
            kept = self._texts = _texts_in(words, dataset)
        return kept


def _tables(dataset: Dataset) -> tuple[Programs, Positions, Competencies]:
    return dataset.programs, dataset.positions, dataset.competencies


def _texts_in(words: TfidfVectorizer, dataset: Dataset) -> _Texts:
    programs = _vectors(words, _program_texts(dataset))
    positions = _vectors(words, _position_texts(dataset))
    by_word = csr_matrix(programs.T)
    taught = (_vectors(words, _competency_texts(dataset)) @ by_word).toarray()
    return _Texts(_tables(dataset), positions, by_word, taught, (programs @ by_word).toarray())


def _vectors(words: TfidfVectorizer, texts: list[str]) -> csr_matrix:
    return words.transform(texts) if texts else csr_matrix((0, len(words.vocabulary_)))


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
