"""Requests that name a key of their own: who sends one twice gets the same answer and changes things once.

The key is taken and the answer kept in the transaction of the request's own writes, so that a crash leaves
all of it or nothing. Of two requests with one key at once, the second waits for the first one's end.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from recommender.errors import IdempotencyConflict, StoreError
from recommender.store.stamps import stamp
from recommender.store.tables import idempotency

_UNDER_WAY = 0  # the status of a key whose request has not ended; nobody else ever sees it


@dataclass(frozen=True, slots=True)
class Stored:
    """What was answered."""

    status: int
    body: bytes


def begin(connection: Connection, asker: str, key: str, request: str) -> Stored | None:
    """Take a key for a request, or return what was answered to it before.

    Parameters
    ----------
    connection : the transaction in which the request will write; `finish` must follow in it.
    request : digest of what is asked: method, path and body.

    Returns
    -------
    None if the key is new: do the work, then call `finish`.

    Raises
    ------
    IdempotencyConflict
        The key belongs to another request of this asker.
    """
    made = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"asker": asker, "key": key, "request": request, "status": _UNDER_WAY, "body": b""}
    # On PostgreSQL this waits for a transaction that holds the same key, until that one ends.
    taken = made(idempotency).values(row | {"created_at": stamp()}).on_conflict_do_nothing()
    if connection.execute(taken.returning(idempotency.c.key)).first() is not None:
        return None
    found = connection.execute(select(idempotency).where(*_is(asker, key))).one()
    if found.request != request:
        raise IdempotencyConflict(key)
    if found.status == _UNDER_WAY:
        raise StoreError("a request took its idempotency key and ended without keeping its answer.")
    return Stored(found.status, found.body)


def finish(connection: Connection, asker: str, key: str, stored: Stored) -> None:
    """Keep what is answered to the request that took a key."""
    connection.execute(
        update(idempotency).where(*_is(asker, key)).values(status=stored.status, body=stored.body)
    )


def _is(asker: str, key: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return idempotency.c.asker == asker, idempotency.c.key == key
