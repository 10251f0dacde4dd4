"""What courses are tagged with, which skills the tags stand for, and which tags are held out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from experiments.converters.matching import plain
from experiments.converters.sources import find_file, read_csv
from recommender.domain import BoolArray, FloatArray, IntArray

CONCEPTS = "esco_labels"
# A tag stands for a skill from this closeness on. Links read by eye: above it most are of one subject, from
# 0.4 to 0.5 about half.
CLOSE = 0.5
_STRONGEST = 50  # concepts by which a text is known; further ones are chance words


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of courses, each tag of a course once.

    Attributes
    ----------
    names : the distinct tags, in small letters without punctuation.
    course, tag : rows of the pairs of course and tag, sorted by course, shape (pairs,).
    stands_for : which skills each tag stands for, shape (tags, skills).
    """

    courses: int
    names: tuple[str, ...]
    course: IntArray
    tag: IntArray
    stands_for: BoolArray

    def taught(self, pairs: BoolArray) -> BoolArray:
        """Return which skills each course teaches by these of its tags, shape (courses, skills)."""
        out = np.zeros((self.courses, self.stands_for.shape[1]), dtype=np.bool_)
        np.logical_or.at(out, self.course[pairs], self.stands_for[self.tag[pairs]])
        return out

    def written(self, pairs: BoolArray) -> list[str]:
        """Return these tags of each course as one text."""
        texts: list[list[str]] = [[] for _ in range(self.courses)]
        for course, tag in zip(self.course[pairs], self.tag[pairs], strict=True):
            texts[course].append(self.names[tag])
        return [", ".join(tags) for tags in texts]

    def halved(self, seed: int) -> BoolArray:
        """Return which pairs fall into the first half: of each course half its tags, drawn at random.

        Of an odd number the half is rounded up or down by a coin.
        """
        random = np.random.default_rng(seed)
        count = np.bincount(self.course, minlength=self.courses)
        kept = (count + random.integers(0, 2, self.courses)) // 2
        order = np.lexsort((random.random(len(self.course)), self.course))
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order)) - (np.cumsum(count) - count)[self.course[order]]
        return np.asarray(place < kept[self.course])


def read_tags(
    source: Path, listed: Sequence[Sequence[str]], names: Sequence[str], descriptions: Sequence[str]
) -> Tags:
    """Match the tags of courses to skills: by name, and by the skills of ESCO that both call up.

    Parameters
    ----------
    source : the folder with the public sets, `esco_labels` among them.
    listed : the tags of each course.
    names, descriptions : of each skill; what a name says in brackets (which role it is for) is left out.
    """
    concepts = read_csv(find_file(source, CONCEPTS, "skills.csv"), ["id", "description"])
    tagged = [list(dict.fromkeys(plain(tag) for tag in tags)) for tags in listed]
    known = sorted({tag for tags in tagged for tag in tags})
    row = {tag: place for place, tag in enumerate(known)}
    bare = [re.sub(r"\s*\(.*?\)", "", name) for name in names]
    # A name says more than its description, so it counts twice.
    skills = [f"{name} {name} {text}" for name, text in zip(bare, descriptions, strict=True)]
    close = closeness(known, skills, concepts.texts("description").tolist())
    same = np.array([[tag == plain(name) for name in bare] for tag in known], dtype=np.bool_)
    return Tags(
        len(listed),
        tuple(known),
        np.repeat(np.arange(len(listed)), [len(tags) for tags in tagged]),
        np.array([row[tag] for tags in tagged for tag in tags], dtype=np.int64),
        same.reshape(close.shape) | (close >= CLOSE),
    )


def closeness(first: Sequence[str], second: Sequence[str], concepts: Sequence[str]) -> FloatArray:
    """Return how far two lists of texts call up the same concepts, shape (first, second), 0 to 1.

    Each text is the vector of its TF-IDF cosines with the texts of the concepts, the strongest of them kept;
    compared are these vectors, by their cosine. So texts without a common word may be close (explicit
    semantic analysis: Gabrilovich and Markovitch, IJCAI 2007).
    """
    words = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    known = words.fit_transform(map(_american, concepts))
    one, two = (
        normalize(_strongest(words.transform(map(_american, texts)) @ known.T)) for texts in (first, second)
    )
    return np.asarray((one @ two.T).toarray())


def _strongest(cosines: csr_matrix) -> csr_matrix:
    """Return the matrix with all but the largest values of each row made 0."""
    kept = csr_matrix(cosines, copy=True)
    for start, end in zip(kept.indptr[:-1], kept.indptr[1:], strict=True):
        row = kept.data[start:end]
        if len(row) > _STRONGEST:
            row[row < np.partition(row, -_STRONGEST)[-_STRONGEST]] = 0.0
    kept.eliminate_zeros()
    return kept


def _american(text: str) -> str:
    """Return a text in small letters, spelt -ize: one set is British, the other American."""
    return re.sub(r"is(?=(?:e|ed|ing|ations?)\b)", "iz", text.casefold())
