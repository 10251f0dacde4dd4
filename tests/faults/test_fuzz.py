"""schemathesis over the whole description: whatever it thinks of, no 5xx and nothing that is not described.

Its engine goes through all its phases: the examples, the bounds of every value, values by chance, and chains
of requests in which one uses what another answered. All in this process, over a database of its own, with the
key of the training office, which may do all that an HR system may, erasure included; it is the operator's key
here too, so that /metrics opens. All checks of schemathesis hold, but for those named in `EXCEPTIONS`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from api.main import create_app
from api.office import open_office
from api.settings import Settings
from tests.api.cities import sample_rows
from tests.api.conftest import OFTEN
from tests.faults import SOAK

SEED = 6
LEAST = 20_000 if SOAK else 1_000
EXAMPLES = 500 if SOAK else 3  # of each operation and of the chains; the bounds make 1,700 cases more
LEAST_TAKEN = 0.15  # of what keeps to the description: a door shut to everybody withstands anything
# The model of the tests has no card.
NEVER_TAKEN = {"GET /v1/models/current/card"}
_RULED = [
    *("put_employee", "add_assessments", "add_training_records", "add_performance_reviews", "add_feedback"),
    *("recommend_to_many", "add_decision", "ask_for_correction", "close_correction"),
    *("list_employees", "list_decisions", "list_objections", "list_corrections", "employee_ledger"),
]
EXCEPTIONS = [
    # 422 answers what keeps to the description too, where there are rules that JSON Schema cannot say: which
    # ids are known, which days were already, that a reason goes with a refusal, what a cursor looks like.
    {
        "include-operation-id": _RULED,
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422"]}
        },
    },
    # A job that was deleted is stopped and its result gone, but it can be looked at: "cancelled".
    {
        "include-operation-id": ["get_job", "cancel_job", "job_result"],
        "checks": {"use_after_free": {"enabled": False}},
    },
]
# What a request of chance would never hit: most ids are of somebody or something that is there.
KNOWN = {
    "employee_id": "employees",
    "program_id": "programs",
    "competency_id": "competencies",
    "unit_id": "units",
    "position_id": "positions",
}
VALUES: dict[str, list[Any]] = {
    "day": ["2019-02-28", "2024-02-29", "2025-12-31"],
    "level": [1.0, 2.5, 4.0],
    "score": [0.0, 55.5, 100.0],
    "rating": [1.0, 4.0],
}
DAYS = ("assessed_on", "started_on", "completed_on", "period_end", "submitted_on", "hired_on")


@dataclass
class Found:
    """What came of a run: how many cases, their statuses, and one example of each fault."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    met: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    kept_to_it: int = 0
    taken_of_these: int = 0
    faults: dict[str, str] = field(default_factory=dict)

    def add(self, recorder: Any) -> None:
        """Count what one scenario did."""
        for name, exchange in recorder.interactions.items():
            case, answer = recorder.cases[name].value, exchange.response
            status = answer.status_code if answer else 0
            is_taken = 200 <= status < 300
            self.cases += 1
            self.statuses[status] += 1
            self.met.add(case.operation.label)
            if is_taken:
                self.taken.add(case.operation.label)
            if case.meta and case.meta.generation.mode.is_positive:
                self.kept_to_it += 1
                self.taken_of_these += is_taken
        for check in (one for checks in recorder.checks.values() for one in checks):
            if check.failure_info:
                failure = check.failure_info.failure
                name = f"{failure.operation}: {check.name}: {failure.title}"
                self.faults.setdefault(name, f"{failure.message}\n{check.failure_info.code_sample}")


@pytest.fixture
def app(current: Path, own_city: Callable[[], str], keys: dict[str, str]) -> Iterator[FastAPI]:
    rates = {"rate_limit": OFTEN, "anonymous_rate_limit": OFTEN}
    settings = Settings(own_city(), current, metrics_key=keys["training-office"], log_level="error", **rates)
    office = open_office(settings)
    yield create_app(settings, office)
    office.close()


def configuration(key: str) -> SchemathesisConfig:
    """Return how schemathesis goes about it."""
    ids = {column: [row[column] for row in sample_rows()[table]][-60:] for column, table in KNOWN.items()}
    generation = {
        "max-examples": EXAMPLES,
        "database": "none",
        "no-shrink": True,
        "with-security-parameters": False,  # else keys are made up in place of ours, and all answers are 401
    }
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "workers": 1,
            "cache": {"enabled": False},
            "headers": {"X-API-Key": key},
            "suppress-health-check": ["all"],
            "continue-on-failure": True,
            "generation": generation,
            "operations": EXCEPTIONS,
            "dictionaries": {name: {"values": values} for name, values in {**ids, **VALUES}.items()},
            "parameters": {
                place: {"dictionary": name, "probability": 0.8} for place, name in places().items()
            },
        }
    )


def places() -> dict[str, str]:
    """Return where in requests values of which dictionary are put."""
    found = {"path.employee_id": "employee_id", "path.unit_id": "unit_id"}
    found |= {"body.employee_ids[*]": "employee_id", "body.program_id": "program_id"}
    for place in ("body.", "body.items[*].", "body.profile.", "body.profile.assessments[*]."):
        found |= {place + column: column for column in KNOWN}
        found |= {place + day: "day" for day in DAYS}
        found |= {place + number: number for number in ("level", "score", "rating")}
    return found


def test_nothing_undescribed_comes_of_any_request(app: FastAPI, keys: dict[str, str]) -> None:
    settings = configuration(keys["training-office"])
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=settings)
    found, errors = Found(), []
    for event in from_schema(schema).execute():
        if isinstance(event, ScenarioFinished):
            found.add(event.recorder)
        elif isinstance(event, NonFatalError | FatalError):
            errors.append(event)
    sys.stdout.write(
        f"{found.cases} cases, {dict(found.statuses)}; of {found.kept_to_it} that keep to the description "
        f"{found.taken_of_these} were taken; nothing was taken of {sorted(found.met - found.taken)}\n"
    )
    assert errors == []
    assert found.faults == {}, "\n\n".join(f"{name}\n{told}" for name, told in found.faults.items())
    assert max(found.statuses) < 500
    assert found.cases >= LEAST
    document = app.openapi()["paths"]
    everything = {f"{method.upper()} {path}" for path, of in document.items() for method in of}
    assert found.met == everything
    assert found.taken_of_these >= LEAST_TAKEN * found.kept_to_it
    if SOAK:
        assert found.taken == everything - NEVER_TAKEN
