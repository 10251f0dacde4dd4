from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from recommender.engine import read_ledger
from tests.cities import attended, bare, office
from tests.cli.city import write
from tests.cli.conftest import Run


def test_the_list_is_shown_with_reasons(data: Path, bundle: Path, run: Run) -> None:
    code, shown, errors = run("recommend", "E0", "--data", data, "--bundle", bundle, "--lang", "en")
    assert code == 0
    assert errors.startswith("Not given: units, ")
    assert "Recommended for E0  (ranked by gap; data as of 2024-01-01)" in shown
    assert "Data analysis basics  basics" in shown
    assert "Data analysis: 3 asked, 1.0 ± " in shown
    assert (
        "Kept out (a program may count more than once): prerequisite not completed 1, not worth the hours 2."
        in shown
    )


def test_indonesian_is_the_default(data: Path, bundle: Path, run: Run) -> None:
    _, shown, _ = run("recommend", "E0", "--data", data, "--bundle", bundle)
    assert "Saran pelatihan untuk E0" in shown
    assert "Analisis data: dipersyaratkan 3" in shown


def test_json_is_one_object_for_machines(data: Path, bundle: Path, run: Run) -> None:
    code, shown, errors = run("recommend", "E0", "--data", data, "--bundle", bundle, "--json")
    answer = json.loads(shown)
    assert code == 0
    assert errors.startswith("Not given: units, ")
    assert list(answer) == [
        "employee_id",
        "recommendations",
        "ranker",
        "notes",
        "excluded",
        "as_of",
        "model",
    ]
    (one,) = answer["recommendations"]
    assert list(one) == [
        "rank",
        "program_id",
        "title",
        "score",
        "benefit",
        "benefit_low",
        "benefit_high",
        "hours",
        "reasons",
    ]
    assert [list(reason) for reason in one["reasons"]] == [["kind", "contribution", "text"]]
    assert "Analisis data" in shown  # not escaped
    assert answer["model"] == sha256((bundle / "engine.joblib").read_bytes()).hexdigest()


def test_answers_come_from_the_data_given_not_from_those_in_the_bundle(
    tmp_path: Path, bundle: Path, run: Run
) -> None:
    records = [attended("E0", "basics", "2024-02-01")]
    newer = write(tmp_path / "newer", {**office(), "training_records": records})
    _, shown, _ = run("recommend", "E0", "--data", newer, "--bundle", bundle, "--json")
    answer = json.loads(shown)
    assert answer["as_of"] == "2024-02-01"
    assert answer["excluded"]["completed"] == 1


def test_a_pointer_is_followed(data: Path, bundle: Path, run: Run) -> None:
    code, shown, _ = run("recommend", "E0", "--data", data, "--bundle", bundle.parent / "current", "--json")
    assert (code, json.loads(shown)["ranker"]) == (0, "gap")


def test_models_current_is_taken_by_default(
    data: Path, bundle: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bundle.parent.parent)
    code, shown, errors = run("recommend", "E0", "--data", data, "--json")
    assert code == 0
    assert errors.startswith("Not given: units, ")
    assert json.loads(shown)["model"] != ""


def test_without_a_trained_model_the_gap_ranks_and_a_note_says_so(data: Path, run: Run) -> None:
    code, shown, errors = run("recommend", "E0", "--data", data, "--json")
    answer = json.loads(shown)
    assert (code, answer["ranker"], answer["model"]) == (0, "gap", "")
    assert answer["recommendations"][0]["program_id"] == "basics"
    assert errors.startswith("No model has been trained yet (no models/current): ranked by competency gap.")
    assert "python -m experiments run" in errors


def test_n_is_kept(tmp_path: Path, run: Run) -> None:
    tables = {**bare(2, 9), "training_records": [attended("E1", f"P{number}") for number in range(9)]}
    data = write(tmp_path / "city", tables)
    lengths = [
        len(json.loads(run("recommend", "E0", "--data", data, "-n", n, "--json")[1])["recommendations"])
        for n in (1, 3, 50)
    ]
    assert lengths == [1, 3, 9]


def test_a_program_without_hours_or_needs_is_shown_with_a_dash(tmp_path: Path, run: Run) -> None:
    data = write(tmp_path / "city", {**bare(2, 1), "training_records": [attended("E1", "P0")]})
    code, shown, _ = run("recommend", "E0", "--data", data, "--lang", "en")
    assert code == 0
    assert "data as of -" in shown
    assert "P0  P0" in shown


@pytest.mark.parametrize(
    "arguments", [("--lang", "fr"), ("-n", 0), ("-n", 101), ("-n", "many"), ("--no-such",)]
)
def test_what_is_misspelt_ends_with_2(data: Path, run: Run, arguments: tuple[object, ...]) -> None:
    code, shown, errors = run("recommend", "E0", "--data", data, *arguments)
    assert (code, shown) == (2, "")
    assert errors


def test_a_language_that_is_not_known_is_answered_with_those_that_are(data: Path, run: Run) -> None:
    assert (
        "'fr' is not a language; use one of id, en."
        in run("recommend", "E0", "--data", data, "--lang", "fr")[2]
    )


def test_an_unknown_employee_ends_with_1(data: Path, run: Run) -> None:
    code, shown, errors = run("recommend", "e0", "--data", data)
    assert (code, shown) == (1, "")
    assert "Error: no employee 'e0' among the 10 of the data; ids are text: leading zeros count." in errors


def test_a_bundle_that_is_not_there_ends_with_1(data: Path, run: Run) -> None:
    code, shown, errors = run("recommend", "E0", "--data", data, "--bundle", "nowhere")
    assert (code, shown) == (1, "")
    assert "Error: there is no bundle at nowhere; train one with" in errors


def test_data_that_are_not_there_end_with_1(run: Run) -> None:
    code, shown, errors = run("recommend", "E0", "--data", "nowhere")
    assert (code, shown) == (1, "")
    assert "nowhere: does not exist. Give a folder of CSV, Parquet or XLSX tables." in errors


def test_brackets_in_titles_are_shown_as_written(tmp_path: Path, run: Run) -> None:
    tables = office()
    tables["programs"] = [{**row, "title": "Data [bold]basics[/bold]"} for row in tables["programs"]]
    _, shown, _ = run("recommend", "E0", "--data", write(tmp_path / "city", tables))
    assert "Data [bold]basics[/bold]" in shown


def test_a_bundle_of_another_catalogue_is_refused(tmp_path: Path, bundle: Path, run: Run) -> None:
    other = write(tmp_path / "other", bare(2, 3))
    code, shown, errors = run("recommend", "E0", "--data", other, "--bundle", bundle)
    assert (code, shown) == (1, "")
    assert "trained on another catalogue" in errors


def test_a_ledger_gets_one_line_and_the_same_answer(data: Path, bundle: Path, run: Run) -> None:
    asked = ("recommend", "E0", "--data", data, "--bundle", bundle, "--json")
    plain = run(*asked)[1]
    assert run(*asked, "--ledger", "ledger.ndjson")[1] == plain
    assert run(*asked, "--ledger", "ledger.ndjson")[1] == plain
    assert len(Path("ledger.ndjson").read_text("utf-8").splitlines()) == 2
    (line,) = read_ledger(Path("ledger.ndjson"))
    assert line.programs == ("basics",)
    assert line.model == json.loads(plain)["model"]
