"""Tokens that are told once and kept as a digest: those of sessions and of invitations."""

from __future__ import annotations

import secrets
from hashlib import sha256

_BYTES = 32


def new_token() -> str:
    """Return a token that nobody can guess, fit for an address: 43 letters, digits, "-" and "_"."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    """Return SHA-256 of a token, hexadecimal: a token is random, so that nothing slower is needed."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
