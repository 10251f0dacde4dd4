"""Opens what the service answers from, by the settings."""

from __future__ import annotations

from api.settings import Settings
from recommender.errors import StoreError
from recommender.service.office import Office
from recommender.store.migrating import SchemaState, schema_state


def open_office(settings: Settings) -> Office:
    """Return the office of the settings' database and bundle.

    Raises
    ------
    BundleError
        The bundle cannot be served.
    StoreError
        The database cannot be reached, or its tables are absent or of another version.
    """
    office = Office.open(settings.database_url, settings.bundle, settings.refresh_seconds)
    try:
        state = schema_state(office.database)
        if not state.is_ready:
            raise StoreError(unready(office.database.shown, state))
    except BaseException:
        office.close()
        raise
    return office


def unready(shown: str, state: SchemaState) -> str:
    """Return what to do about tables that are absent or of another version."""
    have = f"the tables are of version {state.current}" if state.current else "there are no tables"
    remedy = f"the service needs {state.newest}: run `recommender migrate {shown}`."
    return f"{have} in the database {shown}; {remedy}"
