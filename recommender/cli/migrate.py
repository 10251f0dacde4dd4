"""`recommender migrate`: the tables of a database, made or brought up to date."""

from __future__ import annotations

import typer

from recommender.cli.databases import UrlArgument, opened
from recommender.store import migrating


def migrate(url: UrlArgument) -> None:
    """Make the tables of a database, or bring them to what this release needs; nothing in them is lost.

    Example: recommender migrate sqlite:///city.db
    """
    with opened(url) as database:
        migrating.migrate(database)
        typer.echo(f"The tables of {database.shown} are of revision {migrating.newest_revision()}.")
