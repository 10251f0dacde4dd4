"""Looking for lines of the ledger: by whom they are about, what happened, and when; the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from recommender.store.ledger import Line
from recommender.store.tables import ledger


@dataclass(frozen=True, slots=True)
class Sought:
    """What must be true of a line; "" and None let all through.

    Attributes
    ----------
    day : in UTC, as lines are dated.
    before : the line's number must be below it; 0 = no bound.
    """

    pseudonym: str = ""
    ledger_id: str = ""
    event: str = ""
    day: date | None = None
    before: int = 0


def search(connection: Connection, sought: Sought, limit: int) -> list[Line]:
    """Return up to `limit` lines, the newest first."""
    wanted = select(ledger).order_by(ledger.c.sequence.desc()).limit(limit)
    for name in ("pseudonym", "ledger_id", "event"):
        if value := getattr(sought, name):
            wanted = wanted.where(ledger.c[name] == value)
    if sought.day is not None:  # times are ISO texts of one length, which sort as they are dated
        until = (sought.day + timedelta(days=1)).isoformat()
        wanted = wanted.where(ledger.c.written_at >= sought.day.isoformat(), ledger.c.written_at < until)
    if sought.before:
        wanted = wanted.where(ledger.c.sequence < sought.before)
    return [Line(**row._mapping) for row in connection.execute(wanted)]
