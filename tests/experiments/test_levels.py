from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks import levels
from experiments.benchmarks.cells import (
    assessment_counts,
    latest,
    read_levels,
    required,
    role_means,
    simple_levels,
)
from experiments.benchmarks.levels import Errors, Measured, best_rule, pooled
from experiments.benchmarks.offsets import (
    OffsetCheck,
    check_offsets,
    clustered_error,
    judges,
    learnt_offsets,
)
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from tests.cities import assessed, bare, load


@pytest.fixture(scope="module")
def town() -> Dataset:
    """Two clerks and one person without a position; DATA and LAW are required, ART is not."""
    people = [
        {"employee_id": "E0", "position_id": "CLERK"},
        {"employee_id": "E1", "position_id": "CLERK"},
        {"employee_id": "E2"},
    ]
    asked = [("DATA", 3), ("LAW", 2), ("ART", 0), ("TAX", 4)]
    requirements = [
        {"position_id": "CLERK", "competency_id": competency, "required_level": level}
        for competency, level in asked
    ]
    rows = [
        assessed("DATA", 4, source="supervisor", assessor_id="E2", assessed_on="2024-03-01"),
        assessed("DATA", 1, source="self", assessor_id="E0", assessed_on="2024-06-01"),
        assessed("DATA", 2, source="self", assessor_id="E0", assessed_on="2024-06-01"),
        assessed("LAW", 5, source="self", assessor_id="E0", assessed_on="2024-01-01"),
        assessed("LAW", 3, source="peer", assessor_id="E1", assessed_on="2024-05-01"),
        assessed("TAX", 1, employee_id="E2"),
    ]
    tables = {
        **bare(),
        "employees": people,
        "positions": [{"position_id": "CLERK"}],
        "position_requirements": requirements,
        "assessments": rows,
    }
    return load(tables)


def of(town: Dataset, values: np.ndarray, person: str, competency: str) -> float:
    return float(values[town.employees.ids.row(person), town.competencies.ids.row(competency)])


def test_cells_are_what_positions_require_above_nothing(town: Dataset) -> None:
    asked = required(town)
    assert of(town, asked, "E0", "DATA") == 3
    assert np.isnan(of(town, asked, "E0", "ART"))
    assert np.isnan(asked[town.employees.ids.row("E2")]).all()
    assert of(town, assessment_counts(town), "E0", "DATA") == 3


def test_role_means_fall_back_to_the_competency_and_to_what_is_required(town: Dataset) -> None:
    role = role_means(town)
    assert of(town, role, "E1", "DATA") == pytest.approx(7 / 3), "her colleague holds the same position"
    assert of(town, role, "E1", "TAX") == 1, "no clerk was judged, someone was"
    assert np.isnan(of(town, role, "E2", "ART"))
    nothing = load({**bare(), "employees": [{"employee_id": "E0", "position_id": "P"}],
                    "position_requirements": [{"position_id": "P", "competency_id": "C",
                                               "required_level": 3}]})  # fmt: skip
    assert role_means(nothing).tolist() == [[3]]


def test_simple_rules_say_what_they_say(town: Dataset) -> None:
    found = simple_levels(town)
    of_data = {name: of(town, values, "E0", "DATA") for name, values in found.items()}
    assert of_data == {
        "last assessment": 2,
        "mean of assessments": pytest.approx(7 / 3),
        "manager over self": 4,
        "role mean": pytest.approx(7 / 3),
    }
    assert of(town, found["manager over self"], "E0", "LAW") == 5, "oneself before another, though earlier"
    assert of(town, found["last assessment"], "E0", "LAW") == 3
    assert of(town, found["last assessment"], "E1", "LAW") == 4, "the role's mean stands in"


def test_the_latest_of_a_day_is_the_last_of_the_table_and_undated_ones_are_the_earliest() -> None:
    rows = [
        assessed("C", 5, assessed_on="2024-02-01"),
        assessed("C", 1, assessed_on=""),
        assessed("C", 4, assessed_on="2024-02-01"),
    ]
    city = load({**bare(1), "assessments": rows})
    assert latest(city, np.ones(3, dtype=bool)).tolist() == [[4]]
    assert latest(city, np.array([False, True, False])).tolist() == [[1]]


def test_true_levels_are_read_into_the_datas_order(town: Dataset, tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text("employee_id,competency_id,level\nE1,LAW,2.5\nE0,DATA,1\n")
    truth = read_levels(tmp_path / "levels.csv", town)
    assert (of(town, truth, "E1", "LAW"), of(town, truth, "E0", "DATA")) == (2.5, 1)
    assert np.isnan(truth).sum() == truth.size - 2


def test_errors_of_one_assessor_go_together() -> None:
    values = np.array([1.0, 1.0, 3.0, 3.0])
    assert clustered_error(values, np.arange(4)) == pytest.approx(values.std(ddof=1) / 2)
    assert clustered_error(values, np.array([0, 0, 1, 1])) == pytest.approx(1.0), "two values, not four"
    assert np.isnan(clustered_error(values, np.zeros(4, dtype=int)))


def test_those_who_judge_are_told_apart_and_else_the_judged(town: Dataset) -> None:
    judge = judges(town)
    assert judge[1] == judge[2] == judge[3], "E0 of herself"
    assert len(set(judge.tolist())) == 3, "E2 judges another, and is judged by nobody who is named"
    assert judge[0] == judge[5]


def test_a_bias_that_is_there_is_found_in_the_last_days_alone() -> None:
    random, rows = np.random.default_rng(0), []
    people = 40
    true = np.round(random.normal(3, 0.5, people), 1)
    for person, level in enumerate(true):
        both = {"employee_id": f"E{person}", "assessed_on": "2024-06-01"}
        rows += [
            assessed("C", level, **both),
            assessed("C", min(level + 1, 5), source="self", assessor_id=f"E{person}", **both),
            assessed("C", 0, source="peer", **{**both, "assessed_on": "2023-01-01"}),
        ]
    city = load({**bare(people), "assessments": rows})
    estimator = CompetencyEstimator().fit(city)
    offsets = learnt_offsets(city, estimator)
    assert offsets[city.assessments.source == "test"].tolist() == [0] * people
    found = {one.source: one for one in check_offsets(city, estimator, true[:, None])}
    assert set(found) == {"self", "test"}, "peers judged long ago"
    assert found["self"].realised == pytest.approx(np.minimum(1, 5 - true).mean())
    assert found["self"].learnt == pytest.approx(found["self"].realised, abs=0.2)
    assert found["test"].agrees


def test_an_offset_agrees_within_what_is_allowed() -> None:
    assert OffsetCheck("self", 9, 0.5, 0.1, 0.5, 0.6, 0.2).agrees
    assert not OffsetCheck("self", 9, 0.5, 0.1, 0.5, 0.8, 0.2).agrees


def test_people_of_two_cities_are_not_the_same_people() -> None:
    errors = Errors(np.array([1.0, 2.0]), np.ones(2), np.array([0, 3]), np.array(["a", "b"], dtype=object))
    one = Measured(errors, {"x": np.ones(2), "y": np.array([3.0, 0.0])}, np.array([False, True]), errors, [])
    both = pooled([one, one])
    assert both.levels.person.tolist() == [0, 3, 4, 7]
    assert (best_rule(both, np.ones(4, dtype=bool)), best_rule(both, both.assessed)) == ("x", "y")


def test_a_small_city_fills_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_EMPLOYEES": 40, "_PROGRAMS": 10, "_SEEDS": (1,)}.items():
        monkeypatch.setattr(levels, name, value)
    page = levels.levels(Path("nowhere"), lambda _: None)
    tables = list(_rows(page.parts))
    assert {"estimator", "role mean", "all", "supervisor", "1, self"} <= {row[0] for row in tables}
    assert "S = 1;" in page.parts[-1]


def _rows(parts: object) -> Iterator[list[str]]:
    assert isinstance(parts, list)
    for part in parts:
        if part.startswith("| "):
            yield from ([cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines()[2:])
