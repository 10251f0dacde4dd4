"""What all pages of one service share."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from api.guard import issuer_of
from api.settings import Settings
from api.tokens import Tokens
from recommender.errors import StoreError
from recommender.store.accounts import has_demo_accounts
from recommender.store.database import Database
from recommender.store.sessions import Lasting

_LOOK_SECONDS = 10.0


class Site:
    """How long sessions last, whose tokens sign people in, and whether the demo's accounts can be used.

    Attributes
    ----------
    tokens : reads what people bring back from the identity provider; None where they sign in with passwords.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings, self._database = settings, database
        self.lasting = Lasting(settings.session_minutes, settings.session_hours)
        self.tokens: Tokens | None = None
        issuer = issuer_of(settings)
        if issuer is not None and settings.signs_in_by_provider:
            # What people bring back is made out to the pages, not to those who call the JSON routes.
            self.tokens = Tokens(replace(issuer, audience=settings.oidc_client_id))
        self._is_demo, self._looked_at = False, float("-inf")

    @property
    def is_demo(self) -> bool:
        """Whether accounts of the demo can be used; looked at every few seconds."""
        now = time.monotonic()
        if now - self._looked_at > _LOOK_SECONDS:
            self._looked_at = now
            # The page that says that the database is gone has a banner too: what was known last stands there.
            with suppress(StoreError), self._database.reading() as connection:
                self._is_demo = has_demo_accounts(connection)
        return self._is_demo
