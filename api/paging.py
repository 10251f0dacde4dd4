"""Long lists page by page: a cursor says where the last page ended; what is added meanwhile moves nothing."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from pydantic import ConfigDict, Field

from api.problems import field_fault
from api.schemas.values import Asked, Id
from recommender.errors import UnknownEntry

MOST = 100
# What the places of lists look like.
NUMBER = r"[0-9]{1,18}"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
PSEUDONYM = r"[0-9a-f]{32}"


class PageOptions(Asked):
    """Which page of a list is wanted."""

    model_config = ConfigDict(strict=False)  # a query is all text
    limit: int = Field(MOST, ge=1, le=MOST, description="How many entries at most.")
    cursor: Id | None = Field(None, description="`next` of the page before; as it was given out.")


PageDep = Annotated[PageOptions, Query()]


def place(page: PageOptions, pattern: str) -> str:
    """Return the place that a cursor names, "" for the first page.

    Parameters
    ----------
    pattern : what a place of this list looks like.

    Raises
    ------
    Refused
        422: it is no cursor of this list.
    """
    if page.cursor is None:
        return ""
    try:
        text = base64.b64decode(page.cursor + "=" * (-len(page.cursor) % 4), b"-_", validate=True).decode(
            "ascii"
        )
    except (binascii.Error, ValueError):
        text = ""
    if not re.fullmatch(pattern, text, re.ASCII):
        raise field_fault(["cursor"], "This is no cursor of this list.", "cursor", "query")
    return text


def next_page(request: Request, response: Response, page: PageOptions, last: Any) -> str | None:
    """Return the cursor behind `last`, None on the last page; the header Link (RFC 8288) names that page."""
    if last is None:
        return None
    cursor = base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")
    query = urlencode({"limit": page.limit, "cursor": cursor})
    response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
    return cursor


def entry_id(text: str) -> str:
    """Return the id of an entry as it was given out; no database is asked for anything else.

    Raises
    ------
    UnknownEntry
        It is no such id.
    """
    if not re.fullmatch(UUID, text, re.ASCII):
        raise UnknownEntry("entry", "")
    return text
