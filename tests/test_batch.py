"""Everybody's recommendations in files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from recommender import batch
from recommender.batch import Runner, partitions, recommend_all, write_all
from recommender.engine import Engine, fit_engine
from recommender.errors import RecommenderError
from tests.cities import load, town
from tests.rankers.contract import new

COLUMNS = ["employee_id", "rank", "program_id", "score", "reasons"]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return fit_engine(load(town()), "learned", new("learned"))


@pytest.fixture(autouse=True)
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_PARTITION", 25)


def write(engine: Engine, out: Path, top: int = 3, runner: Runner = Runner.SERIAL) -> int:
    return write_all(recommend_all(engine, top, runner, 2, "en"), out)


def tables(*lengths: int) -> list[pa.Table]:
    """Return partitions of so many rows."""
    rows = [{"employee_id": "E", "rank": 1, "program_id": "P", "score": 0.5, "reasons": "[]"}]
    return [pa.Table.from_pylist(rows * length, schema=batch._SCHEMA) for length in lengths]


def test_workers_write_what_one_process_writes(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path / "serial.csv")
    write(engine, tmp_path / "joblib.csv", runner=Runner.JOBLIB)
    assert (tmp_path / "serial.csv").read_bytes() == (tmp_path / "joblib.csv").read_bytes()


def test_every_row_is_what_the_engine_answers(engine: Engine, tmp_path: Path) -> None:
    rows = write(engine, tmp_path / "all.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "all.parquet")
    assert table.num_rows == rows
    assert table.column_names == COLUMNS
    assert [str(kind) for kind in table.schema.types] == ["string", "int32", "string", "double", "string"]
    expected = [
        (answer.employee_id, one.rank, one.program_id)
        for answer in engine.recommend_many(engine.dataset.employees.ids.ids, 3, "en")
        for one in answer.recommendations
    ]
    found = zip(*(table[name].to_pylist() for name in COLUMNS[:3]), strict=True)
    assert list(found) == expected


@pytest.mark.parametrize("top", [1, 4])
def test_top_is_kept(engine: Engine, tmp_path: Path, top: int) -> None:
    write(engine, tmp_path / "all.parquet", top)
    ranks = pyarrow.parquet.read_table(tmp_path / "all.parquet")["rank"].to_pylist()
    assert set(ranks) == set(range(1, top + 1))


def test_reasons_are_json_that_adds_up(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path / "all.csv")
    table = pyarrow.csv.read_csv(tmp_path / "all.csv")
    assert table.column_names == COLUMNS
    for score, text in zip(table["score"].to_pylist(), table["reasons"].to_pylist(), strict=True):
        reasons = json.loads(text)
        assert {key for reason in reasons for key in reason} == {"kind", "contribution", "text"}
        assert sum(reason["contribution"] for reason in reasons) == pytest.approx(score, abs=1e-4)


def test_text_in_reasons_stays_readable(tmp_path: Path) -> None:
    city = town(20)
    city["competencies"] = [{**row, "name": "Öğrenme, “deep”"} for row in city["competencies"]]
    write(fit_engine(load(city), "gap", new("gap")), tmp_path / "all.csv")
    assert "Öğrenme, “deep”" in (tmp_path / "all.csv").read_text("utf-8")
    assert "Öğrenme, “deep”" in pyarrow.csv.read_csv(tmp_path / "all.csv")["reasons"][0].as_py()


def test_a_folder_gets_one_part_per_partition(engine: Engine, tmp_path: Path) -> None:
    rows = write(engine, tmp_path / "deep" / "parts")
    parts = sorted((tmp_path / "deep" / "parts").iterdir())
    numbered = [f"part-{number:05d}.parquet" for number in range(3)]
    assert [part.name for part in parts] == [".recommendations", *numbered]
    assert len(partitions(engine, Runner.SERIAL, 1)) == 3
    assert pyarrow.parquet.read_table(tmp_path / "deep" / "parts").num_rows == rows


def test_a_second_run_leaves_nothing_of_a_longer_first_one(tmp_path: Path) -> None:
    write_all(tables(1, 1, 1), tmp_path / "parts")
    assert write_all(tables(2), tmp_path / "parts") == 2
    assert pyarrow.parquet.read_table(tmp_path / "parts").num_rows == 2


def breaking() -> Iterator[pa.Table]:
    yield from tables(2)
    raise RuntimeError("the power went")


@pytest.mark.parametrize("name", ["all.csv", "all.parquet"])
@pytest.mark.parametrize("before", [None, b"yesterday's"])
def test_a_failure_midway_leaves_no_half_file(tmp_path: Path, name: str, before: bytes | None) -> None:
    out = tmp_path / name
    if before is not None:
        out.write_bytes(before)
    with pytest.raises(RuntimeError, match="the power went"):
        write_all(breaking(), out)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert left == ({} if before is None else {name: before})


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_failure_midway_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="the power went"):
        write_all(breaking(), tmp_path / "parts")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_midway_leaves_the_earlier_folder_whole(tmp_path: Path) -> None:
    write_all(tables(1, 1, 1), tmp_path / "parts")
    before = content(tmp_path)
    with pytest.raises(RuntimeError, match="the power went"):
        write_all(breaking(), tmp_path / "parts")
    assert content(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]


def test_a_folder_that_cannot_be_swapped_in_leaves_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(tables(1, 1), tmp_path / "parts")
    before, rename = content(tmp_path), Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.suffix == ".tmp":
            raise PermissionError("not now")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError, match="not now"):
        write_all(tables(1), tmp_path / "parts")
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", ["part-00000.parquet", "part-of-mine.parquet", "notes.txt"])
def test_a_folder_that_no_batch_wrote_is_refused_untouched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(RecommenderError, match="nothing was written"):
        write_all(tables(1), tmp_path)
    assert content(tmp_path) == {name: b"mine"}


def test_an_empty_folder_is_taken_with_its_rights(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir(mode=0o700)
    write_all(tables(1), tmp_path / "parts")
    assert (tmp_path / "parts" / "part-00000.parquet").is_file()
    assert (tmp_path / "parts").stat().st_mode & 0o777 == 0o700


def test_only_parts_of_an_earlier_output_are_replaced(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    write_all(tables(1, 1), parts)
    kept = {"part-of-mine.parquet": b"a", "part-1.parquet": b"b", "deep/notes.txt": b"c"}
    (parts / "deep").mkdir()
    for name, data in kept.items():
        (parts / name).write_bytes(data)
    write_all(tables(1), parts)
    after = content(parts)
    assert {name: after[name] for name in kept} == kept
    assert set(after) == {*kept, ".recommendations", "part-00000.parquet"}
    assert [path.name for path in tmp_path.iterdir()] == ["parts"]


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_all(tables(1), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "part-00000.parquet").is_file()


@pytest.mark.parametrize("name", ["all.csv", "all.parquet"])
def test_nobody_worth_sending_still_gives_a_file_with_its_columns(tmp_path: Path, name: str) -> None:
    assert write_all(tables(0), tmp_path / name) == 0
    read = pyarrow.csv.read_csv if name.endswith("csv") else pyarrow.parquet.read_table
    assert read(tmp_path / name).column_names == COLUMNS
