"""Simple forecasts of the next score: learners and papers with additive effects, and learners who drift."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray, TextArray

_ROUNDS = 30  # of EM


@dataclass(frozen=True, slots=True)
class Marks:
    """Scores as arrays of shape (rows,): learner, day, paper, kind of paper (each a number) and score."""

    learner: IntArray
    day: IntArray
    paper: IntArray
    kind: IntArray
    score: FloatArray

    @classmethod
    def of(cls, dataset: Dataset) -> Marks:
        """Return the assessments of a dataset whose assessors are papers."""
        judged = dataset.assessments
        day = judged.assessed_on.astype("datetime64[D]").astype(np.int64)
        return cls(judged.employee, day, _codes(judged.assessor), _codes(judged.source), judged.level)


@dataclass(frozen=True, slots=True)
class Additive:
    """Score = mean of the paper + effect of the learner + noise; the effect is a random walk in time.

    Attributes
    ----------
    paper : mean score of each paper for a learner without an effect; its kind's mean where it is unknown.
    noise : variance of a score of each kind.
    variance : of the learners' effects.
    drift : variance that an effect gains per day; 0: it never changes.
    """

    paper: FloatArray
    noise: FloatArray
    variance: float
    drift: float = 0.0


def fit_additive(marks: Marks, known: BoolArray) -> Additive:
    """Find means and variances of the known rows by EM; learners' effects do not drift."""
    learner, paper, kind = marks.learner[known], marks.paper[known], marks.kind[known]
    score = marks.score[known]
    learners, seen = int(marks.learner.max()) + 1, np.unique(learner)
    half = float(score.var()) / 2.0
    model = Additive(paper_means(marks, known), np.full(int(marks.kind.max()) + 1, half), half)
    for _ in range(_ROUNDS):
        weight = 1.0 / model.noise[kind]
        variance = 1.0 / (1.0 / model.variance + np.bincount(learner, weight, learners))
        effect = variance * np.bincount(learner, weight * (score - model.paper[paper]), learners)
        means = paper_means(replace(marks, score=marks.score - effect[marks.learner]), known)
        square = (score - means[paper] - effect[learner]) ** 2 + variance[learner]
        noise = _means(kind, square, len(model.noise), float(square.mean()))
        model = Additive(means, noise, float((effect**2 + variance)[seen].mean()))
    return model


def paper_means(marks: Marks, known: BoolArray) -> FloatArray:
    """Return each paper's mean over the known rows; its kind's where there are none."""
    kinds = _means(
        marks.kind[known], marks.score[known], int(marks.kind.max()) + 1, float(marks.score[known].mean())
    )
    papers = int(marks.paper.max()) + 1
    kind_of = np.zeros(papers, dtype=np.int64)
    kind_of[marks.paper] = marks.kind
    return _means(marks.paper[known], marks.score[known], papers, kinds[kind_of])


def foresee(marks: Marks, model: Additive) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of each score, from the learner's scores of earlier days.

    This is a Kalman filter with one state per learner; scores of one day do not see each other.
    """
    mean, spread = np.zeros(len(marks.score)), np.zeros(len(marks.score))
    learners = int(marks.learner.max()) + 1
    effect, variance = np.zeros(learners), np.full(learners, model.variance)
    seen = np.full(learners, np.iinfo(np.int64).min)
    for rows in _by_turn(marks):
        who, place = np.unique(marks.learner[rows], return_inverse=True)
        today = np.empty(len(who), dtype=np.int64)
        today[place] = marks.day[rows]
        first = seen[who] == np.iinfo(np.int64).min
        variance[who] += model.drift * np.where(first, 0, today - seen[who])
        seen[who] = today
        noise = model.noise[marks.kind[rows]]
        mean[rows] = model.paper[marks.paper[rows]] + effect[who][place]
        spread[rows] = variance[who][place] + noise
        surprise = (marks.score[rows] - mean[rows]) / noise
        after = 1.0 / (1.0 / variance[who] + np.bincount(place, 1.0 / noise))
        effect[who] += after * np.bincount(place, surprise)
        variance[who] = after
    return mean, np.sqrt(spread)


def with_drift(marks: Marks, model: Additive, judged: BoolArray, choices: tuple[float, ...]) -> Additive:
    """Return the model with the drift of least squared error in the judged rows."""

    def missed(drift: float) -> float:
        mean, _ = foresee(marks, replace(model, drift=drift))
        return float(np.mean((mean - marks.score)[judged] ** 2))

    return replace(model, drift=min(choices, key=missed))


def learner_means(marks: Marks, otherwise: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return for each score the mean of the learner's scores of earlier days, and whether there are any.

    Without any it is `otherwise`, shape (rows,).
    """
    mean, has_earlier = otherwise.astype(float).copy(), np.zeros(len(marks.score), dtype=bool)
    learners = int(marks.learner.max(initial=-1)) + 1
    total, count = np.zeros((2, learners))
    for rows in _by_turn(marks):
        who = marks.learner[rows]
        known = count[who] > 0
        has_earlier[rows] = known
        mean[rows[known]] = (total[who] / np.maximum(count[who], 1.0))[known]
        np.add.at(total, who, marks.score[rows])
        np.add.at(count, who, 1.0)
    return mean, has_earlier


def _by_turn(marks: Marks) -> Iterator[IntArray]:
    """Yield the rows of each learner's first day, of each one's second day, and so on."""
    order = np.lexsort((marks.day, marks.learner))
    learner, day = marks.learner[order], marks.day[order]
    new_learner = np.append(True, learner[1:] != learner[:-1])[: len(order)]
    new_day = np.append(True, day[1:] != day[:-1])[: len(order)] | new_learner
    turn = np.cumsum(new_day)
    begins = np.maximum.accumulate(np.where(new_learner, turn, 0))
    rank = turn - begins
    by_rank = np.argsort(rank, kind="stable")
    bounds = np.searchsorted(rank[by_rank], np.arange(rank.max(initial=-1) + 2))
    for start, end in pairwise(bounds):
        yield order[by_rank[start:end]]


def _means(group: IntArray, values: FloatArray, size: int, otherwise: FloatArray | float) -> FloatArray:
    """Return the mean of each of `size` groups, `otherwise` of empty ones."""
    count, total = np.bincount(group, minlength=size), np.bincount(group, values, minlength=size)
    fallback = np.array(np.broadcast_to(otherwise, size), dtype=float)
    return np.asarray(np.divide(total, count, out=fallback, where=count > 0))


def _codes(words: TextArray) -> IntArray:
    return np.asarray(np.unique(words.astype(str), return_inverse=True)[1])
