"""The door of every route: who asks, and whether the table (access.py) lets him, before a body is read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute, APIRouter

from api.access import OPEN, Reach, rule_of
from api.limits import charge
from api.problems import Refused
from api.settings import Settings
from api.sight import Sight
from api.tokens import Issuer, IssuerUnreachable, TokenRefused, Tokens
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.keys import KeyRing
from recommender.store.writing import revisions_of

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="course-recommender", ApiKey realm="course-recommender"'}
# One text for all of them: whoever tries keys must not learn which of them was one once.
_UNKNOWN = "Send a valid key in the header X-API-Key, or a bearer token in Authorization; see the README."
_KEYS_GONE = "Bearer tokens cannot be checked just now; API keys work. Try again later."


@dataclass(frozen=True, slots=True)
class Door:
    """Makes out who asks: by a key of ours, or by a token of the city's identity provider."""

    database: Database
    keys: KeyRing
    tokens: Tokens | None

    def asker_of(self, request: Request) -> Asker:
        """Return who asks.

        Raises
        ------
        Refused
            401 without a valid key or token, or with both; 503 if a token cannot be checked just now.
        """
        key, authorization = request.headers.get("X-API-Key"), request.headers.get("Authorization")
        asker = None
        if key is not None and authorization is None:
            asker = self._holder(key)
        elif authorization is not None and key is None:
            asker = self._bearer(authorization)
        if asker is None:
            raise Refused(401, _UNKNOWN, headers=_CHALLENGE)
        return asker

    def _holder(self, key: str) -> Asker | None:
        with self.database.reading() as connection:
            revision = revisions_of(connection).get("access", 0)
        return self.keys.find(key, datetime.now(UTC), revision)

    def _bearer(self, authorization: str) -> Asker | None:
        kind, _, token = authorization.partition(" ")
        if self.tokens is None or kind.lower() != "bearer":
            return None
        try:
            return self.tokens.asker_of(token.strip())
        except TokenRefused:
            return None
        except IssuerUnreachable as error:
            raise Refused(503, _KEYS_GONE, headers={"Retry-After": "5"}) from error


class GuardedRoute(APIRoute):
    """A route that the table of rights must admit; one that is not in the table answers nobody."""

    def get_route_handler(self) -> _Handler:
        """Return the handler, with the door before it."""
        answer, operation, wants_body = super().get_route_handler(), self.name, self.body_field is not None

        async def guarded(request: Request) -> Response:
            if operation not in OPEN:
                door: Door = request.app.state.door
                asker = await run_in_threadpool(door.asker_of, request)
                request.state.asker = asker
                charge(request, asker.id)
                request.state.sight = Sight(door.database, asker, _reach(asker, operation))
            if wants_body and _has_body(request) and not _is_json(request):
                raise Refused(415, "Send the body as JSON, with the header Content-Type: application/json.")
            return await answer(request)

        return guarded


def guarded_router(tag: str) -> APIRouter:
    """Return a router whose routes all have the door before them."""
    return APIRouter(tags=[tag], route_class=GuardedRoute)


def add_door(app: FastAPI, settings: Settings, database: Database) -> None:
    """Give the app its door: the keys of the database and, if the settings name one, an identity provider."""
    issuer = issuer_of(settings)
    app.state.door = Door(database, KeyRing(database), Tokens(issuer) if issuer else None)


def _reach(asker: Asker, operation: str) -> Reach:
    rule = rule_of(operation)
    reach = rule.reach(asker)
    if reach is Reach.NOBODY:
        raise Refused(
            403, f"The role {asker.role} may not do this, or the key lacks the scope {rule.scope!r}."
        )
    return reach


def _has_body(request: Request) -> bool:
    return request.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in request.headers


def _is_json(request: Request) -> bool:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json"


def issuer_of(settings: Settings) -> Issuer | None:
    """Return the identity provider that the settings name, None where they name none."""
    if not settings.oidc_issuer:
        return None
    return Issuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        settings.oidc_jwks_url,
        settings.oidc_role_claim,
        settings.oidc_employee_claim,
        settings.oidc_unit_claim,
    )
