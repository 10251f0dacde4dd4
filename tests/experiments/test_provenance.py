from __future__ import annotations

import os
from pathlib import Path

import pytest

from experiments.provenance import git_commit, source_name, versions


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("data/sample", "sample"),
        ("data/sample/", "sample"),
        ("postgresql://someone:secret@host:5432/simpeg", "simpeg"),
        ("sqlite:///somewhere/city.db", "city.db"),
        ("postgresql://someone:secret@host", "database"),
    ],
)
def test_data_are_named_without_path_or_password(data: str, name: str) -> None:
    assert source_name(data) == name


def test_the_working_folder_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert source_name(".") == tmp_path.name


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PATH", "")
    assert git_commit() == "unknown"


def test_libraries_that_results_depend_on_are_named() -> None:
    assert {"python", "numpy", "lightgbm", "scikit-learn"} <= set(versions())
