"""Who judges what: the sources by which competencies were assessed, over all people."""

from __future__ import annotations

from sqlalchemy import Connection, select

from recommender.store.tables import contract


def judged_by(connection: Connection) -> list[tuple[str, str]]:
    """Return each pair of source, in small letters, and competency_id of which there is an assessment."""
    table = contract["assessments"].c
    pairs = connection.execute(select(table.source, table.competency_id).distinct())
    return sorted({((row.source or "").strip().casefold(), row.competency_id) for row in pairs})
