"""A client generator (openapi-python-client) takes the OpenAPI document as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openapi_spec_validator import validate


@pytest.fixture(scope="module")
def document(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def test_the_document_is_valid(document: Any) -> None:
    validate(document)


def test_a_client_is_made_without_a_warning(document: Any, tmp_path: Path) -> None:
    described, made = tmp_path / "openapi.json", tmp_path / "course_recommender_client"
    described.write_text(json.dumps(document), "utf-8")
    (tmp_path / "config.yml").write_text("post_hooks: []\n", "utf-8")
    command = [
        str(Path(sys.executable).with_name("openapi-python-client")),
        "generate",
        "--path",
        str(described),
    ]
    command += [
        "--output-path",
        str(made),
        "--meta",
        "none",
        "--fail-on-warning",
        "--config",
        str(tmp_path / "config.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unable" not in done.stdout
    functions = {file.stem for file in (made / "api").rglob("*.py")}
    operations = {one["operationId"] for of in document["paths"].values() for one in of.values()}
    assert operations <= functions
    # Every module of it can be imported, and its own copy of a row is what the service takes.
    used = (
        "import importlib, pkgutil, course_recommender_client as made\n"
        "for one in pkgutil.walk_packages(made.__path__, made.__name__ + '.'):\n"
        "    importlib.import_module(one.name)\n"
        "from course_recommender_client.models import AssessmentBatch, AssessmentIn\n"
        "row = AssessmentIn(employee_id='E1', competency_id='C1', level=2.5)\n"
        "assert AssessmentBatch([row]).to_dict() == "
        "{'items': [{'employee_id': 'E1', 'competency_id': 'C1', 'level': 2.5}]}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", used], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
