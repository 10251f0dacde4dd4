"""Why a request was not answered (RFC 9457)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class FieldProblem(BaseModel):
    """One part of the request that cannot be used."""

    location: Literal["path", "query", "header", "cookie", "body"]
    pointer: str = Field(
        description="Which part, as a JSON pointer (RFC 6901).", examples=["/items/0/level", "/limit"]
    )
    detail: str
    code: str = Field(
        description="For programs: stays the same when the wording changes.", examples=["contract"]
    )


class Problem(BaseModel):
    """Why a request was not answered (RFC 9457)."""

    type: str = Field(description="Names the kind of problem; about:blank where the status says it all.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request.")
    errors: list[FieldProblem] = []
