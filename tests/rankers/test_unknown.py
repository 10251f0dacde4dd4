"""People of a newer city: programs, positions and orders that `fit` did not see."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.dataset import Dataset
from recommender.rankers.blend import BlendRanker
from recommender.rankers.learned import LearnsUptake
from tests.cities import Tables, load, town
from tests.rankers.contract import Fitted

ASKED = tuple(f"E{number}" for number in range(1, 13))
DROPPED = "P3"
# `learned` and `value` count places in the list, `blend` in units of the best in it.
LOOK_AT_THE_LIST = (BlendRanker, LearnsUptake)


def scored(fitted: Fitted, city: Dataset, *without: str) -> dict[str, list[float]]:
    """Return the scores of the people asked for, by program id."""
    scores = fitted.scores(city, ASKED)
    assert np.isfinite(scores).all()
    ids = city.programs.ids
    return {id_: scores[:, ids.row(id_)].tolist() for id_ in sorted(ids) if id_ not in without}


def assert_same(found: Mapping[str, list[float]], expected: Mapping[str, list[float]]) -> None:
    assert found.keys() == expected.keys()
    for id_, scores in expected.items():
        np.testing.assert_allclose(found[id_], scores, atol=1e-6, err_msg=id_)


def with_rows(**more: list[dict[str, object]]) -> Tables:
    tables = town()
    return {**tables, **{name: [*tables[name], *rows] for name, rows in more.items()}}


def test_a_new_program_gets_a_finite_score_and_moves_no_other(fitted: Fitted) -> None:
    new = {"program_id": "NEW", "title": "Course on budget", "form": "retreat", "hours": 12}
    outcome = {"program_id": "NEW", "competency_id": "C0", "target_level": 4}
    city = load(with_rows(programs=[new], program_outcomes=[outcome]))
    if isinstance(fitted.ranker, LOOK_AT_THE_LIST):
        assert all(np.isfinite(scores).all() for scores in scored(fitted, city).values())
    else:
        assert_same(scored(fitted, city, "NEW"), scored(fitted, fitted.city))


def test_programs_in_another_order_score_the_same(fitted: Fitted) -> None:
    tables = town()
    city = load({**tables, "programs": tables["programs"][::-1]})
    assert_same(scored(fitted, city), scored(fitted, fitted.city))


def test_positions_and_competencies_in_another_order_score_the_same(fitted: Fitted) -> None:
    tables = town()
    turned = {name: tables[name][::-1] for name in ("positions", "competencies", "units")}
    assert_same(scored(fitted, load({**tables, **turned})), scored(fitted, fitted.city))


def test_a_program_that_is_gone_moves_no_other_for_those_who_never_took_it(fitted: Fitted) -> None:
    tables = town()
    took = {row["employee_id"] for row in tables["training_records"] if row["program_id"] == DROPPED}
    kept = {
        table: [row for row in tables[table] if row["program_id"] != DROPPED]
        for table in ("programs", "program_outcomes", "training_records")
    }
    city = load({**tables, **kept})
    others = [place for place, id_ in enumerate(ASKED) if id_ not in took]
    assert others
    expected = scored(fitted, fitted.city, DROPPED)
    found = scored(fitted, city)
    if isinstance(fitted.ranker, LOOK_AT_THE_LIST):
        assert expected.keys() == found.keys()
        return
    assert_same(
        {id_: [scores[place] for place in others] for id_, scores in found.items()},
        {id_: [scores[place] for place in others] for id_, scores in expected.items()},
    )


def test_a_holder_of_a_new_position_and_tier_gets_finite_scores(fitted: Fitted) -> None:
    position = {"position_id": "NEW", "title": "Drone pilot", "tier": "pilot"}
    person = {"employee_id": "NEW", "position_id": "NEW"}
    city = load(with_rows(positions=[position], employees=[person]))
    assert_same(scored(fitted, city), scored(fitted, fitted.city))
    assert np.isfinite(fitted.scores(city, ["NEW"])).all()


def test_a_person_without_anything_gets_finite_scores(fitted: Fitted) -> None:
    city = load(with_rows(employees=[{"employee_id": "NEW"}]))
    assert np.isfinite(fitted.scores(city, ["NEW"])).all()


def test_a_new_competency_moves_nobody(fitted: Fitted) -> None:
    city = load(with_rows(competencies=[{"competency_id": "NEW", "name": "drones"}]))
    assert_same(scored(fitted, city), scored(fitted, fitted.city))


def test_a_city_with_nothing_but_ids_is_scored(fitted: Fitted) -> None:
    tables = town()
    city = load({name: tables[name] for name in ("employees", "programs")})
    assert np.isfinite(fitted.scores(city, ASKED)).all()
