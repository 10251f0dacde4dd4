"""Recommendations for everybody: the same engine, partition by partition, in one process or several."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import joblib
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from recommender.domain import Answer
from recommender.engine import Engine, Ledger, LedgerLine
from recommender.errors import RecommenderError
from recommender.explain import Language

_TURNS = 4  # partitions per worker: enough to keep all busy until the end
_PARTITION = 512  # employees; also the engine's own batch, so that a partition is one matrix

_MARKER = ".recommendations"  # tells a folder of ours from one that happens to hold Parquet files
_PART = re.compile(r"part-[0-9]{5}\.parquet")

_SCHEMA = pa.schema(
    [
        ("employee_id", pa.string()),
        ("rank", pa.int32()),
        ("program_id", pa.string()),
        ("score", pa.float64()),
        ("reasons", pa.string()),
    ]
)


_Part = tuple[pa.Table, list[LedgerLine]]  # what a partition's people are recommended, and what is kept of it


class Runner(StrEnum):
    """Where partitions are computed: in this process, or in joblib's worker processes."""

    SERIAL = "serial"
    JOBLIB = "joblib"


def recommend_all(
    engine: Engine,
    top: int,
    runner: Runner,
    workers: int,
    language: Language = "id",
    ledger: Ledger | None = None,
) -> Iterator[pa.Table]:
    """Yield the recommendations of one partition of employees after the other, in the table's order.

    Parameters
    ----------
    ledger : where answers are kept, each partition's before it is handed out.
    """
    for table, lines in _computed(engine, top, runner, workers, (language, ledger)):
        if ledger is not None:
            ledger.append(lines)
        yield table


def _computed(
    engine: Engine, top: int, runner: Runner, workers: int, how: tuple[Language, Ledger | None]
) -> Iterator[_Part]:
    parts = partitions(engine, runner, workers)
    if runner is Runner.SERIAL:
        yield from (_partition(engine, part, top, *how) for part in parts)
        return
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        pool = joblib.Parallel(n_jobs=workers, return_as="generator", pre_dispatch="2*n_jobs")
        yield from pool(joblib.delayed(_partition)(engine, part, top, *how) for part in parts)


def partitions(engine: Engine, runner: Runner, workers: int) -> list[Sequence[str]]:
    """Return the employee ids of each partition: few large ones for workers, as each carries the engine."""
    ids = engine.dataset.employees.ids.ids
    share = 1 if runner is Runner.SERIAL else len(ids) // (_TURNS * workers * _PARTITION) + 1
    size = share * _PARTITION
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def write_all(tables: Iterable[pa.Table], out: Path) -> int:
    """Write partitions to a CSV or Parquet file, or to a folder of Parquet parts; return the rows written.

    File or folder appear under their name only when they are whole; until then an earlier output stays as
    it was.

    Raises
    ------
    RecommenderError
        The folder holds something, and no earlier output stands there.
    """
    if out.suffix in (".csv", ".parquet"):
        return _write_file(tables, out)
    check_folder(out)
    return _write_folder(tables, out.resolve())


def check_folder(out: Path) -> None:
    """Refuse a folder that is neither absent nor empty nor an earlier output.

    Raises
    ------
    RecommenderError
        It holds something, and no earlier output stands there; or it is a file.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise RecommenderError(f"{out} is a file; name a folder that is absent, empty or an earlier output.")
    if not (out / _MARKER).is_file() and any(out.iterdir()):
        raise RecommenderError(
            f"{out} holds what is no output of `recommender batch` (it has no {_MARKER}); nothing was "
            "written. Name a folder that is absent, empty or an earlier output."
        )


def _write_folder(tables: Iterable[pa.Table], out: Path) -> int:
    out.parent.mkdir(parents=True, exist_ok=True)
    work = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    work.mkdir()
    rows = 0
    try:
        (work / _MARKER).write_text("Written by `recommender batch`, which may replace the parts.\n", "utf-8")
        for number, table in enumerate(tables):
            rows += _write_file([table], work / f"part-{number:05d}.parquet")
        _swap(work, out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return rows


def _swap(work: Path, out: Path) -> None:
    """Put a finished folder in the place of an earlier one, of which all but the parts is kept."""
    if not out.exists():
        work.rename(out)
        return
    aside = work.with_suffix(".old")
    work.chmod(out.stat().st_mode)  # who may not read the earlier output may not read this one
    out.rename(aside)
    try:
        work.rename(out)
    except BaseException:
        aside.rename(out)
        raise
    for old in aside.iterdir():
        if old.name == _MARKER or _PART.fullmatch(old.name):
            old.unlink()
        else:
            old.rename(out / old.name)
    aside.rmdir()


def _partition(
    engine: Engine, ids: Sequence[str], top: int, language: Language, ledger: Ledger | None
) -> _Part:
    if ledger is None:
        answers, lines = engine.recommend_many(ids, top, language), []
    else:
        decisions = engine.decide(ids, ledger.key, top, language)
        answers, lines = [one.answer for one in decisions], ledger.lines(decisions, engine)
    rows = [row for answer in answers for row in _rows(answer)]
    return pa.Table.from_pylist(rows, schema=_SCHEMA), lines


def _rows(answer: Answer) -> Iterator[dict[str, object]]:
    for one in answer.recommendations:
        reasons = [
            {"kind": reason.kind, "contribution": round(reason.contribution, 6), "text": reason.text}
            for reason in one.reasons
        ]
        yield {
            "employee_id": answer.employee_id,
            "rank": one.rank,
            "program_id": one.program_id,
            "score": one.score,
            "reasons": json.dumps(reasons, ensure_ascii=False),
        }


def _write_file(tables: Iterable[pa.Table], out: Path) -> int:
    out.parent.mkdir(parents=True, exist_ok=True)
    work = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    opener = pyarrow.csv.CSVWriter if out.suffix == ".csv" else pyarrow.parquet.ParquetWriter
    rows = 0
    try:
        with opener(str(work), _SCHEMA) as writer:
            for table in tables:
                writer.write_table(table)
                rows += table.num_rows
        work.replace(out)
    finally:
        work.unlink(missing_ok=True)
    return rows
