"""What would be believed had judgements been others is what is believed where they are others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.competency.supposing import suppose
from recommender.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import FloatArray
from tests.cities import attended, load, town

ROW = 3


@pytest.fixture(scope="module", params=["dated", "undated"])
def city(request: pytest.FixtureRequest) -> Dataset:
    """Return people with judgements of several sources, trainings between them, and reviews."""
    tables = town()
    if request.param == "undated":
        tables["training_records"] = [attended(f"E{one}", f"P{one % 8}") for one in range(60)]
        tables["assessments"] = [{**row, "assessed_on": ""} for row in tables["assessments"]]
        tables["performance_reviews"] = []
    return load(tables)


@pytest.fixture(scope="module")
def estimator(city: Dataset) -> CompetencyEstimator:
    return CompetencyEstimator().fit(city)


def believed(estimator: CompetencyEstimator, city: Dataset) -> tuple[FloatArray, FloatArray]:
    found = estimator.estimate(city, rows=np.array([ROW]))
    return found.mean[0], found.sd[0]


def test_each_case_is_believed_as_over_its_own_tables(city: Dataset, estimator: CompetencyEstimator) -> None:
    table = city.assessments
    mine = np.flatnonzero(table.employee == ROW)
    cases = np.tile(table.level[mine], (len(mine) + 1, 1))
    cases[np.arange(len(mine)), np.arange(len(mine))] = 4.3  # the last case is as recorded
    means, sds = suppose(estimator, city, ROW).beliefs(cases, np.ones(cases.shape))
    for case, mean, sd in zip(cases, means, sds, strict=True):
        level = table.level.copy()
        level[mine] = case
        expected = believed(estimator, replace(city, assessments=replace(table, level=level)))
        np.testing.assert_allclose((mean, sd), expected, atol=1e-9)
    assert not np.allclose(means[0], means[-1])


def test_a_judgement_without_weight_was_not_made(city: Dataset, estimator: CompetencyEstimator) -> None:
    table = city.assessments
    mine = np.flatnonzero(table.employee == ROW)
    weights = 1.0 - np.eye(len(mine))
    means, sds = suppose(estimator, city, ROW).beliefs(np.tile(table.level[mine], (len(mine), 1)), weights)
    for place, mean, sd in zip(mine, means, sds, strict=True):
        left = take(table, np.arange(len(table)) != place)
        expected = believed(estimator, replace(city, assessments=left))
        np.testing.assert_allclose((mean, sd), expected, atol=1e-9)


def test_other_peoples_records_are_not_needed(city: Dataset, estimator: CompetencyEstimator) -> None:
    history, table = city.history, city.assessments
    alone = replace(
        city,
        history=take(history, history.employee == ROW),
        assessments=take(table, table.employee == ROW),
    )
    level = table.level[table.employee == ROW][None, :]
    mean, sd = suppose(estimator, alone, ROW).beliefs(level, np.ones(level.shape))
    np.testing.assert_allclose((mean[0], sd[0]), believed(estimator, city), atol=1e-9)
