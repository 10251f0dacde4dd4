"""Canvas Network enrolments (Harvard Dataverse): who took which open course, in order and without dates."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.converters.sources import find_file, read_json_lines
from experiments.converters.tables import Converted, write_tables

NAME = "canvas_network"


def convert(source: Path, folder: Path) -> Converted:
    """Write employees, programs and training records.

    A user is `U` and the number, a course `C` and the number. Hours stay empty: the days that a course runs
    say nothing about them, so they stand in the description.
    """
    enrolments = read_json_lines(find_file(source, NAME, "enrolments_train.json"), ("user", "item"))
    columns = ("course_idx2", "discipline", "course_length")
    courses = read_json_lines(find_file(source, NAME, "courses.json"), columns)
    number, discipline = courses.texts("course_idx2"), courses.texts("discipline")
    employee, program = "U" + enrolments.texts("user"), "C" + enrolments.texts("item")
    tables = {
        "employees": pd.DataFrame({"employee_id": employee.unique()}),
        "programs": pd.DataFrame(
            {
                "program_id": "C" + number,
                "title": discipline + " " + number,
                "description": discipline + ", runs " + courses.texts("course_length") + " days",
            }
        ),
        "training_records": pd.DataFrame({"employee_id": employee, "program_id": program}),
    }
    notes = (
        "Enrolments carry no dates; the order of rows within a person is the order in time.",
        "Whether a course was completed is not known; every enrolment is read as completed.",
    )
    return Converted(write_tables(folder, tables), notes)
