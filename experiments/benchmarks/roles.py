"""UK government roles against Coursera courses: what the tags of courses say that no ranker was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from experiments.benchmarks.clusters import pooled_mean
from experiments.benchmarks.common import recipes
from experiments.benchmarks.roles_city import Sets, city_of, read_sets, relevant_courses
from experiments.benchmarks.roles_tags import CLOSE
from experiments.benchmarks.roles_words import bm25, documents_of, has_bm25, queries_of
from experiments.pages import Page, bullets, table
from experiments.show import Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import paired_difference
from recommender.evaluation.metrics import ndcg
from recommender.rankers import Ranker, gather_people
from recommender.rankers.blend import DEFAULT_PARTS, BlendRanker

_TOP = 10
_DRAWS = range(300, 310)  # reported
_CHOOSING = range(100, 105)  # BM25's query is chosen by these
_WEIGHTED = "draws 100 to 119"  # the weights in `blend` and `content` were
_CHANCE, _TAGS = "random (expected)", "courses with most tags"
_PLAIN, _TOLD = "BM25", "BM25, told of the links"
_LIGHT = 0.1  # weight of `gap` that those draws prefer
_LIGHTER = f"`blend` with {_LIGHT} of `gap`"
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


def ukgdad_coursera(source: Path, say: Say, draws: Sequence[int] = _DRAWS) -> Page:
    """Ask whether recommended courses teach what the role level asks for, by tags that were held out."""
    sets = read_sets(source)
    ways = _best_ways(sets, say) if has_bm25() else {}
    found, sizes = _Found(), []
    for place, (seen, draw) in enumerate(_folds(sets, draws), start=1):
        say(f"  draw {draw}, fold {place} of {2 * len(draws)} ...")
        sizes.append(_judge(sets, seen, ways, found))
    role = np.unique(sets.framework.roles, return_inverse=True)[1][found.judged()]
    shown = {name: number(float(found.mean(name).mean())) for name in found.values}
    versus = ", ".join(
        f"{name} {shown[name]}" for name in ("`content`", "`gap`", _PLAIN, _CHANCE) if name in shown
    )
    headline = (
        f"Courses for a role level, judged by tags that no ranker was shown: NDCG@{_TOP} of `blend`, which "
        f"puts text and gap together, {shown['`blend`']}; {versus}."
    )
    header = ["ranker", f"NDCG@{_TOP}", "lead of `blend`"]
    parts = [
        _PROTOCOL,
        table(header, _rows(found, role)),
        bullets(_remarks(sets, found, np.array(sizes), ways, role)),
    ]
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
    """Judge every ranker on one fold; return the numbers of links, linked courses and relevant courses."""
    city = city_of(sets, seen)
    relevant = relevant_courses(sets, ~seen, city)
    estimator = CompetencyEstimator().fit(city)
    for name, ranker in _rankers().items():
        found.add(name, _ndcg(_scores(ranker, city, estimator), relevant))
    untold = replace(city, programs=replace(city.programs, target=np.full_like(city.programs.target, np.nan)))
    found.add(_UNTOLD, _ndcg(_scores(recipes()["content"].new_ranker(), untold, estimator), relevant))
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
    lighter = tuple({**part, "weight": _LIGHT} if part["ranker"] == "gap" else part for part in DEFAULT_PARTS)
    return {
        **{f"`{name}`": known[name].new_ranker() for name in ("blend", "content", "gap")},
        _LIGHTER: BlendRanker(lighter),
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
    nothing = np.full(len(total), np.nan)
    return np.asarray(np.divide(expected, ideal, out=nothing, where=ideal > 0))


def _rows(found: _Found, role: IntArray) -> list[list[str]]:
    """Return the rows of the table: `blend`, then the others, the best first."""
    first = found.mean("`blend`")
    rows = []
    for name in sorted(found.values, key=lambda name: (name != "`blend`", -found.mean(name).mean())):
        values = found.mean(name)
        lead = "" if name == "`blend`" else with_bounds(pooled_mean(first - values, role), sign=True)
        rows.append([name, with_bounds(pooled_mean(values, role)), lead])
    return rows


_PROTOCOL = (
    "Each course lists tags of what it teaches. Half of each course's tags, drawn at random, are shown to "
    "every ranker; the other half judges: a course is relevant for a role level if one of its held-out tags "
    "stands for a skill that the role level asks for. Then the halves change places."
)


def _remarks(
    sets: Sets, found: _Found, sizes: FloatArray, ways: Mapping[str, str], role: IntArray
) -> list[str]:
    links, courses, relevant = sizes.mean(axis=0)
    tags, roles = sets.tags, sets.framework.roles
    matched, wanted = tags.stands_for.any(axis=1).sum(), tags.stands_for.any(axis=0).sum()
    return [
        f"{len(roles):,} role levels of {len(set(roles))} roles, {found.judged().sum():,} of them with a "
        f"relevant course and judged; {tags.courses:,} courses with {len(tags.course):,} tags, "
        f"{len(tags.names):,} of them different.",
        "A tag stands for a skill if it is its name, or if both call up the same skills of ESCO: the cosine "
        f"of their likenesses to ESCO's texts is at least {CLOSE:g} (explicit semantic analysis). {matched} "
        f"tags stand for {wanted} of {tags.stands_for.shape[1]} skills. No title or description of a course "
        "has a part in that. Some of these matches are wrong, for the judge and for the links alike.",
        "Shown are title, description and half of the tags, as text, and where a shown tag stands for a "
        f"skill, a link of the course to it: {links:,.0f} links of {courses:,.0f} courses. {relevant:,.0f} "
        "courses are relevant for a role level, on average.",
        "Whom it is for: a newcomer at level 0 in all that the role level asks for. Tags name subjects, so "
        "that levels play no part, neither a course's difficulty nor how far it leads.",
        f"Means over {len(sizes) // 2} draws of two folds. **Intervals are over roles, drawn with all their "
        "levels**, since these ask for much the same skills. Ties are in the catalogue's order.",
        *_of_words(ways),
        f"The weights in `blend` and `content` were chosen by {_WEIGHTED}, other halves of the same tags. "
        f"Less of `gap` scores higher, for the reason below; the recipe keeps more, so "
        f"that a program known to teach what is lacking stays in front. {_LIGHTER} leads `content` by "
        f"{with_bounds(pooled_mean(found.mean(_LIGHTER) - found.mean('`content`'), role), sign=True)}.",
        "With role levels drawn one by one, as if they had nothing in common, the lead over `content` is "
        f"{with_bounds(paired_difference(found.mean('`blend`'), found.mean('`content`')), sign=True)}.",
        "`content` also reads the names of the skills that a course is linked to; where it is not told of "
        "them, it is text alone.",
        "The protocol is hard on what is known: where a single tag of a course stands for a wanted skill, it "
        "is either shown or judges, so that a course known to teach the skill counts as wrong. Hence `gap` "
        "is better than it looks, and so is `blend` with it.",
        "What this does not show: whether a course closes a gap, whether anyone would go. There are no "
        "histories, so nothing can be backtested.",
    ]


def _of_words(ways: Mapping[str, str]) -> Iterator[str]:
    for name, way in ways.items():
        yield f"{name}: asked by {way}, the best of four ways by draws {_CHOOSING[0]} to {_CHOOSING[-1]}."
    if not ways:
        yield "BM25 is not measured: it needs bm25s, which the extra `benchmark` installs."
