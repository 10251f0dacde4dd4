"""What somebody filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from starlette.exceptions import HTTPException

from api.schemas.values import LONGEST_ID, LONGEST_TEXT

_KIND = "application/x-www-form-urlencoded"
_MOST_FIELDS = 1_000
_IN_QUERY = "/%:@!$&'()*+,;=~?"


class Form:
    """Fields of a form as text; what could be kept nowhere is refused before anything reads it."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Return a field without blanks around it, "" where it is absent."""
        return self._fields.get(name, [""])[0].strip()

    def secret(self, name: str) -> str:
        """Return a field as it was typed."""
        return self._fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """Return the values of all boxes that were ticked under one name."""
        return self._fields.get(name, [])


async def read_form(request: Request) -> Form:
    """Return the form that a request carries.

    Raises
    ------
    HTTPException
        415: it is sent as something else; 422: a field is absurdly long or no text.
    """
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != _KIND:
        raise HTTPException(415)
    sent = await request.form(max_files=0, max_fields=_MOST_FIELDS)
    fields: dict[str, list[str]] = {}
    for name, value in sent.multi_items():
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value or not _is_whole(value):
            raise HTTPException(422)
        fields.setdefault(name, []).append(value)
    return Form(fields)


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


async def _form(request: Request) -> Form:
    form: Form = request.state.form  # read at the door, where its token was looked at
    return form


FormDep = Annotated[Form, Depends(_form)]


def as_id(text: str) -> str:
    """Return an id that a form or a query names, "" for what is longer than any."""
    return text if len(text) <= LONGEST_ID else ""


def own_path(told: str, otherwise: str = "/") -> str:
    """Return a path of ours that somebody may be sent to; anything else, such as another host, is dropped."""
    try:
        parts = urlsplit(told.replace("\\", "/"))
    except ValueError:  # such as brackets that hold no address
        return otherwise
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return otherwise
    if any(character < "!" for character in told):  # browsers drop some of these, and read on
        return otherwise
    # Quoted where a header could not hold it, and not where it is quoted already.
    return quote(parts.path, "/%:@!$&'()*+,;=~") + (
        f"?{quote(parts.query, _IN_QUERY)}" if parts.query else ""
    )


def to(path: str, **query: str) -> Response:
    """Return the answer to a form: go and look there (303), so that going back sends nothing twice."""
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    glue = "&" if "?" in path else "?"
    return Response(status_code=303, headers={"Location": path + (glue + asked if asked else "")})
