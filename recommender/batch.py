"""Recommendations for everybody: the same engine, partition by partition, in one process or several."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import joblib
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from recommender.domain import Answer
from recommender.engine import Engine
from recommender.explain import Language

_PARTITION = 512  # employees; also the engine's own batch, so that a partition is one matrix

_SCHEMA = pa.schema(
    [
        ("employee_id", pa.string()),
        ("rank", pa.int32()),
        ("program_id", pa.string()),
        ("score", pa.float64()),
        ("reasons", pa.string()),
    ]
)


class Runner(StrEnum):
    """Where partitions are computed: in this process, or in joblib's worker processes."""

    SERIAL = "serial"
    JOBLIB = "joblib"


def recommend_all(
    engine: Engine, top: int, runner: Runner, workers: int, language: Language = "id"
) -> Iterator[pa.Table]:
    """Yield the recommendations of one partition of employees after the other, in the table's order."""
    ids = engine.dataset.employees.ids.ids
    parts = [ids[start : start + _PARTITION] for start in range(0, len(ids), _PARTITION)]
    if runner is Runner.SERIAL:
        yield from (_partition(engine, part, top, language) for part in parts)
        return
    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        pool = joblib.Parallel(n_jobs=workers, return_as="generator", pre_dispatch="2*n_jobs")
        yield from pool(joblib.delayed(_partition)(engine, part, top, language) for part in parts)


def partitions(engine: Engine) -> int:
    """Return how many partitions `recommend_all` yields."""
    return -(-len(engine.dataset.employees.ids) // _PARTITION)


def write_all(tables: Iterable[pa.Table], out: Path, done: Callable[[int], None]) -> int:
    """Write partitions to a CSV or Parquet file, or to a folder of Parquet parts; return the rows written.

    A file appears under its name only when it is whole; a folder gets each part when that part is whole.

    Parameters
    ----------
    done : called with the number of rows after each partition.
    """
    if out.suffix in (".csv", ".parquet"):
        return _write_file(tables, out, done)
    out.mkdir(parents=True, exist_ok=True)
    rows, written = 0, set()
    for number, table in enumerate(tables):
        part = out / f"part-{number:05d}.parquet"
        rows += _write_file([table], part, lambda _: None)
        written.add(part)
        done(table.num_rows)
    for old in set(out.glob("part-*.parquet")) - written:  # of an earlier, longer run
        old.unlink()
    return rows


def _partition(engine: Engine, ids: Sequence[str], top: int, language: Language) -> pa.Table:
    answers = engine.recommend_many(ids, top, language)
    return pa.Table.from_pylist([row for answer in answers for row in _rows(answer)], schema=_SCHEMA)


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


def _write_file(tables: Iterable[pa.Table], out: Path, done: Callable[[int], None]) -> int:
    out.parent.mkdir(parents=True, exist_ok=True)
    work = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    opener = pyarrow.csv.CSVWriter if out.suffix == ".csv" else pyarrow.parquet.ParquetWriter
    rows = 0
    try:
        with opener(str(work), _SCHEMA) as writer:
            for table in tables:
                writer.write_table(table)
                rows += table.num_rows
                done(table.num_rows)
        work.replace(out)
    finally:
        work.unlink(missing_ok=True)
    return rows
