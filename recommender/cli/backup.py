"""`recommender backup`: all of a database in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.databases import Clock, UrlArgument, opened
from recommender.store.backup import back_up


def backup(
    url: UrlArgument, file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file, FILE.zip.")]
) -> None:
    """Write everything in a database to one file, while others go on writing.

    The file can be restored into SQLite or PostgreSQL. It holds names, NIPs and hashes of keys; only its
    owner may read it. Keep the digest that is printed: `recommender restore` prints it too.

    Example: recommender backup sqlite:///city.db city-backup.zip
    """
    clock = Clock()
    with opened(url) as database:
        made = back_up(database, file)
    typer.echo(f"{made.rows:,} rows of {len(made.tables)} tables in {file} ({clock}).")
    typer.echo(f"sha256 {made.digest}")
