"""Tables of who signs in to the pages, and what all tables share: names of constraints."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, Table, Text, text

# Named constraints: a migration can only change what has a name.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=_NAMES)

# People who sign in with a password. A login is free again once its account was ended.
accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("login", Text, nullable=False),  # stripped, casefolded
    Column("name", Text, nullable=False),  # as pages show it
    Column("hash", Text),  # Argon2id; empty until the holder has chosen a password
    Column("role", Text, nullable=False),
    Column("employee_id", Text, nullable=False),  # who the holder is among the employees, "" for nobody
    Column("unit_id", Text, nullable=False),  # a manager's unit, "" otherwise
    Column("is_demo", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),  # tries since the password was last right
    Column("locked_until", Text),
    Column("created_at", Text, nullable=False),
    Column("ended_at", Text),
    Index(
        "uq_accounts_login",
        "login",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

# Tokens by which somebody chooses a password; the database holds their SHA-256.
invitations = Table(
    "invitations",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account_id", Text, nullable=False, index=True),  # "" = the very first account is made by it
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
)

# Who is signed in to the pages; a row goes when its holder signs out.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),  # SHA-256 of the token, hexadecimal
    Column("account_id", Text, nullable=False, index=True),  # "" = signed in by an identity provider
    Column("asker", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("scopes", Text, nullable=False),  # separated by spaces; "" = all of the role
    Column("employee_id", Text, nullable=False, index=True),
    Column("unit_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("seen_at", Text, nullable=False),
    Column("ends_at", Text, nullable=False),
)
