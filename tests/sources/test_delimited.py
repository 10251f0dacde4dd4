from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.sources import RawTable, open_source


def read(folder: Path, data: bytes, name: str = "employees") -> RawTable:
    (folder / f"{name}.csv").write_bytes(data)
    return open_source(folder).tables[name]


def only_fault(table: RawTable) -> str:
    assert len(table.faults) == 1
    return str(table.faults[0])


def test_cells_are_stripped_text_and_ids_keep_their_zeros(tmp_path: Path) -> None:
    table = read(tmp_path, "employee_id,name\n007,\u00a0Ani \n198503152010011012,NA\n".encode())
    assert {name: texts.tolist() for name, texts in table.cells.items()} == {
        "employee_id": ["007", "198503152010011012"],
        "name": ["Ani", "NA"],
    }
    assert table.rows.tolist() == [2, 3]
    assert table.file == "employees.csv"


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfemployee_id\nE1\n").columns == ("employee_id",)


def test_semicolons_separate_only_where_the_header_has_no_comma(tmp_path: Path) -> None:
    table = read(tmp_path, b"employee_id;name\nE1;a,b\n")
    assert table.cells["name"].tolist() == ["a,b"]
    assert read(tmp_path, b"employee_id,name;x\nE1,a;b\n").columns == ("employee_id",)


def test_tabs_are_named(tmp_path: Path) -> None:
    fault = only_fault(read(tmp_path, b"employee_id\tname\nE1\ta,b\n"))
    assert "is separated by tabs; save it with commas." in fault
    assert read(tmp_path, b"employee_id,name\t\nE1,a\tb\n").cells["name"].tolist() == ["a\tb"]


def test_a_file_without_last_line_break_or_with_carriage_returns(tmp_path: Path) -> None:
    assert read(tmp_path, b"employee_id").faults == ()
    assert read(tmp_path, b"employee_id,name\r\nE1,a\r\nE2,b").cells["name"].tolist() == ["a", "b"]


def test_empty_rows_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    table = read(tmp_path, b"employee_id,name\nE1,a\n\n,\nE2,b\n\n")
    assert table.rows.tolist() == [2, 5]
    assert table.notes == ("employees.csv: 3 empty rows left out.",)


def test_ragged_rows_are_named_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, b"employee_id,name\nE1\n\nE2,b,c\nE3,d\n")
    assert [(fault.row, fault.problem) for fault in table.faults] == [
        (2, "has 1 cells where the header has 2."),
        (4, "has 3 cells where the header has 2."),
    ]
    assert table.rows.tolist() == [5]


def test_line_breaks_in_quotes_count_as_one_record(tmp_path: Path) -> None:
    table = read(tmp_path, b'employee_id,name\nE1,"a\nb"\nE2,c\n')
    assert table.cells["name"].tolist() == ["a\nb", "c"]
    assert table.rows.tolist() == [2, 3]


@pytest.mark.parametrize(
    "data",
    [b'employee_id,name\nE1,"a\nE2,b\n', b'employee_id,name\nE1,"a\nE2,"b\n'],
    ids=["never closed", "closed by the next quote"],
)
def test_a_stray_quote_never_swallows_rows(tmp_path: Path, data: bytes) -> None:
    assert "well-formed CSV (near line " in only_fault(read(tmp_path, data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "is empty."),
        (b" \n\n", "is empty."),
        (b"\nemployee_id\nE1\n", "has no column names in its first row."),
        (b"employee_id,name\nE1,Jos\xe9\n", "is not UTF-8 text (byte 24). Save it as CSV UTF-8."),
        (b"employee_id\tname\nE1\tAni\n", "is separated by tabs; save it with commas."),
        (b"code;label\nE1;Ani\n", "has no column of this table."),
        (b"\xff\xfee\x00", "is not UTF-8 text (byte 1)."),
        (b"employee_id,name,name\nE1,a,b\n", "stands more than once in the header."),
    ],
)
def test_unreadable_files(tmp_path: Path, data: bytes, expected: str) -> None:
    table = read(tmp_path, data)
    assert expected in only_fault(table)
    assert len(table) == 0


def test_unknown_columns_are_noted_with_the_nearest_name(tmp_path: Path) -> None:
    table = read(tmp_path, b"employee_id,Grades,shoe size,\nE1,III/a,42,\n")
    assert table.notes == (
        "employees.csv: column 'Grades' is not in the contract and is not read. Did you mean 'grade'?",
        "employees.csv: column 'shoe size' is not in the contract and is not read.",
        "employees.csv: column 4 has no name and is not read.",
    )
    assert table.columns == ("employee_id",)


IDS = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(ids=IDS)
def test_any_id_survives(tmp_path_factory: pytest.TempPathFactory, ids: list[str]) -> None:
    quoted = "\n".join('"' + id_.replace('"', '""') + '"' for id_ in ids)
    table = read(tmp_path_factory.mktemp("ids"), f"employee_id\n{quoted}\n".encode())
    assert table.cells["employee_id"].tolist() == ids
