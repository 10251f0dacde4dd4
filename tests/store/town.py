"""Three people, two programs and what is told of them, written straight into a database."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Executable, MetaData, Table, insert, select

from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.subjects import subject_of
from recommender.store.tables import contract

CLERK = Asker("clerk00clerk", "hr-system")
ANI, BUDI, CITRA = "NIP-7001", "NIP-7002", "NIP-7003"
NAMES = {ANI: "Ani Lestari", BUDI: "Budi Hartono Siregar", CITRA: "Citra"}
DAY = date(2024, 5, 17)

ROWS: dict[str, list[dict[str, object]]] = {
    "employees": [{"employee_id": id_, "name": name, "unit_id": "U1"} for id_, name in NAMES.items()],
    "employee_audit": [{"employee_id": BUDI, "sex": "L", "birth_year": 1980.0}],
    "units": [{"unit_id": "U1", "name": "Dinas", "manager_id": BUDI}, {"unit_id": "U2", "manager_id": ANI}],
    "programs": [{"program_id": "P1", "title": "Law"}, {"program_id": "P2", "title": "Art"}],
    "training_records": [
        {"employee_id": id_, "program_id": "P1", "completed_on": DAY, "score": 80.0} for id_ in (ANI, BUDI)
    ],
    "assessments": [
        {"employee_id": ANI, "competency_id": "LAW", "level": 2.0, "assessor_id": BUDI},
        {"employee_id": CITRA, "competency_id": "LAW", "level": 3.0, "assessor_id": BUDI},
        {"employee_id": BUDI, "competency_id": "LAW", "level": 4.0, "assessor_id": ANI},
    ],
    "performance_reviews": [{"employee_id": BUDI, "period_end": DAY, "predicate": "baik"}],
    "feedback": [
        {"feedback_id": "F1", "employee_id": BUDI, "program_id": "P1", "comment": "good"},
        {
            "feedback_id": "F2",
            "employee_id": ANI,
            "program_id": "P1",
            "comment": f"thanks, {BUDI} and budi  hartono SIREGAR!",
        },
    ],
}


def settle(database: Database) -> None:
    """Write all of it; everybody gets a pseudonym."""
    with database.writing() as connection:
        for table, rows in ROWS.items():
            for row in rows:
                connection.execute(insert(contract[table]).values(row))
        for id_ in NAMES:
            subject_of(connection, id_)


def a_row(table: Table, **values: object) -> dict[str, object]:
    """Return a row of a table: what is not given is 0 or empty, as its column allows."""
    empty = {str: "", int: 0, float: 0.0, bool: False, bytes: b""}
    needed = {column.name: empty[column.type.python_type] for column in table.c if not column.nullable}
    return {**needed, **values}


def tamper(database: Database, statement: Executable) -> None:
    """Change the ledger as somebody would who may do everything, its guards taken away first."""
    with database.writing() as connection:
        if database.is_sqlite:
            triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for name in triggers.scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.execute(statement)
        else:
            connection.exec_driver_sql("ALTER TABLE ledger DISABLE TRIGGER ALL")
            connection.execute(statement)
            connection.exec_driver_sql("ALTER TABLE ledger ENABLE TRIGGER ALL")


def everything(connection: Connection) -> dict[str, list[dict[str, object]]]:
    """Return every row of every table that the database really has, those that no code names included."""
    found = MetaData()
    found.reflect(connection)
    return {
        name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for name, table in found.tables.items()
    }
