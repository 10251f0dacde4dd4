from __future__ import annotations

import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from tests.cities import load, town
from tests.rankers.contract import NAMES, Fitted, new


@pytest.fixture(scope="package")
def city() -> Dataset:
    return load(town())


@pytest.fixture(scope="package")
def estimator(city: Dataset) -> CompetencyEstimator:
    return CompetencyEstimator().fit(city)


@pytest.fixture(scope="package")
def all_fitted(city: Dataset, estimator: CompetencyEstimator) -> dict[str, Fitted]:
    return {name: Fitted(new(name).fit(city, estimator), city, estimator) for name in NAMES}


@pytest.fixture(params=NAMES)
def fitted(all_fitted: dict[str, Fitted], request: pytest.FixtureRequest) -> Fitted:
    return all_fitted[request.param]
