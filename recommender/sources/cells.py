"""Single cells: typed values to exact text, ids that lost digits, and what of a cell may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from difflib import get_close_matches

from recommender.domain import IntArray
from recommender.errors import Fault
from recommender.schema import Column, Kind

EXCEL_LIMIT = 10.0**15  # a spreadsheet keeps 15 digits of a number
AS_TEXT = "Format the column as Text and enter the ids again."

_NIP = re.compile(r"'?[0-9]{18}")


def cell_text(value: object) -> str:
    """Return a typed cell as exact text: whole numbers without point, dates in ISO form, "" for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(float(value))
    if isinstance(value, datetime):
        midnight = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def text_cells(
    values: Iterable[object], column: Column, file: str, rows: IntArray, limit: float
) -> tuple[list[str], list[Fault]]:
    """Return a column's typed cells as text, and a fault for each id that is not to be trusted.

    Parameters
    ----------
    limit : the magnitude from which a number of this file no longer holds every digit.
    """
    if column.kind is not Kind.ID:
        return [cell_text(value) for value in values], []
    texts: list[str] = []
    faults: list[Fault] = []
    for row, value in zip(rows.tolist(), values, strict=True):
        problem = _id_problem(value, limit)
        text = cell_text(value)
        texts.append("" if problem else text)
        if problem:
            faults.append(Fault(file, row, column.name, shown(column, text), problem, AS_TEXT))
    return texts, faults


def _id_problem(value: object, limit: float) -> str:
    if isinstance(value, date | time | bool):
        return "is a date, a time or a truth value in a column of ids."
    if not isinstance(value, float):
        return ""
    if abs(value) >= limit:
        return "is a number of so many digits that the last ones are already lost; it may name somebody else."
    return "" if value.is_integer() else "is a number with decimals in a column of ids; digits may be lost."


def plain_nip(text: str) -> str:
    """Return the 18 digits of an id that claims to be an NIP, else ""; spaces inside do not count."""
    digits = "".join(text.split())
    return digits.lstrip("'") if _NIP.fullmatch(digits) else ""


def shown(column: Column | None, text: str) -> str | None:
    """Return what a fault may show of a cell: no name of a person, of an NIP the last four digits."""
    if column is not None and column.name == "name":
        return None
    # An invisible character among the digits keeps them from being an NIP, but not from being read as one.
    nip = plain_nip("".join(one for one in text if one.isprintable() or one.isspace()))
    return "*" * 14 + nip[-4:] if nip else text


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return " Did you mean 'x'?" for the nearest known word, "" where none is near."""
    by_folded = {choice.casefold(): choice for choice in known}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    return f" Did you mean {by_folded[near[0]]!r}?" if near else ""
