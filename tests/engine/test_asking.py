"""What is worth asking: nothing that is known, nothing that changes no list."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.engine import Engine, fit_engine
from recommender.engine.asking import LISTED, worths
from recommender.errors import UnknownEmployee, UnknownSource
from recommender.rankers import gather_people
from recommender.rankers.gap import GapRanker
from tests.cities import Tables, assessed, load, office

COURSES = 8  # more than a list holds, so that one keeps out another


def school() -> Tables:
    """Return clerks with eight skills asked of them and a course for each; E0 is judged in all but `S0`."""
    skills = [f"S{one}" for one in range(COURSES)]
    people = [f"E{one}" for one in range(30)]
    rng = np.random.default_rng(5)
    judged = [
        assessed(skill, level, employee_id=person, source=source, assessed_on=day)
        for person in people[1:]
        for skill, true in zip(skills, rng.uniform(1, 4, COURSES), strict=True)
        for level, source, day in (
            (round(true, 1), "test", "2024-01-01"),
            (round(true + rng.uniform(-1, 1), 1), "supervisor", "2024-02-01"),
        )
    ]
    judged += [
        assessed(skill, 1, source="test", assessed_on=f"2024-0{month}-01")
        for skill in skills[1:]
        for month in range(1, 7)
    ]
    return {
        "competencies": [{"competency_id": skill, "name": f"Skill {skill}"} for skill in skills],
        "positions": [{"position_id": "CLERK"}],
        "position_requirements": [
            {"position_id": "CLERK", "competency_id": skill, "required_level": 3} for skill in skills
        ],
        "employees": [{"employee_id": person, "position_id": "CLERK"} for person in people],
        "programs": [{"program_id": f"P{skill}", "hours": 10} for skill in skills],
        "program_outcomes": [
            {"program_id": f"P{skill}", "competency_id": skill, "target_level": 4} for skill in skills
        ],
        "assessments": judged,
    }


@pytest.fixture(scope="module")
def engine() -> Engine:
    return fit_engine(load(school()), "gap", GapRanker())


def test_what_nothing_is_known_of_is_asked_first(engine: Engine) -> None:
    found = engine.ask_next(["E0"])
    assert (found[0].competency_id, found[0].name) == ("S0", "Skill S0")
    assert found[0].value == max(question.value for question in found) > 0
    assert 0 < found[0].chance < 1


def test_the_source_that_leaves_least_doubt_is_asked(engine: Engine) -> None:
    left = {
        (source, question.competency_id): question.sd_after
        for source in ("supervisor", "test")
        for question in engine.ask_next(["E3"], n=50, source=source)
    }
    for question in engine.ask_next(["E3"]):
        other = {"supervisor": "test", "test": "supervisor"}[question.source]
        assert question.sd_after <= left.get((other, question.competency_id), np.inf)


def test_an_answer_leaves_less_doubt(engine: Engine) -> None:
    for question in engine.ask_next(["E0", "E3", "E7"], n=50):
        assert 0 < question.sd_after < question.sd


def test_the_doubt_left_is_that_of_the_belief_once_judged(engine: Engine) -> None:
    question = engine.ask_next(["E0"], source="supervisor")[0]
    day = str(engine.dataset.as_of)
    answer = assessed(question.competency_id, 2, source="supervisor", assessed_on=day)
    tables = school()
    known = load({**tables, "assessments": [*tables["assessments"], answer]})
    skill = known.competencies.ids.row(question.competency_id)
    after = engine.estimator.estimate(known, rows=np.array([0])).sd[0, skill]
    assert question.sd_after == pytest.approx(after, rel=1e-6)


def test_no_question_is_worth_less_than_nothing(engine: Engine) -> None:
    people = gather_people(engine.dataset, engine.estimator, np.arange(30))
    for worth in worths(people, engine.estimator, ["test"], LISTED):
        assert (worth.value > -1e-12).all()


def test_where_the_list_cannot_change_nothing_is_asked() -> None:
    engine = fit_engine(load(office()), "gap", GapRanker())  # fewer programs than a list holds
    assert engine.ask_next(["E0"]) == []


def test_people_are_asked_about_together_best_first(engine: Engine) -> None:
    everybody = [f"E{one}" for one in range(30)]
    found = engine.ask_next(everybody, n=7)
    alone = [question for id_ in everybody for question in engine.ask_next([id_], n=50)]
    assert [question.value for question in found] == sorted(
        (question.value for question in alone), reverse=True
    )[:7]


def test_without_assessments_nobody_can_be_asked() -> None:
    tables = school()
    engine = fit_engine(load(tables, "assessments"), "gap", GapRanker())
    assert engine.ask_next(["E0"]) == []


def test_what_is_unknown_is_named(engine: Engine) -> None:
    with pytest.raises(UnknownEmployee, match="nobody"):
        engine.ask_next(["nobody"])
    with pytest.raises(UnknownSource, match=r"'rumour'; the sources known are 'supervisor', 'test'"):
        engine.ask_next(["E0"], source="rumour")


def test_moves_are_what_one_more_judgement_takes_from_the_variance() -> None:
    city = load(school())
    estimator = CompetencyEstimator().fit(city)
    row = np.array([0])
    moves = estimator.anticipate(city, "test", row)[0]
    before = estimator.estimate(city, rows=row).sd[0] ** 2
    tables = school()
    judged = assessed("S2", 4, source="test", assessed_on=str(city.as_of), assessor_id="A")
    more = load({**tables, "assessments": [*tables["assessments"], judged]})
    after = estimator.estimate(more, rows=row).sd[0] ** 2
    np.testing.assert_allclose(before - moves[2] ** 2, after, rtol=1e-6)


def test_somebody_of_whom_nothing_is_asked_is_asked_nothing() -> None:
    tables = school()
    tables["employees"] = [*tables["employees"], {"employee_id": "new"}]
    engine = fit_engine(load(tables), "gap", GapRanker())
    assert engine.ask_next(["new"], source="test") == []
    assert engine.ask_next(["new", "E0"]) == engine.ask_next(["E0"])


def test_a_source_may_be_written_in_capitals(engine: Engine) -> None:
    assert engine.ask_next(["E0"], source=" Test ") == engine.ask_next(["E0"], source="test")
