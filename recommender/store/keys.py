"""Keys by which machines and people are let in: `<key_id>.<secret>`; the database holds a digest of it."""

from __future__ import annotations

import hmac
import secrets
import string
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from recommender.errors import EntryConflict, UnknownEntry
from recommender.store.askers import ROLES, Asker, Role
from recommender.store.database import Database
from recommender.store.directory import require_named
from recommender.store.stamps import stamp
from recommender.store.tables import api_keys
from recommender.store.writing import raise_revision, revisions_of

_LETTERS = string.ascii_letters + string.digits
_ID_LENGTH = 12
_SECRET_BYTES = 32
_NOBODY = "0" * 64  # compared with where there is no key, so that this takes as long
DAYS = 365


@dataclass(frozen=True, slots=True)
class Grant:
    """What a new key allows.

    Attributes
    ----------
    scopes : what it is narrowed to; none = all that the role may.
    employee_id : who the holder is; an employee's key must name one.
    unit_id : the unit a manager answers for, with all below it; a manager's key must name one.
    label : what people call it, such as the system that holds it.
    days : after how many days it ends.

    Raises
    ------
    ValueError
        These do not go together; the text says why.
    """

    role: Role
    scopes: tuple[str, ...] = ()
    employee_id: str = ""
    unit_id: str = ""
    label: str = ""
    days: int = DAYS

    def __post_init__(self) -> None:
        if self.role not in ROLES:
            raise ValueError(f"there is no role {self.role!r}; the roles are {', '.join(ROLES)}.")
        if (self.role == "manager") != bool(self.unit_id):
            raise ValueError(
                "a key of the role manager needs the unit the holder answers for, and no other does."
            )
        if self.role == "employee" and not self.employee_id:
            raise ValueError("a key of the role employee needs the employee that the holder is.")
        if any(not scope or not scope.isprintable() or " " in scope for scope in self.scopes):
            raise ValueError("a scope is a word without blanks.")
        if self.days < 1:
            raise ValueError(f"{self.days} days: a key holds for at least one day.")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it may be shown: all but its secret."""

    key_id: str
    role: str
    scopes: tuple[str, ...]
    employee_id: str
    unit_id: str
    label: str
    created_at: str
    expires_at: str
    revoked_at: str | None

    def state(self, now: datetime) -> str:
        """Return "valid", "expired" or "revoked"."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at <= stamp(now) else "valid"


def create_key(connection: Connection, grant: Grant) -> str:
    """Make a key and return its text, which is told this once and kept nowhere.

    Raises
    ------
    UnknownEmployee, UnknownUnit
        The data do not know whom or which unit the key names.
    """
    require_named(connection, grant.employee_id, grant.unit_id)
    key_id = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    now = datetime.now(UTC)
    row = {
        "key_id": key_id,
        "hash": _digest(secret),
        "role": grant.role,
        "scopes": " ".join(grant.scopes),
        "employee_id": grant.employee_id,
        "unit_id": grant.unit_id,
        "label": grant.label,
        "created_at": stamp(now),
        "expires_at": stamp(now + timedelta(days=grant.days)),
    }
    connection.execute(insert(api_keys).values(row))
    raise_revision(connection, "access")
    return f"{key_id}.{secret}"


def list_keys(connection: Connection) -> list[Key]:
    """Return all keys, the oldest first."""
    columns = [column for column in api_keys.c if column.name != "hash"]
    rows = connection.execute(select(*columns).order_by(api_keys.c.created_at, api_keys.c.key_id))
    return [Key(**(dict(row._mapping) | {"scopes": tuple(row.scopes.split())})) for row in rows]


def revoke_key(connection: Connection, key_id: str) -> None:
    """End a key now.

    Raises
    ------
    UnknownEntry
        There is no such key.
    EntryConflict
        It was revoked before.
    """
    found = connection.execute(select(api_keys.c.revoked_at).where(api_keys.c.key_id == key_id)).one_or_none()
    if found is None:
        raise UnknownEntry(
            f"there is no key {key_id.partition('.')[0]!r}; `recommender keys list` shows them."
        )
    if found.revoked_at is not None:
        raise EntryConflict(f"the key {key_id!r} was revoked before, at {found.revoked_at}.")
    connection.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(revoked_at=stamp()))
    raise_revision(connection, "access")


def find_asker(connection: Connection, text: str, now: datetime) -> Asker | None:
    """Return who holds a key; None for one that is unknown, revoked or expired: nobody can tell which."""
    key_id = text.partition(".")[0]
    if not (key_id.isascii() and key_id.isalnum()):  # what no database can look up is looked up as nothing
        key_id = ""
    return _asker(connection.execute(_usable().where(api_keys.c.key_id == key_id)).one_or_none(), text, now)


class KeyRing:
    """All usable keys in memory, read again when `revisions['access']` has moved."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: tuple[int, dict[str, Row[Any]]] = (-1, {})

    def find(self, text: str, now: datetime, revision: int) -> Asker | None:
        """Return who holds a key, None as in `find_asker`.

        Parameters
        ----------
        revision : `revisions['access']` as it stands in the database now.

        Raises
        ------
        StoreUnavailable
            The keys have changed and cannot be read.
        """
        _, rows = self._at(revision)
        return _asker(rows.get(text.partition(".")[0]), text, now)

    def _at(self, revision: int) -> tuple[int, dict[str, Row[Any]]]:
        held = self._held
        if held[0] == revision:
            return held
        with self._lock:
            if self._held[0] != revision:  # lower after a backup was restored
                with self._database.reading() as connection:
                    # The number before the keys: should they change in between, they are read once more.
                    current = revisions_of(connection).get("access", 0)
                    self._held = current, {row.key_id: row for row in connection.execute(_usable())}
            return self._held


def _usable() -> Any:
    return select(api_keys).where(api_keys.c.revoked_at.is_(None))


def _asker(row: Row[Any] | None, text: str, now: datetime) -> Asker | None:
    """Return the holder of a key whose row was looked up; the same work is done whatever is wrong with it."""
    secret = text.partition(".")[2]
    known = row.hash if row is not None else _NOBODY
    matches = hmac.compare_digest(_digest(secret), known)
    if row is None or not matches or row.expires_at <= stamp(now):
        return None
    return Asker(row.key_id, row.role, frozenset(row.scopes.split()), row.employee_id, row.unit_id)


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
