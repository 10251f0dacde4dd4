from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from recommender.errors import IdempotencyConflict
from recommender.store.database import Database
from recommender.store.idempotency import Stored, begin, finish
from recommender.store.ledger import Line, append
from recommender.store.tables import idempotency, ledger

ANSWER = Stored(201, b'{"accepted":3}')


def ask(
    database: Database, key: str = "k", request: str = "r", asker: str = "a", crash: bool = False
) -> Stored:
    """Do what a route does: write (here a line of the ledger) and keep the answer, or give the one kept."""
    with database.writing() as connection:
        stored = begin(connection, asker, key, request)
        if stored is None:
            append(connection, [Line("answer", asker, "hr-system")])
            if crash:
                raise ZeroDivisionError
            finish(connection, asker, key, ANSWER)
            stored = ANSWER
        return stored


def writes(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(ledger)) or 0


def test_the_same_request_is_answered_again_and_written_once(database: Database) -> None:
    assert [ask(database) for _ in range(3)] == [ANSWER] * 3
    assert writes(database) == 1


def test_another_request_under_the_key_is_refused(database: Database) -> None:
    ask(database)
    with pytest.raises(IdempotencyConflict, match="'k' was used for another request"):
        ask(database, request="other")
    assert writes(database) == 1


def test_keys_are_each_askers_own(database: Database) -> None:
    ask(database)
    ask(database, asker="b", request="other")
    ask(database, key="l", request="other")
    assert writes(database) == 3


def test_a_request_that_failed_leaves_its_key_free(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        ask(database, crash=True)
    assert writes(database) == 0
    assert ask(database, request="other") == ANSWER


def test_many_at_once_write_once(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: ask(database, key=f"k{number % 3}"), range(30)))
    assert answers == [ANSWER] * 30
    assert writes(database) == 3
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(idempotency)) == 3


def test_a_second_waits_for_the_first_which_then_fails(database: Database) -> None:
    with ThreadPoolExecutor(2) as pool:
        with pytest.raises(ZeroDivisionError), database.writing() as connection:
            assert begin(connection, "a", "k", "r") is None
            second = pool.submit(ask, database)
            raise ZeroDivisionError
        assert second.result() == ANSWER
    assert writes(database) == 1
