"""What holds of every database: one state for readers, all or nothing for writers, clear errors, no hang."""

from __future__ import annotations

import os
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

import pytest
from sqlalchemy import func, insert, select, text

from recommender.errors import EntryConflict, StoreError, StoreUnavailable
from recommender.store import database as module
from recommender.store.database import Database, open_database
from recommender.store.migrating import migrate, schema_state
from recommender.store.tables import contract, policies
from tests.databases import Server

SECRET = "s3cr3t-word"


def _add(database: Database, words: str) -> None:
    with database.writing() as connection:
        connection.execute(insert(policies), [{"text": words, "imported_at": ""}])


def _count(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(policies)) or 0


def test_a_reader_sees_one_state_over_several_questions(database: Database) -> None:
    asked = select(func.count()).select_from(policies)
    _add(database, "before")
    with database.reading() as connection:
        assert connection.scalar(asked) == 1
        _add(database, "meanwhile")
        assert connection.scalar(asked) == 1
    assert _count(database) == 2


def test_a_writer_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute(insert(policies), [{"text": "half", "imported_at": ""}])
        raise ZeroDivisionError
    assert _count(database) == 0


def test_many_threads_lose_no_write(database: Database) -> None:
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda number: _add(database, str(number)), range(48)))
    assert _count(database) == 48


def test_a_writer_who_waits_too_long_may_try_again(
    migrated_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0)
    database = open_database(f"sqlite:///{migrated_file}")
    with database.writing(), ThreadPoolExecutor(1) as pool:

        def write() -> None:
            with database.writing():
                raise AssertionError("there is one place for a writer")

        with pytest.raises(StoreUnavailable, match="SQLITE_BUSY"):
            pool.submit(write).result()
    with database.writing() as connection:
        assert connection.in_transaction()
    database.close()


def test_a_reference_to_nobody_is_refused(database: Database) -> None:
    with pytest.raises(EntryConflict), database.writing() as connection:
        row = {"employee_id": "197001011990011001", "competency_id": "C", "level": 1.0}
        connection.execute(insert(contract["assessments"]), [row])


def test_values_do_not_stand_in_errors(database: Database) -> None:
    with pytest.raises(EntryConflict) as caught, database.writing() as connection:
        row = {"employee_id": "E1", "competency_id": "SITI-RAHAYU", "level": 1.0}
        connection.execute(insert(contract["assessments"]), [row])
    assert "SITI" not in str(caught.value) + str(caught.value.__cause__)


def test_a_value_that_cannot_be_kept_is_no_passing_trouble(migrated_postgresql: str) -> None:
    database = open_database(migrated_postgresql)
    with pytest.raises(StoreError, match="cannot hold a value") as caught:
        _add(database, "a\0b")
    assert not isinstance(caught.value, StoreUnavailable)
    database.close()


def test_sqlite_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'city.db'}")
    migrate(database)
    with database.reading() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    database.close()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("city.db", "cannot be read; write sqlite:///city.db"),
        (f"mysql://root:{SECRET}@host/city", "'mysql' are not known"),
        ("sqlite://", "gone with the process"),
        ("sqlite:///:memory:", "gone with the process"),
        ("sqlite:///city.db?mode=memory", "names a file and nothing else"),
        ("sqlite://host/city.db", "names a file and nothing else"),
        (f"postgresql://user:{SECRET}@host:port/city", "cannot be read"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address: str, told: str) -> None:
    with pytest.raises(StoreError, match=told) as caught:
        open_database(address)
    assert SECRET not in str(caught.value)


def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    file = tmp_path / "typo.db"
    with pytest.raises(StoreError, match=r"there is no database.*recommender migrate"):
        schema_state(open_database(f"sqlite:///{file}"))
    assert not file.exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder .*absent.* does not exist"):
        migrate(open_database(f"sqlite:///{tmp_path / 'absent' / 'city.db'}"))


@pytest.mark.parametrize("content", [b"employee_id,name\n" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_left_alone(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "city.db"
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"is no database of SQLite|is damaged") as caught:
        migrate(open_database(f"sqlite:///{file}"))
    assert not isinstance(caught.value, StoreUnavailable)
    assert file.read_bytes() == content


def test_a_postgresql_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = open_database(f"postgresql://user:{SECRET}@/city?host={tmp_path}")
    with pytest.raises(StoreUnavailable, match="cannot be used just now") as caught, database.reading():
        pass
    assert SECRET not in str(caught.value)
    database.close()


@pytest.mark.parametrize("name", ["absent", "guarded"])
def test_a_wrong_name_or_password_is_no_passing_trouble(name: str, postgresql: Server) -> None:
    rules = postgresql.folder / "pg_hba.conf"
    before = rules.read_text()
    if name == "guarded":
        rules.write_text(f"local all guarded scram-sha-256\n{before}")
        postgresql.run("CREATE ROLE guarded LOGIN PASSWORD 'another'")
        postgresql.run("SELECT pg_reload_conf()")
    address = postgresql.url("postgres").replace(f"{postgresql.user}@", f"{name}:{SECRET}@")
    database = open_database(address)
    with pytest.raises(StoreError, match="lets nobody in") as caught, database.reading():
        pass
    assert not isinstance(caught.value, StoreUnavailable)
    assert SECRET not in str(caught.value)
    database.close()
    rules.write_text(before)
    postgresql.run("SELECT pg_reload_conf()")


def test_a_database_without_our_tables_says_what_to_run(address: str) -> None:
    database = open_database(address)
    migrate(database)
    migrate(database, "base")
    with pytest.raises(StoreError, match="recommender migrate"):
        _count(database)
    database.close()


def test_a_frozen_server_lets_nobody_hang(
    postgresql: Server, migrated_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SILENCE_SECONDS", 0.5)
    database = open_database(migrated_postgresql)
    with database.reading() as connection:
        process = int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)
    os.kill(process, signal.SIGSTOP)
    try:
        # The connection in the pool does not answer; it is given up, and a new one serves.
        assert _count(database) == 0
        with pytest.raises(StoreUnavailable), database.reading() as connection:
            backend = int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)
            connection.execute(text("SELECT pg_sleep(0.01)"))
            os.kill(backend, signal.SIGSTOP)
            try:
                connection.execute(text("SELECT 1"))
            finally:
                os.kill(backend, signal.SIGCONT)
    finally:
        os.kill(process, signal.SIGCONT)
    assert _count(database) == 0
    database.close()


def test_a_statement_has_its_time_on_postgresql(migrated_postgresql: str) -> None:
    database = open_database(migrated_postgresql)
    with database.reading() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "10s"
    with database.reading(patient=True) as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "1d"
    with database.reading() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "10s", "patience ends with the block"
    with pytest.raises(StoreUnavailable, match="57014"), database.reading() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 20"))
        connection.execute(text("SELECT pg_sleep(5)"))
    database.close()


def test_a_server_that_restarts_is_found_again(migrated_postgresql: str, postgresql: Server) -> None:
    database = open_database(migrated_postgresql)
    _count(database)
    postgresql.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'migrated'")
    assert _count(database) == 0
    database.close()


def _forked(work: Callable[[int], None]) -> tuple[int, TextIO]:
    """Run something in a copy of this process; return its id and what it writes to its descriptor."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of threads: there are none
        child = os.fork()
    if child:
        os.close(theirs)
        return child, os.fdopen(ours)
    try:
        work(theirs)
        os._exit(0)
    except BaseException:
        os._exit(1)


def test_a_forked_process_has_connections_of_its_own(database: Database) -> None:
    _add(database, "by the parent")
    child, pipe = _forked(lambda _: _add(database, "by the child"))
    assert os.waitpid(child, 0)[1] == 0
    assert _count(database) == 2, "the connections of the parent are still whole"
    pipe.close()


def test_a_writer_that_is_killed_leaves_whole_records(database: Database) -> None:
    def write(pipe: int) -> None:
        for number in range(100_000):
            with database.writing() as connection:
                halves = [{"text": f"{number} {half}", "imported_at": ""} for half in "ab"]
                connection.execute(insert(policies), halves)
            os.write(pipe, f"{number}\n".encode())

    child, pipe = _forked(write)
    first = [int(pipe.readline()) for _ in range(20)]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    acknowledged = [*first, *(int(line) for line in pipe)]
    pipe.close()
    with database.reading() as connection:
        kept = connection.scalars(select(policies.c.text).order_by(policies.c.row)).all()
    assert kept == [f"{number} {half}" for number in range(len(kept) // 2) for half in "ab"]
    assert len(kept) // 2 >= len(acknowledged)
    _add(database, "goes on")


def test_no_thread_stays_behind(database: Database) -> None:
    before = threading.active_count()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _count(database), range(8)))
    assert threading.active_count() == before
