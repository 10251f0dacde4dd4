"""Invitations: tokens by which somebody chooses the password of an account, or makes the very first one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from recommender.errors import EntryConflict, UnknownEntry
from recommender.store.accounts import (
    Account,
    NewAccount,
    create_account,
    has_accounts,
    set_password,
    tell,
    usable_account,
)
from recommender.store.askers import Asker
from recommender.store.passwords import require_strong
from recommender.store.stamps import stamp
from recommender.store.tables import accounts, invitations
from recommender.store.tokens import digest_of, new_token

HOURS = 72


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that is open.

    Attributes
    ----------
    account_id : whose password it sets; "" = its holder makes the very first account.
    login, name : of the account; "" where there is none yet.
    """

    account_id: str
    login: str
    name: str
    expires_at: str


def invite(
    connection: Connection, account_id: str = "", hours: float = HOURS, asker: Asker | None = None
) -> str:
    """Make an invitation and return its token, which is told this once; earlier open ones of the account end.

    Parameters
    ----------
    account_id : "" = for the very first account.
    asker : who invites; None = the holder.

    Raises
    ------
    UnknownEntry
        There is no such account, or it was ended.
    EntryConflict
        There are accounts, so that none is the first.
    """
    account = usable_account(connection, account_id) if account_id else None
    if account_id and account is None:
        raise UnknownEntry("there is no such account, or it was ended.")
    if not account_id and has_accounts(connection):
        raise EntryConflict("there are accounts already; `recommender accounts create` makes others.")
    is_open = (invitations.c.account_id == account_id, invitations.c.used_at.is_(None))
    connection.execute(delete(invitations).where(*is_open))
    token, now = new_token(), datetime.now(UTC)
    row = {"digest": digest_of(token), "account_id": account_id, "created_at": stamp(now)}
    expires_at = stamp(now + timedelta(hours=hours))
    connection.execute(insert(invitations).values(row | {"expires_at": expires_at}))
    if account is not None:
        tell(connection, account, "invited", asker)
    return token


def find_invitation(connection: Connection, token: str, now: datetime) -> Invitation | None:
    """Return an open invitation; None for one that is unknown, used or over: nobody can tell which."""
    columns = (invitations.c.account_id, invitations.c.expires_at, accounts.c.login, accounts.c.name)
    joined = invitations.outerjoin(
        accounts, (accounts.c.account_id == invitations.c.account_id) & accounts.c.ended_at.is_(None)
    )
    asked = select(*columns).select_from(joined).where(*_open(token, now))
    row = connection.execute(asked).one_or_none()
    if row is None or (row.login is None if row.account_id else has_accounts(connection)):
        return None
    return Invitation(row.account_id, row.login or "", row.name or "", row.expires_at)


def use_invitation(connection: Connection, token: str, password: str, now: datetime) -> Account:
    """Set the password of the account that an invitation is for; it opens nothing a second time.

    Raises
    ------
    UnknownEntry
        The invitation is not open, or is for no account.
    WeakPassword
        The password is too easy to guess; the invitation stays open.
    """
    found = find_invitation(connection, token, now)
    if found is None or not found.account_id:
        raise _not_open()
    require_strong(password, found.login, found.name)
    return _first_used(connection, token, now, found.account_id, password)


def use_first_invitation(
    connection: Connection, token: str, new: NewAccount, password: str, now: datetime
) -> Account:
    """Make the very first account, of the training office, which lets in all others.

    Raises
    ------
    ValueError
        It is of another role.
    UnknownEntry
        The invitation is not open, or is for an account that is there.
    WeakPassword
        The password is too easy to guess; the invitation stays open.
    """
    if new.role != "training-office":
        raise ValueError("the first account is of the role training-office.")
    found = find_invitation(connection, token, now)
    if found is None or found.account_id:
        raise _not_open()
    require_strong(password, new.login, new.name)
    account_id = create_account(connection, new).account_id
    return _first_used(connection, token, now, account_id, password)


def _first_used(connection: Connection, token: str, now: datetime, account_id: str, password: str) -> Account:
    """Take the invitation, if nobody did meanwhile, and only then set the password."""
    taken = update(invitations).where(*_open(token, now)).values(used_at=stamp(now))
    if connection.execute(taken).rowcount != 1:
        raise _not_open()
    set_password(connection, account_id, password)
    account = usable_account(connection, account_id)
    if account is None:
        raise AssertionError("an account whose password was just set is there")
    return account


def _open(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    digest = invitations.c.digest == digest_of(token)
    return digest, invitations.c.used_at.is_(None), invitations.c.expires_at > stamp(now)


def _not_open() -> UnknownEntry:
    return UnknownEntry("this invitation is not open any more; ask for another one.")
