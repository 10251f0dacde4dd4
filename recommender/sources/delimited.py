"""CSV files: UTF-8, comma or semicolon, quotes as in RFC 4180."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from recommender.errors import Fault
from recommender.schema import TABLES
from recommender.sources.arrow import texts_of
from recommender.sources.header import read_header, unknown_table
from recommender.sources.raw import RawTable, Reading, broken_table, raw_table, unreadable


class _MalformedError(Exception):
    pass


def read_delimited(path: Path) -> Reading:
    """Read one CSV file named after its table."""
    if path.stem not in TABLES:
        return Reading(notes=(unknown_table(path.name, path.stem),))
    return Reading((_read(path.stem, path.name, path.read_bytes()),))


def _read(name: str, file: str, data: bytes) -> RawTable:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text (byte {error.start + 1})."
        return broken_table(name, file, unreadable(file, problem, "Save it as CSV UTF-8."))
    if not text.strip():
        return broken_table(
            name, file, unreadable(file, "is empty.", "Write the header and the rows into it.")
        )
    if _is_tabbed(text):
        problem = "is separated by tabs; save it with commas."
        return broken_table(name, file, unreadable(file, problem, 'In Excel: "Save as", "CSV UTF-8".'))
    delimiter = _delimiter(text)
    try:
        names = _names(text, delimiter)
        header = read_header(name, file, names)
        if header.faults:
            return broken_table(name, file, *header.faults)
        cells, ragged = _parse(data, delimiter, len(names))
    except (_MalformedError, pa.ArrowInvalid) as error:
        remedy = 'Close every quote, and write a quote inside quotes as "".'
        return broken_table(name, file, unreadable(file, f"is not well-formed CSV ({error}).", remedy))
    faults = [_ragged_fault(file, row) for row in ragged]
    skipped = np.array([row.number for row in ragged], dtype=np.int64)
    rows = np.setdiff1d(np.arange(2, 2 + len(cells) + len(ragged)), skipped, assume_unique=True)
    found = {column: texts_of(cells.column(place)) for column, place in header.positions.items()}
    table = raw_table(name, file, found, rows, faults, header.notes)
    return replace(table, ignored=header.ignored)


def _delimiter(text: str) -> str:
    """Return ";" where the header has semicolons and no comma, else ","; never guessed from the rows."""
    header = text.split("\n", 1)[0]
    return ";" if ";" in header and "," not in header else ","


def _is_tabbed(text: str) -> bool:
    header = text.split("\n", 1)[0].strip()
    return "\t" in header and "," not in header and ";" not in header


def _names(text: str, delimiter: str) -> list[str]:
    """Return the header, having made sure that no stray quote swallows rows."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next(reader)
        if '"' in text:
            deque(reader, maxlen=0)
    except csv.Error as error:
        raise _MalformedError(f"near line {reader.line_num}: {error}") from error
    return names


def _parse(data: bytes, delimiter: str, width: int) -> tuple[pa.Table, list[arrow_csv.InvalidRow]]:
    """Return all cells as text, and the rows that have more or fewer cells than the header."""
    ragged: list[arrow_csv.InvalidRow] = []

    def skip(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row)
        return "skip"

    names = [str(place) for place in range(width)]
    data = data if data.endswith(b"\n") else data + b"\n"
    cells = arrow_csv.read_csv(
        pa.BufferReader(data),
        # One thread and one block: only so does the reader number its rows.
        arrow_csv.ReadOptions(
            use_threads=False, block_size=len(data) + 1, column_names=names, skip_rows_after_names=1
        ),
        arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip
        ),
        arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
    )
    return cells, ragged


def _ragged_fault(file: str, row: arrow_csv.InvalidRow) -> Fault:
    problem = f"has {row.actual_columns} cells where the header has {row.expected_columns}."
    remedy = "Quote cells that hold the separator, and give every row the header's cells."
    return Fault(file, row.number, None, None, problem, remedy)
