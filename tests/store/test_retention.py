from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from recommender.policy import Retention, load_policy
from recommender.store.askers import Asker
from recommender.store.contents import Content, add_rows, known_digests
from recommender.store.database import Database
from recommender.store.ledger import Line, all_lines, append, verify
from recommender.store.retention import past_period, remove_past
from recommender.store.stamps import new_id, stamp
from recommender.store.tables import (
    accounts,
    api_keys,
    corrections,
    decisions,
    idempotency,
    invitations,
    job_parts,
    jobs,
    ledger,
    objections,
    plan_people,
    plan_rows,
    plans,
    sessions,
)
from tests.store.town import ANI, a_row, settle, tamper

PERIODS = Retention(
    answers_years=1,
    ledger_years=2,
    decisions_years=3,
    closed_cases_years=4,
    ended_keys_years=5,
    idempotency_days=7,
    jobs_days=30,
)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
KEEPER = Asker("command", "hr-system")


def ago(**past: float) -> datetime:
    return NOW - timedelta(**past)


def chain(database: Database, ages: list[int], **columns: str) -> list[Line]:
    """Write lines of these ages in days, as they would stand there had they been written then."""
    lines: list[Line] = []
    with database.writing() as connection:
        for age in ages:
            previous = lines[-1].hash if lines else ""
            line = Line("answer", "k", "manager", "p", **columns, written_at=stamp(ago(days=age)))
            values = asdict(line) | {"sequence": len(lines) + 1, "previous": previous}
            values["hash"] = Line(**values).computed_hash()
            connection.execute(insert(ledger).values(values))
            lines.append(Line(**values))
    return lines


def swept(database: Database, now: datetime = NOW) -> dict[str, int]:
    with database.writing() as connection:
        return {one.what: one.rows for one in remove_past(connection, PERIODS, now, KEEPER) if one.rows}


def lines_of(database: Database) -> list[Line]:
    with database.reading() as connection:
        return list(all_lines(connection))


def test_old_lines_go_and_the_chain_holds_from_its_anchor(database: Database) -> None:
    before = chain(database, [900, 800, 731, 729, 10])
    assert swept(database) == {"ledger": 3}
    *left, last = lines_of(database)
    assert left == before[3:]
    assert (last.event, last.asker) == ("retention", "command")
    assert json.loads(last.detail) == {"ledger": 3, "through": 3, "anchor": before[2].hash}
    with database.reading() as connection:
        verdict = verify(connection)
    assert (verdict.is_whole, verdict.lines, verdict.sequence) == (True, 3, 6)


def test_it_holds_after_a_second_time_and_when_all_old_lines_are_gone(database: Database) -> None:
    chain(database, [900, 800, 700])
    swept(database)
    assert swept(database, NOW + timedelta(days=40)) == {"ledger": 1}
    lines = lines_of(database)
    assert [line.event for line in lines] == ["retention", "retention"]
    with database.writing() as connection:
        assert verify(connection).is_whole
        append(connection, [Line("answer", "k", "manager")])
        assert verify(connection).is_whole


def test_an_anchor_excuses_no_other_gap(database: Database) -> None:
    chain(database, [900, 800, 100, 50, 10])
    swept(database)
    tamper(database, ledger.delete().where(ledger.c.sequence == 3))
    with database.reading() as connection:
        assert "line 4 " in verify(connection).problem


def test_bodies_stay_while_a_line_within_their_period_names_them(database: Database) -> None:
    kept = {name: Content(kind, name.encode()) for name, kind in (("result", "result"), ("city", "city"))}
    policies = {name: Content("policy", name.encode()) for name in ("old policy", "policy")}
    old, recent = Content("result", b"old"), Content("result", b"recent")
    rows = [
        one.row() | {"created_at": stamp(ago(days=500))} for one in (*kept.values(), *policies.values(), old)
    ]
    with database.writing() as connection:
        add_rows(connection, [*rows, recent.row() | {"created_at": stamp(ago(days=10))}])
    columns = {name: one.digest for name, one in kept.items()}
    chain(database, [500, 300], **columns, policy=f"ASN 1 {policies['policy'].digest}")
    assert swept(database) == {"contents": 2}
    everything = {one.digest for one in (*kept.values(), *policies.values(), old, recent)}
    with database.reading() as connection:
        gone = everything - known_digests(connection, everything)
    assert gone == {old.digest, policies["old policy"].digest}


def test_each_table_has_its_period(database: Database) -> None:
    settle(database)
    case = {"employee_id": ANI, "raised_by": "k", "raised_at": "2000"}
    job = a_row(jobs, asker="k", status="done")
    choice = {"employee_id": ANI, "program_id": "P1", "verdict": "done", "decided_by": "x", "asker": "k"}
    wish = case | {"field": "employees.grade", "wanted": "x"}
    key = {"hash": "x", "role": "hr-system", "scopes": "", "employee_id": "", "unit_id": "", "label": ""}
    invitation: dict[str, object] = {"account_id": "", "created_at": "2000"}
    account = a_row(accounts, role="manager", login="x")
    session, plan = a_row(sessions, role="manager"), a_row(plans)
    request = {"asker": "k", "request": "r", "status": 200, "body": b""}

    def at(days: float) -> str:
        return stamp(ago(days=days))

    rows: dict[Any, list[tuple[dict[str, object], bool]]] = {
        decisions: [
            (choice | {"decided_at": at(days)}, goes) for days, goes in ((1100, True), (1090, False))
        ],
        objections: [
            (case | {"status": "dismissed", "closed_at": at(1465)}, True),
            (case | {"status": "withdrawn", "closed_at": at(1455)}, False),
            (case | {"status": "upheld", "closed_at": at(3000)}, False),
            (case | {"status": "open"}, False),
        ],
        corrections: [
            (wish | {"status": "done", "closed_at": at(1465)}, True),
            (wish | {"status": "done", "closed_at": at(1455)}, False),
            (wish | {"status": "open"}, False),
        ],
        api_keys: [
            (key | {"created_at": at(9999), "expires_at": at(1830)}, True),
            (key | {"created_at": at(9999), "expires_at": at(-30), "revoked_at": at(1830)}, True),
            (key | {"created_at": at(9999), "expires_at": at(1820)}, False),
            (key | {"created_at": at(9999), "expires_at": at(-30)}, False),
        ],
        idempotency: [
            (request | {"created_at": at(days)}, goes) for days, goes in ((7.1, True), (6.9, False))
        ],
        sessions: [(session | {"ends_at": at(days)}, goes) for days, goes in ((7.1, True), (6.9, False))],
        plans: [(plan | {"approved_at": at(days)}, goes) for days, goes in ((1100, True), (1090, False))],
        accounts: [
            (account | {"ended_at": at(1830)}, True),
            (account | {"ended_at": at(1820)}, False),
            (account | {"created_at": at(9999)}, False),
        ],
        invitations: [
            (invitation | {"expires_at": at(1830)}, True),
            (invitation | {"expires_at": at(1820), "used_at": at(1830)}, True),
            (invitation | {"expires_at": at(1820), "used_at": at(1821)}, False),
            (invitation | {"expires_at": at(-3)}, False),
        ],
        jobs: [(job | {"created_at": at(days)}, goes) for days, goes in ((30.1, True), (29.9, False))],
    }
    stay: dict[str, set[str]] = {}
    with database.writing() as connection:
        for table, described in rows.items():
            id_ = list(table.primary_key.columns)[-1].name
            for row, goes in described:
                name = new_id()
                connection.execute(insert(table).values(row | {id_: name}))
                if table is jobs:
                    connection.execute(insert(job_parts).values(job_id=name, part=0, body=b""))
                if table is plans:
                    for of_plan in (plan_rows, plan_people):
                        row = a_row(of_plan, plan_id=name, number=1, employee_id=ANI)
                        connection.execute(insert(of_plan).values(row))
                if not goes:
                    stay.setdefault(table.name, set()).add(name)
        told = {one.what: one.rows for one in past_period(connection, PERIODS, NOW)}
    expected = {table.name: sum(goes for _, goes in described) for table, described in rows.items()}
    assert told == expected | {"contents": 0, "ledger": 0}
    assert swept(database) == expected
    with database.reading() as connection:
        for table in rows:
            id_ = list(table.primary_key.columns)[-1]
            assert set(connection.scalars(select(id_))) == stay[table.name], table.name
        assert set(connection.scalars(select(job_parts.c.job_id))) == stay["jobs"]
        for of_plan in (plan_rows, plan_people):
            assert set(connection.scalars(select(of_plan.c.plan_id))) == stay["plans"]


def test_where_nothing_is_past_nothing_is_written(database: Database) -> None:
    chain(database, [10])
    assert swept(database) == {}
    assert len(lines_of(database)) == 1


def test_the_policy_of_the_country_keeps_what_proves(database: Database) -> None:
    periods = load_policy().retention
    assert periods.ledger_years >= periods.answers_years
    assert periods.ended_keys_years >= periods.ledger_years
    chain(database, [3000])
    with database.reading() as connection:
        assert [one.rows for one in past_period(connection, periods, NOW) if one.rows] == []
