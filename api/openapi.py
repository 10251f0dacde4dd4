"""The description of the service, with problems under their own media type."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.problems import PROBLEM_TYPE
from api.schemas import Problem

_JSON = "application/json"
Responses = dict[int | str, dict[str, Any]]


class DocumentedApp(FastAPI):
    """FastAPI documents every JSON response as `application/json`; here errors say what they really are."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, made once."""
        if self.openapi_schema is None:
            for path in super().openapi()["paths"].values():
                for operation in path.values():
                    _name_problems(operation["responses"])
        return super().openapi()


def problems(*statuses: int) -> Responses:
    """Return the `responses` of a route that may answer with these error statuses."""
    return {status: {"model": Problem} for status in statuses}


def _name_problems(responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status >= "400":
            response["content"][PROBLEM_TYPE] = response["content"].pop(_JSON)
