"""XuetangX enrolments of MOOCCube as sampled for KGAN: who took which course, without dates or order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.converters.sources import find_file, read_tabbed
from experiments.converters.tables import Converted, write_tables

NAME = "kgan_mooccube"


def convert(source: Path, folder: Path) -> Converted:
    """Write employees, programs and training records; only rows marked 1 are enrolments.

    A user is `U` and the number, a course `C` and the number. All courses that the file names are programs,
    also those that only sampled negatives name: they were on offer.
    """
    ratings = read_tabbed(find_file(source, NAME, "ratings_final.txt"), ("user", "course", "taken"))
    taken = np.array(ratings.words("taken", {"1": True, "0": False}), dtype=np.bool_)
    employee, program = "U" + ratings.texts("user"), "C" + ratings.texts("course")
    numbers = pd.Series(ratings.parsed("course", int, "a whole number"), dtype="int64")
    tables = {
        "employees": pd.DataFrame({"employee_id": employee.unique()}),
        "programs": pd.DataFrame({"program_id": "C" + numbers.drop_duplicates().sort_values().astype(str)}),
        "training_records": pd.DataFrame({"employee_id": employee[taken], "program_id": program[taken]}),
    }
    notes = (
        "Enrolments carry neither dates nor an order in time; the order of rows means nothing.",
        "Whether a course was completed is not known; every enrolment is read as completed.",
        f"{int((~taken).sum())} sampled negatives are left out.",
    )
    return Converted(write_tables(folder, tables), notes)
