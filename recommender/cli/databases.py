"""What the commands share that move whole databases: addresses of databases of any state."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from recommender.store.database import Database, open_database

_VARIABLE = "RECOMMENDER_DATABASE_URL"
_ABOUT = (
    "A database: sqlite:///city.db or postgresql://user@host/city (its password better in PGPASSWORD or "
    "~/.pgpass than here)."
)
UrlArgument = Annotated[str, typer.Argument(metavar="URL", help=_ABOUT)]
ToOption = Annotated[str, typer.Option("--to", metavar="URL", envvar=_VARIABLE, help=_ABOUT)]
FromOption = Annotated[str, typer.Option("--from", metavar="URL", envvar=_VARIABLE, help=_ABOUT)]


@contextmanager
def opened(address: str) -> Iterator[Database]:
    """Yield a database, whatever is in it, and close it afterwards."""
    database = open_database(address)
    try:
        yield database
    finally:
        database.close()


class Clock:
    """Seconds since it was made, as text."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __str__(self) -> str:
        return f"{time.perf_counter() - self._started:.1f} s"
