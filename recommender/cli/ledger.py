"""`recommender ledger`: whether the ledger is whole, and all of it as a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.databases import DatabaseOption, ready
from recommender.cli.files import put
from recommender.errors import StoreError
from recommender.store.database import Database
from recommender.store.ledger import all_lines, verify

ledger = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Check and export what was answered and decided."
)


@ledger.command("verify")
def verify_(
    database: DatabaseOption,
    noted: Annotated[
        str, typer.Option("--noted", metavar="LINE:HASH", help="A last line that was noted down earlier.")
    ] = "",
) -> None:
    """Walk the chain of hashes and name the first line that does not fit; exit code 1 if there is one.

    Note down what is printed of the last line: with --noted it shows later that no end was cut off.
    """
    line = _noted(noted)
    with ready(database) as store, store.reading(patient=True) as connection:
        verdict = verify(connection, line)
    if not verdict.is_whole:
        raise StoreError(
            f"the ledger is broken: {verdict.problem}. {verdict.lines:,} lines before it are whole. Compare "
            "it with a backup, and find out who could write to the database."
        )
    if not verdict.lines:
        typer.echo("The ledger is empty.")
        return
    typer.echo(f"All {verdict.lines:,} lines are whole. The last one: {verdict.sequence}:{verdict.hash}")


@ledger.command()
def export(
    database: DatabaseOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write it.")],
) -> None:
    """Write all lines to FILE in their order, a line of JSON each; people stand under pseudonyms."""
    if out.is_dir():
        raise typer.BadParameter(f"{out} is a folder; name a file.", param_hint="--out")
    with ready(database) as store:
        count = 0

        def write(work: Path) -> None:
            nonlocal count
            count = _write(store, work)

        put(out, write)
    typer.echo(f"{count:,} lines written to {out}")


def _write(store: Database, file: Path) -> int:
    count = 0
    with (
        store.reading(patient=True) as connection,
        file.open("w", encoding="utf-8", newline="\n") as opened_file,
    ):
        for line in all_lines(connection):
            opened_file.write(json.dumps(line.row(), ensure_ascii=False) + "\n")
            count += 1
    return count


def _noted(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    found = re.fullmatch(r"(\d+):([0-9a-f]{64})", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no number and hash such as 12:0af3...", param_hint="--noted")
    return int(found.group(1)), found.group(2)
