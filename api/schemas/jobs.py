"""Bulk jobs: recommendations for everybody of a unit, or of the city."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from api.schemas.answers import MOST_PROGRAMS
from api.schemas.values import Asked, Id, Told, Whole
from recommender.domain import Horizon
from recommender.explain import Language

Format = Literal["ndjson", "csv", "parquet"]


class JobIn(Asked):
    """For whom recommendations are wanted, and how."""

    unit_id: Id | None = Field(
        None, description="A unit with all below it; null = everybody.", examples=["U03"]
    )
    limit: Whole = Field(5, ge=1, le=MOST_PROGRAMS, description="How many programs at most, each.")
    language: Language = "id"
    horizon: Horizon = "current"


class JobOut(Told):
    """A job and how far it is."""

    job_id: str
    unit_id: Annotated[str | None, BeforeValidator(lambda kept: kept or None)] = Field(
        description="null = everybody."
    )
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    done: int = Field(description="People answered so far.")
    total: int
    problem: str | None = Field(description="Why it failed.")
    created_at: str
    finished_at: str | None
