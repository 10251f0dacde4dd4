"""A database by its URL: SQLite that keeps what it acknowledged, or PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from recommender.errors import StoreError
from recommender.store.faults import explained, no_driver

_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_EXAMPLES = "sqlite:///city.db or postgresql://user@host/city"
_CONNECT_SECONDS = 5
_BUSY_SECONDS = 10  # for another's lock
_LOOK_SECONDS = 0.002  # between two looks whether the other is done
_STATEMENT_SECONDS = 10  # for one statement; PostgreSQL ends it then
_SILENCE_SECONDS = 12  # for any answer: a server that is frozen does not end anything itself
_POOL_SECONDS = 5  # for a free connection
_LONGEST = 24 * 3600  # a statement of those who are patient
_WRITES, _WAITS = "writes", "_recommender_waits"


@dataclass(frozen=True, slots=True)
class Database:
    """A database and its pool of connections, for any number of threads.

    Attributes
    ----------
    shown : its address without the password, for people.
    """

    engine: Engine
    shown: str

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of SQLite."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file of SQLite, None for PostgreSQL."""
        return Path(str(self.engine.url.database)) if self.is_sqlite else None

    @contextmanager
    def reading(self, *, patient: bool = False) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database, however much is written meanwhile.

        Parameters
        ----------
        patient : whether a statement may take long; else PostgreSQL ends it after ten seconds.

        Raises
        ------
        StoreError
            The database cannot be used; as StoreUnavailable, where the same may succeed later.
        """
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._connected({} if self.is_sqlite else options) as connection:
            self._wait_long(connection, patient)
            yield connection

    @contextmanager
    def writing(self, *, patient: bool = False) -> Iterator[Connection]:
        """Yield a connection whose changes are kept together when the block ends, or not at all.

        On SQLite it holds the one place of a writer from the beginning: who read first and wrote later would
        otherwise be told that the database is busy. Parameters and errors are those of `reading`, and

        Raises
        ------
        EntryConflict
            A reference or a unique key was broken.
        """
        with self._connected({_WRITES: True}) as connection, connection.begin():
            self._wait_long(connection, patient)
            yield connection

    @contextmanager
    def _connected(self, options: dict[str, Any]) -> Iterator[Connection]:
        with explained(self.engine.url), self.engine.connect() as connection:
            yield connection.execution_options(**options)

    def _wait_long(self, connection: Connection, patient: bool) -> None:
        if patient and not self.is_sqlite:
            setattr(connection.connection.driver_connection, _WAITS, _LONGEST)
            for limit in ("statement_timeout", "lock_timeout"):
                connection.execute(text(f"SET LOCAL {limit} = '{_LONGEST}s'"))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def is_address(source: object) -> bool:
    """Return whether this names a database (or anything else by URL) and not a folder."""
    return isinstance(source, str) and "://" in source


def open_database(address: str) -> Database:
    """Return the database at a URL such as `sqlite:///city.db` or `postgresql://user@host/city`.

    Nothing is connected to yet. A file of SQLite and all tables are made by `migrate` (`store/migrating.py`):
    a slip in the address is an error and not a new empty database.

    Raises
    ------
    StoreError
        The URL cannot be read, names another kind of database, or its driver is not installed.
    """
    url = _url(address)
    try:
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    except ImportError as error:
        raise no_driver(error) from error
    event.listen(engine, "begin", _begin)
    forgotten = weakref.ref(engine)
    os.register_at_fork(after_in_child=lambda: _leave_to_parent(forgotten()))
    return Database(engine, url.render_as_string(hide_password=True).replace("+psycopg://", "://", 1))


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError) as error:
        # Not the address itself: it may hold a password.
        raise StoreError(f"the address of the database cannot be read; write {_EXAMPLES}.") from error
    driver = _DRIVERS.get(url.get_backend_name())
    if driver is None:
        kind = url.get_backend_name()
        raise StoreError(f"databases of the kind {kind!r} are not known; write {_EXAMPLES}.")
    if driver == "sqlite" and (not url.database or url.database == ":memory:"):
        raise StoreError("a database in memory is gone with the process; name a file: sqlite:///city.db.")
    if driver == "sqlite" and (url.query or str(url.database).startswith("file:") or url.host):
        raise StoreError("an address of SQLite names a file and nothing else: sqlite:///city.db.")
    return url.set(drivername=driver)


def _sqlite(url: URL) -> Engine:
    path = Path(str(url.database)).absolute()

    def connect() -> sqlite3.Connection:
        # mode=rw: a file that is not there is an error. BEGIN is ours (isolation_level None).
        return sqlite3.connect(
            f"{path.as_uri()}?mode=rw",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    engine = create_engine(
        url, creator=connect, pool_size=20, max_overflow=40, pool_timeout=_POOL_SECONDS, hide_parameters=True
    )
    event.listen(engine, "connect", _careful)
    return engine


def _careful(connection: Any, _record: object) -> None:
    """Let SQLite keep every commit over a loss of power, and check references."""
    mode = _write_ahead(connection)
    if mode != "wal":
        raise StoreError(
            f"SQLite could not switch to its write-ahead log (it stays {mode}); use a local disk."
        )
    for setting, value in (("synchronous", 2), ("foreign_keys", 1)):  # synchronous 2 = FULL
        connection.execute(f"PRAGMA {setting}={value}")
        found = connection.execute(f"PRAGMA {setting}").fetchone()[0]
        if found != value:
            raise StoreError(f"this SQLite does not follow PRAGMA {setting}={value} (it stays {found}).")


def _write_ahead(connection: Any) -> str:
    """Switch to the write-ahead log, and wait for others who do the same: SQLite does not wait here."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]).lower()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _postgresql(url: URL) -> Engine:
    limits = {
        "statement_timeout": f"{_STATEMENT_SECONDS}s",
        "lock_timeout": f"{_BUSY_SECONDS}s",
        "idle_in_transaction_session_timeout": "10min",
    }
    engine = create_engine(
        url,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "recommender",
            "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        },
        pool_size=20,
        max_overflow=40,  # more than the threads that answer
        pool_pre_ping=True,
        pool_timeout=_POOL_SECONDS,
        pool_recycle=1800,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _never_for_good)
    event.listen(engine, "checkin", _as_before)
    return engine


def _never_for_good(connection: Any, _record: object) -> None:
    """Let every wait for an answer of PostgreSQL end: neither libpq nor a frozen server does that."""
    wait = connection.wait

    def limited(answer: Any, *arguments: Any, timeout: float | None = None, **options: Any) -> Any:
        silence = getattr(connection, _WAITS, _SILENCE_SECONDS)
        try:
            return wait(answer, *arguments, timeout=silence if timeout is None else timeout, **options)
        except Exception as error:
            if timeout is None and type(error).__name__ == "_WaitTimeout":
                connection.pgconn.finish()  # its answer may still come, and would be taken for the next one's
            raise

    connection.wait = limited


def _as_before(connection: Any, _record: object) -> None:
    if connection is not None:
        setattr(connection, _WAITS, _SILENCE_SECONDS)


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        if connection.get_execution_options().get(_WRITES):
            try:
                _take_the_place_of_the_writer(connection.connection.driver_connection)
            except sqlite3.Error as error:  # as SQLAlchemy does it for its own statements
                raise DBAPIError.instance(
                    "BEGIN IMMEDIATE", None, error, sqlite3.Error, hide_parameters=True
                ) from error
        else:
            connection.exec_driver_sql("BEGIN")


def _take_the_place_of_the_writer(connection: Any) -> None:
    """Begin to write as soon as nobody else does: SQLite looks again after up to a tenth of a second."""
    until = time.monotonic() + _BUSY_SECONDS
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(_LOOK_SECONDS)
    finally:
        connection.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")


def _leave_to_parent(engine: Engine | None) -> None:
    """Forget in a forked process the connections of its parent, without closing them."""
    if engine is not None:
        engine.dispose(close=False)
