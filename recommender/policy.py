"""The policy: what a rule-maker may change, read from TOML with a source beside each value.

`policies/asn.toml` is the default; a `policy.toml` inside the data folder overrides it key by key, at every
depth: a table such as `[retirement.age_by_tier]` changes and adds the keys that it names, and no others.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from recommender.errors import Fault, PolicyError

FILE_NAME = "policy.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Levels(_Section):
    """The level scale; `names_id` and `names_en` name its whole steps from `minimum` upwards.

    A policy that moves the scale without naming its steps keeps the names of the default only where there are
    as many of them as steps; else the steps have no names.
    """

    minimum: float
    maximum: float
    names_id: tuple[str, ...] = ()
    names_en: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ordered(self) -> Levels:
        if self.minimum >= self.maximum:
            raise ValueError(f"minimum {self.minimum:g} must be below maximum {self.maximum:g}.")
        return self

    @model_validator(mode="after")
    def _named(self) -> Levels:
        steps = whole_steps(self.minimum, self.maximum)
        scale = f"{steps} whole steps from {self.minimum:g} to {self.maximum:g}"
        wrong = [
            f"{key} has {len(names)} names for {scale}; write {steps} or none."
            for key, names in (("names_id", self.names_id), ("names_en", self.names_en))
            if len(names) not in (0, steps)
        ]
        if wrong:
            raise ValueError(" ".join(wrong))
        return self


def whole_steps(minimum: float, maximum: float) -> int:
    """Return how many levels a scale has that lie whole numbers above its minimum, the minimum included."""
    return math.floor(maximum - minimum) + 1


class Feedback(_Section):
    """The scale of feedback ratings."""

    rating_minimum: float
    rating_maximum: float

    @model_validator(mode="after")
    def _ordered(self) -> Feedback:
        if self.rating_minimum >= self.rating_maximum:
            raise ValueError("rating_minimum must be below rating_maximum.")
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
    """How long an assessment is valid and which sources the others are measured against.

    Sources are compared in small letters, as `Dataset` keeps them.
    """

    validity_years: float = Field(gt=0)
    reference_sources: tuple[str, ...]

    @field_validator("reference_sources")
    @classmethod
    def _folded(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(source.strip().casefold() for source in sources)


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
    """What makes a record doubtful (`competency/hygiene.py`), and who judges several at a time, unnamed."""

    hours_per_day: float = Field(gt=0)
    backdated_weight: float = Field(ge=0, le=1)
    days_before_hiring: int = Field(ge=0)
    sources_of_many: tuple[str, ...]


class Recommendation(_Section):
    """When a program is worth its hours, and how long a completion lasts (0 months = for good)."""

    minimum_benefit: float = Field(ge=0)
    minimum_benefit_per_hour: float = Field(ge=0)
    next_position_weight: float = Field(ge=0)
    completion_valid_months: float = Field(ge=0)


class Exploration(_Section):
    """How often the last place of a list that a ledger keeps is drawn by lot (`engine/exploration.py`)."""

    share: float = Field(ge=0, le=0.2)


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
    exploration: Exploration
    sources: dict[str, str]

    def is_active(self, status: str) -> bool:
        """Return whether a person with this status is in service; an empty status counts as active."""
        return not status or status.casefold() in {s.casefold() for s in self.employees.active_statuses}

    def retirement_age(self, tier: str) -> float:
        """Return the retirement age of a tier, in years."""
        return self.retirement.age_by_tier.get(tier, self.retirement.default_age)


# Tables whose keys the rule-maker may add to; in all others an unknown key is an error.
_OPEN = frozenset(
    {
        *("tiers", "hours_by_form", "hours.yearly_floor", "hours.yearly_ceiling", "performance.ratings"),
        *("performance.predicates", "grades.ranks", "retirement.age_by_tier"),
    }
)

# What is wrong and what is allowed, by pydantic's name of the error; braces are filled from its context.
_WORDS = {
    "float_type": ("is not a number.", "Write a number, without quotes."),
    "int_type": ("is not a whole number.", "Write a whole number, without quotes or decimals."),
    "string_type": ("is not a text.", "Write a text in quotes."),
    "tuple_type": ("is not a list.", 'Write a list of texts, such as ["one", "two"].'),
    "dict_type": ("is not a table.", "Write a table of keys and values."),
    "model_type": ("is not a section.", "Write a section of keys and values."),
    "finite_number": ("is not a finite number.", "Write a finite number."),
    "greater_than": ("is too small.", "Write a number above {gt:g}."),
    "greater_than_equal": ("is too small.", "Write a number of at least {ge:g}."),
    "less_than_equal": ("is too large.", "Write a number of at most {le:g}."),
}


def load_policy(folder: Path | None = None) -> Policy:
    """Return the default policy, overridden key by key by `folder/policy.toml` where there is one.

    Raises
    ------
    PolicyError
        The file is not TOML, or has unknown keys (the nearest known one is named) or impossible values; it
        carries every fault found.
    """
    default = tomllib.loads(resources.files("recommender.policies").joinpath("asn.toml").read_text("utf-8"))
    values, sources = _unwrap(default)
    path = None if folder is None else folder / FILE_NAME
    faults: list[Fault] = []
    if path is not None and path.is_file():
        override, override_sources = _unwrap(_read(path))
        faults += _merge(values, override)
        _drop_names(values["levels"], override.get("levels"))
        sources.update(dict.fromkeys(_dotted(override), f"{FILE_NAME} of the data") | override_sources)
    try:
        policy = Policy(**values, sources=sources)
    except ValidationError as error:
        raise PolicyError([*faults, *map(_fault, error.errors())]) from error
    if faults:
        raise PolicyError(faults)
    return policy


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = f"is not a TOML file in UTF-8: {error}."
        raise PolicyError(
            [Fault(FILE_NAME, None, None, None, problem, "Correct it at that place.")]
        ) from error


def _unwrap(raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Split `{value = ..., source = ...}` cells into plain values and sources by dotted key."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for key, cell in raw.items():
        if not isinstance(cell, dict):
            values[key] = _plain(cell)
        elif "value" in cell:
            values[key] = _plain(cell["value"])
            sources[key] = str(cell.get("source", ""))
        else:
            values[key], inner = _unwrap(cell)
            sources.update({f"{key}.{name}": text for name, text in inner.items()})
    return values, sources


def _plain(value: Any) -> Any:
    """Return a list as a tuple: where types are strict, the one is not taken for the other."""
    return tuple(value) if isinstance(value, list) else value


def _dotted(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dotted key of every single value."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in _dotted(value))
        else:
            yield key


def _merge(values: dict[str, Any], override: Mapping[str, Any], above: str = "") -> list[Fault]:
    """Write the override's values over `values`; an unknown key is left out and becomes a fault."""
    faults: list[Fault] = []
    for key, value in override.items():
        dotted = f"{above}.{key}" if above else key
        if key not in values and above not in _OPEN:
            faults.append(_unknown(dotted, key, values))
        elif isinstance(value, dict) and isinstance(values.get(key), dict):
            faults += _merge(values[key], value, dotted)
        else:
            values[key] = value
    return faults


def _drop_names(levels: Any, override: Any) -> None:
    """Drop the default's names of steps that an override neither names nor keeps the number of."""
    if not (isinstance(levels, dict) and isinstance(override, dict)):
        return
    ends = levels["minimum"], levels["maximum"]
    if not all(isinstance(end, int | float) and math.isfinite(end) for end in ends):
        return  # it is a fault of its own
    for key in ("names_id", "names_en"):
        if key not in override and len(levels[key]) != whole_steps(*ends):
            levels[key] = ()


def _unknown(dotted: str, key: str, known: Mapping[str, Any]) -> Fault:
    nearest = get_close_matches(key, known, n=1)
    remedy = f"Did you mean {nearest[0]!r}?" if nearest else f"Known keys: {', '.join(sorted(known))}."
    return Fault(FILE_NAME, None, None, None, f"key {dotted}: there is no such key.", remedy)


def _fault(error: Any) -> Fault:
    """Return in plain words what pydantic found."""
    key = ".".join(str(part) for part in error["loc"])
    context = error.get("ctx", {})
    if error["type"] == "value_error":  # of a whole section: the text says which values and what is allowed
        return Fault(FILE_NAME, None, None, None, f"key {key}: {context['error']}", "Correct one of them.")
    problem, remedy = _WORDS.get(error["type"], (f"{error['msg']}.", "Correct this value."))
    value = _shown(error["input"])
    return Fault(FILE_NAME, None, None, None, f"key {key}: {value} {problem}", remedy.format(**context))


def _shown(value: object) -> str:
    """Return a value as TOML writes it, as far as that matters to recognise it."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
