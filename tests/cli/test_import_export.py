"""`recommender import`, `export`, `migrate`, `backup`, `restore`, and every command that reads a database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from recommender.dataset import Dataset

from .conftest import Run

POLICY = "[levels]\nmaximum = 6\n"


@pytest.fixture
def city(data: Path) -> Path:
    """Return a folder of tables with a policy of its own."""
    (data / "policy.toml").write_text(POLICY)
    return data


def test_a_folder_goes_into_a_database_and_comes_out_the_same(city: Path, tmp_path: Path, run: Run) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    code, said, _ = run("import", city, "--to", url)
    assert (code, "10 people, 10 of them new; 0 removed" in said) == (0, True)
    assert run("import", city, "--to", url)[0] == 0, "repeatable"
    assert run("export", tmp_path / "csv", "--from", url)[0] == 0
    assert run("export", tmp_path / "parquet", "--from", url, "--parquet")[0] == 0
    sources = (str(city), url, str(tmp_path / "csv"), str(tmp_path / "parquet"))
    assert len({Dataset.load(source).digest for source in sources}) == 1
    assert (tmp_path / "csv" / "policy.toml").read_text() == POLICY
    assert "Siti Rahayu E0" in (tmp_path / "csv" / "employees.csv").read_text(), "names are kept"


def test_commands_read_a_database_as_they_read_a_folder(city: Path, tmp_path: Path, run: Run) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    run("import", city, "--to", url)
    assert json.loads(run("validate", url, "--json")[1])["ok"]
    answers = [run("recommend", "E0", "--data", source, "--json")[1] for source in (url, city)]
    assert answers[0] == answers[1]
    assert run("batch", "--data", url, "--top", "1", "--out", "all.csv")[0] == 0


def test_a_database_can_be_imported_from_another(city: Path, tmp_path: Path, run: Run) -> None:
    first, second = (f"sqlite:///{tmp_path / name}.db" for name in ("first", "second"))
    run("import", city, "--to", first)
    assert run("import", first, "--to", second)[0] == 0
    assert Dataset.load(second).digest == Dataset.load(city).digest


def test_faulty_data_change_nothing(city: Path, tmp_path: Path, run: Run) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    run("import", city, "--to", url)
    before = Dataset.load(url).digest
    with (city / "assessments.csv").open("a") as stream:
        stream.write("E0,DATA,9,,\n")
    code, _, complaint = run("import", city, "--to", url)
    assert (code, "assessments.csv, row" in complaint) == (1, True)
    assert Dataset.load(url).digest == before


def test_people_are_removed_only_when_said(city: Path, tmp_path: Path, run: Run) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    run("import", city, "--to", url)
    for name in ("employees", "assessments"):
        file = city / f"{name}.csv"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if "E9" not in line))
    code, _, complaint = run("import", city, "--to", url)
    assert (code, "1 of the people" in complaint, "--remove-absent" in complaint) == (1, True, True)
    code, said, _ = run("import", city, "--to", url, "--remove-absent")
    assert (code, "9 people, 0 of them new; 1 removed" in said) == (0, True)
    assert Dataset.load(url).digest == Dataset.load(city).digest


def test_an_export_writes_into_no_folder_that_is_in_use(city: Path, tmp_path: Path, run: Run) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    run("import", city, "--to", url)
    before = sorted(path.name for path in city.iterdir())
    code, _, complaint = run("export", city, "--from", url)
    assert (code, "not empty" in complaint) == (1, True)
    assert sorted(path.name for path in city.iterdir()) == before


def test_a_backup_brings_everything_back(city: Path, tmp_path: Path, run: Run) -> None:
    url, file = f"sqlite:///{tmp_path / 'city.db'}", tmp_path / "city.zip"
    run("import", city, "--to", url)
    code, said, _ = run("backup", url, file)
    assert code == 0
    digest = said.split("sha256 ")[1].strip()
    code, _, complaint = run("restore", file, url)
    assert (code, "--replace" in complaint) == (1, True)
    shutil.copy(file, tmp_path / "copy.zip")
    for target in (url, f"sqlite:///{tmp_path / 'new.db'}"):
        code, said, _ = run("restore", tmp_path / "copy.zip", target, "--replace")
        assert (code, said.split("sha256 ")[1].strip()) == (0, digest)
        assert Dataset.load(target).digest == Dataset.load(city).digest


def test_a_database_is_made_by_migrate_and_else_missed_by_name(tmp_path: Path, run: Run) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    code, _, complaint = run("recommend", "E0", "--data", url)
    assert (code, f"recommender migrate {url}" in complaint) == (1, True)
    assert not (tmp_path / "city.db").exists()
    assert run("migrate", url)[0] == 0
    assert run("migrate", url)[0] == 0
    code, _, complaint = run("recommend", "E0", "--data", url)
    assert (code, "employees" in complaint) == (1, True)


def test_no_command_shows_a_password(tmp_path: Path, run: Run) -> None:
    url = f"postgresql://clerk:s3cr3t-word@/city?host={tmp_path}"
    commands = (
        ("migrate", url),
        ("validate", url),
        ("recommend", "E0", "--data", url),
        ("export", tmp_path / "out", "--from", url),
        ("backup", url, tmp_path / "b.zip"),
    )
    for command in commands:
        code, said, complaint = run(*command)
        assert (code, "s3cr3t-word" in said + complaint) == (1, False), command
        assert "clerk" in complaint
