"""Every error as `application/problem+json` (RFC 9457); the one place that maps errors to statuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.schemas import FieldProblem, Problem
from recommender.errors import BundleError, RecommenderError, UnknownEmployee

PROBLEM_TYPE = "application/problem+json"
_URN = "urn:problem-type:course-recommender:"
_DETAILS = {
    404: "Nothing is served at this path; /openapi.json lists what is.",
    405: "This path is served, but not with this method; the header Allow names those that are.",
}


@dataclass(frozen=True, slots=True)
class _Kind:
    status: int
    name: str
    title: str


# The texts of these errors are made for people and pass on to the caller. Any other error of the library is
# unexpected here, and what it says stays inside.
_KINDS: dict[type[RecommenderError], _Kind] = {
    UnknownEmployee: _Kind(404, "unknown-employee", "No such employee"),
    BundleError: _Kind(503, "model-unavailable", "The model cannot be used"),
}
_INVALID = _Kind(422, "invalid-request", "The request cannot be used")


def add_problems(app: FastAPI) -> None:
    """Let the app answer every expected error with a problem."""
    for kind in (HTTPException, RequestValidationError, *_KINDS):
        app.add_exception_handler(kind, _answer)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    body = problem.model_dump_json(exclude_defaults=True)
    return Response(body, problem.status, headers=headers, media_type=PROBLEM_TYPE)


def foreign_name_problem(path: str) -> Problem:
    """Return what a caller is told who reached this machine under a name that is not its own."""
    return _plain(421, "Ask by the address that the service printed when it started.", path)


def unexpected_problem(path: str, reference: str) -> Problem:
    """Return what a caller is told about an error nobody expected: nothing but where to ask."""
    detail = f"The service failed on this request. Its operator finds the cause in the log under {reference}."
    return _plain(500, detail, path)


async def _answer(request: Request, error: Exception) -> Response:
    return problem_response(_problem(error, request), getattr(error, "headers", None))


def _problem(error: Exception, request: Request) -> Problem:
    path = request.scope["path"]
    match error:
        case RequestValidationError():
            faults = [_field_problem(fault) for fault in error.errors()]
            return _known(_INVALID, "The parts that cannot be used are named in errors.", path, faults)
        case UnknownEmployee() if request.method == "POST":  # the ids stood in a list in the body
            return _known(_kind(error), str(error), path, [_unknown(place) for place in error.places])
        case RecommenderError():
            return _known(_kind(error), str(error), path)
        case HTTPException():
            return _plain(error.status_code, _DETAILS.get(error.status_code, error.detail), path)
    raise error


def _kind(error: RecommenderError) -> _Kind:
    return next(kind for type_, kind in _KINDS.items() if isinstance(error, type_))


def _known(kind: _Kind, detail: str, path: str, errors: list[FieldProblem] | None = None) -> Problem:
    return Problem(
        type=_URN + kind.name,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=_instance(path),
        errors=errors or [],
    )


def _plain(status: int, detail: str, path: str) -> Problem:
    phrase = HTTPStatus(status).phrase
    return Problem(type="about:blank", title=phrase, status=status, detail=detail, instance=_instance(path))


def _instance(path: str) -> str:
    return quote(path, errors="replace")


def _field_problem(fault: Mapping[str, Any]) -> FieldProblem:
    location, *steps = fault["loc"]
    if fault["type"] == "json_invalid":  # its one step is a place in the text, not a field
        steps, fault = [], {**fault, "msg": f"{fault['msg']}: {fault['ctx']['error']}"}
    return FieldProblem(location=location, pointer=_pointer(steps), detail=fault["msg"], code=fault["type"])


def _unknown(place: int) -> FieldProblem:
    pointer = _pointer(["employee_ids", place])
    return FieldProblem(location="body", pointer=pointer, detail="No such employee.", code="unknown_employee")


def _pointer(steps: list[str | int]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
