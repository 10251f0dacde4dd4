"""What goes in and out, as the caller sees it; field by field as in `recommender.domain`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from recommender.explain import Language

MOST_PROGRAMS, MOST_EMPLOYEES = 100, 1_000


def _characters(text: str) -> str:
    # JSON may name half a character ("\\ud800"), which nothing further on could write down.
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("an id should consist of whole characters") from error
    return text


EmployeeId = Annotated[str, AfterValidator(_characters)]


class _Asked(BaseModel):
    # A misspelt field would otherwise be ignored, and the default would answer in its place.
    model_config = ConfigDict(extra="forbid")


class _Told(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ListOptions(_Asked):
    """How a list is wanted; the same for one employee and for many."""

    limit: int = Field(5, ge=1, le=MOST_PROGRAMS, description="How many programs at most.")
    language: Language = Field("id", description="Language of reasons and notes.")


class ManyEmployees(ListOptions):
    """Whose recommendations are wanted."""

    employee_ids: list[EmployeeId] = Field(
        max_length=MOST_EMPLOYEES, description="Text: leading zeros count."
    )
    limit: int = Field(5, ge=1, le=MOST_PROGRAMS, strict=True, description="How many programs at most, each.")


class ReasonOut(_Told):
    """One part of a score."""

    kind: str
    contribution: float = Field(description="What it adds to the score; contributions add up to it.")
    text: str


class RecommendationOut(_Told):
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


class AnswerOut(_Told):
    """What is recommended to one employee."""

    employee_id: str
    recommendations: list[RecommendationOut]
    ranker: str = Field(description='The ranker that put the list in order; "none" where no ranker could.')
    notes: list[str] = Field(description="What the reader must know: a fallback, an abstention.")
    excluded: dict[str, int] = Field(description="How many programs each rule kept out, by reason code.")
    as_of: str = Field(description='The date of the data, ISO 8601; "" where the data carry none.')
    model: str = Field(description="Digest of the bundle that answered.")


class AnswersOut(_Told):
    """One answer per id, in the order asked."""

    items: list[AnswerOut]


class ModelOut(_Told):
    """The model that answers."""

    ranker: str
    digest: str
    created: str = Field(description="When it was trained, ISO 8601.")
    python: str
    versions: dict[str, str] = Field(description="Versions of the libraries it was trained with.")
    about: dict[str, Any] = Field(description="What training noted down, such as recipe and metrics.")


class HealthOut(BaseModel):
    """State of the service."""

    status: Literal["alive", "ready"]


class FieldProblem(BaseModel):
    """One part of the request that cannot be used."""

    location: Literal["path", "query", "header", "cookie", "body"]
    pointer: str = Field(description="Which part, as a JSON pointer (RFC 6901).", examples=["/limit"])
    detail: str
    code: str


class Problem(BaseModel):
    """Why a request was not answered (RFC 9457)."""

    type: str = Field(description="Names the kind of problem; about:blank where the status says it all.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request.")
    errors: list[FieldProblem] = []
