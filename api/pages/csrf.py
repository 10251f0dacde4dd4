"""Forms carry a token that only a page of ours, shown to the same browser, can have given them.

The token is made from the cookie of the session, or of the visitor before signing in, which other sites
cannot read. It looks different each time: a fixed secret in a compressed page could be guessed bit by bit
from the page's length (BREACH, 2013).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from hashlib import sha256

from fastapi import Request

from api.pages.cookies import SESSION, read_cookie, visitor_of

FIELD = "csrf"
_BYTES = 32


def token_for(request: Request) -> str:
    """Return a token for the forms of one page."""
    mask = secrets.token_bytes(_BYTES)
    return base64.urlsafe_b64encode(mask + _mixed(mask, _secret(request))).decode()


def is_ours(request: Request, token: str) -> bool:
    """Return whether a form was given to this very browser, and is not sent by another site."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    try:
        whole = base64.urlsafe_b64decode(token.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        return False
    mask, mixed = whole[:_BYTES], whole[_BYTES:]
    return len(mixed) == _BYTES and hmac.compare_digest(_mixed(mask, mixed), _secret(request))


def _secret(request: Request) -> bytes:
    known = read_cookie(request, SESSION) or visitor_of(request)
    return sha256(b"csrf\n" + known.encode("utf-8", "replace")).digest()


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
