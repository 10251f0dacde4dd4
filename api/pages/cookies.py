"""The cookies of the pages: who is signed in, which browser a form was given to, which language.

Where people come by https, names begin with `__Host-`: a browser takes such a cookie from this very host
alone, so that no neighbour can plant one (RFC 6265bis 4.1.3.2).
"""

from __future__ import annotations

import secrets

from fastapi import Request, Response
from starlette.requests import HTTPConnection

from recommender.explain import LANGUAGES, Language

SESSION, VISITOR, SIGNING_IN, LANGUAGE = "session", "visitor", "signing-in", "language"
_YEAR = 365 * 24 * 3600


def is_secure(connection: HTTPConnection) -> bool:
    """Return whether people come by https: as the setting says, else as this request came."""
    public: str = connection.app.state.settings.public_url
    return public.startswith("https:") if public else connection.url.scheme == "https"


def read_cookie(connection: HTTPConnection, name: str) -> str:
    """Return a cookie, "" where there is none."""
    return connection.cookies.get(_full(connection, name), "")


def write_cookie(
    request: Request, response: Response, name: str, value: str, seconds: int | None = None
) -> None:
    """Set a cookie that no script reads and no other site sends along with a form; for this visit alone."""
    response.set_cookie(
        _full(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",  # strict would lose the session on the way back from an identity provider
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        _full(request, name), path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def visitor_of(request: Request) -> str:
    """Return what a browser is known by before anybody is signed in; a new one is kept by `keep_visitor`."""
    known = read_cookie(request, VISITOR) or getattr(request.state, "new_visitor", "")
    if not known:
        known = request.state.new_visitor = secrets.token_urlsafe(32)
    return known


def keep_visitor(request: Request, response: Response) -> None:
    """Send a visitor's cookie where a page has just made one up."""
    new: str = getattr(request.state, "new_visitor", "")
    if new:
        write_cookie(request, response, VISITOR, new)


def language_of(connection: HTTPConnection) -> Language:
    """Return the language chosen by the switch, Indonesian where none was."""
    told = read_cookie(connection, LANGUAGE)
    return next((one for one in LANGUAGES if one == told), "id")


def keep_language(request: Request, response: Response, language: Language) -> None:
    """Remember a language for a year."""
    write_cookie(request, response, LANGUAGE, language, _YEAR)


def _full(connection: HTTPConnection, name: str) -> str:
    return f"__Host-{name}" if is_secure(connection) else name
