"""Rows that a client sends, checked by the code that checks files."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from recommender.dataset.cells import Cells, CheckedTable, Tables
from recommender.dataset.check import in_order
from recommender.dataset.read_table import no_cells, read_table
from recommender.dataset.rules import RULES
from recommender.dataset.typed import typed_rows
from recommender.errors import DataError, Fault
from recommender.policy import Policy
from recommender.schema import TABLES, Column, Kind, Table
from recommender.sources import source_from_rows
from recommender.sources.cells import did_you_mean, shown

LONGEST_ID, LONGEST_TEXT = 200, 10_000  # characters; PostgreSQL cannot index ids of several thousand bytes
_LONGEST_SHOWN = 80
_LARGEST = 10**300  # a whole number beyond it is no float, and Python does not even write very long ones

Row = Mapping[str, object]


def check_rows(
    table: str, rows: Sequence[Row], policy: Policy, known: Mapping[str, Collection[str]]
) -> list[dict[str, object]]:
    """Return rows of one table as typed values: str, float, date, bool or None for every column.

    Ids and choices come in the spelling in which a dataset holds them. Each row must stand by itself: there
    are no other tables but the ids in `known`.

    Parameters
    ----------
    table : a table of the contract.
    rows : values by column, as JSON has them (str, float, int, bool or None); a column may be left out.
    known : ids by table, against which references are held. A table that is not named is not asked, nor
        one without ids, unless the contract requires it.

    Raises
    ------
    DataError
        All faults of all rows; `row` is the place in `rows` + 2, `file` the table's name.
    """
    if not rows:
        return []
    contract = TABLES[table]
    faults = [fault for place, row in enumerate(rows) for fault in _strange(contract, place + 2, row)]
    unread = {(fault.row, fault.column) for fault in faults}
    plain = [_plain(contract, place + 2, row, unread) for place, row in enumerate(rows)]
    raw = source_from_rows({table: plain}).tables[table]
    checked, found = read_table(raw, contract, policy)
    faults += found
    faults += _left_out(contract, checked, len(rows), unread)
    faults += _broken_rules(checked, policy, known)
    if faults:
        raise DataError(in_order(faults, {table: checked}))
    return typed_rows(checked)


def _plain(table: Table, number: int, row: object, unread: Collection[tuple[int | None, str | None]]) -> Row:
    """Return every column of a row, None where it was not given or cannot be read."""
    if not isinstance(row, Mapping):
        row = {}
    return {
        column.name: None if (number, column.name) in unread else row.get(column.name)
        for column in table.columns
    }


def _strange(table: Table, number: int, row: object) -> Iterator[Fault]:
    """Yield a fault for everything in a row that a file could not hold."""
    if not isinstance(row, Mapping):
        yield Fault(
            table.name, number, None, None, "is no row.", "Send an object with a value for each column."
        )
        return
    columns = {column.name: column for column in table.columns}
    for name, value in row.items():
        column = columns.get(name)
        if column is None:
            label = _short(str(name))
            remedy = f"Leave it out.{did_you_mean(label, tuple(columns))}"
            yield Fault(table.name, number, label, None, "is no column of this table.", remedy)
        elif told := _problem(column, value):
            yield Fault(table.name, number, column.name, _shown(column, value), *told)


def _problem(column: Column, value: object) -> tuple[str, str] | None:
    """Return what is wrong with a value before it is read as text, and what to do."""
    if value is None or isinstance(value, date):
        return None
    if isinstance(value, str):
        return _text_problem(column, value)
    if not isinstance(value, bool | int | float):
        return (
            "is neither text nor number nor truth value.",
            "Send a single value, or null where there is none.",
        )
    if isinstance(value, float) and not math.isfinite(value):
        return "is not a finite number.", "Send the number, or null where it is unknown."
    if isinstance(value, int) and abs(value) > _LARGEST:
        return "is too large a number.", "Correct the number."
    if column.kind is Kind.ID:
        return (
            "is not text, and ids are.",
            "Send it in quotes: leading zeros count, and long numbers lose digits.",
        )
    if column.kind in (Kind.TEXT, Kind.LIST, Kind.DATE):
        return "is not text.", "Send it in quotes."
    if isinstance(value, bool) and column.kind is not Kind.FLAG:
        return "is a truth value and no number.", "Send the number."
    return None


def _text_problem(column: Column, text: str) -> tuple[str, str] | None:
    longest = LONGEST_TEXT if column.kind in (Kind.TEXT, Kind.LIST) else LONGEST_ID
    if len(text) > longest:
        return f"has {len(text):,} characters.", f"Send at most {longest:,}."
    if "\0" in text:
        return "holds the character zero (U+0000).", "Leave it out; databases cannot keep it."
    if text.isascii() or text.isprintable():
        return None
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half a character (a lone surrogate).", "Send whole characters, in UTF-8."
    return None


def _shown(column: Column, value: object) -> str | None:
    """Return what a fault may show of a value that is not as it should be."""
    if isinstance(value, int) and abs(value) > _LARGEST:
        return None
    told = value if isinstance(value, str) else str(value) if isinstance(value, bool | int | float) else None
    return None if told is None else shown(column, _short(told))


def _short(text: str) -> str:
    """Return the beginning of a text, in which nothing is left that could not be written down."""
    plain = text[: _LONGEST_SHOWN + 1].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}..."


def _left_out(
    table: Table, checked: CheckedTable, count: int, unread: Collection[tuple[int | None, str | None]]
) -> Iterator[Fault]:
    """Yield a fault for each row without any value: in files they are passed over."""
    told = {number for number, _ in unread}
    for number in sorted({*range(2, count + 2)} - {*checked.rows.tolist()} - told):
        yield Fault(table.name, number, table.key[0], None, "is empty.", "Fill it in, or leave the row out.")


def _broken_rules(
    checked: CheckedTable, policy: Policy, known: Mapping[str, Collection[str]]
) -> Iterator[Fault]:
    """Yield what the rules find in this table, among others that hold nothing but the ids known."""
    own = checked.table.name
    by_name = {name: _of_ids(table, known.get(name)) for name, table in TABLES.items()}
    tables = Tables(policy, {**by_name, own: checked}, date.today())
    for rule in RULES:
        yield from (fault for fault in rule(tables) if fault.file == own)


def _of_ids(table: Table, ids: Collection[str] | None) -> CheckedTable:
    """Return a table that holds these ids and nothing else.

    One that the contract requires has a row without an id where no id is known, or it would not be asked.
    """
    words = sorted(ids) if ids is not None else []
    if not words and ids is not None and table.required:
        words = [""]
    texts = np.array([*words, ""], dtype=object)
    places = np.arange(len(words))
    columns = {column.name: no_cells(column, len(words)) for column in table.columns}
    columns[table.key[0]] = Cells(places, texts, texts)
    return CheckedTable(table, table.name, places + 2, columns, (table.key[0],), whole=True)
