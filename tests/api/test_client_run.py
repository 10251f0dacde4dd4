"""A client that was generated from the description of a running service, run against that service."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.servers import Server

NAME = "generated_client"


@pytest.fixture(scope="module")
def own_server(started: Callable[..., Any]) -> Iterator[Server]:
    with started() as server:
        yield server


@pytest.fixture(scope="module")
def client_package(own_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Generate the client as the README says, from what the service serves; return its name."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_bytes(own_server.client.get("/openapi.json").content)
    (folder / "config.yml").write_text("post_hooks: []\n", "utf-8")
    generator = str(Path(sys.executable).with_name("openapi-python-client"))
    options = ["--meta", "none", "--output-path", NAME, "--config", "config.yml", "--fail-on-warning"]
    command = [generator, "generate", "--path", "openapi.json", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield NAME
    sys.path.remove(str(folder))


def test_a_generated_client_tells_and_asks(
    own_server: Server, client_package: str, keys: dict[str, str]
) -> None:
    def part(name: str) -> Any:
        return importlib.import_module(f"{client_package}.{name}")

    models = part("models")
    address = f"http://127.0.0.1:{own_server.port}"
    with part("client").AuthenticatedClient(
        address,
        token=keys["hr-system"],
        prefix="",
        auth_header_name="X-API-Key",
        httpx_args={"trust_env": False},
    ) as client:
        row = models.EmployeeIn(name="Siti Rahmawati", position_id="kabag-SD01", unit_id="U002")
        put = part("api.employees.put_employee").sync_detailed("NEW-7", client=client, body=row)
        assert (put.status_code, put.parsed.employee_id, put.parsed.unit_id) == (201, "NEW-7", "U002")

        judged = models.AssessmentIn(
            employee_id="NEW-7", competency_id="M.01", level=2.5, source="supervisor"
        )
        added = part("api.records.add_assessments").sync(
            client=client, body=models.AssessmentBatch([judged]), idempotency_key="generated-1"
        )
        assert added.accepted == 1

        ask = part("api.recommendations.recommend_to_employee")
        english = models.RecommendToEmployeeLanguage.EN
        answer = ask.sync("NEW-7", client=client, limit=3, language=english)
        assert (answer.employee_id, [one.rank for one in answer.recommendations]) == ("NEW-7", [1, 2, 3])
        first = answer.recommendations[0]
        total = sum(reason.contribution for reason in first.reasons)
        assert first.score == pytest.approx(total)
        assert (answer.model, first.title != "") == (own_server.readiness()["model"], True)

        unknown = ask.sync("NOBODY", client=client)
        assert (unknown.status, unknown.type_.rpartition(":")[2]) == (404, "unknown-employee")
        kept = part("api.recommendations.employee_profile").sync("NEW-7", client=client)
        assert next(line.evidence for line in kept.lines if line.competency_id == "M.01") == 1
    assert json.loads(json.dumps(answer.to_dict()))["recommendations"][0]["program_id"] == first.program_id
