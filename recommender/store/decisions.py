"""What people decided about what was recommended: accepted, declined for a reason, done."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, insert, or_, select

from recommender.errors import DataError, Fault, ObjectionStands
from recommender.store.askers import Asker
from recommender.store.bulk import portions
from recommender.store.cases import Page, changed_person, record, require, require_one_of, rows_of
from recommender.store.ledger import find
from recommender.store.objections import is_hidden
from recommender.store.stamps import new_id, stamp
from recommender.store.subjects import Subject
from recommender.store.tables import contract, decisions

VERDICTS = ("accept", "decline", "done")
PLAN_YEARS = range(1900, 2201)
_PER_QUERY = 500  # ids named in one statement: both databases limit their number


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decided about a program for a person.

    Attributes
    ----------
    verdict : one of `VERDICTS`.
    decided_by : the human who decided, by name or id.
    reason : must be there where the program is declined.
    ledger_id : the answer that it was recommended in; None where it was not, or where that does not matter.
    plan_year : the year whose plan it belongs to; None = the year in which it is decided.
    """

    program_id: str
    verdict: str
    decided_by: str
    reason: str | None = None
    ledger_id: str | None = None
    plan_year: int | None = None


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
    plan_year: int | None = None


def decide(connection: Connection, employee_id: str, choice: Choice, asker: Asker) -> Decision:
    """Keep a choice.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    DataError
        Program or verdict are not known, nobody decided, a program is declined without a reason, the plan is
        of no year of `PLAN_YEARS`, or the answer is none in which the program was recommended to the person.
    ObjectionStands
        An answer is named while an objection of the person stands.
    """
    _check(connection, choice)
    person = changed_person(connection, employee_id)  # from here on nobody objects meanwhile
    if choice.ledger_id is not None:
        _check_answer(connection, person, choice)
    kept = Decision(
        decision_id=new_id(),
        employee_id=employee_id,
        asker=asker.id,
        decided_at=stamp(),
        **asdict(choice),
    )
    connection.execute(insert(decisions).values(asdict(kept)))
    detail = {
        "decision_id": kept.decision_id,
        "program_id": kept.program_id,
        "verdict": kept.verdict,
        "answer": kept.ledger_id,
        "plan_year": kept.plan_year,
    }
    record(connection, "decision", person, asker, detail)
    return kept


def list_decisions(connection: Connection, page: Page, verdict: str | None = None) -> list[Decision]:
    """Return decisions, the earliest first; `verdict` narrows them."""
    return [Decision(**row) for row in rows_of(connection, decisions, page, verdict=verdict)]


def latest_choices(
    connection: Connection, employee_ids: Collection[str], year: int
) -> dict[str, dict[str, Decision]]:
    """Return of each of these people the newest decision about each program, by program_id.

    Parameters
    ----------
    year : only decisions for the plan of this year count; one that names no year is for the year it was made.
    """
    found: dict[str, dict[str, Decision]] = {id_: {} for id_ in employee_ids}
    made_in = and_(decisions.c.decided_at >= f"{year:04}-", decisions.c.decided_at < f"{year + 1:04}-")
    counts = or_(decisions.c.plan_year == year, and_(decisions.c.plan_year.is_(None), made_in))
    asked = select(decisions).where(counts).order_by(decisions.c.decided_at, decisions.c.decision_id)
    for some in portions(found, _PER_QUERY):
        for row in connection.execute(asked.where(decisions.c.employee_id.in_(some))).mappings():
            one = Decision(**row)
            found[one.employee_id][one.program_id] = one  # a later one replaces an earlier one
    return found


def _check_answer(connection: Connection, person: Subject, choice: Choice) -> None:
    line = find(connection, choice.ledger_id or "")
    programs: list[str] = []
    if line is not None and (line.event, line.pseudonym) == ("answer", person.pseudonym):
        programs = json.loads(line.detail).get("programs", [])
    if choice.program_id not in programs:
        wrong = "is no answer in which the program was recommended to this person."
        remedy = "Write the Ledger-Id of that answer, or leave it out."
        raise DataError([Fault("decisions", 2, "ledger_id", choice.ledger_id, wrong, remedy)])
    if is_hidden(connection, person.employee_id):
        raise ObjectionStands(person.employee_id)


def _check(connection: Connection, choice: Choice) -> None:
    require_one_of("decisions", "verdict", choice.verdict, VERDICTS)
    require("decisions", decided_by=choice.decided_by)
    if choice.plan_year is not None and choice.plan_year not in PLAN_YEARS:
        wrong, remedy = "is no year of a plan.", f"Write a year from {PLAN_YEARS[0]} to {PLAN_YEARS[-1]}."
        raise DataError([Fault("decisions", 2, "plan_year", str(choice.plan_year), wrong, remedy)])
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
