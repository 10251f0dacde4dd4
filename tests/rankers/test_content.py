"""Text: which words count, what is kept between calls, and programs like those that close the gap."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from recommender.competency import CompetencyEstimator
from tests.cities import Tables, load, office, town
from tests.rankers.contract import fit_and_score, new, people_of


def test_a_word_of_all_texts_says_nothing() -> None:
    titles = ["the guard of the gate", "the the the road", "the guard"]
    tables: Tables = {
        "positions": [{"position_id": "J", "title": "the guard"}],
        "employees": [{"employee_id": "E", "position_id": "J"}],
        "programs": [
            {"program_id": f"P{place}", "title": title} for place, title in enumerate([*titles, "the"])
        ],
    }
    scores = fit_and_score(load(tables), new("content"))[0]
    assert scores[1] == scores[3] == 0.0
    assert scores[2] > scores[0] > 0.0


def test_programs_like_those_that_close_the_gap_are_found_whatever_they_are_called() -> None:
    tables = office()
    tables["programs"] = [
        {"program_id": "basics", "title": "Course one", "description": "spreadsheets and pivot tables"},
        {"program_id": "law", "title": "Course two", "description": "statutes"},
        {"program_id": "deepening", "title": "Course three", "description": "regression"},
        {"program_id": "like", "title": "Course four", "description": "pivot tables from scratch"},
        {"program_id": "unlike", "title": "Course five", "description": "woodwork from scratch"},
    ]
    city = load(tables)
    ids = city.programs.ids
    plain = fit_and_score(city, new("content"))[0]
    assert plain[ids.row("like")] == plain[ids.row("unlike")] == 0
    found = fit_and_score(city, new("content", linked_weight=1.0))[0]
    assert found[ids.row("like")] > 0
    assert found[ids.row("unlike")] < found[ids.row("like")]


def test_a_program_is_not_like_itself() -> None:
    tables = office()
    tables["program_outcomes"] = [row for row in tables["program_outcomes"] if row["program_id"] == "basics"]
    tables["programs"] = [
        {"program_id": "basics", "title": "Spreadsheets"},
        {"program_id": "other", "title": "Gardens"},
    ]
    tables["program_prerequisites"] = []
    city = load(tables)
    weights = {"position_weight": 0.0, "gap_weight": 0.0, "past_weight": 0.0}
    scores = fit_and_score(city, new("content", linked_weight=1.0, **weights))
    np.testing.assert_allclose(scores, 0.0, atol=1e-12)


def test_another_city_is_not_answered_from_the_texts_of_the_last() -> None:
    first, tables = load(town()), town()
    tables["programs"] = [
        {**row, "title": f"Seminar on archives {row['hours']}"} for row in tables["programs"]
    ]
    second = load(tables)
    estimator = CompetencyEstimator().fit(first)
    ranker = new("content").fit(first, estimator)
    one, two = people_of(first, estimator), people_of(second, estimator)
    expected = [pickle.loads(pickle.dumps(ranker)).score(people) for people in (one, two)]
    assert not np.allclose(*expected)
    for people, scores in ((one, expected[0]), (two, expected[1]), (one, expected[0])):
        np.testing.assert_array_equal(ranker.score(people), scores)


def test_threads_may_ask_about_two_cities_at_once() -> None:
    first, second = load(town()), load(town(seed=1))
    estimator = CompetencyEstimator().fit(first)
    ranker = new("content").fit(first, estimator)
    both = [people_of(city, estimator) for city in (first, second)] * 8
    expected = [ranker.score(people) for people in both]
    with ThreadPoolExecutor(4) as pool:
        for found, scores in zip(pool.map(ranker.score, both), expected, strict=True):
            np.testing.assert_array_equal(found, scores)
