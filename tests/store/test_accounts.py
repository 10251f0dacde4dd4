"""Accounts let in who knows the password, count who does not, and tell nobody which of both was wrong."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from recommender.errors import EntryConflict, UnknownEmployee, UnknownEntry, UnknownUnit, WeakPassword
from recommender.store.accounts import (
    TRIES,
    Account,
    NewAccount,
    check_password,
    create_account,
    end_account,
    find_account,
    has_accounts,
    has_demo_accounts,
    list_accounts,
    set_password,
)
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.ledger import all_lines, verify
from recommender.store.passwords import NOBODY, is_outdated, matches
from recommender.store.stamps import stamp
from recommender.store.tables import accounts
from tests.store.town import ANI, CLERK, everything, settle

RINA = NewAccount("rina@kota", "Rina Wulandari", "training-office")
PASSWORD = "seven green buffaloes"


def made(database: Database, new: NewAccount = RINA, password: str | None = PASSWORD) -> Account:
    with database.writing() as connection:
        account = create_account(connection, new, CLERK)
        if password is not None:
            set_password(connection, account.account_id, password)
    return account


def tried(database: Database, times: int, password: str = "a wrong password") -> list[Account | None]:
    return [check_password(database, RINA.login, password) for _ in range(times)]


def states(database: Database) -> list[tuple[str, str]]:
    with database.reading() as connection:
        assert verify(connection).is_whole
        lines = [line for line in all_lines(connection) if line.event == "account"]
    return [(json.loads(line.detail)["state"], line.asker) for line in lines]


def test_login_and_password_let_in(database: Database) -> None:
    settle(database)
    boss = replace(RINA, login=" Boss ", role="manager", unit_id="U1", employee_id=ANI)
    account = made(database, boss)
    assert (account.login, account.has_password) == ("boss", False)
    found = check_password(database, "  BOSS", PASSWORD)
    assert found == replace(account, has_password=True)
    assert found.asker == Asker(f"account-{account.account_id}", "manager", frozenset(), ANI, "U1")


def test_nobody_else_gets_in(database: Database) -> None:
    made(database)
    made(database, replace(RINA, login="new"), password=None)
    wrong = ("", PASSWORD.upper(), PASSWORD + " ", "\ud800", "\x00", "x" * 1_000_000)
    for password in wrong[: TRIES - 1]:
        assert check_password(database, RINA.login, password) is None
    assert check_password(database, RINA.login, PASSWORD)
    assert check_password(database, RINA.login, wrong[-1]) is None
    for login in ("", "nobody", "new", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"):
        assert check_password(database, login, PASSWORD) is None, login


def test_every_keyboard_types_the_same_password(database: Database) -> None:
    made(database, replace(RINA, login="jos\u00e9"), "caf\u00e9 caf\u00e9 caf\u00e9")
    assert check_password(database, "JOSE\u0301", "cafe\u0301 cafe\u0301 cafe\u0301")


def test_the_password_stands_nowhere_and_the_ledger_names_nobody(database: Database) -> None:
    settle(database)
    new = NewAccount("ani", "Ani Lestari", "employee", employee_id=ANI)
    account = made(database, new)
    tried(database, 1)
    with database.reading() as connection:
        rows = everything(connection)
    assert PASSWORD not in repr(rows)
    for text in (ANI, new.name, "'ani'", '"ani"'):
        assert text not in repr(rows["ledger"])
    assert states(database) == [("made", CLERK.id), ("password set", f"account-{account.account_id}")]


def test_five_failures_lock_for_a_quarter_of_an_hour(database: Database) -> None:
    account = made(database)
    assert tried(database, TRIES) == [None] * TRIES
    assert check_password(database, RINA.login, PASSWORD) is None, "not even the right one"
    assert states(database)[-1] == ("locked", f"account-{account.account_id}")
    with database.writing() as connection:
        until = connection.scalar(select(accounts.c.locked_until)) or ""
        minutes = (datetime.fromisoformat(until) - datetime.now(UTC)) / timedelta(minutes=1)
        assert 14 < minutes <= 15
        connection.execute(update(accounts).values(locked_until=stamp()))  # it is over now
    assert tried(database, TRIES - 1) == [None] * (TRIES - 1), "the count begins anew"
    assert check_password(database, RINA.login, PASSWORD)


def test_success_begins_the_count_anew_and_a_new_password_opens_the_lock(database: Database) -> None:
    account = made(database)
    for _ in range(2):
        tried(database, TRIES - 1)
        assert check_password(database, RINA.login, PASSWORD)
    tried(database, TRIES)
    with database.writing() as connection:
        set_password(connection, account.account_id, "another long password")
    assert check_password(database, RINA.login, "another long password")


def test_many_tries_at_once_are_no_more_tries(database: Database) -> None:
    """Were they counted only after they were found wrong, the right one among many would come through."""
    made(database)
    with ThreadPoolExecutor(12) as pool:
        guesses = [f"a wrong password {number}" for number in range(24)]
        list(pool.map(lambda guess: check_password(database, RINA.login, guess), guesses))
    with database.reading() as connection:
        assert connection.scalar(select(accounts.c.failures)) == TRIES
    assert check_password(database, RINA.login, PASSWORD) is None


def test_nobody_is_told_by_the_time_it_takes_whether_a_login_exists(database: Database) -> None:
    made(database)

    def work(login: str) -> float:
        """Return seconds of this process, the least of some tries: others on the machine do not count."""
        spent = []
        for _ in range(3):
            before = time.process_time()
            check_password(database, login, "a wrong password")
            spent.append(time.process_time() - before)
        return min(spent)

    assert work("nobody") > 0.5 * work(RINA.login)
    assert not is_outdated(NOBODY)
    assert not matches(None, "")


def test_a_hash_of_older_parameters_is_made_anew(database: Database) -> None:
    made(database)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.writing() as connection:
        connection.execute(update(accounts).values(hash=weak))
    for _ in range(2):
        assert check_password(database, RINA.login, PASSWORD)
        with database.reading() as connection:
            known = connection.scalar(select(accounts.c.hash)) or ""
        assert (known == weak, is_outdated(known)) == (False, False)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "has fewer than 12"),
        ("x" * 11, "has fewer than 12"),
        ("xy" * 501, "has more than 1000"),
        ("x" * 12, "one character again and again"),
        ("RINA@kota.go.id", "is the login or the name"),
        (" rina WULANDARI", "is the login or the name"),
    ],
)
def test_passwords_that_are_easy_to_guess(database: Database, password: str, said: str) -> None:
    account = made(database, replace(RINA, login="rina@kota.go.id"))
    with pytest.raises(WeakPassword, match=said) as caught, database.writing() as connection:
        set_password(connection, account.account_id, password)
    assert password not in str(caught.value)
    assert (caught.value.faults[0].file, caught.value.faults[0].column) == ("accounts", "password")
    assert check_password(database, account.login, PASSWORD), "the old one stays"


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"role": "hr-system"}, "no account has the role 'hr-system'; the roles are manager"),
        ({"role": "boss"}, "no account has the role"),
        ({"role": "manager"}, "needs the unit"),
        ({"unit_id": "U1"}, "and no other does"),
        ({"role": "employee"}, "needs the employee"),
        ({"login": ""}, "a login is a word"),
        ({"login": "two words"}, "a login is a word"),
        ({"login": "x" * 201}, "a login is a word"),
        ({"login": "a\x00b"}, "a login is a word"),
        ({"name": " "}, "needs the holder's name"),
        ({"name": "a\nb"}, "needs the holder's name"),
    ],
)
def test_accounts_that_make_no_sense(wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        replace(RINA, **wishes)


def test_an_account_for_nobody_or_no_unit_is_refused(database: Database) -> None:
    settle(database)
    with pytest.raises(UnknownEmployee, match="no employee 'E9' among the 3"):
        made(database, replace(RINA, role="employee", employee_id="E9"))
    with pytest.raises(UnknownUnit, match="its unit_ids are U1, U2"):
        made(database, replace(RINA, role="manager", unit_id="U9"))
    with database.reading() as connection:
        assert list_accounts(connection) == []


def test_an_ended_account_lets_nobody_in_and_its_login_is_free(database: Database) -> None:
    account = made(database)
    with database.writing() as connection:
        end_account(connection, "RINA@kota ", CLERK)
        with pytest.raises(EntryConflict, match="was ended before"):
            end_account(connection, RINA.login)
        with pytest.raises(UnknownEntry, match="or it was ended"):
            set_password(connection, account.account_id, PASSWORD)
        assert not has_accounts(connection)
        ended = find_account(connection, RINA.login)
    assert ended is not None
    assert ended.ended_at is not None
    assert states(database)[-1] == ("ended", CLERK.id)
    assert check_password(database, RINA.login, PASSWORD) is None
    again = made(database, password="an other password")
    assert check_password(database, RINA.login, PASSWORD) is None
    assert check_password(database, RINA.login, "an other password")
    with database.reading() as connection:
        assert [one.account_id for one in list_accounts(connection)] == [account.account_id, again.account_id]
        found = find_account(connection, RINA.login)
    assert found is not None
    assert found.account_id == again.account_id


def test_a_login_belongs_to_one(database: Database) -> None:
    made(database)
    with pytest.raises(EntryConflict, match="the login 'rina@kota' is taken"):
        made(database, replace(RINA, login=" RINA@kota"))
    with database.writing() as connection:
        with pytest.raises(UnknownEntry, match="no account 'nobody'"):
            end_account(connection, "Nobody")
        assert find_account(connection, "a\x00") is None


def test_demonstrations_are_known(database: Database) -> None:
    made(database)
    with database.reading() as connection:
        assert (has_accounts(connection), has_demo_accounts(connection)) == (True, False)
    made(database, replace(RINA, login="demo", is_demo=True))
    with database.writing() as connection:
        assert has_demo_accounts(connection)
        end_account(connection, "demo")
        assert (has_accounts(connection), has_demo_accounts(connection)) == (True, False)
