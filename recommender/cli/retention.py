"""`recommender retention`: out of the database goes what is past its period."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from recommender.cli.databases import OPERATOR, DatabaseOption, ready
from recommender.store.retention import past_period, periods_of, remove_past


def retention(
    database: DatabaseOption,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove what is older than the periods of the policy, `[retention]`; to be run once a day.

    When lines of the ledger go, a line at its end says so, and the chain can be verified as before.

    Example: recommender retention --database sqlite:///city.db --dry-run
    """
    now = datetime.now(UTC)
    with ready(database) as store:
        if dry_run:
            with store.reading(patient=True) as connection:
                past = past_period(connection, periods_of(connection), now)
        else:
            with store.writing(patient=True) as connection:
                past = remove_past(connection, periods_of(connection), now, OPERATOR)
    verb = "would go" if dry_run else "removed"
    for one in past:
        typer.echo(f"{one.what}: {one.rows:,} from before {one.before[:10]} {verb}")
