"""Answers that were made as bytes: sent as they are, or not at all to whoever has them already."""

from __future__ import annotations

from fastapi import Request, Response

from recommender.service.asked import Reply


def answer(request: Request, reply: Reply) -> Response:
    """Return a reply with the digests that name it; 304 without a body if the caller holds the same bytes."""
    etag = f'"{reply.etag}"'
    headers = {"ETag": etag, "Model": reply.model, "Vary": "X-API-Key, Authorization"}
    if reply.ledger_id:  # each person of a list has a line of its own
        headers["Ledger-Id"] = reply.ledger_id
    if request.method == "GET" and _holds(request.headers.get("If-None-Match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(reply.body, headers=headers, media_type="application/json")


def _holds(told: str, etag: str) -> bool:
    # Compared weakly, as RFC 9110 13.1.2 asks: caches on the way may mark a tag as weak.
    held = {one.strip().removeprefix("W/") for one in told.split(",")}
    return etag in held or "*" in held
