"""Parquet files: typed columns to exact text. Rows count from 2, as if a header stood above them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recommender.domain import IntArray
from recommender.errors import Fault
from recommender.schema import TABLES, Column
from recommender.sources.arrow import texts_of
from recommender.sources.cells import text_cells
from recommender.sources.distinct import Texts
from recommender.sources.header import read_header, unknown_table
from recommender.sources.raw import RawTable, Reading, broken_table, raw_table, unreadable

# Digits a binary number holds exactly, by its width in bits.
_EXACT = {16: 2.0**11, 32: 2.0**24, 64: 2.0**53}


def read_parquet(path: Path) -> Reading:
    """Read one Parquet file named after its table."""
    if path.stem not in TABLES:
        return Reading(notes=(unknown_table(path.name, path.stem),))
    return Reading((_read(path.stem, path),))


def _read(name: str, path: Path) -> RawTable:
    file = path.name
    try:
        # Opened here, so that a folder or a pattern in the name is never taken for a partitioned table.
        with path.open("rb") as stream, pq.ParquetFile(stream) as parquet:
            header = read_header(name, file, parquet.schema_arrow.names)
            if header.faults:
                return broken_table(name, file, *header.faults)
            cells = parquet.read(columns=list(header.positions))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        problem = f"is not a readable Parquet file ({str(error).splitlines()[0]})."
        return broken_table(name, file, unreadable(file, problem, "Write the file again."))
    rows = np.arange(2, 2 + cells.num_rows)
    found: dict[str, Texts | list[str]] = {}
    faults: list[Fault] = []
    for column in header.positions:
        found[column], wrong = _texts(cells.column(column), TABLES[name].column(column), file, rows)
        faults += wrong
    table = raw_table(name, file, found, rows, faults, header.notes)
    return replace(table, ignored=header.ignored)


def _texts(
    cells: pa.ChunkedArray, column: Column, file: str, rows: IntArray
) -> tuple[Texts | list[str], list[Fault]]:
    if pa.types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        problem = f"holds cells of type {kind}."
        fault = Fault(file, None, column.name, None, problem, "Write the column as text, numbers or dates.")
        return [""] * len(rows), [fault]
    if pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return texts_of(cells.cast(pa.string())), []
    limit = _EXACT[kind.bit_width] if pa.types.is_floating(kind) else np.inf
    return text_cells(cells.to_pylist(), column, file, rows, limit)
