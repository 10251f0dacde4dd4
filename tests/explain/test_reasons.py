"""What a reason says must be a fact of the data."""

from __future__ import annotations

import pytest

from recommender.domain import Reason
from recommender.engine import fit_engine
from recommender.explain import Language
from recommender.rankers import Ranker
from recommender.rankers.collaborative import CollaborativeRanker
from recommender.rankers.content import ContentRanker
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker
from recommender.rankers.sequence import SequenceRanker
from recommender.rankers.value import ValueRanker
from tests.cities import Tables, assessed, attended, chain, load, office


def reasons(
    tables: Tables, ranker: Ranker, employee: str = "E0", language: Language = "en"
) -> dict[str, tuple[Reason, ...]]:
    engine = fit_engine(load(tables), "first", ranker)
    answer = engine.recommend(employee, 9, language)
    assert answer.ranker == "first"
    return {one.program_id: one.reasons for one in answer.recommendations}


def test_a_gap_names_competency_levels_and_what_is_closed() -> None:
    (reason,) = reasons(office(), GapRanker())["basics"]
    assert reason.kind == "gap"
    assert reason.text.startswith("Data analysis: 3 asked, 1.0 ± ")
    assert reason.text.endswith("this program closes about 1.0 levels")


def test_competencies_are_named_in_the_readers_language() -> None:
    (reason,) = reasons(office(), GapRanker(), language="id")["basics"]
    assert reason.text.startswith("Analisis data: dipersyaratkan 3, ")


@pytest.mark.parametrize(
    ("competency", "said"), [({"name": "Data"}, "Data"), ({"name_id": "Olah"}, "Olah"), ({}, "DATA")]
)
def test_a_competency_without_a_name_in_the_language_takes_what_there_is(
    competency: dict[str, str], said: str
) -> None:
    tables = office()
    tables["competencies"] = [{"competency_id": "DATA", **competency}, {"competency_id": "LAW"}]
    for language in ("en", "id"):
        (reason,) = reasons(tables, GapRanker(), language=language)["basics"]
        assert reason.text.startswith(f"{said}: ")


def test_a_gap_to_the_next_position_names_that_position() -> None:
    tables = office()
    tables["assessments"] = [
        {**assessed(competency, level), "employee_id": f"E{number}"}
        for number in range(10)
        for competency, level in (("DATA", 5), ("LAW", 1.5))
    ]
    (reason,) = reasons(tables, GapRanker())["law"]
    assert "asked" in reason.text
    tables["position_requirements"] = [
        row
        for row in tables["position_requirements"]
        if (row["position_id"], row["competency_id"]) != ("CLERK", "LAW")
    ]
    (reason,) = reasons(tables, GapRanker())["law"]
    assert reason.text.startswith("Public law: 4 asked by the next position (Head of office), 1.")


def test_a_sequence_names_the_program_before() -> None:
    said = reasons(chain(), SequenceRanker(recency=0.3))
    assert [reason.text for reason in said["C"]] == ['people who took "B" often went on to this']


def with_history() -> Tables:
    records = [attended("E1", "cooking"), attended("E2", "cooking"), attended("E2", "basics")]
    tables = {**office(), "training_records": [*records, attended("E0", "cooking")]}
    tables["positions"] = [{**row, "description": "Data analysis"} for row in tables["positions"]]
    return {**tables, "program_prerequisites": [], "position_requirements": []}


@pytest.mark.parametrize(
    ("ranker", "text"),
    [
        (PopularityRanker(), "taken by 1 people in the same position (Clerk)"),
        (ContentRanker(), "its content is close to the description of the position Clerk"),
        (CollaborativeRanker(ridge=1.0), "people with a similar training history took it"),
    ],
)
def test_the_other_rankers_say_what_they_go_by(ranker: Ranker, text: str) -> None:
    assert [reason.text for reason in reasons(with_history(), ranker)["basics"]] == [text]


@pytest.mark.parametrize(
    ("per_hour", "program", "texts"),
    [
        (1.0, "basics", {"completion": "completed 3 of the 4 times it was begun", "hours": "it takes 20 JP"}),
        (0.0, "law", {"completion": "never begun so far; the chance of completing it is judged by its form"}),
    ],
)
def test_value_says_how_many_complete_and_how_long_it_takes(
    per_hour: float, program: str, texts: dict[str, str]
) -> None:
    ended = [{**attended(f"E{one}", "basics"), "status": "dropped" if one == 1 else ""} for one in (1, 2, 3)]
    tables = {**with_history(), "training_records": [*ended, *with_history()["training_records"][:3]]}
    ranker = ValueRanker(per_hour=per_hour, trees=2, least_leaf=1)
    said = {one.kind: one.text for one in reasons(tables, ranker)[program]}
    assert {kind for kind in said if kind in ("completion", "hours")} == set(texts)
    assert all(said[kind].startswith(text) for kind, text in texts.items())


def test_without_a_position_none_is_claimed() -> None:
    tables = with_history()
    tables["employees"] = [{"employee_id": f"E{number}"} for number in range(10)]
    (reason,) = reasons(tables, PopularityRanker())["basics"]
    assert reason.text == "taken by 1 people"
