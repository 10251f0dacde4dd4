"""The roles and the courses as a city, in which a ranker sees some of the courses' tags."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.benchmarks.roles_tags import Tags, read_tags
from experiments.converters.coursera import Catalogue, read_catalogue
from experiments.converters.tables import write_tables
from experiments.converters.ukgdad import LEVELS, Framework, read_framework
from experiments.converters.ukgdad_coursera import POLICY
from recommender.dataset import Dataset
from recommender.domain import BoolArray


@dataclass(frozen=True, slots=True)
class Sets:
    """Both public sets and the tags between them; role levels are the framework's positions, in its order."""

    framework: Framework
    catalogue: Catalogue
    tags: Tags


def read_sets(source: Path) -> Sets:
    """Read the framework, the courses and the concepts by which tags are matched to skills."""
    framework, catalogue = read_framework(source), read_catalogue(source)
    names, texts = (framework.competencies[column].tolist() for column in ("name", "description"))
    return Sets(framework, catalogue, read_tags(source, catalogue.skills, names, texts))


def city_of(sets: Sets, seen: BoolArray) -> Dataset:
    """Return the roles and courses as one who knows only these tags would write them down.

    In each role level stands a newcomer whom a test found at level 0 in all that it asks for, so that the
    person's gap is what the role level asks for, no more and no less; nobody aims at a next level. A course
    is linked to the skills that its tags stand for, from the least level to the highest: tags name subjects,
    not levels.

    Parameters
    ----------
    seen : which pairs of `sets.tags` are known; they stand in the courses' descriptions.
    """
    framework, programs = sets.framework, sets.catalogue.programs
    asked = framework.requirements
    tables = {
        "competencies": framework.competencies,
        "positions": framework.positions.drop(columns="next_position_id"),
        "position_requirements": asked,
        "employees": framework.positions[["position_id"]].assign(
            employee_id=framework.positions["position_id"]
        ),
        "assessments": pd.DataFrame(
            {
                "employee_id": asked["position_id"],
                "competency_id": asked["competency_id"],
                "level": 0,
                "source": "test",
            }
        ),
        "programs": programs.assign(description=programs["description"] + " " + sets.tags.written(seen)),
        "program_outcomes": _outcomes(sets, seen),
    }
    with tempfile.TemporaryDirectory() as folder:
        write_tables(Path(folder) / "tables", tables, POLICY)
        return Dataset.load(Path(folder) / "tables")


def _outcomes(sets: Sets, seen: BoolArray) -> pd.DataFrame:
    course, skill = np.nonzero(sets.tags.taught(seen))
    return pd.DataFrame(
        {
            "program_id": sets.catalogue.programs["program_id"].to_numpy()[course],
            "competency_id": sets.framework.competencies["competency_id"].to_numpy()[skill],
            "target_level": max(LEVELS.values()),
        }
    )


def relevant_courses(sets: Sets, held_out: BoolArray, dataset: Dataset) -> BoolArray:
    """Return which courses teach, by held-out tags, what each role level asks for, (levels, courses)."""
    asked = ~np.isnan(dataset.positions.level)
    return np.asarray(asked.astype(float) @ sets.tags.taught(held_out).T.astype(float) > 0)
