"""Every error as `application/problem+json` (RFC 9457); the one place that maps errors to statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.schemas import FieldProblem, Problem
from recommender.errors import (
    BundleError,
    DataError,
    EntryConflict,
    Fault,
    IdempotencyConflict,
    StoreError,
    UnknownEmployee,
    UnknownEntry,
    UnknownUnit,
)
from recommender.store.tables import RECORDS

PROBLEM_TYPE = "application/problem+json"
# One text for who is not there and for who may not be seen: the difference would tell who is there.
NO_PERSON = "There is no such employee, or none that you may see."
NO_UNIT = "There is no such unit with people in service, or none that you may see."
NO_ENTRY = "There is no such entry, or none that you may see."
RETRY_SECONDS = 5
_MANY = "/v1/recommendations"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_URN = "urn:problem-type:course-recommender:"
_DETAILS = {
    404: "Nothing is served at this path; /openapi.json lists what is.",
    405: "This path is served, but not with this method; the header Allow names those that are.",
}
# Kinds of problem by name, and their titles. A status that says it all has none (`about:blank`).
_TITLES = {
    "invalid-request": "The request cannot be used",
    "invalid-data": "The rows break the data contract",
    "unknown-employee": "No such employee",
    "unknown-unit": "No such unit",
    "unknown-entry": "No such entry",
    "conflict": "This does not go with what is kept",
    "idempotency-conflict": "The Idempotency-Key belongs to another request",
    "model-unavailable": "The model cannot be used",
    "database-unavailable": "The database cannot be reached",
}


class Refused(Exception):  # noqa: N818 - reads as what it says
    """A request is answered with a problem of this status.

    Parameters
    ----------
    kind : name of the kind of problem; "" where the status says it all.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        kind: str = "",
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldProblem] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind
        self.headers, self.errors = headers, errors


class UnknownPlaces(Refused):
    """Some people of a list in the body are not there, or out of sight: 404 with their places."""

    def __init__(self, places: Sequence[int]) -> None:
        errors = [_unknown(place) for place in places]
        detail = "Some employees of the list are not there, or none that you may see."
        super().__init__(404, detail, "unknown-employee", errors=errors)


def field_fault(pointer: Sequence[str | int], detail: str, code: str, location: Any = "body") -> Refused:
    """Return the refusal (422) of one part of a request."""
    fault = FieldProblem(location=location, pointer=_pointer(pointer), detail=detail, code=code)
    return Refused(
        422, "The parts that cannot be used are named in errors.", "invalid-request", errors=[fault]
    )


def add_problems(app: FastAPI) -> None:
    """Let the app answer every expected error with a problem."""
    kinds = (HTTPException, RequestValidationError, Refused)
    ours = (DataError, UnknownEmployee, UnknownUnit, UnknownEntry, EntryConflict, IdempotencyConflict)
    for kind in (*kinds, *ours, BundleError, StoreError):
        app.add_exception_handler(kind, _answer)


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    body = problem.model_dump_json(exclude_defaults=True)
    return Response(body, problem.status, headers=headers, media_type=PROBLEM_TYPE)


def unexpected_problem(path: str, reference: str) -> Problem:
    """Return what a caller is told about an error nobody expected: nothing but where to ask."""
    detail = f"The service failed on this request. Its operator finds the cause in the log under {reference}."
    return _problem(500, detail, path)


def too_many_problem(path: str, seconds: int) -> Problem:
    """Return what a caller is told who asks too often."""
    return _problem(429, f"Too many requests; ask again in {seconds} seconds.", path)


def too_large_problem(path: str, limit: int) -> Problem:
    """Return what a caller is told whose body is too large."""
    return _problem(413, f"The body may have {limit:,} bytes at most; send it in several parts.", path)


def slow_body_problem(path: str, seconds: float) -> Problem:
    """Return what a caller is told whose body does not arrive."""
    return _problem(408, f"The body did not arrive within {seconds:g} seconds.", path)


async def _answer(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error, request)
    problem = _problem(refusal.status, refusal.detail, request.scope["path"], refusal.kind, refusal.errors)
    headers = {"Allow": _allowed(request)} if refusal.status == 405 else refusal.headers
    return problem_response(problem, headers)


def _allowed(request: Request) -> str:
    """Return the methods of a path; the framework names those of its first route alone."""
    ways = request.app.router.routes
    asked = ({**request.scope, "method": method} for method in _METHODS)
    return ", ".join(
        scope["method"] for scope in asked if any(way.matches(scope)[0] is Match.FULL for way in ways)
    )


# Errors whose own text names what others have (how many people there are, all units): this is told instead.
_MISSING: dict[type[Exception], tuple[str, str]] = {
    UnknownEmployee: (NO_PERSON, "unknown-employee"),
    UnknownUnit: (NO_UNIT, "unknown-unit"),
    UnknownEntry: (NO_ENTRY, "unknown-entry"),
}
_LATER: dict[type[Exception], tuple[str, str]] = {
    BundleError: ("The model cannot be used just now.", "model-unavailable"),
    StoreError: (
        "The database cannot be used just now. If something was sent, it is not known whether it was kept: "
        "send it again, under the same Idempotency-Key.",
        "database-unavailable",
    ),
}


def refusal_of(error: Exception, request: Request) -> Refused:
    """Return an error as what the caller is told."""
    match error:
        case Refused():
            return error
        case HTTPException():
            return Refused(
                error.status_code, _DETAILS.get(error.status_code, error.detail), "", error.headers
            )
        case RequestValidationError():
            return _invalid(error.errors())
        case DataError():
            detail = "Nothing was kept. Each value that breaks the data contract is named in errors."
            errors = [_data_problem(fault, request) for fault in error.faults]
            return Refused(422, detail, "invalid-data", errors=errors)
        case UnknownEmployee() if request.scope["path"] == _MANY:  # the ids stood in a list in the body
            return UnknownPlaces(error.places)
        case UnknownEmployee() | UnknownUnit() | UnknownEntry():
            return Refused(404, *_MISSING[type(error)])
        case EntryConflict():
            return Refused(409, str(error), "conflict")
        case IdempotencyConflict():
            fault = FieldProblem(
                location="header", pointer="/idempotency-key", detail=str(error), code="reused"
            )
            return Refused(422, str(error), "idempotency-conflict", errors=[fault])
        case BundleError() | StoreError():
            kind = BundleError if isinstance(error, BundleError) else StoreError
            return Refused(503, *_LATER[kind], headers={"Retry-After": str(RETRY_SECONDS)})
    raise error


def _invalid(faults: Sequence[Any]) -> Refused:
    errors = [_field_problem(fault) for fault in faults]
    unreadable = any(fault["type"] == "json_invalid" for fault in faults)
    detail = "The body is no JSON." if unreadable else "The parts that cannot be used are named in errors."
    return Refused(400 if unreadable else 422, detail, "invalid-request", errors=errors)


def _problem(
    status: int, detail: str, path: str, kind: str = "", errors: Sequence[FieldProblem] = ()
) -> Problem:
    return Problem(
        type=_URN + kind if kind else "about:blank",
        title=_TITLES[kind] if kind else HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=quote(path, errors="replace"),
        errors=list(errors),
    )


def _field_problem(fault: Mapping[str, Any]) -> FieldProblem:
    location, *steps = fault["loc"]
    if fault["type"] == "json_invalid":  # its one step is a place in the text, not a field
        steps, fault = [], {**fault, "msg": f"{fault['msg']}: {fault['ctx']['error']}"}
    return FieldProblem(location=location, pointer=_pointer(steps), detail=fault["msg"], code=fault["type"])


def _data_problem(fault: Fault, request: Request) -> FieldProblem:
    """Return a fault of a row with the place of the row in the request: an item, a person or a profile."""
    item: list[str | int] = [] if fault.row is None or fault.file not in RECORDS else [fault.row - 2]
    steps: list[str | int] = []
    if request.scope["path"] == _MANY:
        steps = ["profile", fault.file, *item] if item else ["profile"]
    elif item:
        steps = ["items", *item]
    shown = "" if fault.value is None else f"{fault.value!r} "
    column = [] if fault.column is None else [fault.column]
    detail = f"{shown}{fault.problem} {fault.remedy}".strip()
    return FieldProblem(location="body", pointer=_pointer([*steps, *column]), detail=detail, code="contract")


def _unknown(place: int) -> FieldProblem:
    pointer = _pointer(["employee_ids", place])
    return FieldProblem(location="body", pointer=pointer, detail="No such employee.", code="unknown_employee")


def _pointer(steps: Sequence[str | int]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
