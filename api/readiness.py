"""Whether the service can answer: database, its tables, and the bundle."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from api.office import unready
from recommender.errors import StoreError
from recommender.service.office import Office
from recommender.store.migrating import schema_state

_KEPT_SECONDS = 1.0  # however often it is asked, the database is asked once in this time
_PATIENCE = 4.0


@dataclass(frozen=True, slots=True)
class State:
    """What was found; "ok", or what is wrong and what to do.

    Attributes
    ----------
    model : digest of the model that answers.
    bundle : a bundle that was refused does not make the service unready, since the old one answers.
    """

    model: str
    database: str
    tables: str
    bundle: str

    @property
    def is_ready(self) -> bool:
        """Whether requests can be answered."""
        return self.database == self.tables == "ok"


class Readiness:
    """Looks at most once at a time: a database that hangs holds one thread, however many ask."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._looking: asyncio.Task[tuple[str, str]] | None = None
        self._found, self._found_at = ("", ""), -_KEPT_SECONDS

    async def look(self) -> State:
        """Return how it stands."""
        if time.monotonic() - self._found_at >= _KEPT_SECONDS:
            looking = self._looking
            if looking is None:
                looking = self._looking = asyncio.create_task(asyncio.to_thread(self._database))
                looking.add_done_callback(self._looked)
            try:
                await asyncio.wait_for(asyncio.shield(looking), _PATIENCE)
            except TimeoutError:
                self._found = ("does not answer", "not known")
        model = self._office.models
        return State(model.current.digest, *self._found, model.fault or "ok")

    def _looked(self, task: asyncio.Task[tuple[str, str]]) -> None:
        self._looking = None
        if not task.cancelled():
            self._found, self._found_at = task.result(), time.monotonic()

    def _database(self) -> tuple[str, str]:
        database = self._office.database
        try:
            state = schema_state(database)
        except StoreError as error:
            return str(error), "not known"
        return "ok", "ok" if state.is_ready else unready(database.shown, state)
