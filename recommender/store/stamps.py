"""Times and ids as the database keeps them: both sort as text in the order in which they were given."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID


def stamp(moment: datetime | None = None) -> str:
    """Return a moment, by default now, as ISO 8601 in UTC with milliseconds: always equally long."""
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds")


def new_id(moment: datetime | None = None) -> str:
    """Return an id that nobody can guess and that sorts by its moment: a UUID of version 7 (RFC 9562)."""
    milliseconds = int((moment or datetime.now(UTC)).timestamp() * 1000)
    bits = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=bits))
