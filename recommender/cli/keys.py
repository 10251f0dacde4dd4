"""`recommender keys`: who is let in to the service."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recommender.cli.databases import DatabaseOption, ready
from recommender.store.askers import ROLES, Role
from recommender.store.keys import DAYS, Grant, create_key, list_keys, revoke_key

keys = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Make, list and revoke API keys.")
_COLUMNS = ("Key", "Role", "Scopes", "Employee", "Unit", "Label", "Ends", "State")


@keys.command()
def create(  # noqa: PLR0913 - each is an option of the command
    database: DatabaseOption,
    role: Annotated[str, typer.Option("--role", help=f"One of {', '.join(ROLES)}.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="Narrow the key to this scope; may be given several times."),
    ] = None,
    employee: Annotated[
        str, typer.Option("--employee", metavar="ID", help="Who the holder is; the role employee needs it.")
    ] = "",
    unit: Annotated[
        str,
        typer.Option("--unit", metavar="ID", help="The unit that a manager answers for, with all below it."),
    ] = "",
    label: Annotated[
        str, typer.Option("--label", help="What people call the key: the system that holds it.")
    ] = "",
    days: Annotated[int, typer.Option("--days", help="After how many days it ends.")] = DAYS,
) -> None:
    """Make a key and print it, on the last line of the output: this once, since nobody keeps it.

    Example: recommender keys create --role hr-system --label SIMPEG --database sqlite:///city.db
    """
    try:
        grant = Grant(cast(Role, role), tuple(scope or ()), employee, unit, label, days)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--role") from error
    with ready(database) as store, store.writing() as connection:
        key = create_key(connection, grant)
    typer.echo("Keep this key now; it cannot be shown again. It goes into the header X-API-Key.", err=True)
    typer.echo(key)


@keys.command("list")
def list_(database: DatabaseOption) -> None:
    """List all keys without their secrets, the oldest first."""
    with ready(database) as store, store.reading() as connection:
        found = list_keys(connection)
    if not found:
        typer.echo("There are no keys; `recommender keys create` makes one.")
        return
    now = datetime.now(UTC)
    table = Table()
    for column in _COLUMNS:
        table.add_column(column)
    for key in found:
        texts = (key.key_id, key.role, " ".join(key.scopes), key.employee_id, key.unit_id, key.label)
        table.add_row(*(Text(text) for text in (*texts, key.expires_at[:10], key.state(now))))
    Console(highlight=False).print(table)


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="What stands before the key's point.")],
    database: DatabaseOption,
) -> None:
    """End a key now, in every worker of the service."""
    with ready(database) as store, store.writing() as connection:
        revoke_key(connection, key_id)
    typer.echo(f"The key {key_id} lets nobody in any more.")
