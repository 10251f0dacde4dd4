from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.schema import TABLES
from tests.cli.conftest import Run

SMALL = ("--employees", "20", "--programs", "10", "--seed", "3")


def test_writes_all_tables_and_tells_their_rows(tmp_path: Path, run: Run) -> None:
    code, shown, _ = run("simulate", tmp_path / "city", *SMALL)
    assert code == 0
    assert {path.stem for path in (tmp_path / "city").iterdir()} == set(TABLES)
    assert any({"employees", "20"} <= set(line.split()) for line in shown.splitlines())


def test_the_rows_can_be_had_as_json(tmp_path: Path, run: Run) -> None:
    written = json.loads(run("simulate", tmp_path / "city", *SMALL, "--json")[1])
    assert written["rows"]["employees"] == 20
    assert set(written["rows"]) == set(TABLES)


def test_truth_is_written_when_asked_for(tmp_path: Path, run: Run) -> None:
    assert run("simulate", tmp_path / "city", *SMALL, "--truth")[0] == 0
    assert {path.name for path in (tmp_path / "city" / "truth").iterdir()} == {
        "levels.csv",
        "effects.csv",
        "gains.csv",
    }


def test_no_progress_bar_without_a_terminal(tmp_path: Path, run: Run) -> None:
    assert run("simulate", tmp_path / "city", *SMALL)[2] == ""


def test_a_folder_in_use_is_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    code, shown, errors = run("simulate", tmp_path / "mine", *SMALL)
    assert (code, shown) == (1, "")
    assert "notes.txt" in errors
    assert "absent or empty" in errors
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("option", "value"), [("--employees", "19"), ("--programs", "9"), ("--seed", "-1"), ("--seed", "x")]
)
def test_wrong_sizes_are_refused(tmp_path: Path, run: Run, option: str, value: str) -> None:
    code, _, errors = run("simulate", tmp_path / "city", option, value)
    assert code == 2
    assert option in errors
    assert not (tmp_path / "city").exists()
