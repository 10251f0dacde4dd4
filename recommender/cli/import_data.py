"""`recommender import`: a whole city into a database, all or nothing."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from recommender.cli.databases import OPERATOR, Clock, ToOption, opened
from recommender.dataset.check import check
from recommender.dataset.opening import open_data, policy_for
from recommender.dataset.typed import typed_rows
from recommender.errors import DataError
from recommender.policy import FILE_NAME
from recommender.sources import Source
from recommender.store.erasure import wipe_pages
from recommender.store.migrating import migrate
from recommender.store.transfer import import_rows


def import_data(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Folder of tables, or another database by URL.")
    ],
    to: ToOption,
    remove_absent: Annotated[
        bool, typer.Option("--remove-absent", help="Erase people of the database who are not in DATA.")
    ] = False,
) -> None:
    """Check DATA and put all of its tables into a database in place of those that are there.

    All or nothing, and repeatable: the same data give the same content. A new database is made, one of an
    older release brought up to date. Keys, decisions, objections and the ledger stay. The policy.toml of DATA
    is kept with the data.

    Example: recommender import data/sample --to sqlite:///city.db
    """
    clock, errors = Clock(), Console(stderr=True)
    source = open_data(data)
    checked = check(source, policy_for(source))
    if checked.faults:
        raise DataError(checked.faults)
    tables = {name: typed_rows(table) for name, table in checked.tables.by_name.items() if len(table)}
    total = sum(map(len, tables.values()))
    with opened(to) as database, Progress(console=errors, disable=not errors.is_terminal) as shown:
        migrate(database)
        task = shown.add_task("Importing", total=total)
        done = import_rows(
            database,
            tables,
            _policy_text(source),
            lambda _table, rows: shown.advance(task, rows),
            eraser=OPERATOR if remove_absent else None,
        )
        if done.removed:
            wipe_pages(database)
    typer.echo(f"{sum(done.rows.values()):,} rows of {len(done.rows)} tables in {database.shown} ({clock}).")
    typer.echo(f"{done.rows['employees']:,} people, {done.new:,} of them new; {done.removed:,} removed.")


def _policy_text(source: Source) -> str:
    if source.folder is None:
        return source.policy
    file = source.folder / FILE_NAME
    return file.read_text("utf-8") if file.is_file() else ""
