"""Plain facts with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.domain import FloatArray
from recommender.rankers.facts import learn_codes, need_facts, person_facts, program_facts
from tests.cities import Tables, attended, bare, load, office
from tests.rankers.contract import people_of


def facts(tables: Tables) -> dict[str, FloatArray]:
    city = load(tables)
    people = people_of(city, CompetencyEstimator().fit(city))
    codes = learn_codes(city)
    found = [*program_facts(people, codes), *need_facts(people), *person_facts(people, codes)]
    shape = (len(people), len(city.programs.ids))
    return {name: np.broadcast_to(values, shape) for name, values in found}


def test_programs_lean_on_the_mean_of_all_as_on_five_records_more() -> None:
    records = [
        attended("E0", "P0", status="completed", score=80.0, pre_score=50.0, post_score=70.0),
        attended("E1", "P0", status="dropped"),
        attended("E2", "P1", status="completed", score=60.0),
    ]
    said = [{"feedback_id": "F0", "employee_id": "E2", "program_id": "P1", "rating": 2.0}]
    found = facts({**bare(3, 3), "training_records": records, "feedback": said})
    mean = 2 / 3  # of three records two were completed
    expected = [(1 + 5 * mean) / 7, (1 + 5 * mean) / 6, mean]
    np.testing.assert_allclose(found["completed_share"][0], expected)
    np.testing.assert_allclose(found["mean_score"][0], [(80 + 5 * 70) / 6, (60 + 5 * 70) / 6, 70])
    np.testing.assert_allclose(found["mean_gain"][0], [20, 20, 20])
    np.testing.assert_allclose(found["mean_rating"][0], [2, 2, 2])


def test_what_nobody_wrote_down_is_not_known() -> None:
    found = facts(bare(2, 2))
    unknown = ("completed_share", "mean_rating", "prerequisites_met", "mean_level", "service_years", "hours")
    assert all(np.isnan(found[name]).all() for name in unknown)
    assert (found["programs_taken"] == 0).all()


def test_prerequisites_are_met_in_part() -> None:
    rules = [{"program_id": "P2", "prerequisite_program_id": before} for before in ("P0", "P1")]
    taken = [attended("E0", "P0"), attended("E1", "P0"), attended("E1", "P1")]
    found = facts({**bare(3, 3), "program_prerequisites": rules, "training_records": taken})
    assert found["prerequisites_met"][:, 2].tolist() == [0.5, 1.0, 0.0]
    assert np.isnan(found["prerequisites_met"][:, :2]).all()


def test_needs_are_those_of_the_position_and_the_next() -> None:
    found = facts(office())
    names = [row["program_id"] for row in office()["programs"]]
    asked = dict(zip(names, found["asked_taught"][0], strict=True))
    assert asked == {"cooking": 0, "law": 1, "basics": 1, "deepening": 1}
    lacking = dict(zip(names, found["shortfall_taught"][0], strict=True))
    assert lacking["cooking"] == 0
    assert lacking["basics"] > 1 > 10 * lacking["law"], "two levels of DATA are lacked and none of LAW"
    assert lacking["basics"] + lacking["law"] == pytest.approx(found["shortfall"][0, 0])


def test_a_past_says_how_much_how_lately_and_of_which_kind() -> None:
    programs = [
        {"program_id": f"P{one}", "form": form} for one, form in enumerate(("class", "class", "online"))
    ]
    taken = [
        attended("E0", "P0", "2023-01-01"),
        attended("E0", "P2", "2024-01-01"),
        attended("E1", "P0", "2025-01-01"),
    ]
    found = facts({**bare(2, 3), "programs": programs, "training_records": taken})
    assert found["programs_taken"][:, 0].tolist() == [2, 1]
    assert found["years_since_last"][0, 0] == pytest.approx(366 / 365.25)
    assert found["same_form_share"].tolist() == [[0.5, 0.5, 0.5], [1, 1, 0]]
