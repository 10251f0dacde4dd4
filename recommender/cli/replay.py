"""`recommender replay LEDGER_ID`: an answer made again from what the ledger kept, compared byte by byte."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.databases import DatabaseOption, ready
from recommender.errors import StoreError
from recommender.service.replay import Replay
from recommender.service.replay import replay as made_again


def replay(
    ledger_id: Annotated[
        str, typer.Argument(metavar="LEDGER_ID", help="The header Ledger-Id of an answer, or a line's id.")
    ],
    database: DatabaseOption,
    models: Annotated[
        Path, typer.Option("--models", metavar="DIR", help="Folder of bundles with the one that answered.")
    ] = Path("models"),
) -> None:
    """Make an answer again and print it as it was sent; exit code 1 if a single byte differs.

    The catalogue, the sums over all records, the person's records and the model are those of that time.

    Example: recommender replay 0199c1d2-5f0e-7c31-9d52-0c4a6b1e8f77 --database sqlite:///city.db
    """
    with ready(database) as store:
        found = made_again(store, ledger_id, models)
    if not found.is_same:
        raise StoreError(_difference(found))
    sys.stdout.buffer.write(found.sent + b"\n")
    sys.stdout.flush()
    line = found.line
    typer.echo(
        f"Answered {line.written_at} by model {line.model[:12]}, policy {line.policy}, for {line.role} "
        f"{line.asker}: made again, all {len(found.sent):,} bytes are the same.",
        err=True,
    )


def _difference(found: Replay) -> str:
    pairs = zip(found.sent, found.again, strict=False)
    place = next((place for place, (one, other) in enumerate(pairs) if one != other), len(found.sent))
    return (
        f"the answer of line {found.line.ledger_id} comes out otherwise: {len(found.sent):,} bytes sent, "
        f"{len(found.again):,} come out now, and byte {place} is the first that differs."
    )
