"""`recommender erase`: one person out of the database."""

from __future__ import annotations

from typing import Annotated

import typer

from recommender.cli.databases import OPERATOR, DatabaseOption, ready
from recommender.store.erasure import erase as erase_person
from recommender.store.erasure import wipe_pages


def erase(
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="The employee's id.")],
    database: DatabaseOption,
) -> None:
    """Take a person out of the database for good; the ledger keeps its proof under a pseudonym of nobody.

    Backups made before, and the personnel system itself, are not touched.

    Example: recommender erase E00042 --database sqlite:///city.db
    """
    with ready(database) as store:
        with store.writing(patient=True) as connection:
            erased = erase_person(connection, employee, OPERATOR)
        wipe_pages(store)
    removed = ", ".join(f"{count:,} of {table}" for table, count in erased.removed.items())
    typer.echo(f"Removed: {removed}.")
    if erased.replaced:
        replaced = ", ".join(f"{count:,} of {table}" for table, count in erased.replaced.items())
        typer.echo(f"Made to name nobody: {replaced}.")
