"""Questions for recommendations and profiles, and their answers, as in `recommender.domain`."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from api.schemas.records import PartsOf, Row
from api.schemas.values import Asked, FilledId, Id, Told, Whole
from recommender.domain import Horizon
from recommender.explain import Language

MOST_PROGRAMS, MOST_EMPLOYEES = 100, 1_000
_HORIZON = "Whose requirements count: those of the position held, or of the next one."
_LANGUAGE = "Language of names, reasons and notes."


class ProfileOptions(Asked):
    """How a profile is wanted."""

    model_config = ConfigDict(strict=False)  # a query is all text
    language: Language = Field("id", description=_LANGUAGE)
    horizon: Horizon = Field("current", description=_HORIZON)


class ListOptions(ProfileOptions):
    """How a list of programs is wanted."""

    limit: int = Field(5, ge=1, le=MOST_PROGRAMS, description="How many programs at most.")


class ProfileIn(Asked):
    """Somebody as he might be; nothing of it is kept."""

    position_id: Id | None = Field(None, description="The position held.", examples=["POS-07"])
    target_position_id: Id | None = Field(None, description="The position aimed at.")
    unit_id: Id | None = None
    employment_type: Id | None = Field(None, examples=["PNS"])
    grade: Id | None = Field(None, examples=["III/c"])
    hired_on: Id | None = Field(None, json_schema_extra={"format": "date"}, examples=["2010-03-01"])
    assessments: Annotated[list[Row], PartsOf("assessments")] = Field(default_factory=list)
    training_records: Annotated[list[Row], PartsOf("training_records")] = Field(default_factory=list)
    performance_reviews: Annotated[list[Row], PartsOf("performance_reviews")] = Field(default_factory=list)


class ManyOrProfile(Asked):
    """Whose recommendations are wanted: of people by their ids, or of a profile; one of the two."""

    employee_ids: list[FilledId] | None = Field(
        None,
        max_length=MOST_EMPLOYEES,
        description="Text: leading zeros count. For a data scientist, pseudonyms.",
        examples=[["E0042"]],
    )
    profile: ProfileIn | None = Field(None, description="What if somebody were like this? Not kept.")
    limit: Whole = Field(5, ge=1, le=MOST_PROGRAMS, description="How many programs at most, each.")
    language: Language = Field("id", description=_LANGUAGE)
    horizon: Horizon = Field("current", description=_HORIZON)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.employee_ids is None) == (self.profile is None):
            raise ValueError("name either employee_ids or a profile")
        return self


class ReasonOut(Told):
    """One part of a score."""

    kind: str
    contribution: float = Field(description="What it adds to the score; contributions add up to it.")
    text: str


class RecommendationOut(Told):
    """One recommended program."""

    rank: int
    program_id: str
    title: str
    score: float
    benefit: float | None = Field(description="Expected weighted gap closed, in levels; null if unknown.")
    benefit_low: float | None = Field(description="Lower end of the benefit's 80 % interval.")
    benefit_high: float | None = Field(description="Upper end of the benefit's 80 % interval.")
    hours: float | None = Field(description="Length in JP; null if unknown.")
    reasons: list[ReasonOut]


class AnswerOut(Told):
    """What is recommended to one employee."""

    employee_id: str = Field(description="To a data scientist, the pseudonym.")
    recommendations: list[RecommendationOut]
    ranker: str = Field(description='The ranker that put the list in order; "none" where no ranker could.')
    notes: list[str] = Field(
        description="What the reader must know: a fallback, an abstention, an objection."
    )
    excluded: dict[str, int] = Field(description="How many programs each rule kept out, by reason code.")
    as_of: str = Field(description='The date of the data, ISO 8601; "" where the data carry none.')
    model: str = Field(description="Digest of the bundle that answered.")


class AnswersOut(Told):
    """One answer per id, in the order asked."""

    items: list[AnswerOut]


class CompetencyLineOut(Told):
    """What is believed of one person in one competency, on the policy's scale."""

    competency_id: str
    name: str
    held: float
    low: float = Field(description="Lower end of the 80 % interval.")
    high: float = Field(description="Upper end of the 80 % interval.")
    required: float | None = Field(description="Level that the position held asks for; null if none.")
    next_required: float | None = Field(description="Level that the next position asks for; null if none.")
    gap: float | None = Field(description="Expected shortfall to `required`, in levels.")
    evidence: int = Field(description="How many assessments and trainings it rests on.")
    rests_on: str


class ProfileOut(Told):
    """A person's competencies against the position held and the next one, the largest gap first."""

    employee_id: str = Field(description="To a data scientist, the pseudonym.")
    position: str
    next_position: str
    as_of: str
    lines: list[CompetencyLineOut]
    model: str


class GroupGapOut(Told):
    """How short a group is of what its positions ask in one competency."""

    competency_id: str
    name: str
    kind: str
    people: int = Field(description="In service, and asked to hold it.")
    below: float = Field(description="How many of them are expected to be below the level asked.")
    mean_gap: float = Field(description="Expected shortfall, in levels, averaged over them.")
    mean_sd: float = Field(description="How uncertain the levels believed are, on average.")


class UnitGapsOut(Told):
    """What the people of a unit and those below it lack, the largest gap first."""

    unit_id: str
    units: int = Field(description="How many units are counted in.")
    people: int = Field(description="In service.")
    gaps: list[GroupGapOut]
    suppressed: int = Field(
        description="Competencies left out, since they are asked of too few people to be shown."
    )
    model: str


class ModelOut(Told):
    """The model that answers."""

    ranker: str
    digest: str
    created: str = Field(description="When it was trained, ISO 8601.")
    python: str
    versions: dict[str, str] = Field(description="Versions of the libraries it was trained with.")
    about: dict[str, Any] = Field(description="What training noted down, such as recipe and metrics.")
