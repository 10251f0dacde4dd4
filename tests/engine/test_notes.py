"""Fallbacks, abstention and what the reader is told of them."""

from __future__ import annotations

import pytest

from recommender.competency import CompetencyEstimator
from recommender.engine import Engine, fit_engine
from recommender.rankers.gap import GapRanker
from recommender.rankers.learned import LearnedRanker
from recommender.rankers.sequence import SequenceRanker
from tests.cities import Rows, Tables, assessed, attended, bare, load, office
from tests.engine.cities import answer_of, changed, engine_of, ids
from tests.rankers.contract import SMALL_TREES

FELL_TO_GAP = 'Ranked by "gap": the model "sequence" does not know enough about this person.'


def sequence_engine(**tables: Rows) -> Engine:
    return engine_of("sequence", SequenceRanker(), **tables)


def test_a_city_without_history_falls_back_to_the_gap_and_says_so() -> None:
    answer = sequence_engine().recommend("E0", language="en")
    assert (answer.ranker, answer.notes) == ("gap", (FELL_TO_GAP,))
    assert ids(answer) == ["basics"]


def test_a_city_without_history_falls_back_from_the_learned_ranker() -> None:
    answer = engine_of("learned", LearnedRanker(**SMALL_TREES)).recommend("E0", language="en")
    assert answer.ranker == "gap"
    assert 'the model "learned"' in answer.notes[0]


def test_without_requirements_popularity_is_the_last_resort() -> None:
    records = [attended("E1", "cooking"), attended("E2", "cooking"), attended("E2", "law")]
    tables = {**office(), "training_records": records}
    engine = fit_engine(load(tables, "position_requirements"), "gap", GapRanker())
    answer = engine.recommend("E0", language="en")
    assert (answer.ranker, ids(answer)[0]) == ("popularity", "cooking")
    assert 'Ranked by "popularity"' in answer.notes[0]
    assert answer.recommendations[0].benefit is None


def test_each_person_gets_the_first_ranker_that_knows_them() -> None:
    records = [attended("E0", "cooking"), *(attended("E1", one) for one in ("cooking", "basics"))]
    answers = sequence_engine(training_records=records).recommend_many(["E0", "E2"], language="en")
    assert [answer.ranker for answer in answers] == ["sequence", "gap"]
    assert [len(answer.notes) for answer in answers] == [0, 1]


def test_where_nothing_is_known_nothing_is_ranked() -> None:
    answer = fit_engine(load(bare()), "gap", GapRanker()).recommend("E0", language="en")
    assert (answer.ranker, answer.recommendations, answer.as_of) == ("none", (), "")
    assert answer.notes == ("There is no history, requirement or text to rank by; nothing is recommended.",)


def test_an_employee_without_a_position_is_told_so() -> None:
    tables = office()
    tables["employees"] = [*tables["employees"], {"employee_id": "new"}]
    tables["training_records"] = [attended("E1", "cooking")]
    answer = answer_of("new", employees=tables["employees"], training_records=tables["training_records"])
    assert answer.ranker == "popularity"
    assert "This employee holds no position on record; no gap can be computed." in answer.notes
    assert ids(answer)[0] == "cooking"


def nothing_to_learn() -> Tables:
    best = [
        {**assessed(competency, 5), "employee_id": f"E{number}"}
        for number in range(10)
        for competency in ("DATA", "LAW")
    ]
    return {"assessments": best}


def test_abstention_when_nothing_is_worth_its_hours() -> None:
    answer = answer_of(**nothing_to_learn())
    assert (ids(answer), answer.excluded["not_worth"]) == ([], 3)
    note = "No open program is worth its hours: each would close too little of the gap."
    assert answer.notes == (note,)


@pytest.mark.parametrize(("hours", "is_worth"), [("", True), (10, True), (400, True), (800, False)])
def test_a_long_program_must_close_more(hours: object, is_worth: bool) -> None:
    answer = answer_of(programs=changed("programs", "program_id", "basics", hours=hours))
    assert ids(answer) == (["basics"] if is_worth else [])  # it closes about one level


def test_a_mandate_lifts_the_threshold() -> None:
    mandates = [{"mandate_id": "M", "program_id": "cooking", "tier": "pelaksana"}]
    answer = answer_of(**nothing_to_learn(), mandates=mandates)
    assert (ids(answer), answer.excluded["not_worth"]) == (["cooking"], 2)


@pytest.mark.parametrize("bound", [{"position_id": "HEAD"}, {"tier": "pengawas"}, {"unit_id": "U"}])
def test_a_mandate_for_others_lifts_nothing(bound: dict[str, str]) -> None:
    mandates = [{"mandate_id": "M", "program_id": "cooking", **bound}]
    assert ids(answer_of(**nothing_to_learn(), mandates=mandates)) == []


def test_nothing_open_is_not_called_worthless() -> None:
    programs = [{**row, "active": "no"} for row in office()["programs"]]
    answer = answer_of(programs=programs)
    assert answer.notes == ("No program is open to this employee; see the reasons for exclusion.",)
    assert "not_worth" not in answer.excluded


@pytest.mark.parametrize("status", ["aktif", "pensiun"])
def test_learned_abstains_like_the_others(status: str) -> None:
    records = [
        attended(f"E{number}", program, f"202{1 + step}-03-01")
        for number in range(10)
        for step, program in enumerate(("cooking", "law") if number % 2 else ("law", "cooking"))
    ]
    people = [{**row, "status": status} for row in office()["employees"]]
    tables = {**nothing_to_learn(), "training_records": records, "employees": people}
    city = load({**office(), **tables})
    engine = fit_engine(city, "learned", LearnedRanker(**SMALL_TREES), CompetencyEstimator())
    answer = engine.recommend("E0", language="en")
    assert (answer.ranker, answer.recommendations, len(answer.notes)) == ("learned", (), 1)
