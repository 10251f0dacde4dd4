"""Accounts: people who sign in to the pages with a login and a password.

A password is kept as Argon2id. Tries are counted before they are looked at, so that many at once gain
nothing; after five that were wrong the account is locked for a quarter of an hour. The ledger knows an
account by its id alone, which is drawn by chance.
"""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, case, delete, insert, select, update

from recommender.errors import EntryConflict, UnknownEntry
from recommender.store.askers import ROLES, Asker, Role
from recommender.store.database import Database
from recommender.store.directory import require_named
from recommender.store.ledger import append, event_line
from recommender.store.passwords import hashed, is_outdated, matches, require_strong
from recommender.store.stamps import new_id, stamp
from recommender.store.tables import accounts, invitations, sessions

TRIES, LOCKED_MINUTES = 5, 15
LONGEST = 200  # characters of a login or a name
_ROLES = tuple(role for role in ROLES if role != "hr-system")
_COLUMNS = [column for column in accounts.columns if column.name not in ("hash", "failures", "locked_until")]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Whom an account is for.

    Attributes
    ----------
    login : what the holder types; blanks around it and capitals do not count.
    name : as pages show it.
    employee_id : who the holder is among the employees; an employee's account must name one.
    unit_id : the unit a manager answers for, with all below it; a manager's account must name one.
    is_demo : whether it stands in a city that anybody may try.

    Raises
    ------
    ValueError
        These do not go together; the text says why.
    """

    login: str
    name: str
    role: Role
    employee_id: str = ""
    unit_id: str = ""
    is_demo: bool = False

    def __post_init__(self) -> None:
        if self.role not in _ROLES:
            raise ValueError(f"no account has the role {self.role!r}; the roles are {', '.join(_ROLES)}.")
        if not _is_login(_plain(self.login)):
            raise ValueError(f"a login is a word without blanks of up to {LONGEST} characters.")
        if not self.name.strip() or not self.name.isprintable() or len(self.name) > LONGEST:
            raise ValueError(f"an account needs the holder's name, of up to {LONGEST} characters.")
        if (self.role == "manager") != bool(self.unit_id):
            raise ValueError(
                "an account of the role manager needs the unit the holder answers for, and no other does."
            )
        if self.role == "employee" and not self.employee_id:
            raise ValueError("an account of the role employee needs the employee that the holder is.")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it may be shown: all but what is kept of its password."""

    account_id: str
    login: str
    name: str
    role: Role
    employee_id: str
    unit_id: str
    is_demo: bool
    has_password: bool
    created_at: str
    ended_at: str | None

    @property
    def asker(self) -> Asker:
        """Who its holder is to the table of rights and to the ledger."""
        return Asker(
            f"account-{self.account_id}", self.role, employee_id=self.employee_id, unit_id=self.unit_id
        )


def create_account(connection: Connection, new: NewAccount, asker: Asker | None = None) -> Account:
    """Make an account, which lets nobody in before it has a password (`invitations.py`).

    Parameters
    ----------
    asker : who makes it; None = the holder.

    Raises
    ------
    EntryConflict
        Another account has the login.
    UnknownEmployee, UnknownUnit
        The data do not know whom or which unit it names.
    """
    require_named(connection, new.employee_id, new.unit_id)
    login = _plain(new.login)
    if _usable(connection, accounts.c.login == login) is not None:
        raise EntryConflict(f"the login {login!r} is taken; `recommender accounts list` shows all.")
    row = asdict(new) | {"account_id": new_id(), "login": login, "name": new.name.strip()}
    made = row | {"failures": 0, "created_at": stamp()}
    connection.execute(insert(accounts).values(made))
    account = _account(connection.execute(_asked(accounts.c.account_id == row["account_id"])).one())
    tell(connection, account, "made", asker)
    return account


def list_accounts(connection: Connection) -> list[Account]:
    """Return all accounts, those that were ended too, the oldest first."""
    asked = _asked().order_by(accounts.c.created_at, accounts.c.account_id)
    return [_account(row) for row in connection.execute(asked)]


def find_account(connection: Connection, login: str) -> Account | None:
    """Return the account of a login; one that was ended only where nobody has the login now."""
    if not _is_login(_plain(login)):  # what no database can look up is looked up as nothing
        return None
    asked = _asked(accounts.c.login == _plain(login)).order_by(
        accounts.c.ended_at.is_not(None), accounts.c.ended_at.desc()
    )
    row = connection.execute(asked.limit(1)).first()
    return None if row is None else _account(row)


def usable_account(connection: Connection, account_id: str) -> Account | None:
    """Return an account by its id; None for one that was ended or never was."""
    row = _usable(connection, accounts.c.account_id == account_id)
    return None if row is None else _account(row)


def end_account(connection: Connection, login: str, asker: Asker | None = None) -> None:
    """Let the holder of an account in no more: its sessions and open invitations end too.

    Parameters
    ----------
    asker : who ends it; None = the holder.

    Raises
    ------
    UnknownEntry
        There is no such account.
    EntryConflict
        It was ended before.
    """
    account = find_account(connection, login)
    if account is None:
        raise unknown_login(login)
    if account.ended_at is not None:
        raise EntryConflict(f"the account {account.login!r} was ended before, at {account.ended_at}.")
    connection.execute(_this(account.account_id).values(ended_at=stamp()))
    _send_away(connection, account.account_id)
    tell(connection, account, "ended", asker)


def set_password(connection: Connection, account_id: str, password: str) -> None:
    """Give an account a password; whoever is signed in with the old one is so no more.

    Raises
    ------
    WeakPassword
        It is too easy to guess.
    UnknownEntry
        There is no such account, or it was ended.
    """
    account = usable_account(connection, account_id)
    if account is None:
        raise UnknownEntry("there is no such account, or it was ended.")
    require_strong(password, account.login, account.name)
    known = {"hash": hashed(password), "failures": 0, "locked_until": None}
    connection.execute(_this(account_id).values(known))
    _send_away(connection, account_id)
    tell(connection, account, "password set")


def check_password(database: Database, login: str, password: str) -> Account | None:
    """Return whose login and password these are; None where they are not, and nobody can tell why.

    It takes as long for a login that nobody has, and for one that is locked. No transaction is open while the
    password is looked at.
    """
    claimed = _claim(database, login)
    right = matches(None if claimed is None else claimed.hash, password)
    if claimed is None:
        return None
    if right:
        return _opened(database, claimed, password)
    if claimed.failures >= TRIES:
        with database.writing() as connection:
            tell(connection, _account(claimed), "locked")
    return None


def has_accounts(connection: Connection) -> bool:
    """Return whether there are accounts that were not ended."""
    return _usable(connection) is not None


def has_demo_accounts(connection: Connection) -> bool:
    """Return whether there are accounts of a demonstration that were not ended."""
    return _usable(connection, accounts.c.is_demo) is not None


def tell(connection: Connection, account: Account, state: str, asker: Asker | None = None) -> None:
    """Add a line to the ledger about what became of an account; by default its holder did it."""
    detail = {"account": account.account_id, "role": account.role, "state": state}
    append(connection, [event_line("account", asker or account.asker, "", detail)])


def unknown_login(login: str) -> UnknownEntry:
    """Return the error for a login that nobody has."""
    return UnknownEntry(f"there is no account {_plain(login)!r}; `recommender accounts list` shows them.")


def _claim(database: Database, login: str) -> Row[Any] | None:
    """Count a try and return the account, as long as it has one left; None where nobody may try.

    One statement counts and locks: of many tries at once, each at another letter, five come through.
    """
    now = datetime.now(UTC)
    is_free = accounts.c.locked_until.is_(None)
    locks = and_(is_free, accounts.c.failures + 1 >= TRIES)
    until = stamp(now + timedelta(minutes=LOCKED_MINUTES))
    counted = update(accounts).where(
        accounts.c.login == (_plain(login) if _is_login(_plain(login)) else ""),
        accounts.c.ended_at.is_(None),
        accounts.c.hash.is_not(None),
        is_free | (accounts.c.locked_until <= stamp(now)),
    )
    values = {
        "failures": case((is_free, accounts.c.failures + 1), else_=1),  # a lock that is over: from the start
        "locked_until": case((locks, until), else_=None),
    }
    with database.writing() as connection:
        return connection.execute(counted.values(values).returning(*accounts.c)).one_or_none()


def _opened(database: Database, claimed: Row[Any], password: str) -> Account | None:
    """Let the count begin anew; None where the account changed while the password was looked at."""
    known = hashed(password) if is_outdated(claimed.hash) else claimed.hash
    same = _this(claimed.account_id).where(accounts.c.hash == claimed.hash, accounts.c.ended_at.is_(None))
    values = {"failures": 0, "locked_until": None, "hash": known}
    with database.writing() as connection:
        row = connection.execute(same.values(values).returning(*accounts.c)).one_or_none()
    return None if row is None else _account(row)


def _usable(connection: Connection, *where: Any) -> Row[Any] | None:
    return connection.execute(_asked(accounts.c.ended_at.is_(None), *where).limit(1)).first()


def _asked(*where: Any) -> Any:
    return select(*_COLUMNS, accounts.c.hash).where(*where)


def _this(account_id: str) -> Any:
    return update(accounts).where(accounts.c.account_id == account_id)


def _send_away(connection: Connection, account_id: str) -> None:
    """End what is open for an account. The rows go: then no clock that is behind lets anybody in."""
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))
    is_open = (invitations.c.account_id == account_id, invitations.c.used_at.is_(None))
    connection.execute(delete(invitations).where(*is_open))


def _account(row: Row[Any]) -> Account:
    told = {column.name: row._mapping[column.name] for column in _COLUMNS}
    return Account(**told, has_password=row.hash is not None)


def _plain(login: str) -> str:
    return unicodedata.normalize("NFC", login).strip().casefold()


def _is_login(plain: str) -> bool:
    return 0 < len(plain) <= LONGEST and plain.isprintable() and not any(sign.isspace() for sign in plain)
