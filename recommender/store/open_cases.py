"""How many objections and requests for correction wait for somebody to decide."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select

from recommender.store.tables import corrections, objections


@dataclass(frozen=True, slots=True)
class OpenCases:
    """What waits for a decision of the training office."""

    objections: int
    corrections: int


def open_cases(connection: Connection) -> OpenCases:
    """Return how many cases of each sort are open."""
    return OpenCases(_open(connection, objections), _open(connection, corrections))


def _open(connection: Connection, table: Table) -> int:
    wanted = select(func.count()).select_from(table).where(table.c.status == "open")
    return connection.scalar(wanted) or 0
