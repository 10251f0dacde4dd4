"""The policy: what a rule-maker may change, read from TOML with a source beside each value.

`policies/asn.toml` is the default; a `policy.toml` inside the data folder overrides it key by key.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from recommender.errors import PolicyError

FILE_NAME = "policy.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Levels(_Section):
    """The level scale; `names_id` and `names_en` name its whole steps from `minimum` upwards."""

    minimum: float
    maximum: float
    names_id: tuple[str, ...] = ()
    names_en: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Levels:
        if self.minimum >= self.maximum:
            raise ValueError(f"minimum {self.minimum:g} must be below maximum {self.maximum:g}")
        return self


class Feedback(_Section):
    """The scale of feedback ratings."""

    rating_minimum: float
    rating_maximum: float

    @model_validator(mode="after")
    def _ordered(self) -> Feedback:
        if self.rating_minimum >= self.rating_maximum:
            raise ValueError("rating_minimum must be below rating_maximum")
        return self


class Employees(_Section):
    """Which statuses count as in service (compared without regard to case)."""

    active_statuses: tuple[str, ...]


class Hours(_Section):
    """JP a year by employment type: at least `yearly_floor`, at most `yearly_ceiling`."""

    minutes_per_jp: float = Field(gt=0)
    yearly_floor: dict[str, float]
    yearly_ceiling: dict[str, float]


class JobPersonMatch(_Section):
    """Percent of the position's levels held, from which a person meets or nearly meets it."""

    meets: float
    nearly_meets: float


class Assessments(_Section):
    """How long an assessment is valid and which sources the others are measured against."""

    validity_years: float = Field(gt=0)
    reference_sources: tuple[str, ...]


class Performance(_Section):
    """Numbers behind the words of a performance review (words compared without regard to case)."""

    ratings: dict[str, float]
    predicates: dict[str, float]


class Grades(_Section):
    """Rank number of each grade; a higher number outranks."""

    ranks: dict[str, int]


class Retirement(_Section):
    """Retirement age in years."""

    default_age: float
    age_by_tier: dict[str, float]


class Privacy(_Section):
    """Groups smaller than this are not shown."""

    small_group: int = Field(ge=1)


class Evidence(_Section):
    """The most JP a day that a person can plausibly learn."""

    hours_per_day: float = Field(gt=0)


class Recommendation(_Section):
    """When a program is worth its hours, and how long a completion lasts (0 months = for good)."""

    minimum_benefit: float = Field(ge=0)
    minimum_benefit_per_hour: float = Field(ge=0)
    next_position_weight: float = Field(ge=0)
    completion_valid_months: float = Field(ge=0)


class Policy(_Section):
    """All sections of one policy; `sources` keeps the source text of each value by dotted key."""

    version: int
    name: str
    levels: Levels
    feedback: Feedback
    tiers: dict[str, float]
    employees: Employees
    hours: Hours
    hours_by_form: dict[str, float]
    job_person_match: JobPersonMatch
    assessments: Assessments
    performance: Performance
    grades: Grades
    retirement: Retirement
    privacy: Privacy
    evidence: Evidence
    recommendation: Recommendation
    sources: dict[str, str]

    def is_active(self, status: str) -> bool:
        """Return whether a person with this status is in service; an empty status counts as active."""
        return not status or status.casefold() in {s.casefold() for s in self.employees.active_statuses}

    def retirement_age(self, tier: str) -> float:
        """Return the retirement age of a tier, in years."""
        return self.retirement.age_by_tier.get(tier, self.retirement.default_age)


# Sections whose keys the rule-maker may add to; in all others an unknown key is an error.
_OPEN_SECTIONS = frozenset({"tiers", "hours_by_form"})


def load_policy(folder: Path | None = None) -> Policy:
    """Return the default policy, overridden key by key by `folder/policy.toml` where there is one.

    Raises
    ------
    PolicyError
        The file is not TOML, has an unknown key (the nearest known one is named) or an impossible value.
    """
    default = tomllib.loads(resources.files("recommender.policies").joinpath("asn.toml").read_text("utf-8"))
    values, sources = _unwrap(default)
    path = None if folder is None else folder / FILE_NAME
    if path is not None and path.is_file():
        override, override_sources = _unwrap(_read(path))
        _merge(values, override, path)
        sources.update(dict.fromkeys(_dotted(override), f"{FILE_NAME} of the data") | override_sources)
    try:
        return Policy(**values, sources=sources)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{path or 'asn.toml'}, key {key}: {first['msg']}; correct this value.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyError(
            f"{path} is not a TOML file in UTF-8: {error}; correct it at that place."
        ) from error


def _unwrap(raw: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Split `{value = ..., source = ...}` cells into plain values and sources by dotted key."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for key, cell in raw.items():
        if not isinstance(cell, dict):
            values[key] = cell
        elif "value" in cell:
            values[key] = cell["value"]
            sources[key] = str(cell.get("source", ""))
        else:
            values[key], inner = _unwrap(cell)
            sources.update({f"{key}.{name}": text for name, text in inner.items()})
    return values, sources


def _dotted(values: dict[str, Any]) -> list[str]:
    inner = ((key, name) for key, section in values.items() if isinstance(section, dict) for name in section)
    return [f"{key}.{name}" for key, name in inner]


def _merge(values: dict[str, Any], override: dict[str, Any], path: Path) -> None:
    for section, content in override.items():
        if section not in values:
            raise PolicyError(_unknown(path, section, values))
        if not (isinstance(content, dict) and isinstance(values[section], dict)):
            values[section] = content
            continue
        for key in content:
            if key not in values[section] and section not in _OPEN_SECTIONS:
                raise PolicyError(_unknown(path, f"{section}.{key}", values[section]))
        values[section] = {**values[section], **content}


def _unknown(path: Path, key: str, known: dict[str, Any]) -> str:
    nearest = get_close_matches(key.rsplit(".", 1)[-1], known, n=1)
    hint = f"did you mean {nearest[0]!r}?" if nearest else f"known keys: {', '.join(sorted(known))}."
    return f"{path}, key {key}: there is no such key; {hint}"
