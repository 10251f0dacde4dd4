"""The whole service is killed while clients write: what was acknowledged is kept, once, and it starts again.

Killed are the supervisor and its worker, by SIGKILL. What a kill cannot show is a loss of power; for that the
store asks the disk to be sure of each commit (`test_database.py` holds that).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from typing import Any

from recommender.store.database import Database, open_database
from recommender.store.keys import Grant, create_key
from recommender.store.ledger import verify
from recommender.store.migrating import migrate, schema_state
from recommender.store.transfer import import_rows
from tests.api.cities import sample_rows
from tests.api.servers import Server
from tests.databases import Server as Postgresql
from tests.faults import SOAK
from tests.faults.writers import ROWS, Writers, rows_kept

KILLS = 200 if SOAK else 10
KILLS_OVER_POSTGRESQL = 20 if SOAK else 2
LONGEST = 0.3  # seconds of writing before a kill
SEED = 6


def test_killed_over_sqlite(
    started: Callable[..., Any], own_city: Callable[[], str], keys: dict[str, str], ids: Sequence[str]
) -> None:
    url = own_city()
    survive(lambda: started(DATABASE_URL=url), url, Writers(ids, keys["hr-system"], SEED), KILLS)


def test_killed_over_postgresql(
    started: Callable[..., Any], postgresql: Postgresql, ids: Sequence[str]
) -> None:
    url = postgresql.new()
    database = open_database(url)
    migrate(database)
    import_rows(database, sample_rows(), "", lambda *_: None)
    with database.writing() as connection:
        key = create_key(connection, Grant("hr-system"))
    database.close()
    writers = Writers(ids, key, SEED)
    survive(lambda: started(DATABASE_URL=url), url, writers, KILLS_OVER_POSTGRESQL)
    postgresql.drop(url)


def survive(start: Callable[[], Any], url: str, writers: Writers, kills: int) -> None:
    """Kill the service so often; each time start it again and see what is kept."""
    chance = random.Random(SEED)
    database = open_database(url)
    doubtful = saved = 0
    for _ in range(kills):
        with start() as server:
            starts_clean(server, database)
            saved += what_is_kept(database, writers)
            writers.write_and_kill(server, chance.uniform(0, LONGEST))
            doubtful += len(writers.open)
            assert "unexpected error" not in server.output.read_text()
    with start() as server:
        starts_clean(server, database)
        saved += what_is_kept(database, writers)
        writers.finish(server)
        assert rows_kept(database) == dict.fromkeys(writers.acknowledged, ROWS)
        assert server.stop() == 0
    database.close()
    assert len(writers.acknowledged) >= kills
    assert doubtful >= kills, "kills should come while something is being written"
    sys.stdout.write(
        f"{kills} kills; {len(writers.acknowledged)} batches acknowledged; {doubtful} were open at a kill, "
        f"of which {saved} were kept; {len(writers.lines)} answers in the ledger\n"
    )


def starts_clean(server: Server, database: Database) -> None:
    """See that the service says it is well (it has started), and that the database is whole."""
    assert (server.readiness()["database"], server.readiness()["tables"]) == ("ok", "ok")
    assert schema_state(database).is_ready
    with database.reading() as connection:
        assert verify(connection).is_whole
        if database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def what_is_kept(database: Database, writers: Writers) -> int:
    """See that all that was acknowledged is kept once, and nothing by halves; return how much else is."""
    kept = rows_kept(database)
    assert set(kept.values()) <= {ROWS}, "a batch was kept by halves, or twice"
    assert writers.acknowledged <= kept.keys(), "an acknowledged batch is lost"
    assert kept.keys() <= writers.acknowledged | writers.open
    with database.reading() as connection:
        lines = set(connection.exec_driver_sql("SELECT ledger_id FROM ledger").scalars())
    assert writers.lines <= lines, "an answer was given that is not in the ledger"
    return len(kept.keys() & writers.open)
