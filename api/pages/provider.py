"""Signing in at the city's identity provider: OpenID Connect, authorization code with PKCE (RFC 7636).

The browser is sent to the provider and comes back with a code, which the service itself exchanges for a token
that says who came. What ties both ways together (state, nonce, verifier) waits in a cookie of this browser.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request as Call
from urllib.request import urlopen

from fastapi import Request, Response

from api.dependencies import OfficeDep
from api.limits import hold_address
from api.pages.cookies import SIGNING_IN, drop_cookie, read_cookie, write_cookie
from api.pages.door import page_router
from api.pages.forms import own_path
from api.pages.rendering import render
from api.pages.signing_in import begin_session
from api.pages.site import Site
from api.problems import Refused
from api.settings import Settings
from api.tokens import Bearer, IssuerUnreachable, TokenRefused
from recommender.store.sessions import SignedIn

router = page_router()
BACK = "/sign-in/return"
_SECONDS = 600  # within which somebody must have come back
_PATIENCE = 5.0
_MOST_BYTES = 100_000
_MACHINES = ("hr-system",)  # roles that have no pages


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to the provider and back."""

    state: str
    nonce: str
    verifier: str
    back: str


@router.get("/sign-in/provider")
def sign_in_at_provider(request: Request, back: str = "/") -> Response:
    """Send somebody to the provider."""
    settings = _settings(request)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    way = _Way(state, nonce, verifier, own_path(back))
    challenge = base64.urlsafe_b64encode(sha256(way.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": settings.public_url + BACK,
        "scope": "openid profile",
        "state": way.state,
        "nonce": way.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    glue = "&" if "?" in settings.oidc_authorize_url else "?"
    response = Response(
        status_code=303, headers={"Location": settings.oidc_authorize_url + glue + urlencode(asked)}
    )
    told = base64.urlsafe_b64encode(json.dumps(asdict(way)).encode()).decode()
    write_cookie(request, response, SIGNING_IN, told, _SECONDS)
    return response


@router.get(BACK)
def back_from_provider(request: Request, office: OfficeDep, code: str = "", state: str = "") -> Response:
    """Take in who comes back from the provider."""
    hold_address(request)
    _settings(request)
    way = _way(request)
    if (
        way is None
        or not code
        or not hmac.compare_digest(way.state.encode(), state.encode("utf-8", "replace"))
    ):
        return _refused(request)
    try:
        bearer = _bearer(request.app.state.pages, code, way)
    except TokenRefused:
        return _refused(request)
    except (IssuerUnreachable, OSError, ValueError) as error:
        raise Refused(503, "The identity provider cannot be reached just now.") from error
    if bearer.asker.role in _MACHINES:
        return _refused(request)
    who = SignedIn(bearer.asker, bearer.name or bearer.asker.employee_id or bearer.asker.id)
    response = begin_session(request, office, who, way.back)
    drop_cookie(request, response, SIGNING_IN)
    return response


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    if not settings.signs_in_by_provider:
        raise Refused(404, "People sign in with a password here.")
    return settings


def _way(request: Request) -> _Way | None:
    try:
        told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(read_cookie(request, SIGNING_IN)))
        way = _Way(**{name: str(value) for name, value in told.items()})
    except (ValueError, TypeError, AttributeError):
        return None
    return replace(way, back=own_path(way.back))


def _bearer(site: Site, code: str, way: _Way) -> Bearer:
    """Return who came, by the token that the provider gives for the code.

    Raises
    ------
    TokenRefused
        The provider does not take the code, or the token is not for this sign-in.
    """
    token = _exchanged(site.settings, code, way)
    if site.tokens is None:
        raise AssertionError("settings with a client have an issuer")
    bearer = site.tokens.bearer_of(token)
    if not hmac.compare_digest(bearer.nonce.encode(), way.nonce.encode()):
        raise TokenRefused("made for another sign-in")
    return bearer


def _exchanged(settings: Settings, code: str, way: _Way) -> str:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.public_url + BACK,
        "client_id": settings.oidc_client_id,
        "code_verifier": way.verifier,
    }
    headers = {"Accept": "application/json"}
    if settings.oidc_client_secret:  # RFC 6749 2.3.1: both are quoted before they are joined
        pair = f"{quote(settings.oidc_client_id, '')}:{quote(settings.oidc_client_secret, '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    call = Call(settings.oidc_token_url, urlencode(fields).encode(), headers)
    try:
        with urlopen(call, timeout=_PATIENCE) as answer:
            told = json.loads(answer.read(_MOST_BYTES))
    except HTTPError as error:
        error.close()
        if error.code < 500:
            raise TokenRefused("the provider does not take the code") from error
        raise
    token = told.get("id_token") if isinstance(told, dict) else None
    if not isinstance(token, str):
        raise TokenRefused("the provider gives no token of who came")
    return token


def _refused(request: Request) -> Response:
    response = render(
        request,
        "sign_in.html",
        403,
        back="/",
        fault="refused",
        login="",
        by_provider=True,
        has_passwords=False,
    )
    drop_cookie(request, response, SIGNING_IN)
    return response
