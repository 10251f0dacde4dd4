"""People taken out of a city one by one are answered as if everybody were there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender import Dataset, Engine
from recommender.competency import CompetencyEstimator
from recommender.dataset.check import check
from recommender.dataset.norms import Norms
from recommender.dataset.norms_of import known_facts, norms_of
from recommender.dataset.slices import CATALOGUE, OF_PEOPLE, catalogue_of, with_people
from recommender.engine import fit_engine
from recommender.policy import load_policy
from recommender.rankers.learned import DEFAULT_BASES
from recommender.rankers.value import ValueRanker
from recommender.schema import TABLES
from recommender.sources import open_source

Rows = list[tuple[object, ...]]
SAMPLE = Path(__file__).resolve().parents[2] / "data/sample"


@pytest.fixture(scope="module")
def rows() -> Mapping[str, Rows]:
    tables = check(open_source(SAMPLE), load_policy()).tables
    return {
        name: list(zip(*(_typed(tables[name].values(column.name)) for column in table.columns), strict=True))
        for name, table in TABLES.items()
    }


def _typed(values: np.ndarray) -> list[object]:
    if values.dtype.kind == "M":
        return [None if np.isnat(value) else value.astype(object) for value in values]
    return [None if value in ("", None) or value != value else value for value in values.tolist()]


@pytest.fixture(scope="module")
def whole() -> Dataset:
    return Dataset.load(SAMPLE)


@pytest.fixture(scope="module")
def engine(whole: Dataset) -> Engine:
    ranker = ValueRanker(bases=DEFAULT_BASES[:8], trees=20, windows=1, most_people=100)
    return fit_engine(whole, "value", ranker, CompetencyEstimator(rounds=1))


@pytest.fixture(scope="module")
def norms(whole: Dataset) -> Norms:
    return norms_of(whole)


def _some(rows: Mapping[str, Rows], ids: Sequence[str]) -> dict[str, Rows]:
    place = {name: [c.name for c in TABLES[name].columns].index("employee_id") for name in OF_PEOPLE}
    return {name: [row for row in rows[name] if row[place[name]] in ids] for name in OF_PEOPLE}


def _catalogue(rows: Mapping[str, Rows]) -> Dataset:
    return catalogue_of(load_policy(), {name: rows[name] for name in CATALOGUE}, {})


@pytest.mark.parametrize("horizon", ["current", "next"])
def test_one_person_is_answered_as_among_all(
    rows: Mapping[str, Rows], whole: Dataset, engine: Engine, norms: Norms, horizon: str
) -> None:
    catalogue = _catalogue(rows)
    for employee_id in whole.employees.ids.ids[:20]:
        alone = with_people(catalogue, _some(rows, [employee_id]), norms)
        answer = replace(engine, dataset=alone).recommend(employee_id, horizon=horizon)  # type: ignore[arg-type]
        assert answer == engine.recommend(employee_id, horizon=horizon)  # type: ignore[arg-type]
        assert replace(engine, dataset=alone).profile(employee_id) == engine.profile(employee_id)


def test_all_people_together_are_the_whole_city(rows: Mapping[str, Rows], whole: Dataset) -> None:
    together = with_people(_catalogue(rows), rows, None)
    for table in ("employees", "history", "assessments", "reviews", "feedback", "programs", "positions"):
        here, there = getattr(together, table), getattr(whole, table)
        for field in type(there).__dataclass_fields__:
            mine, theirs = (list(getattr(one, field)) for one in (here, there))
            assert str(mine) == str(theirs), f"{table}.{field}"
    assert together.as_of == whole.as_of


def test_a_late_record_moves_the_date_of_its_person_alone(rows: Mapping[str, Rows], norms: Norms) -> None:
    some = _some(rows, ["E00042"])
    late = some | {"assessments": [*some["assessments"], ("E00042", "M.03", 2.0, "test", "2031-05-01", None)]}
    assert with_people(_catalogue(rows), some, norms).as_of == norms.as_of
    assert str(with_people(_catalogue(rows), late, norms).as_of) == "2031-05-01"


def test_a_fact_that_nobody_is_known_by_is_no_rule(rows: Mapping[str, Rows], norms: Norms) -> None:
    grade = [column.name for column in TABLES["employees"].columns].index("grade")
    person = [(*row[:grade], None, *row[grade + 1 :]) for row in _some(rows, ["E00042"])["employees"]]
    alone = with_people(_catalogue(rows), {"employees": person}, None)
    among_others = with_people(_catalogue(rows), {"employees": person}, norms)
    assert known_facts(among_others) == norms.known_facts >= {"grade", "tier"}
    assert known_facts(alone) == {"tier", "employment_type"}  # without records there is no date to count from
