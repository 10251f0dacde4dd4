"""Retention: what is past its period goes (UU 27/2022 art. 16); the policy says how long each period is.

The oldest lines of the ledger go together, so that what is left is still one chain: the line of this event
names the last one that went (`ledger.py`). A body goes when no line within its period names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    literal,
    not_,
    or_,
    select,
    union,
)

from recommender.policy import Retention, policy_of
from recommender.store.askers import Asker
from recommender.store.ledger import RETENTION, append, event_line
from recommender.store.stamps import stamp
from recommender.store.tables import (
    accounts,
    api_keys,
    contents,
    corrections,
    decisions,
    idempotency,
    invitations,
    jobs,
    ledger,
    objections,
    plans,
    policies,
    sessions,
)

_DAYS_A_YEAR = 365.2425


@dataclass(frozen=True, slots=True)
class Past:
    """Rows of one table that are past their period.

    Attributes
    ----------
    what : the table's name.
    before : the moment from which rows stay.
    rows : how many go.
    """

    what: str
    before: str
    rows: int


def periods_of(connection: Connection) -> Retention:
    """Return the periods of the policy in force: the default, changed by the one imported last."""
    newest = select(policies.c.text).order_by(policies.c.row.desc()).limit(1)
    return policy_of(connection.scalar(newest) or "").retention


def past_period(connection: Connection, periods: Retention, now: datetime) -> list[Past]:
    """Return what is past its period, table by table."""
    return [
        Past(table.name, before, _count(connection, table, rule))
        for table, before, rule in _rules(connection, periods, now)
    ]


def remove_past(connection: Connection, periods: Retention, now: datetime, asker: Asker) -> list[Past]:
    """Remove what is past its period and record in the ledger what and how much it was, if anything."""
    past = past_period(connection, periods, now)
    if not any(one.rows for one in past):
        return past
    detail: dict[str, object] = {one.what: one.rows for one in past if one.rows}
    last = _last_past(connection, _before(now, periods.ledger_years))
    if last:
        found = connection.execute(select(ledger.c.hash).where(ledger.c.sequence == last))
        detail |= {"through": last, "anchor": found.scalar_one()}
    # The line comes first: only after it has said so do the database's own guards let lines go.
    rules = list(_rules(connection, periods, now))
    append(connection, [event_line(RETENTION, asker, "", detail)])
    for table, _, rule in rules:
        connection.execute(delete(table).where(rule))
    return past


def _rules(
    connection: Connection, periods: Retention, now: datetime
) -> Iterator[tuple[Table, str, ColumnElement[bool]]]:
    """Yield each table, the moment from which its rows stay, and which of them go."""
    before = _before(now, periods.answers_years)
    yield contents, before, _unnamed_since(before)
    before = _before(now, periods.ledger_years)
    yield ledger, before, ledger.c.sequence <= _last_past(connection, before)
    before = _before(now, periods.idempotency_days / _DAYS_A_YEAR)
    yield idempotency, before, idempotency.c.created_at < before
    yield sessions, before, sessions.c.ends_at < before
    before = _before(now, periods.jobs_days / _DAYS_A_YEAR)
    yield jobs, before, jobs.c.created_at < before  # their parts go with them
    before = _before(now, periods.decisions_years)
    yield decisions, before, decisions.c.decided_at < before
    yield plans, before, plans.c.approved_at < before  # their rows go with them
    before = _before(now, periods.closed_cases_years)
    # What was upheld goes on to hide the ranking of the person, so it stays.
    yield objections, before, and_(objections.c.status != "upheld", objections.c.closed_at < before)
    yield corrections, before, corrections.c.closed_at < before
    before = _before(now, periods.ended_keys_years)
    ended = or_(api_keys.c.revoked_at < before, api_keys.c.expires_at < before)
    yield api_keys, before, ended
    yield accounts, before, accounts.c.ended_at < before
    closed = or_(invitations.c.used_at < before, invitations.c.expires_at < before)
    yield invitations, before, closed


def _last_past(connection: Connection, before: str) -> int:
    """Return the number of the last line that goes: all up to the first one written since; 0 for none."""
    stays = connection.scalar(select(func.min(ledger.c.sequence)).where(ledger.c.written_at >= before))
    if stays is None:
        stays = (connection.scalar(select(func.max(ledger.c.sequence))) or 0) + 1
    goes = connection.scalar(select(func.max(ledger.c.sequence)).where(ledger.c.sequence < stays))
    return goes or 0


def _unnamed_since(before: str) -> ColumnElement[bool]:
    """Return which bodies were kept before a moment and are named by no line since."""
    since = ledger.c.written_at >= before
    named = union(
        *(select(column).where(since) for column in (ledger.c.city, ledger.c.inputs, ledger.c.result))
    )
    in_force = select(literal(1)).where(since, ledger.c.policy.contains(contents.c.digest)).exists()
    is_policy = contents.c.kind == "policy"
    return and_(
        contents.c.created_at < before,
        contents.c.digest.not_in(named),
        not_(and_(is_policy, in_force)),
    )


def _count(connection: Connection, table: Table, rule: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(rule)) or 0


def _before(now: datetime, years: float) -> str:
    return stamp(now - timedelta(days=years * _DAYS_A_YEAR))
