"""Roles of a real government beside a real catalogue: UK Digital and Data roles x Coursera courses.

Neither set has people, so one made-up person stands in each role level and aims at the next one; asking
for that person's recommendations asks what the role level needs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.converters.coursera import Catalogue, read_catalogue
from experiments.converters.matching import SIMILAR, Matches, match
from experiments.converters.tables import Converted, write_tables
from experiments.converters.ukgdad import Framework, read_framework

POLICY = """\
# The framework's four skill levels; 0 stands for none of them.
[levels]
minimum = 0
maximum = 4
names_id = ["Belum", "Mengenal", "Terapan", "Praktisi", "Ahli"]
names_en = ["None", "Awareness", "Working", "Practitioner", "Expert"]

# A role level's tier is the skill level that it typically asks for.
[tiers]
awareness = 1
working = 2
practitioner = 3
expert = 4
"""


def convert(source: Path, folder: Path) -> Converted:
    """Write positions, requirements, people, programs and what the programs teach.

    `source` is the folder that holds both sets, `ukgdad` and `coursera1000`, or all of their files.
    """
    framework, catalogue = read_framework(source), read_catalogue(source)
    skills = framework.competencies
    titles = catalogue.programs["title"].tolist()
    matches = match(titles, catalogue.skills, skills["name"].tolist(), skills["description"].tolist())
    tables = {
        "competencies": skills,
        "positions": framework.positions,
        "position_requirements": framework.requirements,
        "employees": _employees(framework.positions),
        "programs": catalogue.programs,
        "program_outcomes": _outcomes(catalogue, skills, matches),
    }
    return Converted(write_tables(folder, tables, POLICY), _notes(framework, catalogue, matches))


def _employees(positions: pd.DataFrame) -> pd.DataFrame:
    """Return one person per position; person `R001` holds position `L001`."""
    return pd.DataFrame(
        {
            "employee_id": "R" + positions["position_id"].str[1:],
            "position_id": positions["position_id"],
            "target_position_id": positions["next_position_id"],
        }
    )


def _outcomes(catalogue: Catalogue, skills: pd.DataFrame, matches: Matches) -> pd.DataFrame:
    course, skill = np.nonzero(matches.exact | matches.similar)
    return pd.DataFrame(
        {
            "program_id": catalogue.programs["program_id"].to_numpy()[course],
            "competency_id": skills["competency_id"].to_numpy()[skill],
            "entry_level": np.array(catalogue.entry)[course],
            "target_level": np.array(catalogue.target)[course],
        }
    )


def _notes(framework: Framework, catalogue: Catalogue, matches: Matches) -> tuple[str, ...]:
    links = matches.exact | matches.similar
    courses, skills = links.shape
    unknown = int(catalogue.programs["hours"].isna().sum())
    return (
        f"{framework.unused} rows not in use and {framework.duplicates} duplicates are left out.",
        f"{links.sum()} links of courses to skills: {matches.exact.sum()} by exact name, the others by a "
        f"similarity of at least {SIMILAR:g}; they join {links.any(axis=1).sum()} of {courses} courses "
        f"with {links.any(axis=0).sum()} of {skills} skills.",
        f"{unknown} courses give their length in months or not at all; their hours are empty.",
        "The people are made up, one per role level; there are no training records.",
    )
