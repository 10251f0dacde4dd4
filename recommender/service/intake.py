"""What clients send about people: checked by the contract, then kept, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from recommender.dataset.intake import check_rows
from recommender.errors import DataError, Fault
from recommender.service.city import Catalogue
from recommender.store import writing
from recommender.store.database import Database
from recommender.store.people import Connection

AUDIT = ("sex", "birth_year")  # columns of `employee_audit`, which come with a person


class TakesRows(Protocol):
    """An office, as far as taking rows goes."""

    database: Database

    def catalogue(self) -> Catalogue:
        """Return the catalogue as it is kept now."""


def put_employee(
    office: TakesRows, employee_id: str, row: Mapping[str, object], connection: Connection | None = None
) -> bool:
    """Write a person and return whether the person is new; columns that are not named become empty.

    Parameters
    ----------
    row : columns of `employees`, and `sex` and `birth_year` of `employee_audit`.
    connection : one that writes, where this belongs to a larger transaction.

    Raises
    ------
    DataError
        A value breaks the contract, or the row names another person than `employee_id`.
    """
    named = row.get("employee_id")
    if named not in (None, employee_id):
        remedy = "Leave it out, or make both the same."
        raise DataError([Fault("employees", 2, "employee_id", None, "is not the id of the path.", remedy)])
    catalogue = office.catalogue()
    known = {**catalogue.known, "employees": (employee_id,)}
    person = {name: value for name, value in row.items() if name not in AUDIT} | {"employee_id": employee_id}
    typed = dict(check_rows("employees", [person], catalogue.policy, known)[0])
    if typed["employee_id"] != employee_id:  # blanks and the like, which ids do not have
        remedy = f"The id would be kept as {typed['employee_id']!r}: name it so in the path."
        raise DataError([Fault("employees", 2, "employee_id", None, "is not an id as it is kept.", remedy)])
    audit = {name: row[name] for name in AUDIT if name in row}
    if audit:
        told = check_rows("employee_audit", [audit | {"employee_id": employee_id}], catalogue.policy, known)[
            0
        ]
        typed |= {name: told[name] for name in AUDIT}
    with _writing(office, connection) as kept:
        return writing.put_employee(kept, typed)


def add_records(
    office: TakesRows,
    table: str,
    rows: Sequence[Mapping[str, object]],
    connection: Connection | None = None,
    catalogue: Catalogue | None = None,
) -> int:
    """Keep records of people in their order and return how many.

    Parameters
    ----------
    table : one of `store.tables.RECORDS`.
    connection : one that writes, where this belongs to a larger transaction.
    catalogue : as it was before that transaction began: who holds the writer's place should not wait for a
        second connection.

    Raises
    ------
    DataError
        Some values break the contract; nothing was kept.
    """
    catalogue = catalogue or office.catalogue()
    with _writing(office, connection) as kept:
        named = {value for row in rows if isinstance(value := row.get("employee_id"), str)}
        people = writing.known_employees(kept, named)
        known = {**catalogue.known, "employees": people or {""}}
        typed = check_rows(table, rows, catalogue.policy, known)
        if table == "feedback":
            _check_new(kept, typed)
        return writing.add_records(kept, table, typed)


def _check_new(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    taken = writing.taken_feedback_ids(connection, [str(row["feedback_id"]) for row in rows])
    faults = [
        Fault("feedback", place + 2, "feedback_id", str(row["feedback_id"]), "is taken.", "Send another id.")
        for place, row in enumerate(rows)
        if row["feedback_id"] in taken
    ]
    if faults:
        raise DataError(faults)


@contextmanager
def _writing(office: TakesRows, connection: Connection | None) -> Iterator[Connection]:
    if connection is not None:
        yield connection
        return
    with office.database.writing() as own:
        yield own
