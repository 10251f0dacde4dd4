"""What is kept of some people, and the catalogue: typed rows in the contract's order of columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, select
from sqlalchemy import Connection as Connection  # also for who reads through this module

from recommender.schema import TABLES
from recommender.store.tables import OF_PEOPLE, contract, objections, policies, revisions, subjects

Rows = list[tuple[object, ...]]
HIDING = ("open", "upheld")  # states of an objection that keep the automated list back


def read_people(connection: Connection, employee_ids: Sequence[str]) -> dict[str, Rows]:
    """Return the rows of `employees`, `employee_audit` and all records of some people, in the order kept.

    Ids that are not there are passed over.
    """
    ids = list(employee_ids)
    return {
        name: [tuple(row) for row in connection.execute(_of_people(name), {"ids": ids})] for name in OF_PEOPLE
    }


def read_catalogue(connection: Connection) -> dict[str, Rows]:
    """Return the rows of all other tables of the contract."""
    names = [name for name in TABLES if name not in OF_PEOPLE]
    return {name: [tuple(row) for row in connection.execute(_all(name))] for name in names}


def read_policy(connection: Connection) -> str:
    """Return the `policy.toml` that came with the last import, "" where none did."""
    newest = select(policies.c.text).order_by(policies.c.row.desc()).limit(1)
    return connection.execute(newest).scalar() or ""


def read_named(connection: Connection, name: str) -> list[str]:
    """Return the ids that other tables name of a table, in no order: the table itself may have no rows."""
    found: set[str] = set()
    for table in TABLES.values():
        for column in table.columns:
            if column.references == name:
                values = select(contract[table.name].c[column.name]).distinct()
                found.update(value for value in connection.execute(values).scalars() if value)
    return sorted(found)


def revisions_now(connection: Connection) -> dict[str, int]:
    """Return the counters of `tables.revisions` by name; one that was never raised is not there."""
    counters = connection.execute(select(revisions.c.name, revisions.c.revision))
    return {row.name: row.revision for row in counters}


def employees_of(connection: Connection, unit_ids: Sequence[str] | None) -> list[str]:
    """Return the ids of the people in some units, in the order kept; None = everybody."""
    people = contract["employees"]
    wanted = select(people.c.employee_id).order_by(people.c.row)
    if unit_ids is not None:
        wanted = wanted.where(people.c.unit_id.in_(list(unit_ids)))
    return list(connection.execute(wanted).scalars())


@cache
def _all(name: str) -> Any:  # a Select of as many columns as the table has
    table = contract[name]
    found = select(*_columns(name)).order_by(table.c.row)
    return found


@cache
def _of_people(name: str) -> Any:  # a Select of as many columns as the table has
    table = contract[name]
    wanted = table.c.employee_id.in_(bindparam("ids", expanding=True))
    found = select(*_columns(name)).where(wanted).order_by(table.c.row)
    return found


def _columns(name: str) -> list[ColumnElement[object]]:
    return [contract[name].c[column.name] for column in TABLES[name].columns]


def people_there(connection: Connection, shown: Collection[str]) -> set[str]:
    """Return those of some ids or pseudonyms whose person is still here."""
    listed = list(shown)
    by_id = select(subjects.c.employee_id).where(subjects.c.employee_id.in_(listed))
    by_pseudonym = select(subjects.c.pseudonym).where(subjects.c.pseudonym.in_(listed))
    return {*connection.execute(by_id).scalars(), *connection.execute(by_pseudonym).scalars()}


def hidden_subjects(connection: Connection) -> set[str]:
    """Return ids and pseudonyms of all whose automated list an objection keeps back."""
    hidden = select(subjects.c.employee_id, subjects.c.pseudonym).where(
        subjects.c.employee_id == objections.c.employee_id, objections.c.status.in_(HIDING)
    )
    return {name for row in connection.execute(hidden) for name in row}


@dataclass(frozen=True, slots=True)
class Standing:
    """What must be looked at before any answer about a person.

    Attributes
    ----------
    revision : how often what is kept of the person changed.
    hidden : whether an objection keeps the automated list back.
    catalogue, records, access : the counters of `tables.revisions`.
    """

    employee_id: str
    pseudonym: str
    salt: str
    revision: int
    hidden: bool
    catalogue: int
    records: int
    access: int


def standing_of(connection: Connection, employee_id: str) -> Standing | None:
    """Return where a person stands, in one look; None where there is no such person."""
    row = connection.execute(_STANDING, {"id": employee_id}).one_or_none()
    if row is None:
        return None
    pseudonym, salt, revision, hidden, *counters = row
    return Standing(
        employee_id, pseudonym, salt, revision, hidden is not None, *(one or 0 for one in counters)
    )


def standings_of(connection: Connection, employee_ids: Sequence[str]) -> dict[str, Standing]:
    """Return where each of some people stands; who is not there is left out."""
    found = (standing_of(connection, one) for one in dict.fromkeys(employee_ids))
    return {one.employee_id: one for one in found if one is not None}


def _counter(name: str) -> ScalarSelect[int]:
    return select(revisions.c.revision).where(revisions.c.name == name).scalar_subquery()


_HIDDEN = (
    select(objections.c.objection_id)
    .where(objections.c.employee_id == subjects.c.employee_id, objections.c.status.in_(HIDING))
    .limit(1)
    .scalar_subquery()
)
_STANDING = select(
    subjects.c.pseudonym,
    subjects.c.salt,
    subjects.c.revision,
    _HIDDEN,
    _counter("catalogue"),
    _counter("records"),
    _counter("access"),
).where(subjects.c.employee_id == bindparam("id"))
