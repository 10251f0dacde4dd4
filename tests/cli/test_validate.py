from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from recommender.cli.validate import validate

app = typer.Typer()
app.command()(validate)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    (tmp_path / "employees.csv").write_text("employee_id,shoe\nE1,1\nE2,2\n")
    (tmp_path / "programs.csv").write_text("program_id\nP1\n")
    return tmp_path


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout


def test_sound_data(city: Path) -> None:
    code, text = run(city)
    assert code == 0
    assert "employees.csv" in text
    assert "column 'shoe' is not in the contract" in text
    assert "units is absent; this switches off: unit features." in text
    assert "The data keep the contract." in text


def test_every_fault_is_listed_even_beyond_twenty(city: Path) -> None:
    (city / "assessments.csv").write_text("employee_id,competency_id,level\n" + "E1,C1,high\n" * 30)
    code, text = run(city)
    assert code == 1
    assert "30 faults" in text
    assert "assessments.csv, row 31, column level: 'high' is not a number." in text
    assert "The data keep" not in text


def test_json_says_the_same(city: Path) -> None:
    (city / "units.csv").write_text("unit_id,parent_unit_id\nU1,U2\n")
    code, text = run(city, "--json")
    answer = json.loads(text)
    assert code == 1
    assert list(answer) == ["ok", "tables", "absent", "notes", "faults", "doubts"]
    assert answer["ok"] is False
    assert answer["tables"]["employees"] == {"file": "employees.csv", "rows": 2}
    assert "units" not in answer["absent"]
    assert "feedback" in answer["absent"]
    assert answer["faults"] == [
        {
            "file": "units.csv",
            "row": 2,
            "column": "parent_unit_id",
            "value": "U2",
            "problem": "is not in units.csv.",
            "remedy": "Add it there, or correct the parent_unit_id.",
        }
    ]


def test_brackets_of_a_sheet_are_shown(tmp_path: Path) -> None:
    (tmp_path / "city.xlsx").write_bytes(b"no workbook")
    assert "city.xlsx: is not a readable .xlsx file" in run(tmp_path)[1]


@pytest.mark.parametrize("arguments", [("no/folder",), ("no/folder", "--json")])
def test_no_folder(arguments: tuple[str, ...]) -> None:
    code, text = run(*arguments)
    assert code == 1
    assert "does not exist." in text


def test_a_policy_that_cannot_be_followed(city: Path) -> None:
    (city / "policy.toml").write_text('[level]\nmaximum = 3\n[levels]\nminimum = "0"\n')
    code, text = run(city)
    assert code == 1
    assert "2 faults" in text
    assert "  policy.toml: key level: there is no such key. Did you mean 'levels'?\n" in text
    assert "  policy.toml: key levels.minimum: '0' is not a number. Write a number, without quotes.\n" in text
    assert text.count("policy.toml") == 2, "the file once per fault"


def test_doubtful_evidence_is_listed_with_its_row_weight_and_reason(city: Path) -> None:
    header = "employee_id,competency_id,level,source,assessed_on\n"
    rows = ["E1,C1,2,test,2024-01-01", "E2,C1,3,test,2024-01-01", "E1,C1,2,test,2024-01-01"]
    (city / "assessments.csv").write_text(header + "\n".join(rows) + "\n")
    code, text = run(city, "--evidence", "--json")
    assert code == 0
    (doubt,) = json.loads(text)["doubts"]
    assert (doubt["file"], doubt["row"], doubt["weight"]) == ("assessments.csv", 4, 0.0)
    assert doubt["reason"] == "duplicate"
    code, text = run(city, "--evidence")
    assert code == 0
    assert "1 record counts for less" in text
    assert "the same judgement" in text


def test_sound_evidence_counts_in_full(city: Path) -> None:
    code, text = run(city, "--evidence")
    assert code == 0
    assert "Every record counts in full." in text
    assert json.loads(run(city, "--json")[1])["doubts"] is None


def test_faulty_data_are_not_searched_for_doubts(city: Path) -> None:
    (city / "assessments.csv").write_text("employee_id,competency_id,level\nE9,C1,3\n")
    code, text = run(city, "--evidence", "--json")
    assert code == 1
    assert json.loads(text)["doubts"] is None
