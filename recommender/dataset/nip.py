"""The NIP rule: 18 digits that tell a birth date, an appointment, a sex and a serial number.

A PNS has the month of appointment in digits 13 and 14, a PPPK the number of the contract, which may be any
two digits (Peraturan Kepala BKN 22/2007 and 43/2007).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from recommender.dataset.cells import CheckedTable, Tables
from recommender.domain import BoolArray
from recommender.errors import Fault

_REMEDY = "Copy it again from the decree; in a spreadsheet, format the column as Text first."


def check_nips(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each id of a person that has 18 digits and can be no NIP; other ids are just ids."""
    employees, assessments = tables["employees"], tables["assessments"]
    # Whose employment is unknown may be a PPPK, whose rule is the wider one.
    yield from _check(employees, "employee_id", employees.texts("employment_type") == "PNS")
    yield from _check(assessments, "assessor_id", np.zeros(len(assessments), dtype=np.bool_))


def _check(checked: CheckedTable, column: str, civil_servant: BoolArray) -> Iterator[Fault]:
    ids = pd.Series(checked.texts(column), dtype="string[pyarrow]")
    claims = ids.str.match(r"^[0-9]{18}$").to_numpy(dtype=bool)
    if not claims.any():
        return
    born = ids.str.slice(0, 8).where(claims, "19700101")
    birth = pd.to_datetime(born, format="%Y%m%d", errors="coerce").notna().to_numpy()
    year = (ids.str.slice(8, 12) > ids.str.slice(0, 4)).to_numpy(dtype=bool)
    month = ids.str.slice(12, 14).isin([f"{month:02d}" for month in range(1, 13)]).to_numpy(dtype=bool)
    sex = ids.str.slice(14, 15).isin(["1", "2"]).to_numpy(dtype=bool)
    serial = ids.str.slice(15, 18).ne("000").to_numpy(dtype=bool)
    parts = {
        "digits 1-8 are no birth date": birth,
        "digits 9-12 are no year of appointment": year,
        "digits 13-14 are no month, as a PNS has there": month | ~civil_servant,
        "digit 15 is neither 1 nor 2": sex,
        "digits 16-18 are 000": serial,
    }
    for row in np.flatnonzero(claims & ~np.logical_and.reduce(list(parts.values()))):
        wrong = ", ".join(name for name, holds in parts.items() if not holds[row])
        yield checked.fault(int(row), column, f"has 18 digits but is no NIP: {wrong}.", _REMEDY)
