from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recommender.errors import DataError
from recommender.sources import open_source, source_from_rows


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("no/such/folder", "does not exist."),
        (__file__, "is a file."),
        ("postgresql://user:secret@host/city", "is an address and no folder."),
    ],
)
def test_what_is_no_folder(source: str, expected: str) -> None:
    with pytest.raises(DataError, match=expected) as caught:
        open_source(source)
    assert "secret" not in str(caught.value)
    assert "Give a folder" in str(caught.value)


def test_what_is_passed_over_and_what_is_noted(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    for name in ("README.md", "policy.toml", ".DS_Store", "~$city.xlsx", "old.xls", "program.csv"):
        (tmp_path / name).write_text("x")
    assert open_source(tmp_path).notes == (
        "old.xls: only .csv, .parquet, .xlsx files are read.",
        "program.csv: the contract has no table 'program'; not read. Did you mean 'programs'?",
    )


def test_the_same_table_twice_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "programs.csv").write_text("program_id\nP1\n")
    pq.write_table(pa.table({"program_id": ["P1"]}), tmp_path / "programs.parquet")
    (fault,) = open_source(tmp_path).faults
    assert str(fault) == (
        "programs.parquet: gives the table programs, which programs.csv gives too. Keep one of them."
    )


def test_rows_from_memory() -> None:
    source = source_from_rows({"programs": [{"program_id": "P1"}, {"hours": 12.0}], "rooms": []})
    assert {name: texts.tolist() for name, texts in source.tables["programs"].cells.items()} == {
        "program_id": ["P1", ""],
        "hours": ["", "12"],
    }
    assert len(source.notes) == 1
