"""What people decided about what was recommended: accepted, declined for a reason, done."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select

from recommender.errors import DataError, Fault
from recommender.store.askers import Asker
from recommender.store.cases import Page, changed_person, record, require, require_one_of, rows_of
from recommender.store.stamps import new_id, stamp
from recommender.store.tables import contract, decisions

VERDICTS = ("accept", "decline", "done")


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decided about a program for a person.

    Attributes
    ----------
    verdict : one of `VERDICTS`.
    decided_by : the human who decided, by name or id.
    reason : must be there where the program is declined.
    ledger_id : the answer that it was recommended in; None where it was not.
    """

    program_id: str
    verdict: str
    decided_by: str
    reason: str | None = None
    ledger_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice as it is kept."""

    decision_id: str
    employee_id: str
    program_id: str
    ledger_id: str | None
    verdict: str
    reason: str | None
    decided_by: str
    asker: str
    decided_at: str


def decide(connection: Connection, employee_id: str, choice: Choice, asker: Asker) -> Decision:
    """Keep a choice.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    DataError
        Program or verdict are not known, nobody decided, or a program is declined without a reason.
    """
    _check(connection, choice)
    person = changed_person(connection, employee_id)
    kept = Decision(
        decision_id=new_id(),
        employee_id=employee_id,
        asker=asker.id,
        decided_at=stamp(),
        **asdict(choice),
    )
    connection.execute(insert(decisions).values(asdict(kept)))
    detail = {"decision_id": kept.decision_id, "program_id": kept.program_id, "verdict": kept.verdict}
    record(connection, "decision", person, asker, detail | {"answer": kept.ledger_id})
    return kept


def list_decisions(connection: Connection, page: Page, verdict: str | None = None) -> list[Decision]:
    """Return decisions, the earliest first; `verdict` narrows them."""
    return [Decision(**row) for row in rows_of(connection, decisions, page, verdict=verdict)]


def _check(connection: Connection, choice: Choice) -> None:
    require_one_of("decisions", "verdict", choice.verdict, VERDICTS)
    require("decisions", decided_by=choice.decided_by)
    if choice.verdict == "decline" and not (choice.reason or "").strip():
        problem = "is empty, but the program is declined."
        raise DataError([Fault("decisions", 2, "reason", choice.reason, problem, "Say why.")])
    programs = contract["programs"]
    if (
        connection.execute(select(programs.c.row).where(programs.c.program_id == choice.program_id)).first()
        is None
    ):
        problem = "is not among the programs."
        remedy = "Take a program_id of the catalogue."
        raise DataError([Fault("decisions", 2, "program_id", choice.program_id, problem, remedy)])
