"""Errors as pages: what happened, and what to do; the kinds and statuses are those of `api/problems.py`."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from api.pages.rendering import render
from api.pages.words import has_word
from api.problems import Refused, refusal_of
from recommender.errors import DataError, RecommenderError

EXPECTED = (HTTPException, RequestValidationError, Refused, RecommenderError)


def error_page(request: Request, error: Exception) -> Response:
    """Return an expected error as a page; one that nobody expected is raised again, for the log.

    The catalogue has a text for each status; what the contract says of single values, which forms of ours do
    not send, stands below it for those who look after the service.
    """
    refusal = refusal_of(error, request)
    name = str(refusal.status) if has_word(f"errors.{refusal.status}") else "other"
    faults = [f"{one.detail}" for one in refusal.errors] if isinstance(error, DataError) else []
    response = render(request, "error.html", refusal.status, name=name, faults=faults, reference="")
    for header, value in (refusal.headers or {}).items():
        response.headers[header] = value
    return response


def stale_page(request: Request) -> Response:
    """Return what people are told whose form was opened before they signed in anew."""
    return render(request, "error.html", 403, name="stale", faults=[], reference="")


def failure_page(request: Request, reference: str) -> Response:
    """Return what people are told about an error nobody expected: nothing but where to ask."""
    return render(request, "error.html", 500, name="500", faults=[], reference=reference)


def add_error_pages(app: FastAPI) -> None:
    """Answer who asks for a page that is not there with a page; machines go on getting problems."""
    of_machines = app.exception_handlers[HTTPException]

    async def answer(request: Request, error: Exception) -> Response:
        if "text/html" in request.headers.get("Accept", "") and not request.url.path.startswith("/v1/"):
            return error_page(request, error)
        return await of_machines(request, error)  # type: ignore[misc,no-any-return]

    app.add_exception_handler(HTTPException, answer)
