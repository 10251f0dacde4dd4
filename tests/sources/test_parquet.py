from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recommender.sources import RawTable, open_source


def read(folder: Path, **columns: object) -> RawTable:
    pq.write_table(pa.table(columns), folder / "employees.parquet")
    return open_source(folder).tables["employees"]


def test_typed_columns_become_exact_text(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        employee_id=pa.array([198503152010011012, 7]),
        unit_id=pa.array([1.0, None]),
        position_id=pa.array(["P", None]).dictionary_encode(),
        hired_on=pa.array([date(2020, 1, 2), None]),
        grade=pa.array([Decimal("1.50"), None]),
        status=pa.array([True, False]),
    )
    assert {name: texts.tolist() for name, texts in table.cells.items()} == {
        "employee_id": ["198503152010011012", "7"],
        "unit_id": ["1", ""],
        "position_id": ["P", ""],
        "hired_on": ["2020-01-02", ""],
        "grade": ["1.50", ""],
        "status": ["true", "false"],
    }
    assert table.faults == ()


def test_moments_keep_their_time_and_zone(tmp_path: Path) -> None:
    midnight, noon = datetime(2020, 1, 2), datetime(2020, 1, 2, 12)
    table = read(
        tmp_path,
        hired_on=pa.array([midnight, noon]),
        grade=pa.array([noon.replace(tzinfo=UTC)] * 2, pa.timestamp("us", "UTC")),
    )
    assert table.cells["hired_on"].tolist() == ["2020-01-02", "2020-01-02T12:00:00"]
    assert table.cells["grade"].tolist() == ["2020-01-02T12:00:00+00:00"] * 2


@pytest.mark.parametrize(
    ("value", "kind"), [(2.0**53, pa.float64()), (2.0**24, pa.float32()), (1.5, pa.float64())]
)
def test_numbers_that_lost_digits_are_no_ids(tmp_path: Path, value: float, kind: pa.DataType) -> None:
    table = read(tmp_path, employee_id=pa.array([1.0, value], kind))
    assert [(fault.row, fault.column) for fault in table.faults] == [(3, "employee_id")]


def test_nested_and_binary_columns_are_refused(tmp_path: Path) -> None:
    table = read(tmp_path, employee_id=pa.array([[1]]), grade=pa.array([b"x"]), status=["active"])
    assert [fault.column for fault in table.faults] == ["employee_id", "grade"]


def test_repeated_names_are_refused(tmp_path: Path) -> None:
    cells = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["grade", "grade"])
    pq.write_table(cells, tmp_path / "employees.parquet")
    assert open_source(tmp_path).tables["employees"].faults[0].column == "grade"


@pytest.mark.parametrize("data", [b"", b"employee_id\nE1\n", b"PAR1" + bytes(40) + b"PAR1"])
def test_what_is_no_parquet(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "employees.parquet").write_bytes(data)
    (fault,) = open_source(tmp_path).tables["employees"].faults
    assert "is not a readable Parquet file" in fault.problem
