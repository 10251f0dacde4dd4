from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pyarrow.parquet
import pytest

from tests.cities import Tables, assessed, attended, bare
from tests.cli.city import write
from tests.cli.conftest import Run

CONTRACT = ["program_id", "competency_id", "effect", "standard_error", "lower", "upper", "people", "warnings"]
ADDED = ["declared", "judged", "borrowed", "overlap", "robustness", "entry", "verdict"]
PEOPLE = 40


def college() -> Tables:
    """Return people of whom every second took P0 and rose by a level and a half; nobody took P1."""
    judged = [
        assessed("LAW", 2.0 + 0.2 * (number % 3) + add, employee_id=f"E{number}", assessed_on=day)
        for number in range(PEOPLE)
        for day, add in (("2022-01-01", 0.0), ("2022-12-01", 1.5 * (number % 2 == 0)))
    ]
    return {
        **bare(PEOPLE),
        "competencies": [
            {"competency_id": "LAW", "name": "Public law", "name_id": "Hukum publik"},
            {"competency_id": "ART", "name": "Art", "name_id": "Seni"},
            {"competency_id": "SEA", "name": "Shipping", "name_id": "Pelayaran"},
        ],
        "programs": [
            {"program_id": "P0", "title": "Law [in] practice"},
            {"program_id": "P1", "title": "Art and law"},
            {"program_id": "P2", "title": "Rest"},
        ],
        "program_outcomes": [
            {"program_id": "P0", "competency_id": "LAW", "entry_level": 2, "target_level": 4},
            {"program_id": "P1", "competency_id": "LAW", "entry_level": 2, "target_level": 4},
            {"program_id": "P1", "competency_id": "ART", "entry_level": 2, "target_level": 3},
        ],
        "assessments": judged,
        "training_records": [attended(f"E{number}", "P0", "2022-06-01") for number in range(0, PEOPLE, 2)],
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "city", college())


def rows_of(file: Path | str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_table_is_shown(data: Path, run: Run) -> None:
    code, shown, _ = run("effects", "--data", data, "--lang", "en")
    assert code == 0
    assert "Law [in] practice  P0" in shown
    assert "Raises levels" in shown
    assert "Not known yet" in shown
    assert shown.index("Law [in] practice") < shown.index("Art and law")
    assert "! only 20 attended" in shown
    assert "1 of 3 pairs (1 of 2 programs) raise levels by all of their 95 % interval" in shown


def test_it_speaks_indonesian_throughout(data: Path, run: Run) -> None:
    _, shown, _ = run("effects", "--data", data)
    assert "Menaikkan level" in shown
    assert "Hukum publik" in shown
    assert "! hanya 20 peserta" in shown
    for english in ("nobody", "only", "people", "levels", "assessed"):
        assert english not in shown


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_table_fits_the_terminal(
    data: Path, run: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _, shown, _ = run("effects", "--data", data)
    assert max(map(len, shown.splitlines())) <= width
    assert "+1." in shown


def test_the_file_begins_with_the_columns_of_the_contract(data: Path, run: Run) -> None:
    assert run("effects", "--data", data, "--out", "new/all.csv")[0] == 0
    rows = rows_of("new/all.csv")
    assert list(rows[0]) == [*CONTRACT, *ADDED]
    assert {(row["program_id"], row["competency_id"]) for row in rows} == {
        ("P0", "LAW"),
        ("P1", "LAW"),
        ("P1", "ART"),
    }
    assert [float(row["effect"]) for row in rows] == sorted(
        (float(row["effect"]) for row in rows), reverse=True
    )
    for row in rows:
        assert float(row["lower"]) <= float(row["effect"]) <= float(row["upper"])
        assert all(len(row[name].partition(".")[2]) <= 4 for name in ("effect", "lower", "upper", "overlap"))
    first = rows[0]
    assert (first["people"], first["judged"], first["warnings"]) == ("20", "20", "only 20 attended")
    art = next(row for row in rows if row["competency_id"] == "ART")
    assert (art["people"], art["overlap"], art["robustness"], art["declared"]) == ("0", "", "", "1")
    assert art["warnings"] == "nobody completed it: all is borrowed"


def test_parquet_csv_and_json_say_the_same(data: Path, run: Run) -> None:
    run("effects", "--data", data, "--out", "all.csv")
    run("effects", "--data", data, "--out", "all.parquet")
    code, shown, _ = run("effects", "--data", data, "--json")
    table = pyarrow.parquet.read_table("all.parquet")
    told = json.loads(shown)
    assert code == 0
    assert table.column_names == [*CONTRACT, *ADDED]
    assert [float(row["effect"]) for row in rows_of("all.csv")] == table.column("effect").to_pylist()
    assert [row | {"warnings": "; ".join(row["warnings"])} for row in told["outcomes"]] == table.to_pylist()
    assert list(told) == ["as_of", "notes", "forgetting", "usual_share", "signals", "outcomes"]
    assert told["as_of"] == "2022-12-01"


def test_the_forest_plot_is_drawn(data: Path, run: Run) -> None:
    assert run("effects", "--data", data, "--plot", "new/all.svg", "--lang", "en")[0] == 0
    picture = ElementTree.parse("new/all.svg").getroot()
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}circle"))) == 3


def test_filters_leave_only_what_was_asked_for(data: Path, run: Run) -> None:
    for chosen, expected in (
        (("--program", "P1"), {("P1", "LAW"), ("P1", "ART")}),
        (("--competency", "LAW"), {("P0", "LAW"), ("P1", "LAW")}),
        (("--program", "P1", "--competency", "ART"), {("P1", "ART")}),
    ):
        assert run("effects", "--data", data, *chosen, "--out", "some.csv")[0] == 0
        assert {(row["program_id"], row["competency_id"]) for row in rows_of("some.csv")} == expected


def test_what_is_not_shown_is_counted(data: Path, run: Run) -> None:
    _, few, _ = run("effects", "--data", data, "--lang", "en", "--top", 1)
    _, all_, _ = run("effects", "--data", data, "--lang", "en", "--top", 1, "--all")
    assert "and 1 more; --all shows them all" in few
    assert "--all" not in all_


def test_by_entry_with_too_few_people_says_so(data: Path, run: Run) -> None:
    code, shown, _ = run("effects", "--data", data, "--by-entry", "--lang", "en", "--out", "all.csv")
    assert code == 0
    assert "run it without --by-entry" in shown
    assert rows_of("all.csv") == []


# Bad input.


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("--program", "P9"), "no program 'P9' in the data"),
        (("--competency", "MAGIC"), "no competency 'MAGIC' in the data"),
        (("--program", "P2"), "program 'P2' does not declare what it teaches"),
        (("--competency", "SEA"), "no program declares that it teaches 'SEA'"),
        (("--program", "P0", "--competency", "ART"), "program 'P0' does not declare an effect on 'ART'"),
    ],
)
def test_what_is_not_there_or_not_declared_is_an_error(
    data: Path, run: Run, chosen: tuple[str, ...], said: str
) -> None:
    code, shown, errors = run("effects", "--data", data, *chosen, "--out", "all.csv")
    assert (code, shown) == (1, "")
    assert said in errors
    assert not Path("all.csv").exists()


def test_without_outcomes_there_is_nothing_to_measure(tmp_path: Path, run: Run) -> None:
    tables = college()
    del tables["program_outcomes"]
    code, shown, errors = run("effects", "--data", write(tmp_path / "bare", tables))
    assert (code, shown) == (1, "")
    assert "Add program_outcomes" in errors


@pytest.mark.parametrize("table", ["training_records", "assessments"])
def test_without_evidence_all_is_borrowed_and_said_to_be(tmp_path: Path, run: Run, table: str) -> None:
    tables = college()
    del tables[table]
    folder = write(tmp_path / "less", tables)
    code, shown, _ = run("effects", "--data", folder, "--lang", "en", "--out", "all.csv")
    assert code == 0
    assert f"There are no {table}" in shown
    assert f"Give {table} with" in shown
    assert {row["borrowed"] for row in rows_of("all.csv")} == {"1"}
    assert "Nothing could be measured" in shown
    assert "were found" not in shown


def test_attendance_after_the_last_assessment_is_said(tmp_path: Path, run: Run) -> None:
    tables = college()
    for row in tables["training_records"]:
        row["started_on"] = row["completed_on"] = "2023-05-01"
    run("effects", "--data", write(tmp_path / "late", tables), "--out", "all.csv", "--program", "P0")
    (row,) = rows_of("all.csv")
    assert row["warnings"] == "nobody was assessed in it after attending: all is borrowed"
    assert (row["people"], row["judged"], row["borrowed"]) == ("20", "0", "1")


def test_that_everybody_attended_is_said(tmp_path: Path, run: Run) -> None:
    tables = college()
    tables["training_records"] = [attended(f"E{number}", "P0", "2022-06-01") for number in range(PEOPLE)]
    run("effects", "--data", write(tmp_path / "all", tables), "--out", "all.csv", "--program", "P0")
    (row,) = rows_of("all.csv")
    assert "everybody assessed in it attended: nobody to compare with" in row["warnings"]
    assert row["robustness"] == ""


@pytest.mark.parametrize(
    "arguments",
    [("--out", "all.txt"), ("--out", "taken.csv"), ("--plot", "all.png"), ("--lang", "fr"), ("--top", 0)],
)
def test_what_is_misspelt_ends_with_2_before_the_work(
    data: Path, run: Run, arguments: tuple[object, ...]
) -> None:
    Path("taken.csv").mkdir()
    code, shown, errors = run("effects", "--data", data, *arguments)
    assert (code, shown) == (2, "")
    assert errors
    assert [path.name for path in Path().iterdir()] == ["taken.csv"]


@pytest.mark.parametrize(("option", "name"), [("--out", "assessments.csv"), ("--plot", "new.svg")])
def test_a_file_among_the_data_is_refused(data: Path, run: Run, option: str, name: str) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*")}
    code, _, errors = run("effects", "--data", data, option, data / name)
    assert code == 2
    assert "folder of the data" in errors
    assert {path: path.read_bytes() for path in data.rglob("*")} == before


def test_an_interrupted_write_leaves_the_earlier_file(
    data: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("all.csv").write_text("earlier")

    def full(*arguments: object) -> None:
        Path(str(arguments[1])).write_text("half")
        raise OSError("no space left on device")

    monkeypatch.setattr("pyarrow.csv.write_csv", full)
    code, _, errors = run("effects", "--data", data, "--out", "all.csv")
    assert code == 1
    assert "no space left" in errors
    assert Path("all.csv").read_text() == "earlier"
    assert [path.name for path in Path().iterdir()] == ["all.csv"]
