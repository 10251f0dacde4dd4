"""What a database's own errors mean for whoever asked, told without any value of a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError as UnfitError
from sqlalchemy.exc import DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from recommender.errors import EntryConflict, RecommenderError, StoreError, StoreUnavailable

# Classes of SQLSTATE (PostgreSQL, appendix A). "" = no answer: the connection is gone, or never was.
_PASSING = ("", "08", "25", "40", "53", "55", "57", "58")
_REFUSED = ("28", "3D")
_NO_SUCH = ("42P01", "42703", "3F000")
_UNFIT = ("22", "54")
# What a server says in English before a session exists; psycopg hands over no SQLSTATE then.
_SAID_AT_THE_DOOR = (
    "authentication failed",
    "does not exist",
    "no password supplied",
    "no pg_hba.conf entry",
)


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turn what a database or its pool raises inside into errors for people.

    Raises
    ------
    StoreUnavailable
        The same may succeed later: no connection, no answer in time, no space, a deadlock.
    StoreError
        It will not: no such file or database, a wrong password, damage, a schema that was not made.
    EntryConflict
        A reference or a unique key was broken, most likely by somebody who wrote at the same moment.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreUnavailable(f"all connections to the database {_shown(url)} are in use.") from error
    except IntegrityError as error:
        raise EntryConflict(
            "what was to be written refers to something that is not there, or is there already; somebody "
            "else may have written at the same moment."
        ) from error
    except DBAPIError as error:
        meant = _of_sqlite(url, error) if url.get_backend_name() == "sqlite" else _of_postgresql(url, error)
        if meant is None:
            raise
        raise meant from error


def _of_sqlite(url: URL, error: DBAPIError) -> RecommenderError | None:
    name = getattr(error.orig, "sqlite_errorname", "")
    shown, file = _shown(url), Path(url.database or "")
    if name.startswith("SQLITE_CANTOPEN"):
        if not file.parent.is_dir():
            return StoreError(f"the folder {file.parent} of the database {shown} does not exist; create it.")
        if not file.exists():
            return StoreError(f"there is no database {shown}; make it with `recommender migrate {shown}`.")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        what = "is no database of SQLite" if name.startswith("SQLITE_NOTADB") else "is damaged"
        return StoreError(f"the file {file} {what}; name another one, or restore a backup.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return StoreError(f"the database {shown} may not be written to; check the rights of file and folder.")
    if "no such table" in str(error.orig) or "no such column" in str(error.orig):
        return not_made(shown)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN")):
        return StoreUnavailable(f"the database {shown} cannot be used just now ({name}).")
    return None


def _of_postgresql(url: URL, error: DBAPIError) -> RecommenderError | None:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    shown = _shown(url)
    if state in _NO_SUCH:
        return not_made(shown)
    at_the_door = not state and any(words in str(error.orig) for words in _SAID_AT_THE_DOOR)
    if at_the_door or state[:2] in _REFUSED:
        return StoreError(
            f"the server of {shown} lets nobody in by that name, password and database; check the address."
        )
    if state[:2] in _UNFIT or isinstance(error, UnfitError):  # the driver finds some itself, such as a NUL
        return StoreError(f"the database {shown} cannot hold a value that it was given.")
    if state[:2] in _PASSING:
        told = f"SQLSTATE {state}" if state else "no answer"
        return StoreUnavailable(f"the database {shown} cannot be used just now ({told}).")
    return None


def not_made(shown: str) -> StoreError:
    """Return the error of a database without our tables, or with those of an earlier release."""
    return StoreError(
        f"the tables of {shown} are not those of this release; run `recommender migrate {shown}`."
    )


def no_driver(error: ImportError | NoSuchModuleError) -> StoreError:
    """Return the error of a database whose driver is not installed."""
    del error
    return StoreError("PostgreSQL needs its driver; install it with: pip install 'course-recommender[api]'.")


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True).replace("+psycopg://", "://", 1)
