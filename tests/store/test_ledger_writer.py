from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, event, func, insert, select, text
from sqlalchemy.pool import NullPool

from recommender.errors import StoreError, StoreUnavailable
from recommender.store.contents import Content, body_of
from recommender.store.database import Database, open_database
from recommender.store.ledger import Line, all_lines, find, verify
from recommender.store.ledger_writer import Entry, LedgerWriter
from recommender.store.subjects import new_subject
from recommender.store.tables import contents, subjects

CITY = Content("city", b"the catalogue" * 100)


def entry(number: int) -> Entry:
    result = Content("result", f"answer {number}".encode(), salt="ab", pseudonym="p1")
    return Entry(
        Line("answer", "key1", "hr-system", "p1", city=CITY.digest, result=result.digest), (CITY, result)
    )


@pytest.fixture(autouse=True)
def person(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(subjects), new_subject("E1") | {"pseudonym": "p1"})


@pytest.fixture
def writer(database: Database) -> Iterator[LedgerWriter]:
    made = LedgerWriter(database)
    yield made
    made.close()


def test_a_line_and_its_bodies_are_there_when_write_returns(database: Database, writer: LedgerWriter) -> None:
    one = entry(1)
    line = writer.write(one)
    assert replace(line, sequence=0, written_at="", hash="") == one.line
    with database.reading() as connection:
        assert find(connection, one.line.ledger_id) == line
        assert body_of(connection, line.city) == CITY.body
        assert body_of(connection, line.result) == b"answer 1"


def test_many_threads_write_one_whole_chain_in_few_commits(database: Database, writer: LedgerWriter) -> None:
    commits: list[object] = []
    event.listen(database.engine, "commit", commits.append)
    with ThreadPoolExecutor(16) as pool:
        lines = list(pool.map(writer.write, map(entry, range(400))))
    with database.reading() as connection:
        verdict = verify(connection)
        assert connection.scalar(select(func.count()).select_from(contents)) == 401
    assert (verdict.is_whole, verdict.lines) == (True, 400)
    assert sorted(line.sequence for line in lines) == list(range(1, 401))
    assert len(commits) < 200


def test_two_writers_share_the_chain(database: Database, writer: LedgerWriter) -> None:
    """Two processes do the same: each has a writer and connections of its own."""
    second = open_database(database.engine.url.render_as_string(hide_password=False))
    other = LedgerWriter(second)
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: (writer, other)[number % 2].write(entry(number % 20)), range(120)))
        with database.reading() as connection:
            verdict = verify(connection)
        assert (verdict.is_whole, verdict.lines) == (True, 120)
    finally:
        other.close()
        second.close()


def test_a_body_that_went_meanwhile_is_kept_again(database: Database, writer: LedgerWriter) -> None:
    writer.write(entry(1))
    with database.writing() as connection:
        connection.execute(contents.delete())
    line = writer.write(replace(entry(1), line=replace(entry(1).line)))
    with database.reading() as connection:
        assert body_of(connection, line.city) == CITY.body


def test_one_line_that_cannot_be_added_does_not_hinder_the_others(
    database: Database, writer: LedgerWriter
) -> None:
    taken = entry(0)
    writer.write(taken)
    failed: list[str] = []

    def write(number: int) -> None:
        try:
            writer.write(taken if number % 10 == 5 else entry(number))
        except StoreError as error:
            failed.append(str(error))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(100)))
    assert len(failed) == 10
    assert {taken.line.ledger_id in text or "p1" in text for text in failed} == {False}
    with database.reading() as connection:
        verdict = verify(connection)
    assert (verdict.is_whole, verdict.lines) == (True, 91)


@contextmanager
def gone(database: Database) -> Iterator[None]:
    """Take the database away for the time of the block."""
    database.close()  # connections that nobody uses at the moment
    if database.file is not None:
        hidden = database.file.rename(database.file.with_suffix(".hidden"))
        database.file.mkdir()  # what cannot be opened, whoever asks
        yield
        database.file.rmdir()
        hidden.rename(database.file)
        return
    url = database.engine.url
    beside = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with beside.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false'))
        yield
        connection.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'))


def test_all_who_wait_hear_of_a_lost_database_and_it_works_again(database: Database) -> None:
    writer = LedgerWriter(database)
    try:
        writer.write(entry(0))
        with gone(database), ThreadPoolExecutor(8) as pool:
            waiting = [pool.submit(writer.write, entry(number)) for number in range(1, 30)]
        assert {type(one.exception()) for one in waiting} == {StoreUnavailable}
        assert writer.write(entry(40)).sequence == 2
    finally:
        writer.close()
    assert [thread.name for thread in threading.enumerate() if thread.name == "ledger"] == []


def test_closing_finishes_what_waits_and_takes_no_more(database: Database) -> None:
    writer = LedgerWriter(database)
    with ThreadPoolExecutor(21) as pool:
        with database.writing() as connection:  # nothing can be committed before this block ends
            if not database.is_sqlite:
                connection.exec_driver_sql("LOCK TABLE ledger IN EXCLUSIVE MODE")
            written = [pool.submit(writer.write, entry(1)) for _ in range(20)]
            while len(writer._waiting) < 10:
                threading.Event().wait(0.01)
            closing = pool.submit(writer.close)
        closing.result()
    refused = [str(one.exception()) for one in written if one.exception()]
    with database.reading() as connection:
        assert len(list(all_lines(connection))) == 20 - len(refused) >= 10
    assert all("takes no more" in text for text in refused)
    with pytest.raises(StoreError, match="takes no more"):
        writer.write(entry(1))


def test_a_writer_that_never_wrote_has_no_thread(database: Database) -> None:
    before = threading.active_count()
    writer = LedgerWriter(database)
    assert threading.active_count() == before
    writer.close()
