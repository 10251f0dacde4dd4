"""What a city may get wrong, each through the public door: a message that helps, or a sound answer."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from recommender import Dataset, load_bundle
from recommender.bundle import save_bundle
from recommender.engine import fit_engine
from recommender.errors import BundleError, DataError, Fault, UnknownEmployee
from recommender.rankers.gap import GapRanker
from recommender.rankers.learned import LearnedRanker
from tests.cities import attended, load, office
from tests.cli.city import write


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return write(tmp_path / "city", {**office(), "training_records": [attended("E1", "law", "2023-05-01")]})


def fault_of(city: Path) -> Fault:
    """Return the only fault of a folder."""
    with pytest.raises(DataError) as caught:
        Dataset.load(city)
    (fault,) = caught.value.faults
    assert str(fault) in str(caught.value)
    return fault


def place(fault: Fault) -> tuple[str, int | None, str | None, str | None]:
    return fault.file, fault.row, fault.column, fault.value


def append(city: Path, file: str, line: str) -> None:
    with (city / file).open("a", encoding="utf-8") as opened:
        opened.write(line + "\n")


def test_the_city_itself_is_sound(city: Path) -> None:
    assert len(Dataset.load(city).employees.ids) == 10


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(city: Path, content: bytes) -> None:
    (city / "programs.csv").write_bytes(content)
    fault = fault_of(city)
    assert place(fault) == ("programs.csv", None, None, None)
    assert str(fault) == "programs.csv: is empty. Write the header and the rows into it."


def test_a_required_table_with_its_header_only(city: Path) -> None:
    (city / "employees.csv").write_text("employee_id,position_id\n")
    with pytest.raises(
        DataError, match=r"employees\.csv: has no rows, and this table is required\. Write its"
    ):
        Dataset.load(city)


def test_an_optional_table_with_its_header_only_switches_off_what_needs_it(city: Path) -> None:
    (city / "assessments.csv").write_text("employee_id,competency_id,level\n")
    dataset = Dataset.load(city)
    assert "assessments" in dataset.absent
    assert any(note.startswith("assessments.csv has no rows; this switches off:") for note in dataset.notes)
    assert fit_engine(dataset, "gap", GapRanker()).recommend("E0").recommendations


def test_a_missing_key_column(city: Path) -> None:
    (city / "assessments.csv").write_text("employee,competency_id,level\nE1,DATA,2\n")
    fault = fault_of(city)
    assert (fault.file, fault.column) == ("assessments.csv", "employee_id")
    assert "employee_id" in str(fault)
    assert fault.remedy


def test_a_duplicate_id(city: Path) -> None:
    append(city, "employees.csv", "E3,Budi,CLERK")
    fault = fault_of(city)
    assert place(fault)[:3] == ("employees.csv", 12, "employee_id")
    assert "row 5" in fault.problem
    assert fault.remedy


def test_an_orphan_reference(city: Path) -> None:
    append(city, "training_records.csv", "E1,cookery,2023-05-01,2023-05-01,completed")
    fault = fault_of(city)
    assert place(fault) == ("training_records.csv", 3, "program_id", "cookery")
    assert fault.problem == "is not in programs.csv."
    assert fault.remedy == "Add it there, or correct the program_id."


@pytest.mark.parametrize("level", ["5.5", "-1", "400"])
def test_a_level_off_the_scale(city: Path, level: str) -> None:
    append(city, "assessments.csv", f"E1,DATA,{level},test,2024-01-01")
    fault = fault_of(city)
    assert place(fault) == ("assessments.csv", 22, "level", level)
    assert fault.problem == "is outside the policy's scale of levels."
    assert "0 to 5" in fault.remedy


def test_completed_before_started(city: Path) -> None:
    append(city, "training_records.csv", "E2,law,2023-05-02,2023-05-01,completed")
    fault = fault_of(city)
    assert place(fault) == ("training_records.csv", 3, "completed_on", "2023-05-01")
    assert (fault.problem, fault.remedy) == ("is before started_on.", "Correct one of the two days.")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_file_that_is_not_utf_8(city: Path, encoding: str) -> None:
    text = (city / "programs.csv").read_text("utf-8").replace("Cooking", "Ménagerie")
    (city / "programs.csv").write_bytes(text.encode(encoding))
    fault = fault_of(city)
    assert fault.file == "programs.csv"
    assert "is not UTF-8 text" in fault.problem
    assert fault.remedy == "Save it as CSV UTF-8."


def test_a_workbook_with_formulas_that_were_never_calculated(city: Path) -> None:
    (city / "assessments.csv").unlink()
    with xlsxwriter.Workbook(city / "city.xlsx") as book:
        sheet = book.add_worksheet("assessments")
        sheet.write_row(0, 0, ["employee_id", "competency_id", "level"])
        sheet.write_row(1, 0, ["E1", "DATA"])
        sheet.write_formula("C2", "=1+1", value="")
    fault = fault_of(city)
    assert place(fault)[:3] == ("city.xlsx[assessments]", 2, "level")
    assert "(cell C2)" in fault.problem
    assert fault.remedy.startswith("Open the workbook, let it calculate, and save it")


def test_all_faults_come_at_once(city: Path) -> None:
    append(city, "employees.csv", "E3,Budi,CLERK")
    append(city, "assessments.csv", "E1,DATA,9,test,2024-01-01")
    append(city, "training_records.csv", "E2,law,2023-05-02,2023-05-01,completed")
    (city / "programs.csv").write_text("")
    with pytest.raises(DataError) as caught:
        Dataset.load(city)
    files = [fault.file for fault in caught.value.faults]
    assert files == ["employees.csv", "programs.csv", "training_records.csv", "assessments.csv"]


def test_a_0_byte_bundle(city: Path, tmp_path: Path) -> None:
    saved = save_bundle(fit_engine(Dataset.load(city), "gap", GapRanker()), tmp_path / "models", {})
    (saved / "engine.joblib").write_bytes(b"")
    with pytest.raises(BundleError, match=r"engine\.joblib is absent or empty; train again with `python -m"):
        load_bundle(saved)
    empty = tmp_path / "models" / "empty.joblib"
    empty.write_bytes(b"")
    with pytest.raises(BundleError, match=r"empty\.joblib should hold the name of one bundle folder"):
        load_bundle(empty)


def test_an_unknown_employee(city: Path) -> None:
    engine = fit_engine(Dataset.load(city), "gap", GapRanker())
    with pytest.raises(UnknownEmployee, match="no employee '007' among the 10 of the data; ids are text"):
        engine.recommend("007")


def test_an_employee_without_a_position(city: Path) -> None:
    append(city, "employees.csv", "E10,Budi,")
    answer = fit_engine(Dataset.load(city), "gap", GapRanker()).recommend("E10", language="en")
    assert answer.ranker == "popularity"
    assert "This employee holds no position on record; no gap can be computed." in answer.notes
    assert answer.recommendations[0].program_id == "law"
    assert answer.recommendations[0].benefit is None


def test_a_city_without_any_history() -> None:
    engine = fit_engine(load(office()), "learned", LearnedRanker())
    answer = engine.recommend("E0", language="en")
    assert answer.ranker == "gap"
    assert answer.notes == ('Ranked by "gap": the model "learned" does not know enough about this person.',)
    assert [one.program_id for one in answer.recommendations] == ["basics"]
