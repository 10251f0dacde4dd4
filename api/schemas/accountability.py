"""Decisions, objections, corrections and the ledger (UU 27/2022 art. 5 to 14)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue

from api.schemas.values import Asked, FilledId, FilledWords, Id, Told, Whole, Words

_HUMAN = "The human who decides, by name or id; never a system."


class DecisionIn(Asked):
    """What somebody decided about a program for a person."""

    program_id: FilledId = Field(examples=["P015"])
    verdict: Literal["accept", "decline", "done"]
    decided_by: FilledId = Field(description=_HUMAN, examples=["Head of Unit U03"])
    reason: Words | None = Field(None, description="Must be there where the program is declined.")
    ledger_id: Id | None = Field(
        None,
        description="The answer in which the program was recommended to this person (header Ledger-Id); no "
        "other is taken, and none while an objection stands.",
    )
    plan_year: Annotated[Whole, Field(ge=1900, le=2200)] | None = Field(
        None, description="The year whose plan it belongs to; without it the year in which it is decided."
    )


class DecisionOut(Told):
    """A decision as it is kept."""

    decision_id: str
    employee_id: str
    program_id: str
    ledger_id: str | None
    verdict: str
    reason: str | None
    decided_by: str
    decided_at: str
    plan_year: int | None


class DecisionsOut(Told):
    """A page of decisions, the earliest first."""

    items: list[DecisionOut]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class ObjectionIn(Asked):
    """An objection to being ranked by a machine."""

    reason: Words | None = Field(None, description="May be left out: nobody has to give one.")


class ObjectionOut(Told):
    """An objection; while it is open or upheld, no automated list of the person is shown."""

    objection_id: str
    employee_id: str
    reason: str | None
    status: Literal["open", "withdrawn", "upheld", "dismissed"]
    raised_at: str
    closed_at: str | None
    closed_by: str | None
    explanation: str | None = Field(
        validation_alias="outcome", description="How whoever decided explained it."
    )


class ObjectionsOut(Told):
    """A page of objections, the earliest first."""

    items: list[ObjectionOut]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class RulingIn(Asked):
    """What a named human decided about the open objection of a person."""

    outcome: Literal["upheld", "dismissed"]
    decided_by: FilledId = Field(description=_HUMAN)
    reason: FilledWords


class CorrectionIn(Asked):
    """What a person wants corrected in the data kept of him."""

    field: FilledId = Field(description="Table and column.", examples=["employees.grade"])
    wanted: FilledWords = Field(
        description="What should stand there, or in words which row is wrong and how."
    )
    reason: Words | None = None


class CorrectionOut(Told):
    """A request for a correction."""

    correction_id: str
    employee_id: str
    field: str
    wanted: str
    reason: str | None
    status: Literal["open", "done", "refused"]
    raised_at: str
    closed_at: str | None
    closed_by: str | None
    explanation: str | None = Field(
        validation_alias="outcome", description="How whoever closed it explained it."
    )


class CorrectionsOut(Told):
    """A page of requests for corrections, the earliest first."""

    items: list[CorrectionOut]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


class ClosingIn(Asked):
    """How a named human closed a request for a correction."""

    outcome: Literal["done", "refused"]
    closed_by: FilledId = Field(description=_HUMAN)
    explanation: Words | None = Field(None, description="Must be there where the request is refused.")


class LedgerLineOut(Told):
    """One line of the ledger; people stand in it by pseudonym alone."""

    ledger_id: str
    sequence: int
    written_at: str
    event: str = Field(description="answer, decision, objection, correction, erasure ...")
    asker: str = Field(description="Id of the key, or digest of the token's subject.")
    role: str
    pseudonym: str = Field(description="Whom it is about.")
    model: str
    policy: str
    city: str = Field(description="Digest of the catalogue and of what all records say in sum.")
    inputs: str = Field(description="Digest of the person's own records.")
    result: str = Field(description="Digest of the answer.")
    detail: JsonValue = Field(description="The question, or what was done.")
    previous: str = Field(description="Hash of the line before.")
    hash: str = Field(description="SHA-256 over all the other columns.")


class LedgerLinesOut(Told):
    """A page of lines about a person, the earliest first."""

    items: list[LedgerLineOut]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")


OwnDataOut = dict[str, Any]
