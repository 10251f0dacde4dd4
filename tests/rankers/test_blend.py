"""A blend is the weighted sum of its parts, each in units of the person's largest score."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.rankers import RANKERS, People, Ranker
from tests.cities import load, office, town
from tests.rankers.contract import best, fit_and_score, new, people_of

CONTENT = {"ranker": "content"}
GAP = {"ranker": "gap"}
SEQUENCE = {"ranker": "sequence"}


def blend(city: Dataset, *parts: dict[str, Any]) -> tuple[Ranker, People]:
    estimator = CompetencyEstimator().fit(city)
    return new("blend", parts=parts).fit(city, estimator), people_of(city, estimator)


def in_units_of_the_largest(city: Dataset, name: str) -> FloatArray:
    scores = fit_and_score(city, new(name))
    return scores / scores.max(axis=1, keepdims=True)


def test_scores_are_the_parts_in_units_of_their_largest_times_their_weights(city: Dataset) -> None:
    ranker, people = blend(city, {**GAP, "weight": 2.0}, {**CONTENT, "weight": 0.5}, SEQUENCE)
    gap, content, sequence = (in_units_of_the_largest(city, name) for name in ("gap", "content", "sequence"))
    np.testing.assert_allclose(ranker.score(people), 2.0 * gap + 0.5 * content + sequence, atol=1e-9)


def test_one_part_alone_ranks_as_its_ranker(city: Dataset) -> None:
    ranker, people = blend(city, GAP)
    order = np.argsort(-ranker.score(people), axis=1, kind="stable")
    expected = np.argsort(-fit_and_score(city, new("gap")), axis=1, kind="stable")
    np.testing.assert_array_equal(order, expected)


def test_text_puts_the_programs_in_order_of_which_nobody_wrote_down_what_they_teach() -> None:
    tables = office()
    tables["programs"] = [
        {"program_id": "dancing", "title": "Dancing for beginners"},
        {"program_id": "unlinked", "title": "Data analysis with spreadsheets"},
        *tables["programs"],
    ]
    city = load(tables)
    ids = city.programs.ids
    ranker, people = blend(city, {**GAP, "weight": 1.0}, {**CONTENT, "weight": 0.5})
    scores = ranker.score(people)
    assert set(best(city, scores)) == {"basics"}
    gap = fit_and_score(city, new("gap"))
    assert gap[0, ids.row("unlinked")] == gap[0, ids.row("dancing")] == 0
    assert scores[0, ids.row("unlinked")] > scores[0, ids.row("dancing")]


@pytest.mark.parametrize(("parts", "covered"), [((GAP,), False), ((GAP, CONTENT), True), ((), False)])
def test_a_person_is_covered_by_whoever_covers_the_person(
    parts: tuple[dict[str, Any], ...], covered: bool
) -> None:
    ranker, people = blend(load(town(20), "position_requirements"), *parts)
    assert ranker.covers(people).tolist() == [covered] * 20


def test_a_part_without_weight_covers_nobody(city: Dataset) -> None:
    ranker, people = blend(city, {**GAP, "weight": 0})
    assert not ranker.covers(people).any()
    assert not ranker.score(people).any()


def test_a_part_that_does_not_know_a_person_says_nothing() -> None:
    tables = town(20)
    tables["employees"] = [*tables["employees"], {"employee_id": "NEW", "position_id": "J0"}]
    city = load(tables)
    ranker, people = blend(city, {"ranker": "popularity"}, SEQUENCE)
    alone = in_units_of_the_largest(city, "popularity")
    np.testing.assert_allclose(ranker.score(people)[-1], alone[-1])


def test_contributions_of_one_kind_stand_in_one_column(city: Dataset) -> None:
    ranker, people = blend(city, CONTENT, GAP, {**CONTENT, "position_weight": 0.0})
    who, program = np.divmod(np.arange(16), 8)
    parts = ranker.contributions(people, who, program)
    assert parts.kinds == ("text", "gap")
    gap = in_units_of_the_largest(city, "gap")[who, program]
    np.testing.assert_allclose(parts.values[:, 1], gap, atol=1e-9)


def test_the_witness_is_that_of_the_part_that_has_one(city: Dataset) -> None:
    ranker, people = blend(city, GAP, SEQUENCE)
    alone = new("sequence").fit(city, CompetencyEstimator().fit(city))
    who, program = np.divmod(np.arange(60 * 8), 8)
    found = ranker.witness(people, who, program)
    np.testing.assert_array_equal(found, alone.witness(people, who, program))
    assert (found >= 0).any()


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"ranker": "magic"}, "'magic' is not known; use one of popularity, gap"),
        ({"ranker": "blend"}, "'blend' is not known; use one of popularity, gap"),
        ({"ranker": "learned"}, "'learned' is not known; use one of popularity, gap"),
        ({**GAP, "weight": -1}, "weight -1 of 'gap' will not do; give a number from 0 up"),
        ({**GAP, "weight": "much"}, "weight 'much' of 'gap' will not do"),
        ({**GAP, "weight": True}, "weight True of 'gap' will not do"),
        ({**GAP, "weight": float("inf")}, "weight inf of 'gap' will not do"),
    ],
)
def test_what_cannot_be_blended_is_named(part: dict[str, Any], message: str, city: Dataset) -> None:
    with pytest.raises(ValueError, match=message):
        blend(city, part)


def test_as_it_comes_it_is_gap_and_content() -> None:
    parts = RANKERS["blend"]().get_params()["parts"]
    assert [part["ranker"] for part in parts] == ["gap", "content"]
