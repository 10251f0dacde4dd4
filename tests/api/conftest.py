from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.office import open_office
from api.settings import Settings
from api.variables import Rate
from recommender import Dataset, Engine, load_bundle
from recommender.bundle import make_current, save_bundle
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker
from recommender.store.database import open_database
from recommender.store.keys import Grant, create_key
from recommender.store.migrating import migrate
from recommender.store.transfer import import_rows
from tests.api.cities import sample_rows
from tests.api.servers import ROOT, Server, serving

ABOUT = {"recipe": "gap", "metrics": {"gain@10": 0.25}}
OFTEN = Rate(999_999, "second")  # tests ask as often as they like


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return Dataset.load(ROOT / "data/sample")


@pytest.fixture(scope="session")
def ids(dataset: Dataset) -> Sequence[str]:
    return dataset.employees.ids.ids


@pytest.fixture(scope="session")
def current(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("models")
    make_current(save_bundle(fit_engine(dataset, "gap", GapRanker()), models, ABOUT))
    return models / "current"


@pytest.fixture(scope="session")
def engine(current: Path) -> Engine:
    return load_bundle(current)


@pytest.fixture(scope="session")
def city(ids: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Return a file with the sample city that nobody writes to, and a key of each role for it."""
    file = tmp_path_factory.mktemp("city") / "city.db"
    database = open_database(f"sqlite:///{file}")
    migrate(database)
    import_rows(database, sample_rows(), "", lambda *_: None)
    grants = {
        "hr-system": Grant("hr-system"),
        "training-office": Grant("training-office"),
        "data-scientist": Grant("data-scientist"),
        "manager": Grant("manager", unit_id="U001"),
        "employee": Grant("employee", employee_id=ids[0]),
    }
    with database.writing() as connection:
        keys = {role: create_key(connection, grant) for role, grant in grants.items()}
    database.close()
    return file, keys


@pytest.fixture(scope="session")
def keys(city: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """Return a key of each role; they hold in every copy of the city."""
    return city[1]


@pytest.fixture(scope="session")
def own_city(
    city: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Return a function that makes a copy of the city and returns its URL."""

    def own_city() -> str:
        folder = tmp_path_factory.mktemp("copy")
        return f"sqlite:///{shutil.copy(city[0], folder)}"

    return own_city


@pytest.fixture(scope="session")
def settings(current: Path, own_city: Callable[[], str]) -> Settings:
    return Settings(database_url=own_city(), bundle=current, rate_limit=OFTEN, anonymous_rate_limit=OFTEN)


@pytest.fixture(scope="session")
def office(settings: Settings) -> Iterator[Any]:
    """Return what an app answers from; apps of several settings may share it."""
    office = open_office(settings)
    yield office
    office.close()


@pytest.fixture(scope="session")
def client(settings: Settings, office: Any) -> TestClient:
    """Return a client of an app in this process; it shows no key."""
    return TestClient(create_app(settings, office), base_url="http://127.0.0.1:8000")


@pytest.fixture(scope="session")
def started(
    current: Path, own_city: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Any]:
    """Return what starts a real server over a copy of the city: `with started(WORKERS="2") as server`."""

    def started(**variables: str) -> Any:
        usual = {
            "BUNDLE": str(current),
            "RATE_LIMIT": str(OFTEN),
            "ANONYMOUS_RATE_LIMIT": str(OFTEN),
            **({} if "DATABASE_URL" in variables else {"DATABASE_URL": own_city()}),
        }
        return serving(tmp_path_factory.mktemp("server"), {**usual, **variables})

    return started


@pytest.fixture(scope="session")
def server(started: Callable[..., Any]) -> Iterator[Server]:
    """Return a real server that tests share; none of them stops it."""
    with started(BODY_SECONDS="3") as server:
        yield server
