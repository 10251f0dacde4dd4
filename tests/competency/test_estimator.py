"""The estimator as scikit-learn knows estimators, and what it learns from generated data."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from tests.cities import Tables, assessed, bare, load, office

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
    place, known = fitted.model_.sources.index(source), fitted.model_.parameters
    assert known.bias[place] == pytest.approx(BIAS[source], abs=0.15)
    # Judged once by each source: habit and severity are noise of a kind.
    noise = known.noise[place] + known.habit[place] ** 2 + known.severity[place] ** 2
    assert noise**0.5 == pytest.approx(NOISE_SD[source], abs=0.15)


def test_spread_and_prior_are_near_the_truth(fitted: CompetencyEstimator, town: Dataset) -> None:
    known = fitted.model_.parameters
    # With one competency only, nobody can tell what is shared from what is its own.
    assert np.hypot(known.spread, known.loading[0, 0]) == pytest.approx(0.6, abs=0.12)
    assert fitted.model_.prior.means(town, np.arange(3)) == pytest.approx(2.5, abs=0.2)


def test_what_is_foreseen_is_calibrated(fitted: CompetencyEstimator, town: Dataset) -> None:
    mean, sd = fitted.predict(town)
    z = (town.assessments.level - mean) / sd
    assert abs(z.mean()) < 0.1
    assert z.std() == pytest.approx(1.0, abs=0.1)


def test_parameters_round_trip() -> None:
    given = {"rounds": 2, "factors": 3, "sample": 10, "random_state": 7}
    estimator = CompetencyEstimator(**given)
    assert estimator.get_params() == given
    assert estimator.set_params(rounds=3).rounds == 3


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
        fitted = CompetencyEstimator(sample=50, random_state=seed).fit(town)
        return [float(one) for one in fitted.model_.parameters.noise]

    assert noise(0) == noise(0) != noise(1)


@pytest.mark.parametrize("factors", [1, 2])
def test_there_are_as_many_person_factors_as_asked_for(town: Dataset, factors: int) -> None:
    fitted = CompetencyEstimator(factors=factors, sample=60).fit(town)
    assert fitted.model_.parameters.loading.shape == (1, factors)
    assert np.isfinite(fitted.estimate(town).mean).all()


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


def test_people_may_be_asked_for_twice_in_any_order_or_not_at_all() -> None:
    city = load(office())
    estimator = CompetencyEstimator().fit(city)
    whole = estimator.estimate(city)
    some = estimator.estimate(city, rows=np.array([3, 1, 3]))
    np.testing.assert_allclose(some.mean, whole.mean[[3, 1, 3]])
    assert some.employee_ids.ids == ("E3", "E1", "E3")
    assert estimator.estimate(city, rows=np.array([], dtype=np.int64)).mean.shape == (0, 2)


@pytest.mark.parametrize("name", ["rounds", "factors", "sample"])
def test_a_parameter_below_one_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} = 0 will not do; it must be at least 1"):
        CompetencyEstimator(**{name: 0}).fit(load(office()))


def test_a_day_may_be_a_date_or_its_text() -> None:
    city = load(office())
    estimator = CompetencyEstimator().fit(city)
    day = np.datetime64("2024-03-01")
    np.testing.assert_array_equal(
        estimator.estimate(city, "2024-03-01").mean,  # type: ignore[arg-type]
        estimator.estimate(city, day).mean,
    )
