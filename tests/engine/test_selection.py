"""A list holds no program that one above it makes needless."""

from __future__ import annotations

from recommender.domain import Answer
from tests.cities import office
from tests.engine.cities import answer_of, ids


def answer_with_a_longer_course(n: int = 5) -> Answer:
    """Return an answer of the office where another course teaches DATA up to level 5."""
    tables = office()
    longer = {"program_id": "longer", "title": "Data analysis, all of it", "hours": 20}
    outcome = {"program_id": "longer", "competency_id": "DATA", "target_level": 5}
    programs, outcomes = [*tables["programs"], longer], [*tables["program_outcomes"], outcome]
    return answer_of(n=n, programs=programs, program_outcomes=outcomes)


def test_a_course_that_leads_further_makes_the_shorter_one_needless() -> None:
    assert "basics" in ids(answer_of())
    answer = answer_with_a_longer_course()
    assert ids(answer) == ["longer"]
    assert answer.excluded["covered"] == 1


def test_a_list_cut_short_is_the_start_of_the_longer_list() -> None:
    assert ids(answer_with_a_longer_course(n=1)) == ids(answer_with_a_longer_course())[:1]
