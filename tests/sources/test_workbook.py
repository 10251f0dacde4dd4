from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.sources import Source, open_source
from recommender.sources.sheet_xml import column_number

Fill = Callable[[xlsxwriter.worksheet.Worksheet], None]
NIP = 198503152010011012


def write(folder: Path, *rows: list[object], sheet: str = "employees", fill: Fill | None = None) -> Source:
    with xlsxwriter.Workbook(folder / "city.xlsx", {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        if fill is not None:
            fill(page)
    return open_source(folder)


def replace_in_sheet(folder: Path, old: str, new: str) -> None:
    path = folder / "city.xlsx"
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old.encode() in parts[sheet]
    parts[sheet] = parts[sheet].replace(old.encode(), new.encode())
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_typed_cells_become_exact_text(tmp_path: Path) -> None:
    row = ["E1", 12, date(2020, 2, 29), 0.1, True]
    source = write(tmp_path, ["employee_id", "unit_id", "hired_on", "grade", "status"], row)
    table = source.tables["employees"]
    assert [texts.tolist()[0] for texts in table.cells.values()] == ["E1", "12", "2020-02-29", "0.1", "true"]
    assert table.file == "city.xlsx[employees]"
    assert table.rows.tolist() == [2]
    assert table.faults == ()


def test_a_numeric_nip_is_refused_and_shown_masked(tmp_path: Path) -> None:
    source = write(tmp_path, ["employee_id", "grade"], ["E1", "I"], [NIP, "I"])
    (fault,) = source.tables["employees"].faults
    assert (fault.file, fault.row, fault.column) == ("city.xlsx[employees]", 3, "employee_id")
    assert fault.value is not None
    assert fault.value.startswith("*" * 14)
    assert fault.remedy == "Format the column as Text and enter the ids again."
    assert source.tables["employees"].cells["employee_id"].tolist() == ["E1", ""]


@pytest.mark.parametrize("value", [1e15, 1.5, date(2020, 1, 2), True])
def test_cells_that_are_no_ids(tmp_path: Path, value: object) -> None:
    source = write(tmp_path, ["employee_id", "unit_id"], ["E1", value])
    assert [fault.column for fault in source.tables["employees"].faults] == ["unit_id"]


def test_fifteen_digits_are_still_exact(tmp_path: Path) -> None:
    source = write(tmp_path, ["employee_id"], [999_999_999_999_999])
    assert source.tables["employees"].cells["employee_id"].tolist() == ["999999999999999"]


def test_a_formula_without_a_saved_value_names_sheet_and_cell(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        ["employee_id", "grade"],
        ["E1"],
        fill=lambda page: page.write_formula(1, 1, "=A2", value=""),
    )
    (fault,) = source.tables["employees"].faults
    assert (fault.file, fault.row, fault.column) == ("city.xlsx[employees]", 2, "grade")
    assert "cell B2" in fault.problem
    assert "formula" in fault.problem


def test_a_formula_element_without_any_value_element(tmp_path: Path) -> None:
    write(
        tmp_path, ["employee_id", "grade"], ["E1"], fill=lambda page: page.write_formula(1, 1, "=A2", value=7)
    )
    replace_in_sheet(tmp_path, "<v>7</v>", "")
    assert [fault.row for fault in open_source(tmp_path).tables["employees"].faults] == [2]


def test_a_formula_with_a_saved_value_is_read(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        ["employee_id", "grade"],
        ["E1"],
        fill=lambda page: page.write_formula(1, 1, '="I"', value="I"),
    )
    assert source.tables["employees"].cells["grade"].tolist() == ["I"]
    assert source.tables["employees"].faults == ()


def test_a_formula_in_a_column_of_no_interest_is_no_fault(tmp_path: Path) -> None:
    source = write(
        tmp_path, ["employee_id", "x"], ["E1"], fill=lambda page: page.write_formula(1, 1, "=A2", value="")
    )
    assert source.tables["employees"].faults == ()


def test_an_error_cell_is_not_taken_for_empty(tmp_path: Path) -> None:
    source = write(
        tmp_path,
        ["employee_id", "grade"],
        ["E1"],
        fill=lambda page: page.write_formula(1, 1, "=1/0", value="#DIV/0!"),
    )
    assert "#DIV/0!" in source.tables["employees"].faults[0].problem


def test_rows_count_as_in_the_editor_when_some_are_empty(tmp_path: Path) -> None:
    source = write(tmp_path, ["employee_id"], [], ["E1"], [], ["E2"])
    assert source.tables["employees"].rows.tolist() == [3, 5]


def test_a_title_above_the_header_is_not_searched_for(tmp_path: Path) -> None:
    source = write(tmp_path, [], ["employee_id"], ["E1"])
    assert "first row" in source.tables["employees"].faults[0].problem


def test_hidden_sheets_are_read_and_unknown_ones_noted(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "city.xlsx") as book:
        book.add_worksheet("Employee").write(0, 0, "x")
        hidden = book.add_worksheet("units")
        hidden.write_column(0, 0, ["unit_id", "U1"])
        hidden.hide()
    source = open_source(tmp_path)
    assert source.tables["units"].cells["unit_id"].tolist() == ["U1"]
    assert source.notes == (
        "city.xlsx[Employee]: the contract has no table 'Employee'; not read. Did you mean 'employees'?",
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is not a readable .xlsx file"),
        (b"employee_id,name\n", "is not a readable .xlsx file"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "protected by a password"),
    ],
)
def test_what_is_no_workbook(tmp_path: Path, data: bytes, expected: str) -> None:
    (tmp_path / "city.xlsx").write_bytes(data)
    (fault,) = open_source(tmp_path).faults
    assert fault.file == "city.xlsx"
    assert expected in fault.problem


def test_another_kind_of_zip_and_a_damaged_workbook(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    write(tmp_path, ["employee_id"], ["E1"])
    whole = (tmp_path / "city.xlsx").read_bytes()
    (tmp_path / "city.xlsx").write_bytes(whole[: len(whole) // 2])
    assert [fault.file for fault in open_source(tmp_path).faults] == ["a.xlsx", "city.xlsx"]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.sources.sheet_xml.MAX_BYTES", 1000)
    (fault,) = write(tmp_path, ["employee_id"], ["E1"]).faults
    assert "it unpacks to" in fault.problem


def test_a_sheet_of_absurd_size_is_not_held_in_memory(tmp_path: Path) -> None:
    source = write(tmp_path, ["employee_id"], fill=lambda page: page.write_string(1_048_575, 16_383, "x"))
    assert "spans too many cells" in source.tables["employees"].faults[0].problem


@pytest.mark.parametrize(("letters", "number"), [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16_383)])
def test_column_numbers(letters: str, number: int) -> None:
    assert column_number(letters) == number


IDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co", "Zs", "Zl", "Zp"]), min_size=1),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(ids=IDS)
def test_any_text_id_survives(tmp_path_factory: pytest.TempPathFactory, ids: list[str]) -> None:
    def fill(page: xlsxwriter.worksheet.Worksheet) -> None:
        for number, id_ in enumerate(ids):
            page.write_string(number + 1, 0, id_)

    source = write(tmp_path_factory.mktemp("ids"), ["employee_id"], fill=fill)
    assert source.tables["employees"].cells["employee_id"].tolist() == ids


@settings(max_examples=40, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_damaged_byte_never_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, place: float, byte: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    write(folder, ["employee_id"], ["E1"])
    data = bytearray((folder / "city.xlsx").read_bytes())
    data[int(place * len(data))] = byte
    (folder / "city.xlsx").write_bytes(data)
    source = open_source(folder)
    assert source.faults or "employees" in source.tables or source.notes
