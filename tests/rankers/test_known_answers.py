"""Planted patterns that each ranker must find."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.rankers import Ranker
from tests.cities import Tables, assessed, attended, bare, chain, checkerboard, load, office
from tests.rankers.contract import best, fit_and_score, new, people_of


def fitted(city: Dataset, name: str, **parameters: object) -> tuple[CompetencyEstimator, Ranker]:
    estimator = CompetencyEstimator().fit(city)
    return estimator, new(name, **parameters).fit(city, estimator)


@pytest.mark.parametrize("measure", ["rate", "cosine"])
def test_sequence_goes_on_along_the_chain(measure: str) -> None:
    city = load(chain())
    scores = fit_and_score(city, new("sequence", measure=measure, recency=0.3))
    assert best(city, scores)[:10] == ["C"] * 10


def test_sequence_knows_before_from_after() -> None:
    city = load(chain())
    scores = fit_and_score(city, new("sequence", reach=0.0, recency=0.0))
    last_c = city.programs.ids.row("A")
    assert scores[10, last_c] == 0.0  # nobody goes back to A after C


def test_sequence_names_the_step_before_as_its_witness() -> None:
    city = load(chain())
    estimator, ranker = fitted(city, "sequence", recency=0.3)
    people = people_of(city, estimator, ["E0"])
    program = np.array([city.programs.ids.row("C")])
    witness = ranker.witness(people, np.array([0]), program)
    assert city.programs.ids[witness[0]] == "B"


def test_sequence_counts_a_transition_over_two_steps_by_reach() -> None:
    records = [attended("E0", program) for program in ("P0", "P1", "P2")]
    city = load({**bare(2, 3), "training_records": [*records, attended("E1", "P0")]})
    scores = fit_and_score(city, new("sequence", reach=0.5, shrinkage=0.0))
    np.testing.assert_allclose(scores[1], [0, 1 / 1.5, 0.5 / 1.5])


def test_peers_fill_the_hole_in_the_checkerboard() -> None:
    city = load(checkerboard())
    scores = fit_and_score(city, new("collaborative", ridge=1.0))
    taken = np.zeros_like(scores, dtype=bool)
    taken[city.history.employee, city.history.program] = True
    found = np.where(taken, -np.inf, scores).argmax(axis=1)
    hole = [number % 2 + 2 * (number // 2 % 4) for number in range(40)]
    assert found.tolist() == hole
    other_taste = np.arange(8)[None, :] % 2 != np.arange(40)[:, None] % 2
    assert scores[other_taste].max() < scores[np.arange(40), hole].min()


@pytest.mark.parametrize(("recency", "weights"), [(0.5, [0.5, 0.25, 1.0, 0.0]), (0.0, [0, 0, 1, 0])])
def test_a_past_program_weighs_less_with_each_step_back(recency: float, weights: list[float]) -> None:
    records = [attended("E1", program) for program in ("P0", "P1", "P0", "P2")]
    city = load({**bare(2, 4), "training_records": records})
    past = people_of(city, CompetencyEstimator().fit(city)).past
    assert past.weights(recency).tolist() == [[0, 0, 0, 0], weights]


def test_popularity_is_that_of_the_position_then_of_the_tier_then_of_all() -> None:
    positions = [("J0", "pelaksana"), ("J1", "pelaksana"), ("J2", "pelaksana"), ("J3", "pengawas")]
    holders = {"J0": 2, "J1": 8, "J2": 1, "J3": 9}
    likes = {"J0": "P0", "J1": "P1", "J3": "P2"}
    people = [(f"{position}-{one}", position) for position, count in holders.items() for one in range(count)]
    tables: Tables = {
        "positions": [{"position_id": id_, "tier": tier} for id_, tier in positions],
        "employees": [
            *({"employee_id": id_, "position_id": position} for id_, position in people),
            {"employee_id": "none"},
        ],
        "programs": [{"program_id": f"P{one}"} for one in range(3)],
        "training_records": [attended(id_, likes[position]) for id_, position in people if position in likes],
    }
    city = load(tables)
    first = dict(zip(city.employees.ids, best(city, fit_and_score(city, new("popularity"))), strict=True))
    assert first["J0-0"] == "P1"  # two records do not outweigh the tier's ten
    assert first["J2-0"] == "P1"
    assert first["J3-0"] == "P2"
    assert first["none"] == "P2"
    leaning = dict(
        zip(city.employees.ids, best(city, fit_and_score(city, new("popularity", leaning=0.1))), strict=True)
    )
    assert leaning["J0-0"] == "P0"


def test_gap_picks_the_program_that_teaches_the_largest_weighted_gap() -> None:
    city = load(office())
    assert set(best(city, fit_and_score(city, new("gap")))) == {"basics"}


def test_gap_follows_the_weights_of_the_position() -> None:
    tables = office()
    tables["assessments"] = [
        {**assessed(competency, 1), "employee_id": f"E{number}"}
        for number, competency in product(range(10), ("DATA", "LAW"))
    ]
    for weight, wanted in ((0.1, "basics"), (10.0, "law")):
        tables["position_requirements"] = [
            {"position_id": "CLERK", "competency_id": "DATA", "required_level": 3, "weight": 1},
            {"position_id": "CLERK", "competency_id": "LAW", "required_level": 3, "weight": weight},
        ]
        city = load(tables)
        assert set(best(city, fit_and_score(city, new("gap")))) == {wanted}


def test_content_matches_the_words_of_position_gap_and_past() -> None:
    tables: Tables = {
        "positions": [
            {"position_id": "J0", "title": "Fire fighter", "description": "rescue and fire safety"}
        ],
        "employees": [{"employee_id": "E0", "position_id": "J0"}, {"employee_id": "E1"}],
        "programs": [
            {"program_id": "P0", "title": "Gardening for parks"},
            {"program_id": "P1", "title": "Fire rescue"},
            {"program_id": "P2", "title": "Parks and trees", "description": "gardening of trees"},
        ],
        "training_records": [attended("E1", "P0")],
    }
    city = load(tables)
    scores = fit_and_score(city, new("content"))
    assert best(city, scores[:1]) == ["P1"]
    assert scores[1, 2] > scores[1, 1]

    tables["position_requirements"] = [{"position_id": "J0", "competency_id": "C", "required_level": 5}]
    tables["competencies"] = [{"competency_id": "C", "name": "gardening of parks"}]
    city = load(tables)
    gap_only = fit_and_score(city, new("content", position_weight=0.0, past_weight=0.0))
    assert gap_only[0].argmin() == 1


def ordered_history(people: int, programs: int, seed: int) -> Tables:
    """Return people who go round a ring of programs, from anywhere, one step after the other."""
    rng = np.random.default_rng(seed)
    records = []
    for number in range(people):
        start, steps = int(rng.integers(programs)), int(rng.integers(3, 7))
        records += [attended(f"E{number}", f"P{(start + step) % programs}") for step in range(steps)]
    return {**bare(people, programs), "training_records": records}


def test_learned_finds_the_next_step_far_above_chance() -> None:
    programs = 20
    tables = ordered_history(200, programs, seed=1)
    last = {row["employee_id"]: row for row in tables["training_records"]}
    past = [row for row in tables["training_records"] if row is not last[row["employee_id"]]]
    city = load({**tables, "training_records": past})
    scores = fit_and_score(city, new("learned", trees=20))
    answers = [row["program_id"] for row in last.values()]
    hits = np.mean([found == wanted for found, wanted in zip(best(city, scores), answers, strict=True)])
    assert hits > 0.8  # chance is 0.05


def test_popularity_within_a_unit_is_that_of_its_people() -> None:
    people = [{"employee_id": f"E{one}", "unit_id": f"U{one % 2}"} for one in range(4)]
    tables = {
        **bare(4, 2),
        "units": [{"unit_id": "U0"}, {"unit_id": "U1"}, {"unit_id": "U2"}],
        "employees": [*people, {"employee_id": "E4"}, {"employee_id": "E5", "unit_id": "U2"}],
        "training_records": [attended(f"E{one}", f"P{one % 2}") for one in (0, 1, 2)],
    }
    scores = fit_and_score(load(tables), new("popularity", within="unit", leaning=0.0))
    np.testing.assert_allclose(scores[[0, 1, 2]], [[1, 0], [0, 1], [1, 0]], atol=1e-6)
    # E4 is in no unit, and nobody in U2 took anything: everybody's shares.
    np.testing.assert_allclose(scores[[4, 5]], [[2 / 3, 1 / 3]] * 2, atol=1e-6)


def test_together_knows_no_direction() -> None:
    taken = [("E0", "P0"), ("E0", "P1"), ("E1", "P1"), ("E2", "P0")]
    city = load({**bare(3, 3), "training_records": [attended(*pair) for pair in taken]})
    scores = fit_and_score(city, new("sequence", measure="together", shrinkage=0.0, recency=1.0))
    assert scores[1, 0] == scores[2, 1] > 0
    assert scores[1, 2] == 0
