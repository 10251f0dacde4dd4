"""A body may be so large and take so long, whatever its head claims."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response, slow_body_problem, too_large_problem

_CLOSE = {"Connection": "close"}  # the rest of the body is not read, so nothing can follow it


class Bounded:
    """Counts the bytes of a body as they come: a head may claim less, and chunks claim nothing.

    Parameters
    ----------
    limit : bytes at most.
    seconds : within which the whole body must have come; the server itself would wait without end.
    """

    def __init__(self, app: ASGIApp, limit: int, seconds: float) -> None:
        self.app = app
        self.limit = limit
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not (claimed := _claimed(scope)):
            return await self.app(scope, receive, send)
        if claimed > self.limit:
            problem = too_large_problem(scope["path"], self.limit)
            return await problem_response(problem, _CLOSE)(scope, receive, send)
        await self.app(scope, self._counted(receive, scope["path"]), send)

    def _counted(self, receive: Receive, path: str) -> Receive:
        end = asyncio.get_running_loop().time() + self.seconds
        size, whole = 0, False

        async def counted() -> Message:
            nonlocal size, whole
            if whole:  # what comes now is that the caller left, which may take as long as it likes
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                # An HTTPException: the framework would take any other for a body that cannot be read.
                raise HTTPException(408, slow_body_problem(path, self.seconds).detail, _CLOSE) from None
            size += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if size > self.limit:
                raise HTTPException(413, too_large_problem(path, self.limit).detail, _CLOSE)
            return message

        return counted


def _claimed(scope: Scope) -> int:
    """Return the bytes that the head claims; 1 for a body of unknown length, 0 for none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 1
        if name == b"transfer-encoding":
            return 1
    # HTTP/2 needs neither header.
    return 1 if scope["method"] in ("POST", "PUT", "PATCH", "DELETE") else 0
