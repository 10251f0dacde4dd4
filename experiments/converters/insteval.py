"""InstEval (lme4 data, ETH Zurich): students rate lecturers from 1 to 5; no day is given.

A lecturer is an employee whose position is the department, a student an assessor of one source, and there is
one competency. These are the data on which crossed random effects are usually shown.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.converters.sources import SourceTable, find_file, read_csv
from experiments.converters.tables import Converted, write_tables

NAME = "insteval"
POLICY = """\
# Ratings are the levels; the steps from 1 to 5 have no names.
[levels]
minimum = 1
maximum = 5
names_id = []
names_en = []
"""


def convert(source: Path, folder: Path) -> Converted:
    """Write lecturers, departments and ratings, in the file's order."""
    ratings = read_csv(find_file(source, NAME, "InstEval.csv"), ["s", "d", "dept", "y"])
    lecturers = ratings.frame.drop_duplicates("d")
    departments = lecturers["dept"].drop_duplicates()
    tables = {
        "competencies": pd.DataFrame({"competency_id": ["teaching"], "name": ["Teaching"]}),
        "positions": pd.DataFrame(
            {"position_id": "D" + departments, "title": "Lecturer of department " + departments}
        ),
        "employees": pd.DataFrame(
            {"employee_id": "L" + lecturers["d"], "position_id": "D" + lecturers["dept"]}
        ),
        "programs": pd.DataFrame({"program_id": ["none"], "title": ["No program"]}),
        "assessments": _assessments(ratings),
    }
    return Converted(write_tables(folder, tables, POLICY), _notes(ratings))


def _assessments(ratings: SourceTable) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "employee_id": "L" + ratings.frame["d"],
            "competency_id": "teaching",
            "level": ratings.numbers("y"),
            "source": "student",
            "assessor_id": "S" + ratings.frame["s"],
        }
    )


def _notes(ratings: SourceTable) -> tuple[str, ...]:
    elsewhere = ratings.frame.groupby("d")["dept"].nunique().gt(1).sum()
    return (
        f"{int(elsewhere)} lecturers are rated in more than one department; each is given the first.",
        "There is no catalogue; one program that teaches nothing stands in for it, since the contract asks "
        "for one.",
        "Ages of students and lectures are left out.",
    )
