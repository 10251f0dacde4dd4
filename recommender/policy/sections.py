"""What the policy holds: one section each, with what its values must keep."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


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


class Retention(_Section):
    """How long the database keeps what (`store/retention.py`), from when it was written, closed or ended.

    A body that an answer was made of is kept while an answer within `answers_years` names it.
    """

    answers_years: float = Field(gt=0, le=100)
    ledger_years: float = Field(gt=0, le=100)
    decisions_years: float = Field(gt=0, le=100)
    closed_cases_years: float = Field(gt=0, le=100)
    ended_keys_years: float = Field(gt=0, le=100)
    idempotency_days: float = Field(gt=0, le=36525)
    jobs_days: float = Field(gt=0, le=36525)

    @model_validator(mode="after")
    def _proved(self) -> Retention:
        if self.ledger_years < self.answers_years:
            raise ValueError(
                f"ledger_years {self.ledger_years:g} must not be below answers_years {self.answers_years:g}: "
                "an answer without its line proves nothing."
            )
        return self


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
    retention: Retention
    sources: dict[str, str]

    def is_active(self, status: str) -> bool:
        """Return whether a person with this status is in service; an empty status counts as active."""
        return not status or status.casefold() in {s.casefold() for s in self.employees.active_statuses}

    def retirement_age(self, tier: str) -> float:
        """Return the retirement age of a tier, in years."""
        return self.retirement.age_by_tier.get(tier, self.retirement.default_age)
