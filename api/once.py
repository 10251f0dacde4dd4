"""Requests with a key of their own: sent twice, they change things once (IETF draft Idempotency-Key)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import Depends, Header, Request

_Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A key of the caller's own: the same request under the same key again changes nothing "
        "and gets the same answer; another request under it is refused (422).",
        examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ),
]


@dataclass(frozen=True, slots=True)
class Once:
    """The key of a request, and the digest of what it asks for."""

    key: str
    request: str


# Asynchronous, so that it may look at the body, which has been read by then.
async def _once(request: Request, idempotency_key: _Key = None) -> Once | None:
    if idempotency_key is None:
        return None
    asked = f"{request.method} {request.url.path}\n".encode() + await request.body()
    return Once(idempotency_key.strip('"'), sha256(asked).hexdigest())


OnceDep = Annotated[Once | None, Depends(_once)]
