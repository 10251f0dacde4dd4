"""UK government roles against Coursera courses: what the tags of courses say that no ranker was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from experiments.benchmarks.clusters import pooled_mean
from experiments.benchmarks.common import Say, recipes
from experiments.benchmarks.roles_city import Sets, city_of, read_sets, relevant_courses
from experiments.benchmarks.roles_tags import CLOSE
from experiments.benchmarks.roles_words import bm25, documents_of, has_bm25, queries_of
from experiments.pages import Page, bullets, table
from experiments.show import number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import Interval
from recommender.evaluation.metrics import ndcg
from recommender.rankers import Ranker, gather_people
from recommender.rankers.blend import DEFAULT_PARTS, BlendRanker

_TOP = 10
_DRAWS = (0, 1, 2, 3, 4)  # reported
_CHOOSING = (100, 101, 102)  # what was chosen, was chosen by these
_CHANCE, _TAGS = "random (expected)", "courses with most tags"
_PLAIN, _TOLD = "BM25", "BM25, told of the links"
_UNTOLD = "`content`, not told of the links"


@dataclass(slots=True)
class _Found:
    """NDCG of each ranker by fold, one value per role level, NaN where no course is relevant."""

    values: dict[str, list[FloatArray]] = field(default_factory=dict)

    def add(self, name: str, value: FloatArray) -> None:
        self.values.setdefault(name, []).append(value)

    def mean(self, name: str) -> FloatArray:
        """Return the mean over the folds of each role level that has a value in any."""
        folds = np.array(self.values[name])
        known = ~np.isnan(folds)
        return np.asarray(np.nansum(folds, axis=0)[known.any(axis=0)] / known.sum(axis=0)[known.any(axis=0)])

    def judged(self) -> BoolArray:
        """Return which role levels have a value."""
        return np.asarray((~np.isnan(next(iter(self.values.values())))).any(axis=0))


def ukgdad_coursera(source: Path, say: Say) -> Page:
    """Ask whether recommended courses teach what the role level asks for, by tags that were held out."""
    sets = read_sets(source)
    ways = _best_ways(sets, say) if has_bm25() else {}
    found, sizes = _Found(), []
    for place, (seen, draw) in enumerate(_folds(sets, _DRAWS), start=1):
        say(f"  draw {draw}, fold {place} of {2 * len(_DRAWS)} ...")
        sizes.append(_judge(sets, seen, ways, found))
    role = np.unique(sets.framework.roles, return_inverse=True)[1][found.judged()]
    lead = _lead(found, role)
    shown = {name: number(float(found.mean(name).mean())) for name in found.values}
    versus = ", ".join(f"{shown[f'`{name}`']} by `{name}` alone" for name in ("content", "gap"))
    words = f", {shown[_PLAIN]} by BM25" if ways else ""
    headline = (
        f"Of the courses whose held-out tags teach what a role level asks for, `blend` puts more in front than "
        f"its parts: NDCG@{_TOP} {shown['`blend`']}, against {versus}{words} and {shown[_CHANCE]} at random."
    )
    header = ["ranker", f"NDCG@{_TOP}", "lead of `blend`"]
    parts = [_PROTOCOL, table(header, lead), bullets(_remarks(sets, found, np.array(sizes), ways))]
    return Page("UK government roles against Coursera courses", headline, parts)


def _folds(sets: Sets, draws: Sequence[int]) -> Iterator[tuple[BoolArray, int]]:
    """Yield which tags are seen: of each draw the first half, then the second."""
    for draw in draws:
        half = sets.tags.halved(draw)
        yield from ((half, draw), (~half, draw))


def _best_ways(sets: Sets, say: Say) -> dict[str, str]:
    """Return by which query BM25 does best on the draws for choosing, without and with the links."""
    say("  choosing the query of BM25 ...")
    tried: dict[str, dict[str, list[float]]] = {_PLAIN: {}, _TOLD: {}}
    for seen, _ in _folds(sets, _CHOOSING):
        city = city_of(sets, seen)
        relevant = relevant_courses(sets, ~seen, city)
        for name, found in tried.items():
            documents = documents_of(city, linked=name == _TOLD)
            for way, queries in queries_of(city).items():
                value = float(np.nanmean(_ndcg(bm25(documents, queries), relevant)))
                found.setdefault(way, []).append(value)
    return {name: max(ways, key=lambda way: sum(ways[way])) for name, ways in tried.items()}


def _judge(sets: Sets, seen: BoolArray, ways: Mapping[str, str], found: _Found) -> tuple[int, int, float]:
    """Judge every ranker on one fold; return how many links and linked courses, and relevant courses a level."""
    city = city_of(sets, seen)
    relevant = relevant_courses(sets, ~seen, city)
    estimator = CompetencyEstimator().fit(city)
    for name, ranker in _rankers().items():
        found.add(name, _ndcg(_scores(ranker, city, estimator), relevant))
    unlinked = city_of(sets, seen, linked=False)
    content = recipes()["content"].new_ranker()
    found.add(_UNTOLD, _ndcg(_scores(content, unlinked, CompetencyEstimator().fit(unlinked)), relevant))
    for name, way in ways.items():
        documents = documents_of(city, linked=name == _TOLD)
        found.add(name, _ndcg(bm25(documents, queries_of(city)[way]), relevant))
    tags = np.bincount(sets.tags.course[seen], minlength=sets.tags.courses).astype(float)
    found.add(_TAGS, _ndcg(np.broadcast_to(tags, relevant.shape), relevant))
    found.add(_CHANCE, chance_ndcg(relevant, _TOP))
    taught = sets.tags.taught(seen)
    return int(taught.sum()), int(taught.any(axis=1).sum()), float(relevant.sum(axis=1).mean())


def _rankers() -> dict[str, Ranker]:
    """Return the rankers by their recipes, and `blend` less each of the ways in which its parts meet."""
    known = recipes()
    plain = tuple({key: part[key] for key in part if key != "linked_weight"} for part in DEFAULT_PARTS)
    content = tuple(part for part in DEFAULT_PARTS if part["ranker"] == "content")
    return {
        **{f"`{name}`": known[name].new_ranker() for name in ("blend", "content", "gap")},
        "`blend` without `linked_weight`": BlendRanker(plain),
        "`blend` without the part `gap`": BlendRanker(content),
    }


def _scores(ranker: Ranker, city: Dataset, estimator: CompetencyEstimator) -> FloatArray:
    people = gather_people(city, estimator, np.arange(len(city.employees.ids)))
    return ranker.fit(city, estimator).score(people)


def _ndcg(scores: FloatArray, relevant: BoolArray) -> FloatArray:
    ranked = np.argsort(-scores, axis=1, kind="stable")[:, :_TOP]
    return ndcg(ranked, relevant, _TOP)


def chance_ndcg(relevant: BoolArray, k: int) -> FloatArray:
    """Return the NDCG that a random order is expected to have, shape (n,); NaN where nothing is relevant."""
    total = relevant.sum(axis=1)
    discounts = 1.0 / np.log2(np.arange(2, k + 2))[: relevant.shape[1]]
    ideal = np.concatenate([[0.0], np.cumsum(discounts)])[np.minimum(total, len(discounts))]
    expected = total / relevant.shape[1] * discounts.sum()
    return np.divide(expected, ideal, out=np.full(len(total), np.nan), where=ideal > 0)


def _lead(found: _Found, role: IntArray) -> list[list[str]]:
    """Return the rows of the table, the best ranker first, `blend` without its own variants on top."""
    first = found.mean("`blend`")
    rows = []
    for name in sorted(found.values, key=lambda name: (name != "`blend`", -found.mean(name).mean())):
        values = found.mean(name)
        lead = "" if name == "`blend`" else with_bounds(pooled_mean(first - values, role), sign=True)
        rows.append([name, with_bounds(_over(values, role)), lead])
    return rows


def _over(values: FloatArray, role: IntArray) -> Interval:
    return pooled_mean(values, role)


_PROTOCOL = (
    "Each course lists tags of what it teaches. Half of each course's tags, drawn at random, are shown to every "
    "ranker; the other half judges: a course is relevant for a role level if one of its held-out tags stands for "
    "a skill that the role level asks for. Then the halves change places."
)


def _remarks(sets: Sets, found: _Found, sizes: FloatArray, ways: Mapping[str, str]) -> list[str]:
    links, courses, relevant = sizes.mean(axis=0)
    tags, stands_for = sets.tags, sets.tags.stands_for
    searched = (
        " ".join(f"{name} asks by {way}." for name, way in ways.items())
        + f" The best of four ways to ask, each, by draws {_CHOOSING[0]} to {_CHOOSING[-1]}."
        if ways
        else "BM25 is not measured: `pip install course-recommender[benchmark]` brings bm25s."
    )
    return [
        f"{len(sets.framework.roles):,} role levels of {len(set(sets.framework.roles))} roles, "
        f"{found.judged().sum():,} of them with a relevant course and judged; {tags.courses:,} courses with "
        f"{len(tags.course):,} tags, {len(tags.names):,} of them different.",
        f"A tag stands for a skill if both call up the same of the {'skills of ESCO'}: cosine of their "
        f"similarities with ESCO's texts of at least {CLOSE:g} (explicit semantic analysis). "
        f"{stands_for.any(axis=1).sum()} tags stand for {stands_for.any(axis=0).sum()} of "
        f"{stands_for.shape[1]} skills. The matching reads tags and skills alone, no title or description of a "
        "course, and words as well as `gap` can be wrong by it.",
        f"What is shown: title, description and half of the tags as text; and, where a shown tag stands for a "
        f"skill, a link of the course to it ({links:,.0f} links of {courses:,.0f} courses a fold). On average "
        f"{relevant:,.0f} courses are relevant for a role level.",
        "Whom it is for: a newcomer at level 0 in all that the role level asks for. Tags name subjects, so that "
        "levels play no part: neither the courses' difficulty nor how far a course leads.",
        f"Means over {len(_DRAWS)} draws with two folds each. **Intervals are over roles, drawn with all their "
        "levels**, which ask for much the same skills. Ties are in the catalogue's order.",
        searched,
        f"The weights of `blend` and `content`, and dividing by the maximum, were chosen by draws {_CHOOSING[0]} "
        f"to {_CHOOSING[-1]}, which are of the same roles and courses.",
        "`content` reads the names of the skills a course is linked to, so that it knows the links as well; "
        "where it is not told of them it reads the course's own words alone.",
        "The protocol is hard on what is known already: where a course has one tag that stands for a wanted "
        "skill, this tag is either shown or judges, so that a course known to teach the skill counts as wrong "
        "unless a second tag says so. Hence `blend` without the part `gap` looks better here than it is: `gap` "
        "is what puts the courses in front of which the skill is known.",
        "What this does not show: whether a course closes a gap, whether anyone would go. There are no "
        "histories, so nothing can be backtested.",
    ]
