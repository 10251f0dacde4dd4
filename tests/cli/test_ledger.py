from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.store.database import open_database
from recommender.store.ledger import Line, append
from tests.cli.conftest import Run


@pytest.fixture
def lines(url: str) -> list[Line]:
    database = open_database(url)
    with database.writing() as connection:
        added = append(connection, [Line("answer", "k", "manager", f"p{number}") for number in range(3)])
    database.close()
    return added


def change(url: str, *statements: str) -> None:
    database = open_database(url)
    with database.writing() as connection:
        for statement in ("DROP TRIGGER ledger_no_update", "DROP TRIGGER ledger_no_delete", *statements):
            connection.exec_driver_sql(statement)
    database.close()


def test_a_whole_ledger_tells_its_last_line(url: str, run: Run, lines: list[Line]) -> None:
    code, shown, _ = run("ledger", "verify", "--database", url)
    assert code == 0
    assert shown == f"All 3 lines are whole. The last one: 3:{lines[-1].hash}\n"
    noted = shown.split()[-1]
    assert run("ledger", "verify", "--database", url, "--noted", noted)[0] == 0


def test_an_empty_one_is_whole(url: str, run: Run) -> None:
    assert run("ledger", "verify", "--database", url)[:2] == (0, "The ledger is empty.\n")


def test_the_first_broken_line_is_named(url: str, run: Run, lines: list[Line]) -> None:
    change(url, "UPDATE ledger SET asker = 'other' WHERE sequence >= 2")
    code, shown, errors = run("ledger", "verify", "--database", url)
    assert (code, shown) == (1, "")
    assert f"line 2 ({lines[1].ledger_id}) was changed after it was written. 1 lines before" in errors


def test_an_end_that_was_cut_off_shows_against_what_was_noted(url: str, run: Run, lines: list[Line]) -> None:
    noted = f"3:{lines[-1].hash}"
    change(url, "DELETE FROM ledger WHERE sequence = 3")
    assert run("ledger", "verify", "--database", url)[0] == 0
    code, _, errors = run("ledger", "verify", "--database", url, "--noted", noted)
    assert code == 1
    assert "the ledger ends with line 2" in errors


def test_all_lines_are_exported_in_order(url: str, run: Run, lines: list[Line]) -> None:
    code, shown, _ = run("ledger", "export", "--database", url, "--out", "new/all.ndjson")
    assert (code, shown) == (0, "3 lines written to new/all.ndjson\n")
    written = [json.loads(line) for line in Path("new/all.ndjson").read_text("utf-8").splitlines()]
    assert [Line(**one) for one in written] == lines


@pytest.mark.parametrize("arguments", [("verify", "--noted", "3"), ("export", "--out", "."), ("export",)])
def test_what_is_misspelt_ends_with_2(url: str, run: Run, arguments: tuple[str, ...]) -> None:
    code, shown, errors = run("ledger", *arguments, "--database", url)
    assert (code, shown) == (2, "")
    assert errors
