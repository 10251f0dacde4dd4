"""Who asks too often waits; every answer says how the caller stands."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import Limits, Standing, TooMany, credential_of
from api.problems import problem_response, too_many_problem

_FREE = frozenset({"/livez", "/readyz"})  # a balancer must learn how it is, however many others ask
_KEPT = "/assets/"  # what pages load: small, without a person in it, and a browser asks for it once


class Rated:
    """Counts requests without a known key by address, and tells everybody how they stand.

    An address that asked too often is refused only while it shows no key that was good before: behind a proxy
    that is not in `RECOMMENDER_TRUSTED_PROXIES` all callers have one address.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in _FREE or scope["path"].startswith(_KEPT):
            return await self.app(scope, receive, send)
        state = scope.setdefault("state", {})
        address = scope["client"][0] if scope.get("client") else ""
        if not self.limits.knows(credential_of(HTTPConnection(scope))):
            standing = self.limits.look("address", address)
            if not standing.within:
                return await _refuse(standing, scope, receive, send)

        async def send_standing(message: Message) -> None:
            if message["type"] == "http.response.start":
                standing = state.get("standing") or self.limits.hit("address", address)
                MutableHeaders(scope=message).update(standing.headers)
            await send(message)

        await self.app(scope, receive, send_standing)


async def _refuse(standing: Standing, scope: Scope, receive: Receive, send: Send) -> None:
    problem = too_many_problem(scope["path"], standing.reset)
    await problem_response(problem, TooMany(standing).headers)(scope, receive, send)
