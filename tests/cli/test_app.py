"""The command as a whole."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recommender.cli import app

COMMANDS = tuple(
    command.name or command.callback.__name__.replace("_", "-")
    for command in app.registered_commands
    if command.callback
)


def shown(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_the_version_is_printed() -> None:
    assert shown("--version") == (0, f"{version('course-recommender')}\n")


def test_without_a_command_the_help_is_shown() -> None:
    _, text = shown()
    assert "Usage: recommender" in text
    assert all(command in text for command in COMMANDS)


def test_the_commands_of_the_first_cut_are_there() -> None:
    assert {"validate", "simulate", "recommend", "batch"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_an_example(command: str) -> None:
    code, text = shown(command, "--help")
    assert code == 0
    assert f"Example: recommender {command} " in text


def test_a_command_that_is_not_there_ends_with_2() -> None:
    code, text = shown("recomend")
    assert code == 2
    assert "No such command" in text


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "recommender", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def test_run_as_a_module_an_error_is_one_message_and_no_traceback(data: Path, tmp_path: Path) -> None:
    done = python("recommend", "nobody", "--data", str(data), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Error: no employee 'nobody' among the 10" in done.stderr
    assert "Traceback" not in done.stderr
