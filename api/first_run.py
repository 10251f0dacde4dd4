"""The first start over a database without accounts: whoever started it may make the first one."""

from __future__ import annotations

import sys

from api.settings import Settings
from recommender.errors import RecommenderError
from recommender.store.accounts import has_accounts
from recommender.store.database import open_database
from recommender.store.invitations import HOURS, invite
from recommender.store.migrating import schema_state

_HOW = (
    'recommender accounts create LOGIN --name "NAME" --role training-office --database URL'
    "   (then it prints the path to open)"
)


def tell_first_run(settings: Settings) -> None:
    """Say on the terminal how the first account is made, if there is none and people sign in by password.

    The link lets in whoever has it, so it goes to a terminal alone: what goes to a file or a
    collector of logs is read by others. A database that cannot be used is left to the workers to complain of.
    """
    if settings.signs_in_by_provider or not sys.stderr.isatty():
        return
    try:
        token = _invited(settings.database_url)
    except RecommenderError:
        return
    if token:
        address = (settings.public_url or settings.address) + f"/invitation/{token}"
        print(  # noqa: T201 - to whoever started the service
            f"No account yet. Within {HOURS:g} hours, open this once to make the first:\n  {address}\n"
            f"or elsewhere: {_HOW}",
            file=sys.stderr,
        )


def _invited(database_url: str) -> str:
    """Return a new invitation for the first account, "" where there are accounts or no tables yet."""
    database = open_database(database_url)
    try:
        if not schema_state(database).is_ready:
            return ""
        with database.writing() as connection:
            return "" if has_accounts(connection) else invite(connection)
    finally:
        database.close()
