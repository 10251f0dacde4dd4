"""UK government roles and skills against a catalogue of Coursera courses: no person, no history."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.benchmarks.common import Say, load_converted, recipes, size_of
from experiments.pages import Page, bullets, table
from experiments.ranking import in_batches
from experiments.show import number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import interval
from recommender.rankers import Ranker

_TOP = 5


def ukgdad_coursera(source: Path, say: Say) -> Page:
    """Ask whether recommended courses teach what the role level asks for."""
    dataset, notes = load_converted("ukgdad_coursera", source)
    estimator = CompetencyEstimator().fit(dataset)
    teaches = _teaches(dataset)
    judged = teaches.any(axis=1)
    chance = teaches[judged].mean(axis=1)
    rows, shares = [], {}
    for name in ("gap", "content"):
        say(f"  {name} ...")
        scores = _scores(recipes()[name].new_ranker().fit(dataset, estimator), dataset, estimator)
        share, rank = _found(scores[judged], teaches[judged])
        shares[name] = interval(share).mean
        rows.append([name, with_bounds(interval(share)), with_bounds(interval(rank), 1)])
    linked = teaches[judged].sum(axis=1)
    rows.append(
        ["best possible", with_bounds(interval(np.minimum(linked / _TOP, 1))), number(_best_rank(linked), 1)]
    )
    middle = (len(dataset.programs.ids) + 1) / 2
    rows.append(["random (expected)", with_bounds(interval(chance)), number(middle, 1)])
    headline = (
        f"Of the five courses for a role level, {shares['gap']:.0%} by `gap` and {shares['content']:.0%} by "
        f"`content` teach a skill that the role asks for; at random it would be {chance.mean():.0%}."
    )
    header = ["ranker", f"top {_TOP} teach a required skill", "mean rank of courses that do"]
    return Page(
        "UK government roles against Coursera courses",
        headline,
        [table(header, rows), bullets([*_remarks(dataset, int(judged.sum())), *notes])],
    )


def _best_rank(linked: IntArray) -> float:
    """Return the mean rank of linked courses, were they all in front."""
    return float(((linked + 1) / 2).mean())


def _remarks(dataset: Dataset, judged: int) -> list[str]:
    return [
        f"{size_of(dataset)} Each role level stands for one person in it; {judged:,} ask for a skill that "
        "some "
        "course teaches and are judged. Intervals are over role levels.",
        f"Only {int((~np.isnan(dataset.programs.target)).any(axis=1).sum())} courses are linked to a skill, "
        "so that many "
        "role levels have fewer than five to be found, and of these `gap` counts only those that lead beyond "
        "the level held; the places left over are filled in the catalogue's order.",
        "There are no histories, so **nothing can be backtested**, and no other ranker has anything to "
        "learn from.",
        "`gap` sees the links between courses and skills, so that its share shows that the way from "
        "requirements "
        "to courses works, not that the courses are good ones.",
        "`content` reads titles, descriptions and names of skills. The links were found by names and words "
        "too, so "
        "that its share shows that the texts agree with the links, and no more.",
        "What this does not show: whether a link is right, whether a course closes a gap, whether anyone "
        "would go.",
    ]


def _teaches(dataset: Dataset) -> BoolArray:
    """Return which programs teach something each employee's position asks for, shape (n, P)."""
    asked = ~np.isnan(dataset.positions.level[dataset.employees.position])
    taught = ~np.isnan(dataset.programs.target)
    return np.asarray(asked.astype(float) @ taught.T.astype(float) > 0)


def _scores(ranker: Ranker, dataset: Dataset, estimator: CompetencyEstimator) -> FloatArray:
    rows = np.arange(len(dataset.employees.ids))
    return np.concatenate([ranker.score(people) for people in in_batches(dataset, estimator, rows)])


def _found(scores: FloatArray, teaches: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return per person the share of the top that teaches, and the mean rank of programs that teach."""
    order = np.argsort(-scores, axis=1, kind="stable")
    sorted_teaches = np.take_along_axis(teaches, order, axis=1)
    ranks = np.arange(1, scores.shape[1] + 1)
    return sorted_teaches[:, :_TOP].mean(axis=1), (sorted_teaches @ ranks) / teaches.sum(axis=1)
