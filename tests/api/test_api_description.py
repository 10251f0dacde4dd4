"""/openapi.json describes what is served: every operation, who may ask it, every error it can answer."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.access import OPEN, RULES
from recommender.schema import TABLES
from recommender.store.tables import RECORDS

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
ITEMS = {
    "assessments": "AssessmentIn",
    "training_records": "TrainingRecordIn",
    "performance_reviews": "PerformanceReviewIn",
    "feedback": "FeedbackIn",
}


@pytest.fixture(scope="module")
def document(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def operations(document: Any) -> dict[str, Any]:
    found = [one for of in document["paths"].values() for one in of.values()]
    names = [one["operationId"] for one in found]
    assert len(names) == len(set(names)), "operations have names of their own"
    return dict(zip(names, found, strict=True))


def test_it_is_the_same_when_asked_again(client: TestClient, document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert client.get("/openapi.json").json() == document


def test_operations_say_who_may_ask(document: Any) -> None:
    for name, one in operations(document).items():
        assert ("security" not in one) == (name in OPEN), name
        if name in RULES:
            assert f"Scope: `{RULES[name].scope}`" in one["description"]
    assert document["components"]["securitySchemes"]["key"]["name"] == "X-API-Key"


def test_every_error_that_can_come_is_described_as_a_problem(document: Any) -> None:
    for name, one in operations(document).items():
        statuses = {int(status) for status in one["responses"]}
        expected = {413, 429} if name in OPEN else {401, 403, 413, 429, 503}
        if "requestBody" in one:
            expected |= {400, 408, 415, 422}
        if one.get("parameters"):
            expected |= {422}
        assert expected <= statuses, name
        for status, answer in one["responses"].items():
            if status >= "400" and (name, status) != ("readyz", "503"):
                assert answer["content"] == PROBLEM, (name, status)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_reference_leads_somewhere_and_every_schema_is_used(document: Any) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()

    assert references(document) == {
        f"#/components/schemas/{name}" for name in document["components"]["schemas"]
    }


@pytest.mark.parametrize("table", RECORDS)
def test_rows_are_those_of_the_contract(document: Any, table: str) -> None:
    contract, schema = TABLES[table], document["components"]["schemas"][ITEMS[table]]
    assert list(schema["properties"]) == [column.name for column in contract.columns]
    assert set(schema["required"]) == {*contract.key, *contract.filled}
    assert schema["additionalProperties"] is False
    for column in contract.columns:
        said = str(schema["properties"][column.name])
        assert all(f"'{choice}'" in said for choice in column.choices)
        assert ("'format': 'date'" in said) == (column.kind == "date")
        assert column.maximum is None or f"'maximum': {column.maximum}" in said
