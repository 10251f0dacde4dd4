"""What the commands over keys, the ledger and people share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, cast

import typer

from recommender.cli.databases import opened
from recommender.store.askers import Asker, Role
from recommender.store.database import Database
from recommender.store.migrating import check_ready

DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="RECOMMENDER_DATABASE_URL",
        help="sqlite:///city.db or postgresql://user@host/city; the variable keeps a password out of sight.",
    ),
]

# Whoever may run commands on the machine stands above all roles of the service; the ledger names it so.
OPERATOR = Asker("command-line", cast(Role, "operator"))


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
