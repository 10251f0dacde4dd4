from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from recommender.cli.simulate import simulate
from recommender.schema import TABLES

app = typer.Typer()
app.command()(simulate)

SMALL = ("--employees", "20", "--programs", "10", "--seed", "3")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_writes_all_tables_and_tells_their_rows(tmp_path: Path) -> None:
    result = run(tmp_path / "city", *SMALL)
    assert result.exit_code == 0
    assert {path.stem for path in (tmp_path / "city").iterdir()} == set(TABLES)
    assert any({"employees", "20"} <= set(line.split()) for line in result.stdout.splitlines())


def test_the_rows_can_be_had_as_json(tmp_path: Path) -> None:
    written = json.loads(run(tmp_path / "city", *SMALL, "--json").stdout)
    assert written["rows"]["employees"] == 20
    assert set(written["rows"]) == set(TABLES)


def test_truth_is_written_when_asked_for(tmp_path: Path) -> None:
    assert run(tmp_path, *SMALL, "--truth").exit_code == 0
    assert {path.name for path in (tmp_path / "truth").iterdir()} == {
        "levels.csv",
        "effects.csv",
        "gains.csv",
    }


def test_no_progress_bar_without_a_terminal(tmp_path: Path) -> None:
    assert run(tmp_path, *SMALL).stderr == ""


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = run(tmp_path, *SMALL)
    assert result.exit_code == 1
    assert "notes.txt" in result.stderr
    assert "absent or empty" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("option", "value"), [("--employees", "19"), ("--programs", "9"), ("--seed", "-1"), ("--seed", "x")]
)
def test_wrong_sizes_are_refused(tmp_path: Path, option: str, value: str) -> None:
    result = run(tmp_path / "city", option, value)
    assert result.exit_code == 2
    assert option in result.stderr
    assert not (tmp_path / "city").exists()
