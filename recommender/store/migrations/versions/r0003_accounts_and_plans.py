"""Accounts, invitations and sessions of the pages; approved plans, and the year that a decision is for."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Integer, PrimaryKeyConstraint, Text, text

revision = "0003"
down_revision = "0002"

_TABLES = (
    "plan_people",
    "plan_rows",
    "plans",
    "sessions",
    "invitations",
    "accounts",
)  # who refers comes first


def upgrade() -> None:
    """Make them."""
    _accounts()
    _sessions()
    _plans()
    op.add_column("decisions", Column("plan_year", Integer))


def downgrade() -> None:
    """Drop them."""
    for name in _TABLES:
        op.drop_table(name)
    op.drop_column("decisions", "plan_year")


def _text(*names: str) -> list[Column[str]]:
    """Return columns of text; a name that ends in "?" may be empty."""
    return [Column(name.rstrip("?"), Text, nullable=name.endswith("?")) for name in names]


def _accounts() -> None:
    op.create_table(
        "accounts",
        *_text("account_id", "login", "name", "hash?", "role", "employee_id", "unit_id"),
        Column("is_demo", Boolean, nullable=False),
        Column("failures", Integer, nullable=False),
        *_text("locked_until?", "created_at", "ended_at?"),
        PrimaryKeyConstraint("account_id", name="pk_accounts"),
    )
    usable = text("ended_at IS NULL")
    op.create_index(
        "uq_accounts_login",
        "accounts",
        ["login"],
        unique=True,
        sqlite_where=usable,
        postgresql_where=usable,
    )
    op.create_table(
        "invitations",
        *_text("digest", "account_id", "created_at", "expires_at", "used_at?"),
        PrimaryKeyConstraint("digest", name="pk_invitations"),
    )
    op.create_index("ix_invitations_account_id", "invitations", ["account_id"])


def _sessions() -> None:
    op.create_table(
        "sessions",
        *_text("digest", "account_id", "asker", "role", "scopes", "employee_id", "unit_id", "name"),
        *_text("created_at", "seen_at", "ends_at"),
        PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
    for column in ("account_id", "employee_id"):
        op.create_index(f"ix_sessions_{column}", "sessions", [column])


def _plans() -> None:
    op.create_table(
        "plans",
        *_text("plan_id", "unit_id", "unit", "employee_id"),
        Column("year", Integer, nullable=False),
        *_text("salt", "digest", "approved_by", "asker", "approved_at"),
        PrimaryKeyConstraint("plan_id", name="pk_plans"),
    )
    op.create_index("ix_plans_employee_id", "plans", ["employee_id"])
    _in_plans(
        "plan_rows",
        *_text("program_id", "title", "provider", "form"),
        *(Column(name, Float) for name in ("hours", "cost")),
        *(Column(name, Date) for name in ("starts_on", "ends_on")),
        *(Column(name, Boolean, nullable=False) for name in ("counts", "is_compulsory")),
        *_text("decided_by", "decided_at", "reason?"),
    )
    _in_plans(
        "plan_people",
        *_text("name", "position"),
        Column("hours_done", Float, nullable=False),
        *(Column(name, Float) for name in ("floor", "ceiling")),
    )


def _in_plans(name: str, *columns: Column[Any]) -> None:
    """Make a table of what stands in a plan about somebody, in the order of its numbers."""
    plan = ForeignKey("plans.plan_id", name=f"fk_{name}_plan_id", ondelete="CASCADE")
    person = ForeignKey("employees.employee_id", name=f"fk_{name}_employee_id", deferrable=True)
    op.create_table(
        name,
        Column("plan_id", Text, plan, nullable=False),
        Column("number", Integer, nullable=False),
        Column("employee_id", Text, person, nullable=False),
        *columns,
        PrimaryKeyConstraint("plan_id", "number", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_employee_id", name, ["employee_id"])
