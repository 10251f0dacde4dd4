"""The typer app and the one place where errors become messages and exit codes.

Exit codes: 0 done, 1 the data or a bundle will not do (the message says why), 2 the command was misspelt.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from recommender.cli.accounts import accounts
from recommender.cli.ask_next import ask_next
from recommender.cli.backup import backup
from recommender.cli.batch import batch
from recommender.cli.counterfactual import counterfactual
from recommender.cli.effects import effects
from recommender.cli.erase import erase
from recommender.cli.export_data import export_data
from recommender.cli.import_data import import_data
from recommender.cli.keys import keys
from recommender.cli.ledger import ledger
from recommender.cli.migrate import migrate
from recommender.cli.profile import profile
from recommender.cli.recommend import recommend
from recommender.cli.replay import replay
from recommender.cli.restore import restore
from recommender.cli.retention import retention
from recommender.cli.simulate import simulate
from recommender.cli.validate import validate
from recommender.errors import RecommenderError

app = typer.Typer(
    name="recommender",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Recommend training programs from competency gaps, histories and evaluations.\n\n"
    "Start with `recommender simulate DIR`, `recommender validate DIR` and "
    "`recommender recommend EMPLOYEE --data DIR`.",
)
for command in (validate, simulate, profile, ask_next, recommend, counterfactual, batch, effects):
    app.command()(command)
app.command()(migrate)
app.command()(backup)
app.command()(restore)
app.command()(replay)
app.command()(erase)
app.command()(retention)
app.add_typer(keys, name="keys")
app.add_typer(accounts, name="accounts")
app.add_typer(ledger, name="ledger")
app.command("import")(import_data)
app.command("export")(export_data)


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=lambda asked: _print_version(asked), is_eager=True)
    ] = False,
) -> None:
    """Options of the command itself."""


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(version("course-recommender"))
        raise typer.Exit


def main() -> None:
    """Run the command; errors raised on purpose become one message on stderr and exit code 1."""
    try:
        app()
    except (RecommenderError, OSError) as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(1)
