"""The UK Government Digital and Data framework: role levels as positions, skills as competencies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.converters.sources import SourceTable, find_file, read_csv

NAME = "ukgdad"
LEVELS = {"Awareness": 1, "Working": 2, "Practitioner": 3, "Expert": 4}
UNUSED = "NOT IN USE"
ROLE = ["Role", "Role Level"]


@dataclass(frozen=True, slots=True)
class Framework:
    """The framework as contract tables, and how many rows were left out of it.

    Attributes
    ----------
    roles : the role that each position is a level of, in the positions' order.
    """

    competencies: pd.DataFrame
    positions: pd.DataFrame
    requirements: pd.DataFrame
    roles: list[str]
    unused: int
    duplicates: int


def read_framework(source: Path) -> Framework:
    """Read roles and skills; skills are `S001` ..., role levels `L001` ..., in the files' order.

    A role's levels follow each other by the mean of the levels they require, since the file lists them by
    name; ties go by their sum, then by the file's order. A position's tier is the level name nearest to
    that mean, which makes tiers comparable across roles.
    """
    skills = read_csv(find_file(source, NAME, "skills.csv"), ["Skill Name", "Skill Description"])
    columns = [*ROLE, "Role Description", "Role Level Description", "Skill Name", "Skill Level"]
    roles = read_csv(find_file(source, NAME, "roles.csv"), columns)
    competencies = pd.DataFrame(
        {
            "competency_id": _numbered("S", len(skills.frame)),
            "name": skills.texts("Skill Name").str.strip(),
            "kind": "technical",
            "description": skills.texts("Skill Description").str.strip(),
        }
    )
    skill_ids = dict(zip(competencies["name"], competencies["competency_id"], strict=True))
    rows = _rows(roles, skill_ids)
    unused = int(rows["level"].isna().sum())
    used = rows[rows["level"].notna()]
    kept = used.drop_duplicates()
    positions = _positions(kept)
    requirements = kept.merge(positions[[*ROLE, "position_id"]], on=ROLE, validate="many_to_one")
    return Framework(
        competencies,
        positions.drop(columns=ROLE),
        requirements[["position_id", "competency_id", "level"]].rename(columns={"level": "required_level"}),
        positions["Role"].tolist(),
        unused,
        len(used) - len(kept),
    )


def _numbered(letter: str, count: int) -> list[str]:
    return [f"{letter}{number:03d}" for number in range(1, count + 1)]


def _rows(roles: SourceTable, skill_ids: dict[str, str]) -> pd.DataFrame:
    """Return the rows with ids and level numbers; the level is NaN where the row is not in use."""
    texts = roles.frame.apply(lambda column: column.str.strip())
    levels: dict[str, float] = {**LEVELS, UNUSED: float("nan")}
    skill = roles.parsed("Skill Name", lambda name: skill_ids[name.strip()], "a skill of skills.csv")
    rows: pd.DataFrame = texts.assign(level=roles.words("Skill Level", levels), competency_id=skill)
    return rows


def _positions(rows: pd.DataFrame) -> pd.DataFrame:
    required = rows.groupby(ROLE, sort=False)["level"].agg(["mean", "sum"]).reset_index()
    about = rows.drop_duplicates(ROLE).reset_index(drop=True)
    names = {number: name.lower() for name, number in LEVELS.items()}
    positions = required.assign(
        position_id=_numbered("L", len(required)),
        title=required["Role Level"],
        tier=required["mean"].round().map(names),
        description=about["Role Description"] + "\n\n" + about["Role Level Description"],
    )
    upwards = positions.sort_values(["mean", "sum"], kind="stable")
    following = upwards.groupby("Role", sort=False)["position_id"].shift(-1)
    return positions.assign(next_position_id=following).drop(columns=["mean", "sum"])
