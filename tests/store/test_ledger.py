from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, text, update

from recommender.errors import EntryConflict
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.ledger import Line, all_lines, append, event_line, find, lines_about, verify
from recommender.store.tables import ledger
from tests.store.town import tamper

ASKER = Asker("key1", "hr-system")


def fill(database: Database, count: int = 5) -> list[Line]:
    added = []
    for number in range(count):
        with database.writing() as connection:
            added += append(
                connection, [Line("answer", "key1", "hr-system", f"p{number % 2}", result=f"r{number}")]
            )
    return added


def test_lines_are_a_chain(database: Database) -> None:
    added = fill(database)
    assert [line.sequence for line in added] == [1, 2, 3, 4, 5]
    assert [line.previous for line in added] == ["", *(line.hash for line in added[:-1])]
    with database.reading() as connection:
        assert list(all_lines(connection)) == added
        assert find(connection, added[2].ledger_id) == added[2]
        assert find(connection, "nothing") is None
        verdict = verify(connection)
    assert (verdict.is_whole, verdict.lines, verdict.sequence, verdict.hash) == (True, 5, 5, added[-1].hash)


def test_an_empty_ledger_is_whole(database: Database) -> None:
    with database.reading() as connection:
        verdict = verify(connection)
    assert (verdict.is_whole, verdict.lines, verdict.hash) == (True, 0, "")


def test_every_column_is_under_the_hash() -> None:
    line = Line("answer", "key1", "hr-system", ledger_id="x", written_at="y", sequence=1)
    for name in asdict(line).keys() - {"hash"}:
        changed = replace(line, **{name: 2 if name == "sequence" else "changed"})
        assert changed.computed_hash() != line.computed_hash(), name
    assert replace(line, hash="z").computed_hash() == line.computed_hash()


@pytest.mark.parametrize(
    "name", ["result", "detail", "asker", "written_at", "pseudonym", "ledger_id", "hash", "previous"]
)
def test_a_changed_line_is_named(database: Database, name: str) -> None:
    fill(database)
    tamper(database, update(ledger).where(ledger.c.sequence == 3).values({name: "other"}))
    with database.reading() as connection:
        verdict = verify(connection)
    assert not verdict.is_whole
    assert "line 3 " in verdict.problem
    assert (verdict.lines, verdict.sequence) == (2, 2)


def test_a_line_changed_with_its_hash_breaks_the_next_one(database: Database) -> None:
    added = fill(database)
    forged = replace(added[2], result="forged")
    values = {"result": "forged", "hash": forged.computed_hash()}
    tamper(database, update(ledger).where(ledger.c.sequence == 3).values(values))
    with database.reading() as connection:
        assert "line 4 " in verify(connection).problem


@pytest.mark.parametrize(
    ("gone", "named"), [([3], "line 4 "), ([2, 3], "line 4 "), ([1], "line 2 "), ([1, 2], "line 3 ")]
)
def test_missing_lines_are_named(database: Database, gone: list[int], named: str) -> None:
    fill(database)
    tamper(database, delete(ledger).where(ledger.c.sequence.in_(gone)))
    with database.reading() as connection:
        verdict = verify(connection)
    assert verdict.problem.startswith(f"before {named}")
    assert verdict.problem.endswith("missing")


def test_a_line_put_in_is_named(database: Database) -> None:
    added = fill(database)
    forged = replace(added[-1], sequence=6, ledger_id="forged", previous=added[2].hash)
    tamper(database, insert(ledger).values(asdict(replace(forged, hash=forged.computed_hash()))))
    with database.reading() as connection:
        assert verify(connection).problem == "line 6 (forged) does not follow the line before it"


def test_an_end_cut_off_shows_against_a_noted_line(database: Database) -> None:
    added = fill(database)
    noted = added[3].sequence, added[3].hash
    with database.reading() as connection:
        assert verify(connection, noted).is_whole
        assert "line 4 is not the one" in verify(connection, (4, "other")).problem
    tamper(database, delete(ledger).where(ledger.c.sequence >= 4))
    with database.reading() as connection:
        assert verify(connection).is_whole
        assert "the ledger ends with line 3" in verify(connection, noted).problem


def test_lines_of_a_person_come_in_pages(database: Database) -> None:
    added = fill(database, 7)
    with database.reading() as connection:
        first = lines_about(connection, "p0", limit=3)
        second = lines_about(connection, "p0", after=first[-1].sequence, limit=3)
    assert [*first, *second] == added[::2]


def test_an_event_is_a_line_of_its_own(database: Database) -> None:
    with database.writing() as connection:
        (line,) = append(connection, [event_line("objection", ASKER, "p1", {"status": "open"})])
    assert (line.event, line.asker, line.role, line.pseudonym) == ("objection", "key1", "hr-system", "p1")
    assert json.loads(line.detail) == {"status": "open"}
    assert datetime.now(UTC) - datetime.fromisoformat(line.written_at) < timedelta(minutes=5)


def test_lines_of_a_transaction_that_failed_leave_no_gap(database: Database) -> None:
    fill(database, 2)
    with database.writing() as connection:
        append(connection, [Line("answer", "key1", "hr-system")])
        connection.rollback()
    assert fill(database, 1)[0].sequence == 3
    with database.reading() as connection:
        assert verify(connection).is_whole


def test_the_database_itself_refuses_changes(database: Database) -> None:
    added = fill(database)
    by_kind = (
        "INSERT OR REPLACE INTO ledger SELECT * FROM ledger WHERE sequence = 3"
        if database.is_sqlite
        else "TRUNCATE ledger"
    )
    changes = (
        "UPDATE ledger SET result = 'x'",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE sequence = 5",
    )
    for statement in (*changes, by_kind):
        with pytest.raises(EntryConflict), database.writing() as connection:
            connection.execute(text(statement))
    with database.reading() as connection:
        assert list(all_lines(connection)) == added
