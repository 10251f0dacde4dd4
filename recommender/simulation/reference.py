"""The facts a synthetic city is made of, read from the TOML files beside this module."""

from __future__ import annotations

import tomllib
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

TODAY = np.datetime64("2025-12-31", "D")
FIRST_YEAR = 2020
QUARTERS = 24
NEVER = 9999  # the closing year of a program that is still offered
FULL_CITY = 14_000  # headcount at which every office, district and ward exists


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """One kind of position; `technical` may name F1 and F2, the field competencies of the office."""

    key: str
    title: str
    tier: str
    text: str
    technical: dict[str, float]
    next: str = ""
    raises: dict[str, float] = field(default_factory=dict)
    schooling: str = ""

    @property
    def per_field(self) -> bool:
        """Whether the position exists once per field."""
        return "F1" in self.technical or "{field}" in self.title

    @property
    def grade_key(self) -> str:
        """Return the row of the grade table that holds for this position."""
        return f"{self.tier}_{self.schooling}" if self.schooling else self.tier


@dataclass(frozen=True, slots=True)
class ProgramSpec:
    """One program; `builds` = competency to (entry level, target level)."""

    id: str
    title: str
    text: str
    provider: str
    form: str
    builds: dict[str, list[float]]
    hours: float = float("nan")
    language: str = "id"
    after: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    employment_types: tuple[str, ...] = ()
    grade_min: str = ""
    service_years_min: float = float("nan")
    years_to_retirement_min: float = float("nan")
    opens: int = 0
    closed: int = NEVER
    induction: str = ""

    @property
    def active(self) -> bool:
        """Whether the program is still offered."""
        return self.closed == NEVER


@lru_cache
def read(name: str) -> dict[str, Any]:
    """Return one of the TOML files by its name without ending."""
    path = resources.files("recommender.simulation").joinpath(f"{name}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def role_specs() -> dict[str, RoleSpec]:
    """Return all kinds of positions by key."""
    rows: dict[str, dict[str, Any]] = read("positions")["positions"]
    return {key: RoleSpec(key=key, **row) for key, row in rows.items()}


def program_specs() -> list[ProgramSpec]:
    """Return the catalogue in its order."""
    rows: list[dict[str, Any]] = read("catalogue")["programs"]
    return [_program(row) for row in rows]


def _program(row: dict[str, Any]) -> ProgramSpec:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return ProgramSpec(**values)


def competency_ids() -> list[str]:
    """Return the competency ids in their order."""
    return [row[0] for row in read("competencies")["rows"]]


def stream(seed: int, stage: str) -> np.random.Generator:
    """Return the random numbers of one stage, so that a change in one stage leaves the others as they are."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(stage.encode())])))
