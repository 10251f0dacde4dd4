from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recommender.service.office import Office
from recommender.store.askers import Asker
from tests.api.conftest import city, current, dataset, engine, ids
from tests.databases import database, kind, migrated_file, migrated_postgresql, postgresql
from tests.service.tiny import opened_city, tiny_model

__all__ = ["city", "current", "dataset", "engine", "hr", "ids", "office", "opened"]
__all__ += ["database", "kind", "migrated_file", "migrated_postgresql", "postgresql"]
__all__ += ["opened_city", "tiny_model"]


@pytest.fixture
def opened(
    city: tuple[Path, dict[str, str]], current: Path, tmp_path: Path
) -> Iterator[Callable[[], Office]]:
    """Return a way to open offices over one copy of the sample city, as several workers do."""
    file = tmp_path / "city.db"
    shutil.copy(city[0], file)
    offices: list[Office] = []

    def opened() -> Office:
        offices.append(Office.open(f"sqlite:///{file}", current, refresh_seconds=0.0))
        return offices[-1]

    yield opened
    for office in offices:
        office.close()


@pytest.fixture
def office(opened: Callable[[], Office]) -> Office:
    return opened()


@pytest.fixture
def hr() -> Asker:
    return Asker("key-1", "hr-system")
