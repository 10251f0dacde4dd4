"""The estimator as scikit-learn knows estimators, and what it learns from generated data."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from tests.cities import Tables, assessed, attended, bare, load, office

BIAS = {"test": 0.0, "supervisor": 0.7, "self": 1.0, "peer": -0.3}
NOISE_SD = {"test": 0.2, "supervisor": 0.5, "self": 0.9, "peer": 0.4}


def judged_town(people: int = 400) -> Tables:
    """Return people with true levels near 2.5, each judged once a year by every source, in fractions."""
    rng = np.random.default_rng(3)
    rows = []
    for number in range(people):
        level = 2.5 + 0.6 * rng.standard_normal()
        for year, source in zip(rng.permutation(4), BIAS, strict=True):
            seen = float(np.clip(level + BIAS[source] + NOISE_SD[source] * rng.standard_normal(), 0, 5))
            day = f"{2020 + year}-06-01"
            rows.append(assessed("C", seen, employee_id=f"E{number}", source=source, assessed_on=day))
    return {**bare(people), "assessments": rows}


@pytest.fixture(scope="module")
def town() -> Dataset:
    return load(judged_town())


@pytest.fixture(scope="module")
def fitted(town: Dataset) -> CompetencyEstimator:
    return CompetencyEstimator().fit(town)


@pytest.mark.parametrize("source", BIAS)
def test_bias_and_noise_of_each_source_are_near_the_truth(fitted: CompetencyEstimator, source: str) -> None:
    place = fitted.sources_.index(source)
    assert fitted.parameters_.bias[place] == pytest.approx(BIAS[source], abs=0.15)
    assert fitted.parameters_.noise[place] ** 0.5 == pytest.approx(NOISE_SD[source], abs=0.15)


def test_spread_and_prior_are_near_the_truth(fitted: CompetencyEstimator, town: Dataset) -> None:
    assert fitted.parameters_.spread == pytest.approx(0.6, abs=0.12)
    assert fitted.prior_.means(town, np.arange(3)) == pytest.approx(2.5, abs=0.2)


def test_what_is_foreseen_is_calibrated(fitted: CompetencyEstimator, town: Dataset) -> None:
    mean, sd = fitted.predict(town)
    z = (town.assessments.level - mean) / sd
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1.0, abs=0.1)


def test_parameters_round_trip() -> None:
    estimator = CompetencyEstimator(sweeps=2, sample=10, random_state=7)
    assert estimator.get_params() == {"sweeps": 2, "sample": 10, "random_state": 7}
    assert estimator.set_params(sweeps=3).sweeps == 3


def test_a_clone_has_the_parameters_and_nothing_learnt(fitted: CompetencyEstimator, town: Dataset) -> None:
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert [name for name in vars(copy) if name.endswith("_")] == []
    with pytest.raises(NotFittedError):
        copy.estimate(town)
    with pytest.raises(NotFittedError):
        copy.predict(town)


def test_a_second_fit_forgets_the_first(town: Dataset) -> None:
    other = load(office())
    twice = CompetencyEstimator().fit(town).fit(other).estimate(other)
    once = CompetencyEstimator().fit(other).estimate(other)
    np.testing.assert_array_equal(twice.mean, once.mean)
    np.testing.assert_array_equal(twice.sd, once.sd)


def test_the_sample_is_drawn_by_the_seed(town: Dataset) -> None:
    def noise(seed: int) -> list[float]:
        return CompetencyEstimator(sample=50, random_state=seed).fit(town).parameters_.noise.tolist()

    assert noise(0) == noise(0) != noise(1)


ODD: dict[str, Tables] = {
    "nothing but ids": bare(),
    "no assessments": {name: rows for name, rows in office().items() if name != "assessments"},
    "one source, once": {**bare(), "assessments": [assessed("C", 5)]},
    "sources empty": {**bare(), "assessments": [assessed("C", 2, source="")] * 3},
    "all levels alike": {
        **bare(9),
        "assessments": [assessed("C", 3, employee_id=f"E{one}") for one in range(9)],
    },
    "levels at the end of the scale": {**bare(), "assessments": [assessed("C", 5)] * 20},
    "no dates": {
        **bare(),
        "assessments": [assessed("C", level, assessed_on="") for level in (1, 4)],
        "training_records": [attended("E0", "P0")],
        "program_outcomes": [{"program_id": "P0", "competency_id": "C", "target_level": 5}],
    },
    "one review": {**bare(), "performance_reviews": [{"employee_id": "E0", "score": 70}]},
    "nobody holds a position": {
        **office(),
        "employees": [{"employee_id": f"E{number}"} for number in range(10)],
    },
}


@pytest.mark.parametrize("tables", ODD.values(), ids=ODD.keys())
def test_odd_data_give_finite_beliefs_on_the_scale_without_a_warning(tables: Tables) -> None:
    city = load(tables)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator = CompetencyEstimator().fit(city)
        found, foreseen = estimator.estimate(city), np.array(estimator.predict(city))
    assert found.mean.shape == (len(city.employees.ids), len(city.competencies.ids))
    assert np.isfinite(found.mean).all()
    assert (found.sd > 0).all()
    assert np.isfinite(foreseen).all()
    assert ((found.mean >= -1) & (found.mean <= 6)).all()


def test_employees_without_a_position_are_believed_by_what_is_judged_alone() -> None:
    tables = office()
    tables["employees"] = [*tables["employees"], {"employee_id": "new"}]
    city = load(tables)
    found = CompetencyEstimator().fit(city).estimate(city)
    assert found.evidence[-1].tolist() == [0, 0]
    assert (found.sd[-1] > found.sd[0]).all()


def test_people_are_told_apart_by_their_judgements() -> None:
    tables = office()
    tables["assessments"] = [*tables["assessments"], assessed("DATA", 5, assessed_on="2024-02-01")]
    city = load(tables)
    mean = CompetencyEstimator().fit(city).estimate(city).mean
    assert mean[0, 0] > mean[1, 0]
    np.testing.assert_allclose(mean[1], mean[9])
