"""`recommender restore`: a backup into a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.databases import Clock, UrlArgument, opened
from recommender.store import backup


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `recommender backup` wrote.")],
    url: UrlArgument,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in place of what is in the database.")
    ] = False,
) -> None:
    """Verify a backup and read it into a database, all or nothing, with the tables of this release.

    Example: recommender restore city-backup.zip postgresql://recommender@localhost/city
    """
    clock = Clock()
    with opened(url) as database:
        found = backup.restore(database, file, replace=replace)
        typer.echo(f"{found.rows:,} rows of {len(found.tables)} tables in {database.shown} ({clock}).")
    typer.echo(f"made at {found.made_at}, sha256 {found.digest}")
