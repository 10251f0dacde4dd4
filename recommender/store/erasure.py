"""Erasure: a person leaves the database, what was proved of the person's answers stays (UU 27/2022 art. 8).

All rows about the person go, and all that was kept of answers. Where others' rows name the person (who
judged, who decided, in a comment), a random token stands there afterwards, the same everywhere, so that
judgements by one hand are still known to be by one hand. The ledger's lines stay: they hold a pseudonym that
leads nowhere without the person's row in `subjects`, and digests with a salt that nobody can guess. Approved
plans lose the person's rows, and with them their proof.

What cannot be found: a comment that calls the person by another name or misspells it; an account that neither
says who its holder is nor has the person's id for a login.
"""

from __future__ import annotations

import json
import secrets
import zlib
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, func, or_, select, text, update

from recommender.errors import UnknownEmployee
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.ledger import append, event_line
from recommender.store.plans import forget_salts
from recommender.store.stamps import stamp
from recommender.store.subjects import touch
from recommender.store.tables import (
    OF_PEOPLE,
    RECORDS,
    accounts,
    api_keys,
    contents,
    contract,
    corrections,
    decisions,
    idempotency,
    invitations,
    job_parts,
    jobs,
    objections,
    plan_people,
    plan_rows,
    plans,
    sessions,
    subjects,
)
from recommender.store.traces import Traces
from recommender.store.writing import raise_revision

_AT_ONCE = 200  # bodies looked at at a time
# Texts that people write about others, and columns that say who did something.
_TEXTS: tuple[Column[str], ...] = (
    *(contract["feedback"].c[name] for name in ("comment", "respondent", "aspect")),
    *(decisions.c[name] for name in ("reason", "decided_by")),
    *(objections.c[name] for name in ("reason", "raised_by", "closed_by", "outcome")),
    *(corrections.c[name] for name in ("wanted", "reason", "raised_by", "closed_by", "outcome")),
    *(plan_rows.c[name] for name in ("decided_by", "reason")),
    *(jobs.c.problem, api_keys.c.label, accounts.c.name, sessions.c.name, plans.c.approved_by),
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: `removed` rows by table, and in `replaced` how many rows of others by table."""

    removed: dict[str, int]
    replaced: dict[str, int]


def erase(connection: Connection, employee_id: str, asker: Asker) -> Erased:
    """Take a person out of every table, and record in the ledger who had it done.

    Raises
    ------
    UnknownEmployee
        There is no such person.
    """
    traces, pseudonym = _person(connection, employee_id)
    if connection.dialect.name == "sqlite":  # it would leave the bytes of what is deleted in the file
        connection.execute(text("PRAGMA secure_delete = ON"))
    token = f"erased-{secrets.token_hex(8)}"
    removed, replaced = Counter[str](), Counter[str]()
    _end_keys(connection, employee_id, token, replaced)
    _remove_accounts(connection, employee_id, removed)
    touched = _plans_with(connection, plan_rows.c.employee_id == employee_id)
    _remove_rows(connection, employee_id, pseudonym, removed)
    _replace_hands(connection, employee_id, token, replaced)
    _replace_texts(connection, traces, token, replaced)
    for column in (plan_rows.c.decided_by, plan_rows.c.reason):
        touched |= _plans_with(connection, column.contains(token))
    forget_salts(connection, touched)
    _clean_answers(connection, traces, token, replaced)
    removed["contents"] += _remove_contents(connection, traces)
    removed["job_parts"] += _clean_jobs(connection, traces, pseudonym)
    for name in ("records", "catalogue", "access"):
        raise_revision(connection, name)
    erased = Erased(dict(+removed), dict(+replaced))
    detail = {"removed": erased.removed, "replaced": erased.replaced}
    append(connection, [event_line("erasure", asker, pseudonym, detail)])
    return erased


def wipe_pages(database: Database) -> None:
    """Let SQLite's write-ahead log, which holds pages from before an erasure, begin anew.

    It stays as it is while somebody reads from it; PostgreSQL frees the space of rows by itself (VACUUM).
    """
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _person(connection: Connection, employee_id: str) -> tuple[Traces, str]:
    """Return the person's id and name, and the pseudonym; "" where there is none."""
    people = contract["employees"]
    found = connection.execute(select(people.c.name).where(people.c.employee_id == employee_id)).one_or_none()
    if found is None:
        known = connection.scalar(select(func.count()).select_from(people)) or 0
        raise UnknownEmployee([employee_id], [0], known)
    asked = select(subjects.c.pseudonym).where(subjects.c.employee_id == employee_id)
    return Traces(employee_id, found.name or ""), connection.scalar(asked) or ""


def _end_keys(connection: Connection, employee_id: str, token: str, replaced: Counter[str]) -> None:
    values = {
        "employee_id": token,
        "label": "",
        "revoked_at": func.coalesce(api_keys.c.revoked_at, stamp()),
    }
    ended = connection.execute(update(api_keys).where(api_keys.c.employee_id == employee_id).values(values))
    replaced["api_keys"] += ended.rowcount


def _remove_accounts(connection: Connection, employee_id: str, removed: Counter[str]) -> None:
    """Remove the person's accounts, what signs in by them, and sessions begun by an identity provider."""
    logins = connection.execute(select(accounts.c.account_id, accounts.c.login, accounts.c.employee_id)).all()
    named = Traces(employee_id.casefold())  # as logins are kept
    theirs = [
        row.account_id
        for row in logins
        if row.employee_id == employee_id or row.login == employee_id.casefold() or named.stand_in(row.login)
    ]
    of_account = [(table, table.c.account_id.in_(theirs)) for table in (sessions, invitations, accounts)]
    for table, where in (*of_account, (sessions, sessions.c.employee_id == employee_id)):
        removed[table.name] += connection.execute(delete(table).where(where)).rowcount


def _plans_with(connection: Connection, rule: ColumnElement[bool]) -> set[str]:
    return set(connection.scalars(select(plan_rows.c.plan_id).where(rule).distinct()))


def _remove_rows(connection: Connection, employee_id: str, pseudonym: str, removed: Counter[str]) -> None:
    about = (*(contract[name] for name in RECORDS), decisions, objections, corrections)
    others = [contract[name] for name in OF_PEOPLE if name not in (*RECORDS, "employees")]
    planned = (plan_rows, plan_people, plans)
    for table in (*about, *planned, *others, contract["employees"], subjects):  # who is referred to goes last
        gone = connection.execute(delete(table).where(table.c.employee_id == employee_id))
        removed[table.name] += gone.rowcount
    if pseudonym:
        gone = connection.execute(delete(contents).where(contents.c.pseudonym == pseudonym))
        removed["contents"] += gone.rowcount


def _replace_hands(connection: Connection, employee_id: str, token: str, replaced: Counter[str]) -> None:
    """Put the token where the person judged others, nobody where the person led a unit."""
    judged, units = contract["assessments"], contract["units"]
    theirs = judged.c.assessor_id == employee_id
    touch(connection, set(connection.scalars(select(judged.c.employee_id).where(theirs).distinct())))
    changed = connection.execute(update(judged).where(theirs).values(assessor_id=token))
    replaced["assessments"] += changed.rowcount
    led = connection.execute(update(units).where(units.c.manager_id == employee_id).values(manager_id=None))
    replaced["units"] += led.rowcount


def _replace_texts(connection: Connection, traces: Traces, token: str, replaced: Counter[str]) -> None:
    for column in _TEXTS:
        table = column.table
        if not isinstance(table, Table):
            raise AssertionError("every column of the list stands in a table")
        keys = list(table.primary_key.columns)
        holds = or_(*(column.icontains(word, autoescape=True) for word in traces.words()))
        for *found, written in connection.execute(select(*keys, column).where(holds)).all():
            # A column that says who did something may hold a short number: it is whole then.
            new = token if written == traces.employee_id else traces.replaced(written, token)
            if new != written:
                row = [key == value for key, value in zip(keys, found, strict=True)]
                connection.execute(update(table).where(*row).values({column.name: new}))
                replaced[table.name] += 1


def _clean_answers(connection: Connection, traces: Traces, token: str, replaced: Counter[str]) -> None:
    """Put the token into answers to requests sent twice; one whose key names the person goes."""
    rows = connection.execute(select(idempotency), execution_options={"yield_per": _AT_ONCE})
    named = [row for row in rows if traces.stand_in(row.key) or traces.stand_in_bytes(row.body)]
    for row in named:
        where = (idempotency.c.asker == row.asker, idempotency.c.key == row.key)
        if traces.stand_in(row.key):
            connection.execute(delete(idempotency).where(*where))
        else:
            body = traces.replaced(row.body.decode(), token).encode()
            connection.execute(update(idempotency).where(*where).values(body=body))
        replaced["idempotency"] += 1


def _remove_contents(connection: Connection, traces: Traces) -> int:
    """Remove bodies kept of others that name the person: their answers stay proved, but are not replayed."""
    rows = connection.execute(
        # What is of nobody in particular (catalogue, sums) stays: a word in it is no trace of a person.
        select(contents.c.digest, contents.c.body).where(contents.c.pseudonym.is_not(None)),
        execution_options={"yield_per": _AT_ONCE},
    )
    named = [row.digest for row in rows if traces.stand_in_bytes(zlib.decompress(row.body))]
    for digest in named:
        connection.execute(delete(contents).where(contents.c.digest == digest))
    return len(named)


def _clean_jobs(connection: Connection, traces: Traces, pseudonym: str) -> int:
    """Take the person's lines out of the results of bulk jobs; return how many."""
    quoted = json.dumps(pseudonym).encode() if pseudonym else None
    gone = 0
    rows = connection.execute(select(job_parts), execution_options={"yield_per": _AT_ONCE})
    changed = []
    for row in rows:
        lines = zlib.decompress(row.body).splitlines(keepends=True)
        kept = [line for line in lines if not traces.stand_in_bytes(line) and not (quoted and quoted in line)]
        if len(kept) < len(lines):
            gone += len(lines) - len(kept)
            changed.append((row.job_id, row.part, zlib.compress(b"".join(kept))))
    for job_id, part, body in changed:
        where = (job_parts.c.job_id == job_id, job_parts.c.part == part)
        connection.execute(update(job_parts).where(*where).values(body=body))
    return gone
