"""An invitation opens one account, once, within its time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recommender.errors import EntryConflict, UnknownEntry, WeakPassword
from recommender.store.accounts import (
    Account,
    check_password,
    create_account,
    end_account,
    has_accounts,
    list_accounts,
)
from recommender.store.database import Database
from recommender.store.invitations import (
    HOURS,
    Invitation,
    find_invitation,
    invite,
    use_first_invitation,
    use_invitation,
)
from recommender.store.ledger import all_lines
from recommender.store.sessions import SignedIn, find_session
from tests.store.test_accounts import PASSWORD, RINA, made, states
from tests.store.test_sessions import LASTING, started
from tests.store.town import CLERK, everything


def invited(database: Database, account_id: str = "", hours: float = HOURS) -> str:
    with database.writing() as connection:
        return invite(connection, account_id, hours, CLERK)


def found(database: Database, token: str, **later: float) -> Invitation | None:
    with database.reading() as connection:
        return find_invitation(connection, token, datetime.now(UTC) + timedelta(**later))


def used(database: Database, token: str, password: str = PASSWORD) -> Account:
    with database.writing() as connection:
        return use_invitation(connection, token, password, datetime.now(UTC))


def used_first(database: Database, token: str, password: str = PASSWORD) -> Account:
    with database.writing() as connection:
        return use_first_invitation(connection, token, RINA, password, datetime.now(UTC))


def test_an_invitation_sets_the_password_once(database: Database) -> None:
    account = made(database, password=None)
    token = invited(database, account.account_id)
    open_one = found(database, token)
    assert open_one is not None
    assert (open_one.account_id, open_one.login, open_one.name) == (account.account_id, RINA.login, RINA.name)
    assert used(database, token) == replace(account, has_password=True)
    assert check_password(database, RINA.login, PASSWORD)
    assert found(database, token) is None
    with pytest.raises(UnknownEntry, match="not open any more"):
        used(database, token, "a thief's own password")
    assert check_password(database, RINA.login, PASSWORD)
    assert [state for state, _ in states(database)] == ["made", "invited", "password set"]


def test_of_two_who_use_it_at_once_one_comes_through(database: Database) -> None:
    token = invited(database, made(database, password=None).account_id)

    def use(password: str) -> bool:
        try:
            return bool(used(database, token, password))
        except UnknownEntry:
            return False

    passwords = [f"a long password {number}" for number in range(6)]
    with ThreadPoolExecutor(len(passwords)) as pool:
        came = list(pool.map(use, passwords))
    assert sum(came) == 1
    assert check_password(database, RINA.login, passwords[came.index(True)])


def test_the_token_stands_nowhere(database: Database) -> None:
    token = invited(database, made(database).account_id)
    with database.reading() as connection:
        assert token not in repr(everything(connection))
        assert token not in repr(list(all_lines(connection)))


def test_it_is_over_after_its_time(database: Database) -> None:
    account = made(database, password=None)
    token = invited(database, account.account_id, hours=2)
    assert found(database, token, hours=1.9)
    assert found(database, token, hours=2.1) is None
    late = datetime.now(UTC) + timedelta(hours=2.1)
    with pytest.raises(UnknownEntry), database.writing() as connection:
        use_invitation(connection, token, PASSWORD, late)
    for wrong in ("", token[:-1], token.swapcase(), "\x00", "\ud800"):
        assert found(database, wrong) is None


def test_a_new_one_ends_the_earlier_one_of_the_same_account(database: Database) -> None:
    account, other = made(database), made(database, replace(RINA, login="other"))
    first, others = invited(database, account.account_id), invited(database, other.account_id)
    second = invited(database, account.account_id)
    assert [found(database, token) is not None for token in (first, second, others)] == [False, True, True]


def test_a_weak_password_leaves_it_open(database: Database) -> None:
    token = invited(database, made(database, password=None).account_id)
    with pytest.raises(WeakPassword):
        used(database, token, "short")
    assert used(database, token)


def test_a_lost_password_ends_whoever_is_signed_in(database: Database) -> None:
    account = made(database)
    session = started(database, SignedIn(account.asker, account.name, account.account_id))
    used(database, invited(database, account.account_id), "a new long password")
    assert find_session(database, session, datetime.now(UTC), LASTING) is None
    assert check_password(database, RINA.login, PASSWORD) is None
    assert check_password(database, RINA.login, "a new long password")


def test_it_ends_with_its_account(database: Database) -> None:
    account = made(database)
    token = invited(database, account.account_id)
    with database.writing() as connection:
        end_account(connection, RINA.login)
    assert found(database, token) is None
    with pytest.raises(UnknownEntry, match="or it was ended"):
        invited(database, account.account_id)


def test_the_first_one_makes_the_account_that_lets_in_all_others(database: Database) -> None:
    token = invited(database)
    first = found(database, token)
    assert first is not None
    assert (first.account_id, first.login) == ("", "")
    with pytest.raises(UnknownEntry):
        used(database, token)
    with pytest.raises(WeakPassword):
        used_first(database, token, "short")
    with pytest.raises(ValueError, match="training-office"), database.writing() as connection:
        new = replace(RINA, role="data-scientist")
        use_first_invitation(connection, token, new, PASSWORD, datetime.now(UTC))
    with database.reading() as connection:
        assert not has_accounts(connection)
    account = used_first(database, token)
    assert check_password(database, RINA.login, PASSWORD) == account
    assert account.role == "training-office"
    with pytest.raises(UnknownEntry):
        used_first(database, token)


def test_there_is_no_first_one_where_there_are_accounts(database: Database) -> None:
    token = invited(database)
    with database.writing() as connection:
        account = create_account(connection, RINA)
    assert found(database, token) is None
    with pytest.raises(UnknownEntry):
        used_first(database, token)
    with pytest.raises(EntryConflict, match="there are accounts already"):
        invited(database)
    for_account = invited(database, account.account_id)
    with pytest.raises(UnknownEntry):
        used_first(database, for_account)
    with database.reading() as connection:
        assert list_accounts(connection) == [account]
