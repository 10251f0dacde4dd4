"""Each request gets an id, safe headers, a log line, its place in the figures, and an answer if all fails."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from api.logs import log_error
from api.metrics import NO_ROUTE, Metrics
from api.problems import problem_response, unexpected_problem

_SANE = re.compile(rb"[A-Za-z0-9._-]{8,64}")  # of a caller's own request id; anything else is replaced
# An NIP has 18 digits, an NIK 16: an id that could be one is replaced, since it goes into the log.
_LIKE_A_PERSON = re.compile(rb"\d{16}")
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_DROPPED = 499  # what logs and figures say where the caller left before there was an answer


class Watched:
    """The outermost: whatever happens further in is seen here."""

    def __init__(self, app: ASGIApp, log: FilteringBoundLogger, metrics: Metrics) -> None:
        self.app = app
        self.log = log
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = time.perf_counter()
        state = scope.setdefault("state", {})
        request_id = state["request_id"] = _request_id(scope)
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _complete(MutableHeaders(scope=message), request_id)
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, send_safely)
        except Exception as error:
            reference = log_error(self.log, error, request_id=request_id, route=_route(scope))
            if not status:  # else the answer is broken off, which the caller notices by its length
                await _failure(scope, state, reference)(scope, receive, send_safely)
        finally:
            self.metrics.in_flight.dec()
            self._tell(scope, state, status or _DROPPED, time.perf_counter() - begun)

    def _tell(self, scope: Scope, state: dict[str, Any], status: int, seconds: float) -> None:
        method, route = scope["method"], _route(scope)
        self.metrics.answered(method, route, status, seconds)
        asker = state.get("asker")
        self.log.info(
            "request",
            request_id=state["request_id"],
            method=method if method.isalpha() and len(method) <= 8 else "other",
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            asker=asker.id if asker else "",
            model=scope["app"].state.office.models.current.digest if "app" in scope else "",
        )


def _failure(scope: Scope, state: dict[str, Any], reference: str) -> Response:
    """Return what the caller is told: a page where one was asked for, else a problem."""
    page = state.get("failure_page")  # set at the door of pages
    return page(reference) if page else problem_response(unexpected_problem(scope["path"], reference))


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SANE.fullmatch(value) and not _LIKE_A_PERSON.search(value):
            return str(value, "ascii")
    return uuid.uuid4().hex


def _route(scope: Scope) -> str:
    """Return the template of the route that took the request, never the path itself: it holds ids."""
    return getattr(scope.get("route"), "path", None) or NO_ROUTE


def _complete(headers: MutableHeaders, request_id: str) -> None:
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    headers["X-Request-ID"] = request_id
