"""Offices over tiny cities, on both kinds of databases, with a model fitted to the office of clerks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from recommender.bundle import make_current, save_bundle
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker
from recommender.schema import TABLES, Kind
from recommender.service.models import ServedModel
from recommender.service.office import Office
from recommender.store.database import Database
from recommender.store.transfer import import_rows
from tests import cities
from tests.cities import Rows

Opened = Callable[..., Office]
PEOPLE = [str(row["employee_id"]) for row in cities.office()["employees"]]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("tiny-models")
    engine = fit_engine(cities.load(cities.office()), "gap", GapRanker())
    make_current(save_bundle(engine, models, {"recipe": "gap", "metrics": {}}))
    return models / "current"


@pytest.fixture
def opened_city(database: Database, tiny_model: Path) -> Iterator[Opened]:
    """Return a way to open the office over the clerks with some tables replaced."""
    offices: list[Office] = []

    def opened(bundle: Path = tiny_model, **tables: Rows) -> Office:
        put(database, tables)
        offices.append(Office(database, ServedModel(bundle), refresh_seconds=0.0))
        return offices[-1]

    yield opened
    for office in offices:
        office.models.stop()
        office.jobs.stop()
        office.picture.close()
        office.program_pages.close()
        office.ledger.close()


def put(database: Database, tables: Mapping[str, Rows]) -> None:
    """Import the clerks with some tables replaced."""
    whole = {**cities.office(), **tables}
    import_rows(database, {name: [typed(name, row) for row in rows] for name, rows in whole.items()}, "")


def clerks(**cells: Mapping[str, object]) -> Rows:
    """Return the clerks, some of them with more cells: `clerks(E3={"unit_id": "U1"})`."""
    return [{**row, **cells.get(str(row["employee_id"]), {})} for row in cities.office()["employees"]]


def typed(table: str, row: Mapping[str, object]) -> dict[str, object]:
    """Return a row with the types that its columns have once they were checked."""
    kinds = {column.name: column.kind for column in TABLES[table].columns}
    return {name: _typed(kinds[name], value) for name, value in row.items()}


def _typed(kind: Kind, value: Any) -> object:
    if value is None or value == "":
        return None
    if kind in (Kind.NUMBER, Kind.LEVEL, Kind.RATING):
        return float(value)
    return date.fromisoformat(value) if kind is Kind.DATE else value
