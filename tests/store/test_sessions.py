"""A session lasts as long as it may, and ends with its account."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recommender.store.accounts import end_account, set_password
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.ledger import all_lines, verify
from recommender.store.sessions import Lasting, SignedIn, end_session, find_session, start_session
from recommender.store.stamps import stamp
from recommender.store.tables import sessions
from tests.store.test_accounts import RINA, made
from tests.store.town import ANI, NAMES, everything

NOW = datetime.now(UTC)
LASTING = Lasting(idle_minutes=30, longest_hours=2)
ANI_BY_TOKEN = SignedIn(
    Asker("0123abcd", "manager", frozenset({"people:read", "units:read"}), ANI, "U1"), "Ani"
)


def started(database: Database, who: SignedIn = ANI_BY_TOKEN, now: datetime = NOW) -> str:
    with database.writing() as connection:
        return start_session(connection, who, now, LASTING)


def found(database: Database, token: str, **later: float) -> SignedIn | None:
    return find_session(database, token, NOW + timedelta(**later), LASTING)


def with_account(database: Database) -> tuple[str, str]:
    account = made(database)
    return account.account_id, started(database, SignedIn(account.asker, account.name, account.account_id))


def test_a_token_leads_to_all_that_was_said_of_its_holder(database: Database) -> None:
    token, other = started(database), started(database, SignedIn(Asker("x", "data-scientist"), "Tono"))
    assert found(database, token) == ANI_BY_TOKEN
    assert found(database, other) == SignedIn(Asker("x", "data-scientist"), "Tono")
    for wrong in ("", token[:-1], token + "x", token.swapcase(), "\x00", "\ud800", "x" * 100_000):
        assert found(database, wrong) is None


def test_the_token_stands_nowhere_and_the_ledger_names_nobody(database: Database) -> None:
    token = started(database)
    with database.writing() as connection:
        end_session(connection, token)
        end_session(connection, token)
        end_session(connection, "of nobody")
        assert verify(connection).is_whole
        lines = [(line.event, line.asker, line.role, line.detail) for line in all_lines(connection)]
    assert lines == [(event, "0123abcd", "manager", "{}") for event in ("sign-in", "sign-out")]
    token = started(database)
    with database.reading() as connection:
        rows = everything(connection)
    assert token not in repr(rows)
    assert not any(text in repr(rows["ledger"]) for text in (ANI, NAMES[ANI]))


def test_who_rests_too_long_is_signed_out(database: Database) -> None:
    token = started(database)
    assert found(database, token, minutes=29)
    assert found(database, token, minutes=58), "seen at 29"
    assert found(database, token, minutes=58.5)
    assert found(database, token, minutes=88.1) is None


def test_no_session_outlasts_its_day(database: Database) -> None:
    token = started(database)
    for minutes in range(0, 120, 20):
        assert found(database, token, minutes=minutes), minutes
    assert found(database, token, minutes=120) is None


def test_being_seen_is_written_once_a_minute_and_never_back(database: Database) -> None:
    token = started(database)

    def seen(**later: float) -> bool:
        with database.reading() as connection:
            return connection.scalar(select(sessions.c.seen_at)) == stamp(NOW + timedelta(**later))

    found(database, token, seconds=59)
    assert seen()
    found(database, token, seconds=61)
    assert seen(seconds=61)
    found(database, token, seconds=30)
    assert seen(seconds=61)


def test_it_ends_at_once_when_its_holder_signs_out(database: Database) -> None:
    token, other = started(database), started(database)
    with database.writing() as connection:
        end_session(connection, token)
    assert found(database, token) is None
    assert found(database, other) == ANI_BY_TOKEN


def test_it_ends_with_its_account_and_with_its_password(database: Database) -> None:
    account_id, token = with_account(database)
    stays = started(database)
    assert found(database, token)
    with database.writing() as connection:
        set_password(connection, account_id, "another long password")
    assert found(database, token) is None
    token = started(database, SignedIn(Asker(f"account-{account_id}", "training-office"), "R", account_id))
    assert found(database, token)
    with database.writing() as connection:
        end_account(connection, RINA.login)
    assert found(database, token) is None
    late = started(database, SignedIn(Asker(f"account-{account_id}", "training-office"), "R", account_id))
    assert found(database, late) is None, "begun by somebody who found the account just before it ended"
    assert found(database, started(database, SignedIn(Asker("x", "manager"), "R", "no such account"))) is None
    assert found(database, stays)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_who_only_reads_does_not_fail_while_others_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.store.database._BUSY_SECONDS", 0)
    token = started(database)
    holds, read = threading.Event(), threading.Event()

    def write() -> None:
        with database.writing():
            holds.set()
            read.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert holds.wait(10)
        assert found(database, token, minutes=5) == ANI_BY_TOKEN
    finally:
        read.set()
        writer.join()
