"""Who took a program and how it was rated, counted where the records are kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Integer, case, distinct, func, select

from recommender.store.tables import contract

_TAKEN, _SAID, _PEOPLE = (contract[name].c for name in ("training_records", "feedback", "employees"))


@dataclass(frozen=True, slots=True)
class Takers:
    """People of one position, employment type and unit who took a program; "" = not stated."""

    position_id: str
    employment_type: str
    unit_id: str
    people: int


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of a program in one phase by one kind of respondent ("" = not stated).

    Attributes
    ----------
    people : who gave or are meant by them; an answer without a name counts as somebody of its own.
    total : sum of the ratings.
    """

    phase: str
    respondent: str
    people: int
    ratings: int
    total: float


def takers_of(connection: Connection, program_id: str) -> list[Takers]:
    """Return who took a program, counted by what their rows say."""
    kinds = (_PEOPLE.position_id, _PEOPLE.employment_type, _PEOPLE.unit_id)
    took = select(_TAKEN.employee_id).where(_TAKEN.program_id == program_id)
    asked = select(*kinds, func.count()).where(_PEOPLE.employee_id.in_(took)).group_by(*kinds)
    return [
        Takers(position or "", kind or "", unit or "", people)
        for position, kind, unit, people in connection.execute(asked)
    ]


def ratings_of(connection: Connection, program_id: str) -> list[Ratings]:
    """Return how a program was rated; kinds of respondent in small letters."""
    respondent = func.lower(func.trim(func.coalesce(_SAID.respondent, "")))
    phase = func.coalesce(_SAID.phase, "")
    asked = select(phase, respondent, _people(), func.count(), func.sum(_SAID.rating))
    wanted = asked.where(_SAID.program_id == program_id, _SAID.rating.is_not(None))
    return [Ratings(*row) for row in connection.execute(wanted.group_by(phase, respondent))]


def ratings_by_program(connection: Connection) -> dict[str, Ratings]:
    """Return the ratings of each program that was rated, whatever phase they are of."""
    asked = select(_SAID.program_id, _people(), func.count(), func.sum(_SAID.rating))
    wanted = asked.where(_SAID.program_id.is_not(None), _SAID.rating.is_not(None))
    found = connection.execute(wanted.group_by(_SAID.program_id))
    return {program_id: Ratings("", "", *numbers) for program_id, *numbers in found}


def _people() -> ColumnElement[int]:
    unnamed = func.sum(case((_SAID.employee_id.is_(None), 1), else_=0)).cast(Integer)
    return func.count(distinct(_SAID.employee_id)) + unnamed
