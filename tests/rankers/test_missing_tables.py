"""Each ranker works with whatever tables exist, without an error or a warning."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from tests.cities import Tables, load, town
from tests.rankers.contract import NAMES, fit_and_score, new, people_of

OPTIONAL = tuple(name for name in town() if name not in ("employees", "programs"))


def without_columns(tables: Tables, name: str, *columns: str) -> Tables:
    kept = [{key: cell for key, cell in row.items() if key not in columns} for row in tables[name]]
    return {**tables, name: kept}


def without_dates(tables: Tables) -> Tables:
    for name, columns in (
        ("training_records", ("started_on", "completed_on")),
        ("assessments", ("assessed_on",)),
        ("performance_reviews", ("period_end",)),
        ("employees", ("hired_on",)),
    ):
        tables = without_columns(tables, name, *columns)
    return tables


def one_record(tables: Tables) -> Tables:
    return {**tables, "training_records": tables["training_records"][:1]}


def one_program(tables: Tables) -> Tables:
    records = [row for row in tables["training_records"] if row["program_id"] == "P7"]
    outcomes = [row for row in tables["program_outcomes"] if row["program_id"] == "P7"]
    kept = {"programs": tables["programs"][7:], "program_outcomes": outcomes, "training_records": records}
    return {**tables, **kept}


def one_day(tables: Tables) -> Tables:
    day = {"started_on": "2022-05-05", "completed_on": "2022-05-05"}
    return {**tables, "training_records": [{**row, **day} for row in tables["training_records"]]}


def no_words(tables: Tables) -> Tables:
    for name, column in (("programs", "title"), ("positions", "title"), ("competencies", "name")):
        tables = without_columns(tables, name, column)
    return tables


def one_letter_words(tables: Tables) -> Tables:
    tables = no_words(tables)
    return {**tables, "programs": [{**row, "title": "A"} for row in tables["programs"]]}


VARIANTS: tuple[Callable[[Tables], Tables], ...] = (
    without_dates,
    one_record,
    one_program,
    one_day,
    no_words,
    one_letter_words,
)


def assert_fits(tables: Tables, name: str) -> None:
    city = load(tables)
    scores = fit_and_score(city, new(name))
    assert scores.shape == (len(city.employees.ids), len(city.programs.ids))
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_thin_data_are_fitted_and_scored(name: str, variant: Callable[[Tables], Tables]) -> None:
    assert_fits(variant(town(20)), name)


@pytest.mark.parametrize("absent", OPTIONAL)
@pytest.mark.parametrize("name", NAMES)
def test_each_table_may_be_absent(name: str, absent: str) -> None:
    tables = town(20)
    del tables[absent]
    assert_fits(tables, name)


@pytest.mark.parametrize("present", [(), ("training_records",), ("positions", "position_requirements")])
@pytest.mark.parametrize("name", NAMES)
def test_few_tables_are_enough(name: str, present: tuple[str, ...]) -> None:
    tables = town(20)
    assert_fits({key: tables[key] for key in ("employees", "programs", *present)}, name)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("popularity", "training_records"),
        ("gap", "position_requirements"),
        ("gap", "program_outcomes"),
        ("sequence", "training_records"),
        ("collaborative", "training_records"),
        ("learned", "training_records"),
        ("value", "training_records"),
    ],
)
def test_without_its_table_a_ranker_covers_nobody(name: str, needed: str) -> None:
    tables = town(20)
    for covered, city in ((True, load(tables)), (False, load(tables, needed))):
        estimator = CompetencyEstimator().fit(city)
        covers = new(name).fit(city, estimator).covers(people_of(city, estimator))
        assert covers.tolist() == [covered] * 20
