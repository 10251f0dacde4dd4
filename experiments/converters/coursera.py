"""A catalogue of 1,000 Coursera courses (scraped 2020) as programs, with their skills and difficulty."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.converters.sources import find_file, read_csv
from recommender.policy import load_policy

NAME = "coursera1000"
MISSING_WORD = "Missing"  # how the file marks what was not given
TARGETS = {"Beginner": 1, "Intermediate": 2, "Advanced": 3, "Mixed": 2}
ENTRIES = {"Beginner": 0, "Intermediate": 1, "Advanced": 2, "Mixed": 0}
_TEACHES_DEGREES = re.compile(r"Universi|College|Institute of Technology")
_HOURS = re.compile(r"(\d+) hours?")
_MONTHS = re.compile(r"\d+ months?")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The courses as a contract table and, row by row, what each teaches and at which level."""

    programs: pd.DataFrame
    skills: list[list[str]]
    entry: list[int]
    target: list[int]


def read_catalogue(source: Path) -> Catalogue:
    """Read the courses; they are `C0001` ... in the file's order.

    A length in months is no length in hours and stays empty; hours of 60 minutes become JP.
    """
    columns = ["course_name", "course_provided_by", "course_difficulty", "skills", "description"]
    estimate = "estimated_time_to_complete"
    courses = read_csv(find_file(source, NAME, "coursera-courses.csv"), [*columns, estimate])
    provider = courses.texts("course_provided_by")
    teaches = provider.str.contains(_TEACHES_DEGREES)
    hours = pd.Series(courses.parsed(estimate, _hours, "hours, months or Missing"), dtype=float)
    programs = pd.DataFrame(
        {
            "program_id": [f"C{number:04d}" for number in range(1, len(provider) + 1)],
            "title": courses.texts("course_name"),
            "description": courses.texts("description").replace(MISSING_WORD, ""),
            "provider": provider,
            "provider_type": teaches.map({True: "university", False: "private"}),
            "hours": (hours * 60 / load_policy().hours.minutes_per_jp).round(1),
        }
    )
    return Catalogue(
        programs,
        courses.parsed("skills", _skills, "a list of texts"),
        courses.words("course_difficulty", ENTRIES),
        courses.words("course_difficulty", TARGETS),
    )


def _hours(text: str) -> float:
    written = _HOURS.fullmatch(text)
    if written is not None:
        return float(written[1])
    if text == MISSING_WORD or _MONTHS.fullmatch(text):
        return float("nan")
    raise ValueError(text)


def _skills(text: str) -> list[str]:
    return [str(skill) for skill in ast.literal_eval(text) if skill != MISSING_WORD]
