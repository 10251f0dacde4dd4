"""`recommender accounts`: who signs in to the pages with a password."""

from __future__ import annotations

from typing import Annotated, cast

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recommender.cli.databases import OPERATOR, DatabaseOption, ready
from recommender.store.accounts import (
    Account,
    NewAccount,
    create_account,
    end_account,
    find_account,
    list_accounts,
    unknown_login,
)
from recommender.store.askers import Role
from recommender.store.demo import DemoAccount, make_demo_accounts
from recommender.store.invitations import HOURS, invite

accounts = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Make, list and end accounts of people who sign in to the pages.",
)
LoginArgument = Annotated[str, typer.Argument(metavar="LOGIN", help="What the holder types to sign in.")]
HoursOption = Annotated[
    float, typer.Option("--hours", min=0.1, max=8760, help="After how many hours the invitation ends.")
]
_COLUMNS = ("Login", "Name", "Role", "Employee", "Unit", "Made", "State")


@accounts.command()
def create(  # noqa: PLR0913 - each is an option of the command
    login: LoginArgument,
    database: DatabaseOption,
    name: Annotated[str, typer.Option("--name", help="The holder's name, as pages show it.")],
    role: Annotated[
        str, typer.Option("--role", help="One of manager, training-office, data-scientist, employee.")
    ],
    employee: Annotated[
        str, typer.Option("--employee", metavar="ID", help="Who the holder is; the role employee needs it.")
    ] = "",
    unit: Annotated[
        str,
        typer.Option("--unit", metavar="ID", help="The unit that a manager answers for, with all below it."),
    ] = "",
    hours: HoursOption = HOURS,
) -> None:
    """Make an account and print, on the last line, the path by which its holder chooses a password.

    Nobody else learns the password. The path works once; `recommender accounts invite` makes another.

    Example: recommender accounts create rina --name "Rina W." --role training-office --database sqlite:///city.db
    """
    try:
        new = NewAccount(login, name, cast(Role, role), employee, unit)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="LOGIN, --name, --role") from error
    with ready(database) as store, store.writing() as connection:
        account = create_account(connection, new, OPERATOR)
        token = invite(connection, account.account_id, hours, OPERATOR)
    _print_invitation(token, hours)


@accounts.command("list")
def list_(database: DatabaseOption) -> None:
    """List all accounts, the oldest first."""
    with ready(database) as store, store.reading() as connection:
        found = list_accounts(connection)
    if not found:
        typer.echo("There are no accounts; `recommender accounts create` makes one.")
        return
    table = Table()
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column == _COLUMNS[0], overflow="fold")
    for one in found:
        texts = (one.login, one.name, one.role, one.employee_id, one.unit_id, one.created_at[:10])
        table.add_row(*(Text(text) for text in (*texts, _state(one))))
    Console(highlight=False).print(table)


@accounts.command()
def end(login: LoginArgument, database: DatabaseOption) -> None:
    """End an account now: whoever is signed in by it is so no more, and its login is free again."""
    with ready(database) as store, store.writing() as connection:
        end_account(connection, login, OPERATOR)
    typer.echo(f"The account {login} lets nobody in any more.")


@accounts.command("invite")
def invite_(login: LoginArgument, database: DatabaseOption, hours: HoursOption = HOURS) -> None:
    """Print a new path by which the holder chooses a password, for one that was lost or never chosen.

    The old password holds until then; an earlier path does not.
    """
    with ready(database) as store, store.writing() as connection:
        account = find_account(connection, login)
        if account is None:
            raise unknown_login(login)
        token = invite(connection, account.account_id, hours, OPERATOR)
    _print_invitation(token, hours)


@accounts.command()
def demo(database: DatabaseOption) -> None:
    """Make an account of each role over a sample city and print their passwords, this once.

    For trying the pages out, never over real people. Again: the accounts made before end, and there are new
    passwords.

    Example: recommender accounts demo --database sqlite:///city.db
    """
    with ready(database) as store, store.writing() as connection:
        made = make_demo_accounts(connection, OPERATOR)
    _print_demo(made)


def _print_invitation(token: str, hours: float) -> None:
    typer.echo(
        f"Hand this path on, behind the address of the pages; it sets the password once, within {hours:g} "
        "hours, and cannot be shown again.",
        err=True,
    )
    typer.echo(f"/invitation/{token}")


def _print_demo(made: list[DemoAccount]) -> None:
    table = Table()
    for column in ("Login", "Password"):  # to be copied: whole, however narrow the window is
        table.add_column(column, no_wrap=True)
    for column in ("Role", "Name"):
        table.add_column(column, overflow="fold")
    for one in made:
        account = one.account
        table.add_row(*(Text(text) for text in (account.login, one.password, account.role, account.name)))
    Console(highlight=False).print(table)


def _state(account: Account) -> str:
    if account.ended_at is not None:
        return "ended"
    state = "open" if account.has_password else "invited"
    return f"{state}, demo" if account.is_demo else state
