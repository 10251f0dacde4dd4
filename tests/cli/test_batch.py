from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from recommender.bundle import bundle_key
from recommender.engine import read_ledger
from tests.cli.conftest import Run


def test_a_summary_says_what_was_written(data: Path, bundle: Path, run: Run) -> None:
    code, shown, errors = run("batch", "--data", data, "--bundle", bundle, "--top", 2, "--out", "all.csv")
    assert code == 0
    assert errors.startswith("Not given: units, ")
    first, second = shown.splitlines()
    assert re.fullmatch(r"10 recommendations for 10 employees in [\d.]+ s: all\.csv", first)
    assert second.startswith("0 employees got none and 10 fewer than 2; ")
    with Path("all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["program_id"] for row in rows} == {"basics"}
    assert [row["employee_id"] for row in rows] == [f"E{number}" for number in range(10)]


def test_the_summary_as_json(data: Path, bundle: Path, run: Run) -> None:
    code, shown, _ = run("batch", "--data", data, "--bundle", bundle, "--out", "all.parquet", "--json")
    summary = json.loads(shown)
    assert code == 0
    assert summary.pop("seconds") > 0
    assert summary == {"employees": 10, "without": 0, "with_fewer": 10, "rows": 10, "out": "all.parquet"}


def test_a_folder_of_parts(data: Path, bundle: Path, run: Run) -> None:
    assert run("batch", "--data", data, "--bundle", bundle, "--out", "new/parts")[0] == 0
    assert {path.name for path in Path("new/parts").iterdir()} == {".recommendations", "part-00000.parquet"}


@pytest.mark.parametrize("inside", ["", "parts", "employees.csv", "deep/all.parquet", "../city/new"])
def test_an_output_among_the_data_is_refused(data: Path, run: Run, inside: str) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*")}
    code, shown, errors = run("batch", "--data", data, "--out", data / inside)
    assert (code, shown) == (2, "")
    assert "--out" in errors
    assert "folder of the data" in errors
    assert {path: path.read_bytes() for path in data.rglob("*")} == before


def test_a_folder_of_somebody_else_is_refused(data: Path, run: Run) -> None:
    Path("mine").mkdir()
    Path("mine/part-00000.parquet").write_bytes(b"mine")
    code, _, errors = run("batch", "--data", data, "--out", "mine")
    assert code == 1
    assert "mine holds what is no output of `recommender batch`" in errors
    assert Path("mine/part-00000.parquet").read_bytes() == b"mine"


@pytest.mark.parametrize("out", ["all.txt", "taken.csv"])
def test_a_refused_output_names_its_option(data: Path, run: Run, out: str) -> None:
    Path("taken.csv").mkdir()
    code, _, errors = run("batch", "--data", data, "--out", out)
    assert code == 2
    assert "Invalid value for --out" in errors


def test_without_a_trained_model_a_note_says_so(data: Path, run: Run) -> None:
    code, shown, errors = run("batch", "--data", data, "--out", "all.csv", "--json")
    assert (code, json.loads(shown)["rows"]) == (0, 10)
    assert errors.startswith("No model has been trained yet")


@pytest.mark.parametrize(("language", "word"), [("en", "asked"), ("id", "dipersyaratkan")])
def test_reasons_are_in_the_language_asked_for(data: Path, run: Run, language: str, word: str) -> None:
    run("batch", "--data", data, "--out", "all.csv", "--lang", language)
    assert word in Path("all.csv").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [("--lang", "fr"), ("--top", 0), ("--engine", "magic"), ("--workers", 0), ("--out", "taken.csv")],
)
def test_what_is_misspelt_ends_with_2_and_writes_nothing(
    data: Path, run: Run, arguments: tuple[object, ...]
) -> None:
    Path("taken.csv").mkdir()
    code, shown, errors = run("batch", "--data", data, "--out", "all.csv", *arguments)
    assert (code, shown) == (2, "")
    assert errors
    assert [path.name for path in Path().iterdir()] == ["taken.csv"]


def test_a_bundle_that_is_not_there_ends_with_1(data: Path, run: Run) -> None:
    code, _, errors = run("batch", "--data", data, "--bundle", "nowhere", "--out", "all.csv")
    assert code == 1
    assert "there is no bundle at nowhere" in errors
    assert not Path("all.csv").exists()


def test_a_place_that_cannot_be_written_ends_with_1_and_a_message(data: Path, run: Run) -> None:
    Path("file").write_text("")
    code, _, errors = run("batch", "--data", data, "--out", "file/all.csv")
    assert code == 1
    assert "file" in errors


def test_a_ledger_keeps_a_line_per_answer(data: Path, bundle: Path, run: Run) -> None:
    (data / "policy.toml").write_text("[exploration]\nshare = 0.2\n", "utf-8")
    asked = ("batch", "--data", data, "--bundle", bundle, "--out")
    code, shown, _ = run(*asked, "one.csv", "--ledger", "kept/one.ndjson")
    assert code == 0
    assert "10 lines added to kept/one.ndjson" in " ".join(shown.split())
    assert run(*asked, "two.csv", "--ledger", "two.ndjson", "--engine", "joblib", "--workers", 2)[0] == 0
    lines = read_ledger(Path("kept/one.ndjson"))
    assert [line.programs for line in lines] == [("basics",)] * 10
    assert [line.decision for line in read_ledger(Path("two.ndjson"))] == [line.decision for line in lines]
    with Path("one.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["employee_id"] for row in csv.DictReader(file)]
    key = bundle_key(bundle.parent)
    assert key is not None
    assert [line.employee for line in lines] == [key.pseudonym(id_) for id_ in ids]


def test_a_ledger_needs_a_bundle_and_a_place_of_its_own(data: Path, bundle: Path, run: Run) -> None:
    code, _, errors = run("batch", "--data", data, "--out", "all.csv", "--ledger", "ledger.ndjson")
    assert code == 1
    assert "there is no bundle at models/current" in errors
    inside = data / "ledger.ndjson"
    code, _, errors = run("batch", "--data", data, "--bundle", bundle, "--out", "a.csv", "--ledger", inside)
    assert code == 1
    assert "lies in the folder of the data" in errors
    Path("torn").write_text('{"format":1', "utf-8")
    code, _, errors = run("batch", "--data", data, "--bundle", bundle, "--out", "a.csv", "--ledger", "torn")
    assert code == 1
    assert "was cut short" in errors
    assert not Path("all.csv").exists()
    assert not Path("a.csv").exists()
