"""From one release's tables to the next one's, up and down: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect, text

from recommender.errors import StoreError
from recommender.store.database import Database
from recommender.store.faults import explained, not_made
from recommender.store.tables import metadata

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_309_406_155  # any number, but always the same: who migrates holds it


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Which revision the tables have, None where there are none, and which one this release needs."""

    current: str | None
    newest: str

    @property
    def is_ready(self) -> bool:
        """Whether the tables are those of this release."""
        return self.current == self.newest


def migrate(database: Database, to: str = "head") -> None:
    """Bring the tables to a revision, by default this release's; a new file of SQLite is made.

    Parameters
    ----------
    to : a revision, "head" (the newest) or "base" (no tables: all data are lost).

    Raises
    ------
    StoreError
        The tables were made by a newer release, or there is no such revision.
    """
    make_file(database)
    with database.writing(patient=True) as connection:
        migrate_within(connection, database.shown, to)


def migrate_within(connection: Connection, shown: str, to: str = "head") -> None:
    """Do what `migrate` does, as a part of the transaction of a connection."""
    if connection.dialect.name == "postgresql":
        # SQLite lets one writer in at a time anyway. Whoever comes second finds nothing left to do.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    script = _script()
    current = _known(_revision(connection), shown)
    target = _target(script, to)
    below = script.walk_revisions("base", current or "base")
    down = target is None or target in [one.revision for one in below]
    if current is None:
        _check_nothing_in_the_way(connection, shown)

    def steps(revision: Any, _context: object) -> Any:
        run = script._downgrade_revs if down else script._upgrade_revs
        return run("base" if target is None else target, revision)

    with EnvironmentContext(_config(), script, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        environment.run_migrations()


def schema_state(database: Database) -> SchemaState:
    """Return which revision the tables have and which one they should have."""
    with database.reading() as connection:
        return SchemaState(_revision(connection), newest_revision())


def check_ready(connection: Connection, shown: str) -> None:
    """Refuse a database whose tables are not those of this release.

    Raises
    ------
    StoreError
        It says which command to run.
    """
    current = _known(_revision(connection), shown)
    if current != newest_revision():
        raise not_made(shown)


def current_revision(connection: Connection, shown: str) -> str | None:
    """Return the revision of the tables, None where there are none of ours.

    Raises
    ------
    StoreError
        A newer release made them.
    """
    return _known(_revision(connection), shown)


@cache
def newest_revision() -> str:
    """Return the revision that this release needs."""
    head = _script().get_current_head()
    if head is None:
        raise AssertionError("there is at least one revision")
    return head


def make_file(database: Database) -> None:
    """Make the file of SQLite where there is none yet, for nobody but its owner: it will hold names."""
    file = database.file
    if file is not None and not file.exists() and file.parent.is_dir():
        with explained(database.engine.url):
            file.touch(mode=0o600)


def _revision(connection: Connection) -> str | None:
    found: Sequence[str] = MigrationContext.configure(connection).get_current_heads()
    return found[0] if found else None


def _known(current: str | None, shown: str) -> str | None:
    known = [one.revision for one in _script().walk_revisions()]
    if current is not None and current not in known:
        raise StoreError(
            f"the tables of {shown} are of revision {current}, which this release does not know (its newest "
            f"is {newest_revision()}): a newer release made them. Install that one, or restore a backup."
        )
    return current


def _check_nothing_in_the_way(connection: Connection, shown: str) -> None:
    foreign = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if foreign:
        raise StoreError(
            f"the database {shown} has tables that were not made by `recommender migrate`: "
            f"{', '.join(foreign)}. Name an empty database."
        )


def _target(script: ScriptDirectory, to: str) -> str | None:
    try:
        found = script.as_revision_number(to)
        wanted = found if isinstance(found, str) or found is None else found[0]
        if wanted is not None:
            script.get_revision(wanted)
    except CommandError as error:
        raise StoreError(
            f"there is no revision {to!r} of the tables; the newest is {newest_revision()}."
        ) from error
    return wanted


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
