from __future__ import annotations

from pathlib import Path

from recommender.store.database import open_database
from recommender.store.ledger import all_lines
from tests.cli.conftest import Run
from tests.store.town import ANI, BUDI, NAMES


def test_a_person_leaves_the_database_and_its_files(url: str, run: Run) -> None:
    file = Path(url.removeprefix("sqlite:///"))

    def bytes_of() -> bytes:
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))

    assert BUDI.encode() in bytes_of()
    code, shown, _ = run("erase", BUDI, "--database", url)
    assert code == 0
    assert "1 of employees" in shown
    assert "Made to name nobody: 2 of assessments, 1 of units, 1 of feedback." in shown
    assert BUDI.encode() not in bytes_of()
    assert NAMES[BUDI].encode() not in bytes_of()
    assert ANI.encode() in bytes_of()
    database = open_database(url)
    with database.reading() as connection:
        (line,) = all_lines(connection)
    database.close()
    assert (line.event, line.asker, line.role) == ("erasure", "command-line", "operator")


def test_nobody_is_erased_who_is_not_there(url: str, run: Run) -> None:
    code, shown, errors = run("erase", "E9", "--database", url)
    assert (code, shown) == (1, "")
    assert "no employee 'E9' among the 3" in errors
