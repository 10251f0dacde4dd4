"""The description of the service: what the framework makes of it, with keys and problems as they are."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.access import OPEN, RULES
from api.problems import PROBLEM_TYPE
from api.schemas import Problem

_JSON = "application/json"
Responses = dict[int | str, dict[str, Any]]
_SCHEMES = {
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "Made by `recommender keys create`.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Token of the city's identity provider (OpenID Connect).",
    },
}
_ANYWHERE = {
    413: "The body is too large.",
    429: "Too many requests; the header Retry-After says when to ask again.",
}
_GUARDED = {
    401: "No valid key or token.",
    403: "The role, or the scopes of the key, do not reach this.",
    503: "Database, model or identity provider cannot be reached just now; see the header Retry-After.",
}
_WITH_BODY = {
    400: "The body cannot be read as JSON.",
    408: "The body did not arrive in time.",
    415: "The body is not declared as JSON.",
}
_INVALID = {422: "Parts of the request cannot be used; `errors` names each."}
_HEADERS = {
    401: {"WWW-Authenticate": "How to say who asks."},
    429: {"Retry-After": "Seconds to wait."},
    503: {"Retry-After": "Seconds to wait."},
}


class DocumentedApp(FastAPI):
    """An app whose description says of each operation who may ask it and every error that it can answer."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["components"]["securitySchemes"] = _SCHEMES
            for path in document["paths"].values():
                for operation in path.values():
                    _complete(operation)
            for name in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(name, None)
        return super().openapi()


def problems(*statuses: int) -> Responses:
    """Return the `responses` of a route that may answer with these errors, beside those of all routes."""
    return {status: {"model": Problem} for status in statuses}


def _complete(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    possible = dict(_ANYWHERE)
    if name not in OPEN:
        possible |= _GUARDED
        operation["security"] = [{"key": []}, {"token": []}]
        if name in RULES:
            operation["description"] += f"\n\nScope: `{RULES[name].scope}`. May ask: {_askers(name)}."
    if "requestBody" in operation:
        possible |= _WITH_BODY
    if "requestBody" in operation or operation.get("parameters"):
        possible |= _INVALID
    responses = operation["responses"]
    responses.pop("422" if 422 not in possible else "", None)
    for status, description in possible.items():
        if str(status) not in responses or status == 422:
            responses[str(status)] = {"description": description}
    for status, response in responses.items():
        if status >= "400" and not _is_own(response):
            _say(int(status), response)
    operation["responses"] = dict(sorted(responses.items()))


def _is_own(response: dict[str, Any]) -> bool:
    """Return whether a route answers an error with a body of its own."""
    schema = response.get("content", {}).get(_JSON, {}).get("schema", {})
    return bool(schema) and not schema.get("$ref", "").endswith("/Problem")


def _say(status: int, response: dict[str, Any]) -> None:
    response["content"] = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if status in _HEADERS:
        response["headers"] = {
            name: {"description": about, "schema": {"type": "string"}}
            for name, about in _HEADERS[status].items()
        }


def _askers(name: str) -> str:
    told = [f"{role} ({reach})" for role, reach in RULES[name].reaches.items() if reach != "nobody"]
    return ", ".join(told)
