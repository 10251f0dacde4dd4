"""People of the sample city in different units, a service over a copy of it, and a key of each role."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from api.main import create_app
from api.office import open_office
from api.settings import Settings
from api.variables import Rate
from recommender.store.keys import Grant, create_key
from tests.api.servers import ROOT

SAMPLE = ROOT / "data/sample"
OFTEN = Rate(999_999, "second")
# U012 stands above U013 and U014; U015 beside it, U001 above all.
UNIT, ABOVE, BELOW, OTHER = "U012", "U001", "U014", "U015"


def people_of(unit_id: str) -> list[str]:
    with (SAMPLE / "employees.csv").open(encoding="utf-8", newline="") as file:
        return [row["employee_id"] for row in csv.DictReader(file) if row["unit_id"] == unit_id]


SELF, COLLEAGUE = people_of("U013")[:2]  # both below the manager's unit
STRANGER = people_of(OTHER)[0]
GRANTS = {
    "hr-system": Grant("hr-system"),
    "manager": Grant("manager", unit_id=UNIT),
    "training-office": Grant("training-office"),
    "data-scientist": Grant("data-scientist"),
    "employee": Grant("employee", employee_id=SELF),
}


@contextmanager
def service(url: str, bundle: Path, **settings: str) -> Iterator[TestClient]:
    """Return a client of a service over a database; `client.app.state.office` is what it answers from."""
    chosen = Settings(url, bundle, rate_limit=OFTEN, anonymous_rate_limit=OFTEN, **settings)  # type: ignore[arg-type]
    office = open_office(chosen)
    try:
        yield TestClient(create_app(chosen, office), base_url="http://127.0.0.1:8000")
    finally:
        office.close()


def keys_of(client: TestClient) -> dict[str, str]:
    """Return a new key of each role."""
    with client.app.state.office.database.writing() as connection:  # type: ignore[attr-defined]
        return {role: create_key(connection, grant) for role, grant in GRANTS.items()}
