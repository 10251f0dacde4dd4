"""What the records of all people say in sum, added up where they are kept.

The same figures as `dataset/norms.py` works out from arrays, so that a service need not hold everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, case, distinct, func, select
from sqlalchemy.sql.elements import ColumnElement

from recommender.store.tables import contract

_TAKEN, _SAID = contract["training_records"].c, contract["feedback"].c
_PEOPLE, _REVIEWS = contract["employees"].c, contract["performance_reviews"].c


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over all records.

    Attributes
    ----------
    programs : (program_id, begun, completed, takers, sum and number of scores, of gains) of each one taken.
    ratings : (program_id, sum, number) of each program rated.
    takers : (position_id, program_id, people) of each position held today.
    reviews : (unit_id, period_end, score, predicate, result_rating, behaviour_rating, number).
    known : facts about people that are known of somebody.
    positions_held : positions that somebody holds.
    latest : the latest day in any record.
    """

    programs: list[tuple[Any, ...]]
    ratings: list[tuple[Any, ...]]
    takers: list[tuple[Any, ...]]
    reviews: list[tuple[Any, ...]]
    known: dict[str, bool]
    positions_held: list[str]
    latest: date | None


def read_sums(connection: Connection) -> Sums:
    """Return the sums over all records that are kept."""
    return Sums(
        _rows(connection, _PROGRAMS),
        _rows(connection, _RATINGS),
        _rows(connection, _TAKERS),
        _rows(connection, _FALLEN_OUT),
        _known(connection),
        [value for value in connection.execute(select(_PEOPLE.position_id).distinct()).scalars() if value],
        _latest(connection),
    )


def _rows(connection: Connection, statement: Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(statement)]


def _completed() -> ColumnElement[bool]:
    return (_TAKEN.status == "completed") | _TAKEN.status.is_(None)


_GAIN = _TAKEN.post_score - _TAKEN.pre_score
_PROGRAMS = select(
    _TAKEN.program_id,
    func.count(),
    func.sum(case((_completed(), 1), else_=0)),
    func.count(distinct(_TAKEN.employee_id)),
    func.sum(_TAKEN.score),
    func.count(_TAKEN.score),
    func.sum(_GAIN),
    func.count(_GAIN),
).group_by(_TAKEN.program_id)
_RATINGS = (
    select(_SAID.program_id, func.sum(_SAID.rating), func.count(_SAID.rating))
    .where(_SAID.rating.is_not(None), _SAID.program_id.is_not(None))
    .group_by(_SAID.program_id)
)
_TAKERS = (
    select(_PEOPLE.position_id, _TAKEN.program_id, func.count(distinct(_TAKEN.employee_id)))
    .where(_PEOPLE.employee_id == _TAKEN.employee_id, _PEOPLE.position_id.is_not(None))
    .group_by(_PEOPLE.position_id, _TAKEN.program_id)
)
_FALLEN_OUT = (
    select(
        _PEOPLE.unit_id,
        _REVIEWS.period_end,
        _REVIEWS.score,
        _REVIEWS.predicate,
        _REVIEWS.result_rating,
        _REVIEWS.behaviour_rating,
        func.count(),
    )
    .where(_PEOPLE.employee_id == _REVIEWS.employee_id)
    .group_by(
        _PEOPLE.unit_id,
        _REVIEWS.period_end,
        _REVIEWS.score,
        _REVIEWS.predicate,
        _REVIEWS.result_rating,
        _REVIEWS.behaviour_rating,
    )
)


def _known(connection: Connection) -> dict[str, bool]:
    columns = {
        "employment_type": _PEOPLE.employment_type,
        "grade": _PEOPLE.grade,
        "service": _PEOPLE.hired_on,
        "retirement": contract["employee_audit"].c.birth_year,
    }
    return {
        fact: connection.execute(select(column).where(column.is_not(None)).limit(1)).first() is not None
        for fact, column in columns.items()
    }


def _latest(connection: Connection) -> date | None:
    days = (
        _TAKEN.started_on,
        _TAKEN.completed_on,
        contract["assessments"].c.assessed_on,
        _REVIEWS.period_end,
        _SAID.submitted_on,
    )
    latest = [connection.execute(select(func.max(day))).scalar() for day in days]
    return max((day for day in latest if day is not None), default=None)
