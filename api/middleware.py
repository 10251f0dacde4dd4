"""What holds for every call: who may make it, that no cache keeps its answer, that failures tell nothing."""

from __future__ import annotations

import logging
import re
import secrets
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import foreign_name_problem, problem_response, unexpected_problem

_log = logging.getLogger(__name__)
_FRAMES = 8  # innermost ones that the log shows; the framework's own come before them


class OwnNameOnly:
    """Refuses calls under any host name but this machine's own.

    A web page may let its own name point at this machine and then read, through the browser of whoever sits
    at it, all that a service here answers without a key (DNS rebinding).
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.names = frozenset({host, "127.0.0.1", "::1", "localhost"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and _name(Headers(scope=scope).get("host", "")) not in self.names:
            return await problem_response(foreign_name_problem(scope["path"]))(scope, receive, send)
        return await self.app(scope, receive, send)


class SafeAnswers:
    """Marks answers as private and turns unexpected errors into problems.

    It stands inside the framework's own handler, which would pass the error on to the server, and the server
    would log its text with whatever ids are in it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        started = False

        async def send_private(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)["Cache-Control"] = "private, no-store"
            await send(message)

        try:
            await self.app(scope, receive, send_private)
        except Exception as error:
            reference = _logged(error)
            if not started:  # else the answer is broken off, which the caller notices by its length
                response = problem_response(unexpected_problem(scope["path"], reference))
                await response(scope, receive, send_private)


def _name(host: str) -> str:
    return re.sub(r":\d+$", "", host).strip("[]").lower()


def _logged(error: Exception) -> str:
    """Log where an error arose, but not its text, which may hold ids; return the reference of the entry."""
    reference = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    where = "".join(f"\n  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    _log.error("unexpected %s, reference %s, at%s", type(error).__name__, reference, where)
    return reference
