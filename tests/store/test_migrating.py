"""The tables of a database: made, taken away and made again, and never by two at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text, update

from recommender.errors import StoreError
from recommender.store.database import Database, open_database
from recommender.store.migrating import check_ready, migrate, schema_state
from recommender.store.tables import contract, metadata, subjects
from recommender.store.writing import put_employee


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_tables_go_and_come_back_on_data(database: Database) -> None:
    with database.writing() as connection:
        put_employee(connection, {"employee_id": "E1"})
        connection.execute(insert(contract["programs"]), [{"program_id": "P1"}])
    migrate(database)  # nothing to do: nothing is lost
    with database.reading() as connection:
        assert connection.scalars(select(subjects.c.employee_id)).all() == ["E1"]
    migrate(database, "base")
    assert schema_state(database).current is None
    with database.reading() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    migrate(database)
    assert schema_state(database).is_ready
    with database.writing() as connection:
        assert put_employee(connection, {"employee_id": "E1"}), "the tables came back without rows"


def test_a_new_database_says_what_to_run_until_it_is_migrated(address: str) -> None:
    database = open_database(address)
    with pytest.raises(StoreError, match="recommender migrate"), database.reading() as connection:
        check_ready(connection, database.shown)
    migrate(database)
    state = schema_state(database)
    assert (state.current, state.is_ready) == (state.newest, True)
    with database.reading() as connection:
        check_ready(connection, database.shown)
    database.close()


def test_a_database_of_a_newer_release_is_refused_by_name(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    state = schema_state(database)
    assert (state.current, state.is_ready) == ("9999", False)
    with pytest.raises(StoreError, match=r"revision 9999.*newer release"):
        migrate(database)
    with pytest.raises(StoreError, match="9999"), database.reading() as connection:
        check_ready(connection, database.shown)


def test_a_revision_that_does_not_exist_is_refused(database: Database) -> None:
    with pytest.raises(StoreError, match="no revision 'tomorrow'"):
        migrate(database, "tomorrow")
    assert schema_state(database).is_ready


def test_many_who_migrate_at_once_make_the_tables_once(address: str) -> None:
    databases = [open_database(address) for _ in range(6)]
    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(migrate, databases))
    assert all(schema_state(database).is_ready for database in databases)
    for database in databases:
        database.close()


def test_a_migration_that_fails_changes_nothing(address: str) -> None:
    database = open_database(address)
    migrate(database)
    migrate(database, "base")
    with database.writing() as connection:
        # A table of somebody else's stands in the way of ours.
        connection.execute(text("CREATE TABLE subjects (employee_id TEXT)"))
    with pytest.raises(StoreError, match="subjects"):
        migrate(database)
    assert schema_state(database).current is None
    with database.reading() as connection:
        assert set(inspect(connection).get_table_names()) == {"alembic_version", "subjects"}
    database.close()


def test_the_file_of_people_is_only_its_owners(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "city.db"
    database = open_database(f"sqlite:///{file}")
    migrate(database)
    assert file.stat().st_mode & 0o077 == 0
    database.close()


def test_rows_are_numbered_on(database: Database) -> None:
    people = contract["employees"]
    with database.writing() as connection:
        for id_ in ("B", "A", "C"):
            put_employee(connection, {"employee_id": id_})
        connection.execute(update(people).where(people.c.employee_id == "A").values(grade="II/a"))
    with database.reading() as connection:
        ordered = connection.scalars(select(people.c.employee_id).order_by(people.c.row)).all()
    assert ordered == ["B", "A", "C"]
