"""Which skills of a framework a course teaches, by the words of both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from recommender.domain import BoolArray

# Links read by eye: above 0.18 most are right, from 0.15 to 0.18 about half, below that few.
SIMILAR = 0.18


@dataclass(frozen=True, slots=True)
class Matches:
    """Links of courses (rows) to skills (columns).

    Attributes
    ----------
    exact : the course lists the skill by its name, ignoring case and punctuation.
    similar : cosine of their TF-IDF vectors of at least `SIMILAR`.
    """

    exact: BoolArray
    similar: BoolArray


def match(
    titles: Sequence[str], taught: Sequence[Sequence[str]], names: Sequence[str], descriptions: Sequence[str]
) -> Matches:
    """Compare courses, by title and listed skills, with skills, by name and description.

    Parameters
    ----------
    titles, taught : title and listed skills of each course.
    names, descriptions : name and description of each skill.
    """
    wanted = [plain(name) for name in names]
    listed = [{plain(skill) for skill in skills} for skills in taught]
    exact = np.array([[name in skills for name in wanted] for skills in listed], dtype=np.bool_)
    # A name says more than its description, so it counts twice on either side.
    courses = [f"{title} {title} {' '.join(skills)}" for title, skills in zip(titles, taught, strict=True)]
    skills = [f"{name} {name} {text}" for name, text in zip(names, descriptions, strict=True)]
    vectorizer = TfidfVectorizer(stop_words="english", ngram_range=(1, 2), sublinear_tf=True)
    vectors = vectorizer.fit_transform(courses + skills)
    cosine = (vectors[: len(courses)] @ vectors[len(courses) :].T).toarray()
    return Matches(exact, cosine >= SIMILAR)


def plain(text: str) -> str:
    """Return the words of a text alone, in small letters."""
    return " ".join(re.findall(r"\w+", text.casefold()))
