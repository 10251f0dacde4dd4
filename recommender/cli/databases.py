"""What the commands over databases share: addresses, databases of any state and ready ones, the operator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, cast

import typer

from recommender.store.askers import Asker, Role
from recommender.store.database import Database, open_database
from recommender.store.migrating import check_ready

_VARIABLE = "RECOMMENDER_DATABASE_URL"
_ABOUT = (
    "A database: sqlite:///city.db or postgresql://user@host/city (its password better in PGPASSWORD or "
    "~/.pgpass than here)."
)
UrlArgument = Annotated[str, typer.Argument(metavar="URL", help=_ABOUT)]
ToOption = Annotated[str, typer.Option("--to", metavar="URL", envvar=_VARIABLE, help=_ABOUT)]
FromOption = Annotated[str, typer.Option("--from", metavar="URL", envvar=_VARIABLE, help=_ABOUT)]
DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar=_VARIABLE,
        help="sqlite:///city.db or postgresql://user@host/city; the variable keeps a password out of sight.",
    ),
]

# Whoever may run commands on the machine stands above all roles of the service; the ledger names it so.
OPERATOR = Asker("command-line", cast(Role, "operator"))


@contextmanager
def opened(address: str) -> Iterator[Database]:
    """Yield a database, whatever is in it, and close it afterwards."""
    database = open_database(address)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def ready(address: str) -> Iterator[Database]:
    """Yield a database with the tables of this release, and close it afterwards.

    Raises
    ------
    StoreError
        It cannot be used, or has other tables; the text says which command to run.
    """
    with opened(address) as database:
        with database.reading() as connection:
            check_ready(connection, database.shown)
        yield database


class Clock:
    """Seconds since it was made, as text."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __str__(self) -> str:
        return f"{time.perf_counter() - self._started:.1f} s"
