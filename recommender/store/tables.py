"""Every table of the database: those of the data contract, and those of access, accountability and jobs.

The contract's tables follow `recommender/schema.py`, so that a new column there is a new column here (and a
migration: a test holds them together). Times are ISO 8601 in UTC as text, which sorts and reads alike in
SQLite and PostgreSQL. Days are dates, levels and numbers are floats, flags are booleans.
"""

from __future__ import annotations

from typing import Any

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
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

from recommender import schema
from recommender.schema import TABLES, Kind
from recommender.store.tables_of_access import accounts as accounts
from recommender.store.tables_of_access import invitations as invitations
from recommender.store.tables_of_access import metadata as metadata
from recommender.store.tables_of_access import sessions as sessions

# SQLite numbers rows by itself only in columns of plain INTEGER.
_SERIAL = BigInteger().with_variant(Integer, "sqlite")

_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.ID: Text(),
    Kind.TEXT: Text(),
    Kind.LIST: Text(),
    Kind.NUMBER: Float(),
    Kind.LEVEL: Float(),
    Kind.RATING: Float(),
    Kind.DATE: Date(),
    Kind.FLAG: Boolean(),
}
# Tables that are always there; ids of the other tables may be named while the table itself is absent.
_ALWAYS = ("employees", "programs")
RECORDS = ("training_records", "assessments", "performance_reviews", "feedback")  # told of people, in order
OF_PEOPLE = ("employees", "employee_audit", *RECORDS)


def _contract_table(table: schema.Table) -> Table:
    """Return a table of the contract; `row` keeps the order in which its rows came."""
    columns = [
        Column(
            column.name,
            _TYPES[column.kind],
            nullable=not (column.name in table.key or column.name in table.filled),
        )
        for column in table.columns
    ]
    links = [
        ForeignKeyConstraint(
            [column.name], [f"{column.references}.{column.references[:-1]}_id"], deferrable=True
        )
        for column in table.columns
        if column.references in _ALWAYS and column.name != "manager_id"
    ]
    row = Column("row", _SERIAL, primary_key=True, autoincrement=True)
    unique = [Index(f"uq_{table.name}", *table.key, unique=True)] if table.unique else []
    by_person = [Index(f"ix_{table.name}_employee_id", "employee_id")] if table.name in RECORDS else []
    return Table(table.name, metadata, row, *columns, *links, *unique, *by_person)


def _of(table: str) -> ForeignKey:
    """Return a reference; an import may leave it open while it replaces the table that is referred to."""
    return ForeignKey(f"{table}.{table[:-1]}_id", deferrable=True)


contract: dict[str, Table] = {name: _contract_table(table) for name, table in TABLES.items()}

# What a rule-maker changed (`policy.toml` of an import), newest last.
policies = Table(
    "policies",
    metadata,
    Column("row", _SERIAL, primary_key=True),
    Column("text", Text, nullable=False),
    Column("imported_at", Text, nullable=False),
)

# Counters that go up with every change, by what changed: "catalogue" (everything but people and their
# records), "records" (training records, reviews, feedback and people: what everybody's answers rest on in
# sum), "access" (keys). Whoever keeps something in memory compares them.
revisions = Table(
    "revisions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

# One row per person: how often the evidence changed, the pseudonym by which the ledger knows the person, and
# a secret that goes into the digests of what is kept of them. Gone with the person: then nothing leads back.
subjects = Table(
    "subjects",
    metadata,
    Column("employee_id", Text, primary_key=True),
    Column("pseudonym", Text, nullable=False, unique=True),
    Column("salt", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("updated_at", Text, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("hash", Text, nullable=False),  # SHA-256 of the secret part, hexadecimal
    Column("role", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # separated by spaces; "" = all of the role
    Column("employee_id", Text, nullable=False),  # who the holder is, "" for a machine
    Column("unit_id", Text, nullable=False),  # a manager's unit, "" otherwise
    Column("label", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("revoked_at", Text),
)

# Bodies that the ledger names by digest (SHA-256 over kind, salt and body). Those of a person carry the
# pseudonym, so that erasure finds them.
contents = Table(
    "contents",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # "person", "catalogue", "sums", "result"
    Column("pseudonym", Text),
    Column("body", LargeBinary, nullable=False),  # zlib
    Column("created_at", Text, nullable=False),
    Index("ix_contents_pseudonym", "pseudonym"),
)

# Only ever added to: each line's hash covers the line before it.
ledger = Table(
    "ledger",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("ledger_id", Text, nullable=False, unique=True),
    Column("written_at", Text, nullable=False),
    Column("event", Text, nullable=False),  # "answer", "decision", "objection", "erasure" ...
    Column("asker", Text, nullable=False),  # key id, or pseudonym of a signed-in person
    Column("role", Text, nullable=False),
    Column("pseudonym", Text, nullable=False),  # whom it is about
    Column("model", Text, nullable=False),
    Column("policy", Text, nullable=False),  # name, version and digest
    Column("city", Text, nullable=False),  # digest of the catalogue and of what all records say
    Column("inputs", Text, nullable=False),  # digest of the person's own records
    Column("result", Text, nullable=False),  # digest of the body that was sent
    Column("detail", Text, nullable=False),  # JSON: the question, or what an event was; no name, no id
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index("ix_ledger_pseudonym", "pseudonym"),
    Index("ix_ledger_written_at", "written_at"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Text, primary_key=True),
    Column("employee_id", Text, _of("employees"), nullable=False, index=True),
    Column("program_id", Text, _of("programs"), nullable=False),
    Column("ledger_id", Text),
    Column("verdict", Text, nullable=False),  # "accept", "decline", "done"
    Column("reason", Text),
    Column("decided_by", Text, nullable=False),  # the named human, as the caller says or the token tells
    Column("asker", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("plan_year", Integer),  # the year it is for; where it is empty, that of decided_at
)

# What was approved, as it stood then: a copy, which no later change of catalogue or decisions reaches.
plans = Table(
    "plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("unit_id", Text, nullable=False),  # whose plan it is, with all units below; "" = not a unit's
    Column("unit", Text, nullable=False),  # what the unit was called
    Column("employee_id", Text, nullable=False, index=True),  # the one person that it is of, "" otherwise
    Column("year", Integer, nullable=False),
    Column("salt", Text, nullable=False),  # goes into the digest
    Column("digest", Text, nullable=False),  # of salt, unit, year, people and rows (`plans.py`)
    Column("approved_by", Text, nullable=False),  # the named human
    Column("asker", Text, nullable=False),
    Column("approved_at", Text, nullable=False),
)


def _in_plans(name: str, *columns: Column[Any]) -> Table:
    """Return a table of what stands in a plan about people, in the order of its numbers."""
    return Table(
        name,
        metadata,
        Column("plan_id", Text, ForeignKey("plans.plan_id", ondelete="CASCADE"), nullable=False),
        Column("number", Integer, nullable=False),
        Column("employee_id", Text, _of("employees"), nullable=False, index=True),
        *columns,
        PrimaryKeyConstraint("plan_id", "number"),
    )


plan_rows = _in_plans(
    "plan_rows",
    Column("program_id", Text, nullable=False),  # no reference: the catalogue may drop the program
    *(Column(name, Text, nullable=False) for name in ("title", "provider", "form")),
    *(Column(name, Float) for name in ("hours", "cost")),
    *(Column(name, Date) for name in ("starts_on", "ends_on")),
    Column("counts", Boolean, nullable=False),  # its hours and cost were still to come
    Column("is_compulsory", Boolean, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("decided_by", "decided_at")),
    Column("reason", Text),
)
# Who stood in it: what people were called, and had done then, whatever became of them.
plan_people = _in_plans(
    "plan_people",
    *(Column(name, Text, nullable=False) for name in ("name", "position")),
    Column("hours_done", Float, nullable=False),  # JP in the year of the plan
    *(Column(name, Float) for name in ("floor", "ceiling")),  # JP that the policy asked; empty = no rule
)

objections = Table(
    "objections",
    metadata,
    Column("objection_id", Text, primary_key=True),
    Column("employee_id", Text, _of("employees"), nullable=False, index=True),
    Column("reason", Text),
    Column("status", Text, nullable=False),  # "open", "withdrawn", "upheld", "dismissed"
    Column("raised_at", Text, nullable=False),
    Column("raised_by", Text, nullable=False),
    Column("closed_at", Text),
    Column("closed_by", Text),  # the named human who decided
    Column("outcome", Text),
)

corrections = Table(
    "corrections",
    metadata,
    Column("correction_id", Text, primary_key=True),
    Column("employee_id", Text, _of("employees"), nullable=False, index=True),
    Column("field", Text, nullable=False),  # "employees.grade", "assessments.level" ...
    Column("wanted", Text, nullable=False),
    Column("reason", Text),
    Column("status", Text, nullable=False),  # "open", "done", "refused"
    Column("raised_at", Text, nullable=False),
    Column("raised_by", Text, nullable=False),
    Column("closed_at", Text),
    Column("closed_by", Text),
    Column("outcome", Text),
)

# What was answered to a request that names a key of its own: the same request again gets the same answer.
idempotency = Table(
    "idempotency",
    metadata,
    Column("asker", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request", Text, nullable=False),  # digest of method, path and body
    Column("status", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Text, nullable=False, index=True),
    PrimaryKeyConstraint("asker", "key"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("asker", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit_id", Text, nullable=False),  # "" = everybody
    Column("question", Text, nullable=False),  # JSON: limit, language, horizon
    Column("status", Text, nullable=False),  # "waiting", "running", "done", "failed", "cancelled"
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("problem", Text),
    Column("worker", Text),  # who runs it, until the lease ends
    Column("lease_until", Text),
    Column("created_at", Text, nullable=False),
    Column("finished_at", Text),
)

job_parts = Table(
    "job_parts",
    metadata,
    Column("job_id", Text, ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib of NDJSON, one answer a line
    PrimaryKeyConstraint("job_id", "part"),
)
