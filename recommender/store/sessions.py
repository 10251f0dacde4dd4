"""Sessions: who is signed in to the pages, until he signs out, rests for a while, or the day is over."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from recommender.errors import StoreUnavailable
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.ledger import append, event_line
from recommender.store.stamps import stamp
from recommender.store.tables import accounts, sessions
from recommender.store.tokens import digest_of, new_token

_SEEN_EVERY = timedelta(minutes=1)  # not at every request: reading needs no writer


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a session lasts: without a request, and at all."""

    idle_minutes: float = 60
    longest_hours: float = 12


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who signed in.

    Attributes
    ----------
    name : as pages show it.
    account_id : "" where an identity provider let him in.
    """

    asker: Asker
    name: str
    account_id: str = ""


def start_session(connection: Connection, who: SignedIn, now: datetime, lasting: Lasting) -> str:
    """Begin a session and return its token, which is told this once."""
    token, asker = new_token(), who.asker
    row = {
        "digest": digest_of(token),
        "account_id": who.account_id,
        "asker": asker.id,
        "role": asker.role,
        "scopes": " ".join(sorted(asker.scopes)),
        "employee_id": asker.employee_id,
        "unit_id": asker.unit_id,
        "name": who.name,
        "created_at": stamp(now),
        "seen_at": stamp(now),
        "ends_at": stamp(now + timedelta(hours=lasting.longest_hours)),
    }
    connection.execute(insert(sessions).values(row))
    append(connection, [event_line("sign-in", asker, "", {})])
    return token


def find_session(database: Database, token: str, now: datetime, lasting: Lasting) -> SignedIn | None:
    """Return who is signed in by a token; None where nobody is (any more), or the account was ended."""
    digest = digest_of(token)
    joined = sessions.outerjoin(accounts, accounts.c.account_id == sessions.c.account_id)
    is_kept = or_(
        sessions.c.account_id == "", accounts.c.account_id.is_not(None) & accounts.c.ended_at.is_(None)
    )
    asked = (
        select(sessions)
        .select_from(joined)
        .where(
            sessions.c.digest == digest,
            sessions.c.ends_at > stamp(now),
            sessions.c.seen_at > stamp(now - timedelta(minutes=lasting.idle_minutes)),
            is_kept,
        )
    )
    with database.reading() as connection:
        row = connection.execute(asked).one_or_none()
    if row is None:
        return None
    if row.seen_at < stamp(now - _SEEN_EVERY):
        _seen(database, digest, now)
    asker = Asker(row.asker, row.role, frozenset(row.scopes.split()), row.employee_id, row.unit_id)
    return SignedIn(asker, row.name, row.account_id)


def end_session(connection: Connection, token: str) -> None:
    """Sign somebody out; a token of nobody changes nothing.

    The row goes: then no clock that is behind lets anybody in.
    """
    gone = delete(sessions).where(sessions.c.digest == digest_of(token))
    row = connection.execute(gone.returning(sessions.c.asker, sessions.c.role)).one_or_none()
    if row is not None:
        append(connection, [event_line("sign-out", Asker(row.asker, row.role), "", {})])


def _seen(database: Database, digest: str, now: datetime) -> None:
    later = update(sessions).where(sessions.c.digest == digest, sessions.c.seen_at < stamp(now))
    # Whoever only reads goes on reading while an import holds the database; the next request says it again.
    with suppress(StoreUnavailable), database.writing() as connection:
        connection.execute(later.values(seen_at=stamp(now)))
