from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recommender.bundle import KEY_VARIABLE, make_current, save_bundle
from recommender.cli import main
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker
from recommender.store.database import open_database
from recommender.store.migrating import migrate
from tests.cities import load, office
from tests.cli.city import write
from tests.store.town import settle

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "city")


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return the address of a small town of SQLite (both databases: tests/store)."""
    address = f"sqlite:///{tmp_path / 'town.db'}"
    database = open_database(address)
    migrate(database)
    settle(database)
    database.close()
    return address


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command as a shell would, in an empty folder; return exit code, stdout and stderr."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["recommender", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = int(stopped.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return invoke


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a bundle over the office, beside a pointer to it."""
    saved = save_bundle(fit_engine(load(office()), "gap", GapRanker()), tmp_path / "models", {})
    make_current(saved)
    return saved
