"""First tables: the data contract, access, accountability, jobs.

The tables stand here as they were then, so that a later change of `tables.py` does not change the past.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

_SERIAL = BigInteger().with_variant(Integer, "sqlite")
_TYPES: dict[str, TypeEngine[Any]] = {"text": Text(), "number": Float(), "day": Date(), "flag": Boolean()}
_RECORDS = ("training_records", "assessments", "performance_reviews", "feedback")

# Columns of the contract: name, type where it is not text; "!" must be filled, "+" is part of the key.
_CONTRACT = {
    "competencies": "competency_id+ name name_id kind description",
    "positions": "position_id+ title tier description next_position_id",
    "position_requirements": "position_id+ competency_id+ required_level:number! weight:number",
    "units": "unit_id+ name parent_unit_id manager_id",
    "employees": "employee_id+ name position_id unit_id employment_type grade hired_on:day "
    "target_position_id status",
    "employee_audit": "employee_id+ sex birth_year:number",
    "programs": "program_id+ title description provider provider_type form hours:number cost:number language "
    "active:flag",
    "program_outcomes": "program_id+ competency_id+ entry_level:number target_level:number!",
    "program_prerequisites": "program_id+ prerequisite_program_id+",
    "program_eligibility": "program_id+ tiers employment_types grade_min service_years_min:number "
    "years_to_retirement_min:number",
    "program_sessions": "session_id+ program_id! starts_on:day ends_on:day seats:number",
    "mandates": "mandate_id+ program_id! position_id tier unit_id due_on:day repeat_months:number",
    "training_records": "employee_id+ program_id+ started_on:day completed_on:day status score:number "
    "pre_score:number post_score:number hours:number",
    "assessments": "employee_id+ competency_id+ level:number! source assessed_on:day assessor_id",
    "performance_reviews": "employee_id+ period_end:day result_rating behaviour_rating predicate "
    "score:number",
    "feedback": "feedback_id+ employee_id program_id phase respondent aspect rating:number comment "
    "submitted_on:day",
}
_REPEATING = ("training_records", "assessments", "performance_reviews")  # whose key is not unique


def upgrade() -> None:
    """Make all tables."""
    _tables().create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Drop all tables."""
    _tables().drop_all(op.get_bind(), checkfirst=False)


def _tables() -> MetaData:
    names = {
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
    made = MetaData(naming_convention=names)
    for name, columns in _CONTRACT.items():
        _contract_table(made, name, columns.split())
    _bookkeeping(made)
    _accountability(made)
    _about_people(made)
    _jobs(made)
    return made


def _contract_table(made: MetaData, name: str, described: list[str]) -> None:
    columns: list[Column[Any]] = []
    key: list[str] = []
    links: list[ForeignKeyConstraint] = []
    for one in described:
        column, _, kind = one.rstrip("+!").partition(":")
        columns.append(Column(column, _TYPES[kind or "text"], nullable=one[-1] not in "+!"))
        if one.endswith("+"):
            key.append(column)
        target = {"program_id": "programs", "prerequisite_program_id": "programs", "employee_id": "employees"}
        if column in target and not (key == [column] and name == target[column]):
            table = target[column]
            links.append(ForeignKeyConstraint([column], [f"{table}.{table[:-1]}_id"], deferrable=True))
    unique = [] if name in _REPEATING else [Index(f"uq_{name}", *key, unique=True)]
    by_person = [Index(f"ix_{name}_employee_id", "employee_id")] if name in _RECORDS else []
    row = Column("row", _SERIAL, primary_key=True, autoincrement=True)
    Table(name, made, row, *columns, *links, *unique, *by_person)


def _text(*names: str) -> list[Column[str]]:
    """Return columns of text; a name that ends in "?" may be empty."""
    return [Column(name.rstrip("?"), Text, nullable=name.endswith("?")) for name in names]


def _bookkeeping(made: MetaData) -> None:
    Table("policies", made, Column("row", _SERIAL, primary_key=True), *_text("text", "imported_at"))
    Table(
        "revisions",
        made,
        Column("name", Text, primary_key=True),
        Column("revision", BigInteger, nullable=False),
    )
    Table(
        "subjects",
        made,
        Column("employee_id", Text, primary_key=True),
        Column("pseudonym", Text, nullable=False, unique=True),
        *_text("salt"),
        Column("revision", BigInteger, nullable=False),
        *_text("updated_at"),
    )
    Table(
        "api_keys",
        made,
        Column("key_id", Text, primary_key=True),
        *_text("hash", "role", "scopes", "employee_id", "unit_id", "label", "created_at", "expires_at"),
        *_text("revoked_at?"),
    )


def _accountability(made: MetaData) -> None:
    Table(
        "contents",
        made,
        Column("digest", Text, primary_key=True),
        *_text("kind", "pseudonym?"),
        Column("body", LargeBinary, nullable=False),
        *_text("created_at"),
        Index("ix_contents_pseudonym", "pseudonym"),
    )
    Table(
        "ledger",
        made,
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("ledger_id", Text, nullable=False, unique=True),
        *_text("written_at", "event", "asker", "role", "pseudonym", "model", "policy", "city", "inputs"),
        *_text("result", "detail", "previous", "hash"),
        Index("ix_ledger_pseudonym", "pseudonym"),
        Index("ix_ledger_written_at", "written_at"),
    )


def _about_people(made: MetaData) -> None:
    raised = ("status", "raised_at", "raised_by", "closed_at?", "closed_by?", "outcome?")
    columns = {
        "decisions": ("ledger_id?", "verdict", "reason?", "decided_by", "asker", "decided_at"),
        "objections": ("reason?", *raised),
        "corrections": ("field", "wanted", "reason?", *raised),
    }
    for name, texts in columns.items():
        of_program = Column("program_id", Text, _to("programs"), nullable=False)
        Table(
            name,
            made,
            Column(f"{name[:-1]}_id", Text, primary_key=True),
            Column("employee_id", Text, _to("employees"), nullable=False, index=True),
            *([of_program] if name == "decisions" else []),
            *_text(*texts),
        )


def _to(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.{table[:-1]}_id", deferrable=True)


def _jobs(made: MetaData) -> None:
    Table(
        "idempotency",
        made,
        *_text("asker", "key", "request"),
        Column("status", Integer, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", Text, nullable=False, index=True),
        PrimaryKeyConstraint("asker", "key"),
    )
    Table(
        "jobs",
        made,
        Column("job_id", Text, primary_key=True),
        *_text("asker", "role", "unit_id", "question", "status"),
        Column("done", Integer, nullable=False),
        Column("total", Integer, nullable=False),
        *_text("problem?", "worker?", "lease_until?", "created_at", "finished_at?"),
    )
    Table(
        "job_parts",
        made,
        Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False),
        Column("part", Integer, nullable=False),
        Column("body", LargeBinary, nullable=False),
        PrimaryKeyConstraint("job_id", "part"),
    )
