"""The NIP rule: 18 digits that tell a birth date, an appointment, a sex and a serial number.

A PNS has the month of appointment in digits 13 and 14, a PPPK the number of the contract, which may be any
two digits (Peraturan Kepala BKN 22/2007 and 43/2007).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import numpy as np

from recommender.dataset.cells import CheckedTable, Tables
from recommender.domain import BoolArray
from recommender.errors import Fault

_NIP = re.compile(r"[0-9]{18}")
_MONTH = "digits 13-14 are no month, as a PNS has there"
_REMEDY = "Copy it again from the decree; in a spreadsheet, format the column as Text first."


def check_nips(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each id of a person that has 18 digits and can be no NIP; other ids are just ids."""
    employees, assessments = tables["employees"], tables["assessments"]
    # Whose employment is unknown may be a PPPK, whose rule is the wider one.
    yield from _check(employees, "employee_id", employees.texts("employment_type") == "PNS")
    yield from _check(assessments, "assessor_id", np.zeros(len(assessments), dtype=np.bool_))


def _check(checked: CheckedTable, column: str, civil_servant: BoolArray) -> Iterator[Fault]:
    cells = checked.columns[column]
    wrong = [_wrong(word) if _NIP.fullmatch(word) else () for word in cells.words]
    doubtful = np.array([bool(parts) for parts in wrong], dtype=np.bool_)
    for row in np.flatnonzero(doubtful[cells.codes]):
        parts = [part for part in wrong[cells.codes[row]] if part != _MONTH or civil_servant[row]]
        if parts:
            yield checked.fault(
                int(row), column, f"has 18 digits but is no NIP: {', '.join(parts)}.", _REMEDY
            )


def _wrong(nip: str) -> tuple[str, ...]:
    """Return what speaks against 18 digits being an NIP, that of a PNS."""
    parts = {
        "digits 1-8 are no birth date": _is_day(nip[:8]),
        "digits 9-12 are no year of appointment": nip[8:12] > nip[:4],
        _MONTH: "01" <= nip[12:14] <= "12",
        "digit 15 is neither 1 nor 2": nip[14] in "12",
        "digits 16-18 are 000": nip[15:] != "000",
    }
    return tuple(part for part, holds in parts.items() if not holds)


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
