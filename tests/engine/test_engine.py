"""Answers whose content is known beforehand."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from recommender.domain import Answer
from recommender.engine import Engine, fit_engine
from recommender.errors import UnknownEmployee
from recommender.explain import Language
from recommender.rankers.popularity import PopularityRanker
from tests.cities import attended, bare, load, office, town
from tests.engine.cities import answer_of, engine_of, ids
from tests.rankers.contract import NAMES, new


@pytest.fixture(scope="module")
def city_engines() -> dict[str, Engine]:
    city = load(town())
    return {name: fit_engine(city, name, new(name)) for name in NAMES}


@pytest.fixture(params=NAMES)
def engine(city_engines: dict[str, Engine], request: pytest.FixtureRequest) -> Engine:
    return city_engines[request.param]


def everybody(engine: Engine, n: int = 5, language: Language = "en") -> list[Answer]:
    return engine.recommend_many(engine.dataset.employees.ids.ids, n, language)


def test_the_office_is_sent_to_the_basics() -> None:
    answer = answer_of()
    (one,) = answer.recommendations
    assert (one.rank, one.program_id, one.title) == (1, "basics", "Data analysis basics")
    assert one.hours == 20
    assert (answer.employee_id, answer.ranker, answer.as_of, answer.model) == ("E0", "gap", "2024-01-01", "")
    assert (answer.notes, answer.excluded) == ((), {"prerequisite": 1, "not_worth": 2})
    assert one.benefit is not None
    assert one.benefit_low is not None
    assert one.benefit_high is not None
    assert 0 <= one.benefit_low < one.benefit < one.benefit_high
    assert one.benefit == pytest.approx(1.0, abs=0.1)  # half of the two levels that the plan promises
    assert one.reasons[0].text.startswith("Data analysis: 3 asked, 1.0 ± ")


def test_ties_are_broken_by_the_catalogue_and_what_nobody_took_is_not_listed() -> None:
    tables = bare(3, 6)
    tables["training_records"] = [attended("E0", f"P{number}") for number in (5, 3, 4)]
    engine = fit_engine(load(tables), "popularity", PopularityRanker())
    assert ids(engine.recommend("E1", 6)) == ["P3", "P4", "P5"]


@pytest.mark.parametrize("n", [1, 2, 3, 99])
def test_at_most_n_are_given_and_they_are_the_first_of_the_longer_list(engine: Engine, n: int) -> None:
    for short, long in zip(everybody(engine, n), everybody(engine, 99), strict=True):
        assert short.recommendations == long.recommendations[:n]


@pytest.mark.parametrize("n", [0, -1])
def test_less_than_one_program_cannot_be_asked_for(n: int) -> None:
    with pytest.raises(ValueError, match="ask for at least 1"):
        engine_of().recommend("E0", n)


def test_ranks_count_from_one_and_scores_never_rise(engine: Engine) -> None:
    for answer in everybody(engine, 99):
        assert [one.rank for one in answer.recommendations] == list(range(1, 1 + len(answer.recommendations)))
        scores = [one.score for one in answer.recommendations]
        assert scores == sorted(scores, reverse=True)


def test_every_program_is_either_recommended_or_kept_out(engine: Engine) -> None:
    history = engine.dataset.history
    done = {
        (engine.dataset.employees.ids[employee], engine.dataset.programs.ids[program])
        for employee, program in zip(history.employee, history.program, strict=True)
    }
    for answer in everybody(engine, 99):
        assert len(answer.recommendations) + sum(answer.excluded.values()) == 8
        assert len(set(ids(answer))) == len(answer.recommendations)
        assert not [id_ for id_ in ids(answer) if id_ != "P7" and (answer.employee_id, id_) in done]


def test_many_are_answered_as_one_by_one(engine: Engine) -> None:
    asked = ["E7", "E2", "E31"]
    together = engine.recommend_many(asked, 3, "en")
    single = [engine.recommend(id_, 3, "en") for id_ in asked]
    assert [ids(one) for one in together] == [ids(one) for one in single]
    assert [answer.employee_id for answer in together] == asked
    for one, other in zip(together, single, strict=True):
        assert (one.excluded, one.notes, one.ranker) == (other.excluded, other.notes, other.ranker)
        scores = ([each.score for each in answer.recommendations] for answer in (one, other))
        np.testing.assert_allclose(next(scores), next(scores), atol=1e-9)


def test_an_id_asked_twice_is_answered_twice_alike(engine: Engine) -> None:
    first, second = engine.recommend_many(["E7", "E7"], 5, "en")
    assert first == second == engine.recommend("E7", 5, "en")


def test_nobody_asked_nobody_answered(engine: Engine) -> None:
    assert engine.recommend_many([]) == []


@pytest.mark.parametrize("stranger", ["", "E999", "e0", " E0"])
def test_an_unknown_employee_is_named(stranger: str) -> None:
    with pytest.raises(UnknownEmployee, match=f"no employee '{stranger}' among the 10"):
        engine_of().recommend(stranger)


def test_one_unknown_employee_among_many_is_not_passed_over() -> None:
    with pytest.raises(UnknownEmployee, match="'nobody'"):
        engine_of().recommend_many(["E0", "nobody"])


@pytest.mark.parametrize("language", ["id", "en"])
def test_reasons_add_up_to_the_score_and_say_something(engine: Engine, language: Language) -> None:
    for answer in everybody(engine, language=language):
        for one in answer.recommendations:
            assert sum(reason.contribution for reason in one.reasons) == pytest.approx(one.score, abs=1e-6)
            assert all(reason.text and "{" not in reason.text for reason in one.reasons)


def test_the_language_changes_words_only(engine: Engine) -> None:
    for one, other in zip(everybody(engine, language="id"), everybody(engine), strict=True):
        assert (ids(one), one.excluded, one.ranker) == (ids(other), other.excluded, other.ranker)
        for mine, yours in zip(one.recommendations, other.recommendations, strict=True):
            assert replace(mine, reasons=()) == replace(yours, reasons=())
            assert {reason.text for reason in mine.reasons}.isdisjoint(
                reason.text for reason in yours.reasons
            )


def test_an_interval_holds_the_benefit(engine: Engine) -> None:
    for answer in everybody(engine, 99):
        for one in answer.recommendations:
            assert one.benefit is not None
            assert one.benefit_low is not None
            assert one.benefit_high is not None
            assert 0 <= one.benefit_low <= one.benefit <= one.benefit_high


def test_no_name_of_an_employee_is_in_an_answer() -> None:
    records = [attended("E1", "cooking"), attended("E0", "law")]
    for name in NAMES:
        engine = engine_of(name, new(name), training_records=records)
        for language in ("id", "en"):
            said = json.dumps([asdict(answer) for answer in everybody(engine, language=language)])
            assert "Siti" not in said
            assert "Rahayu" not in said


def test_newer_data_are_answered_from_by_the_same_model() -> None:
    tables = office()
    engine = engine_of()
    done = load({**tables, "training_records": [attended("E0", "basics", "2024-02-01")]})
    assert ids(engine.recommend("E0")) == ["basics"]
    assert "basics" not in ids(engine.with_data(done).recommend("E0"))
    grown = load(
        {**tables, "employees": [*tables["employees"], {"employee_id": "E10", "position_id": "HEAD"}]}
    )
    assert engine.with_data(grown).recommend("E10").employee_id == "E10"
    with pytest.raises(UnknownEmployee):
        engine.recommend("E10")
