"""The contract of every ranker."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray, Vocabulary
from recommender.rankers.people import People


@dataclass(frozen=True, slots=True)
class Contributions:
    """What adds up to the scores of some (person, program) pairs: `values` has shape (pairs, kinds)."""

    kinds: tuple[str, ...]
    values: FloatArray


class Ranker(BaseEstimator, ABC):
    """Scores programs for people; a higher score ranks higher.

    A ranker is a dataclass whose fields are its hyper-parameters; what `fit` learns ends in `_` and is keyed
    by ids, so that `score` also takes people of a newer dataset: programs, positions and tiers that `fit` did
    not see get the score of something unknown, never an error. Tables that are absent cost accuracy, never
    an exception.

    Attributes
    ----------
    kind : the kind of reason its scores are (see `explain/phrases.toml`).
    floor : a score not above it says nothing for a program, which is then not listed.
    """

    kind: ClassVar[str]
    floor: ClassVar[float] = 0.0

    @abstractmethod
    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        """Learn from all people of `dataset`, seen through a fitted estimator; forget any earlier fit."""

    @abstractmethod
    def score(self, people: People) -> FloatArray:
        """Return scores of shape (n, P), finite, for the programs of `people.dataset`."""

    @abstractmethod
    def covers(self, people: People) -> BoolArray:
        """Return for whom the scores say something, shape (n,); the engine asks the next ranker otherwise."""

    def contributions(self, people: People, who: IntArray, program: IntArray) -> Contributions:
        """Return what the scores of pairs (row of `people`, program) are made of; rows sum to the score."""
        return Contributions((self.kind,), self.score(people)[who, program][:, None])

    def witness(self, people: People, who: IntArray, program: IntArray) -> IntArray:  # noqa: ARG002
        """Return for each pair the past program that speaks most for it, `MISSING` where none does."""
        return np.full(len(who), MISSING)


def strongest_past(
    weights: FloatArray, links: FloatArray, known: Vocabulary, people: People, program: IntArray
) -> IntArray:
    """Return for each pair the past program with the largest weight x link into `program`.

    Parameters
    ----------
    weights : weight of each catalogue program in the pair's past, shape (pairs, P).
    links : strength from each known program to each other, shape (known, known).
    program : the recommended catalogue program of each pair.
    """
    catalogue = people.dataset.programs.ids
    place = known.rows(catalogue)
    target = place[program]
    parts = to_known(weights, catalogue, known) * np.where(target[:, None] != MISSING, links.T[target], 0.0)
    if not parts.size:
        return np.full(len(program), MISSING)
    best = parts.argmax(axis=1)
    back = catalogue.rows(known)[best]
    return np.where(parts[np.arange(len(program)), best] > 0, back, MISSING)


def from_past(weights: FloatArray, links: FloatArray) -> FloatArray:
    """Return weights @ links, (n, P) x (P, P), by way of the programs that anybody took.

    For one person these are a handful, and most of a product with a large catalogue would be nothing.
    """
    taken = np.flatnonzero(weights.any(axis=0))
    return np.asarray(weights[:, taken] @ links[taken])


def to_known(values: FloatArray, catalogue: Vocabulary, known: Vocabulary) -> FloatArray:
    """Return columns of `values` (n, catalogue) in the order of the programs known from `fit` (n, known)."""
    if catalogue == known:
        return values
    column = catalogue.rows(known)
    out = np.zeros((len(values), len(known)))
    out[:, column != MISSING] = values[:, column[column != MISSING]]
    return out


def from_known(values: FloatArray, known: Vocabulary, catalogue: Vocabulary) -> FloatArray:
    """Return columns of `values` (n, known) in the catalogue's order (n, catalogue); 0 where not known."""
    return to_known(values, known, catalogue)
