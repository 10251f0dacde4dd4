from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_the_profile_is_shown(data: Path, bundle: Path, run: Run) -> None:
    code, shown, _ = run("profile", "E0", "--data", data, "--bundle", bundle, "--lang", "en")
    assert code == 0
    assert "Competency profile of E0" in shown
    assert "Data analysis" in shown


def test_json_and_picture(data: Path, bundle: Path, run: Run, tmp_path: Path) -> None:
    svg = tmp_path / "E0.svg"
    code, shown, _ = run("profile", "E0", "--data", data, "--bundle", bundle, "--json", "--svg", svg)
    profile = json.loads(shown)
    assert code == 0
    assert list(profile) == ["employee_id", "position", "next_position", "as_of", "lines", "model"]
    assert profile["lines"][0]["name"] == "Analisis data"
    assert svg.read_text(encoding="utf-8").startswith("<svg")


def test_an_unknown_employee_ends_with_1(data: Path, bundle: Path, run: Run) -> None:
    code, _, errors = run("profile", "nobody", "--data", data, "--bundle", bundle)
    assert code == 1
    assert "no employee 'nobody'" in errors
