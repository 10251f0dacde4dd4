"""Answers as tables: one recommendation a row, in CSV or Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = (
    *(
        "employee_id",
        "rank",
        "program_id",
        "title",
        "score",
        "benefit",
        "benefit_low",
        "benefit_high",
        "hours",
    ),
    *("reasons", "ranker", "as_of", "model"),
)
_AT_ONCE = 512  # answers
_SCHEMA = pa.schema(
    [
        (name, pa.int32() if name == "rank" else pa.float64() if name in COLUMNS[4:9] else pa.string())
        for name in COLUMNS
    ]
)


def csv_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield CSV of answers given as JSON, with a header; the reasons of a row are separated by " | "."""
    yield _csv([COLUMNS])
    rows = _rows(lines)
    while some := list(islice(rows, _AT_ONCE)):
        yield _csv([_harmless(row) for row in some])


def parquet_of(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a Parquet file of answers given as JSON, in pieces."""
    rows, pieces = _rows(lines), _Pieces()
    with pq.ParquetWriter(pa.PythonFile(pieces, mode="w"), _SCHEMA) as writer:
        while some := list(islice(rows, _AT_ONCE)):
            columns = zip(zip(*some, strict=True), _SCHEMA, strict=True)
            arrays = [pa.array(column, field.type) for column, field in columns]
            writer.write_table(pa.Table.from_arrays(arrays, schema=_SCHEMA))
            yield pieces.taken()
    yield pieces.taken()


class _Pieces(io.RawIOBase):
    """A file that is only written, and handed on piece by piece."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        """Return true."""
        return True

    def tell(self) -> int:
        """Return how many bytes were written in all."""
        return self._place

    def write(self, piece: Any) -> int:
        """Take a piece."""
        whole = bytes(piece)
        self._waiting.append(whole)
        self._place += len(whole)
        return len(whole)

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        whole, self._waiting = b"".join(self._waiting), []
        return whole


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[object, ...]]:
    for line in lines:
        answer = json.loads(line)
        for one in answer["recommendations"]:
            reasons = " | ".join(reason["text"] for reason in one["reasons"])
            own = [one[name] for name in COLUMNS[1:9]]
            yield (answer["employee_id"], *own, reasons, *(answer[name] for name in COLUMNS[10:]))


def _harmless(row: tuple[object, ...]) -> list[object]:
    """Keep a spreadsheet from taking a text for a formula."""
    return [
        f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell for cell in row
    ]


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
