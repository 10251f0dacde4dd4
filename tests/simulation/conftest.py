from __future__ import annotations

from pathlib import Path

import pytest

from recommender.simulation import City, simulate_city, write_city

SIZES = {"employees": 300, "programs": 120, "seed": 1}


@pytest.fixture(scope="package")
def city() -> City:
    return simulate_city(**SIZES)


@pytest.fixture(scope="package")
def folder(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("city")
    write_city(city, path, truth=True)
    return path
