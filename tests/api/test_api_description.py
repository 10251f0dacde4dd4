"""/openapi.json describes what is served, the errors too."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from fastapi.testclient import TestClient

ROUTES = {
    ("get", "/livez"),
    ("get", "/readyz"),
    ("get", "/v1/models/current"),
    ("get", "/v1/employees/{employee_id}/recommendations"),
    ("post", "/v1/recommendations"),
}


@pytest.fixture(scope="module")
def document(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {(method, path): one for path, of in document["paths"].items() for method, one in of.items()}


def test_it_is_openapi_and_lists_the_routes(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPI.model_validate(document)
    assert operations(document).keys() == ROUTES


def test_it_is_the_same_when_asked_again(client: TestClient, document: Any) -> None:
    assert client.get("/openapi.json").json() == document


def test_operations_have_names_of_their_own(document: Any) -> None:
    names = [one["operationId"] for one in operations(document).values()]
    assert len({*names}) == len(names)
    assert all(name.isidentifier() for name in names)


def test_errors_are_described_as_problems(document: Any) -> None:
    shape = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    described = {
        route: {int(status) for status, answer in one["responses"].items() if answer["content"] == shape}
        for route, one in operations(document).items()
    }
    assert described == {
        ("get", "/livez"): set(),
        ("get", "/readyz"): set(),
        ("get", "/v1/models/current"): set(),
        ("get", "/v1/employees/{employee_id}/recommendations"): {404, 422},
        ("post", "/v1/recommendations"): {400, 404, 422},
    }
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
            return own.union(*(references(value) for value in node.values()))
        return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()

    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas
