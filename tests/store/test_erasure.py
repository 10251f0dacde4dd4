from __future__ import annotations

import zlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select

from recommender.errors import UnknownEmployee
from recommender.store.accounts import NewAccount, create_account, list_accounts
from recommender.store.askers import Asker
from recommender.store.cases import Page
from recommender.store.contents import body_of, keep
from recommender.store.corrections import Wish, list_corrections, raise_correction
from recommender.store.database import Database
from recommender.store.decisions import Choice, decide, list_decisions
from recommender.store.erasure import Erased, erase
from recommender.store.idempotency import Stored, begin, finish
from recommender.store.invitations import invite
from recommender.store.keys import Grant, create_key, find_asker, list_keys
from recommender.store.ledger import Line, append, lines_about, verify
from recommender.store.objections import Ruling, raise_objection, rule_on_objection
from recommender.store.plans import (
    NewPlan,
    PlanPerson,
    PlanRow,
    approve_plan,
    find_plan,
    list_plans,
    plan_people,
    plan_rows,
    proves,
)
from recommender.store.sessions import Lasting, SignedIn, find_session, start_session
from recommender.store.stamps import new_id, stamp
from recommender.store.subjects import employee_of, subject_of
from recommender.store.tables import contract, job_parts, jobs
from recommender.store.writing import revisions_of
from tests.store.test_keys import NOW
from tests.store.town import ANI, BUDI, CITRA, CLERK, NAMES, a_row, everything, settle

ABOUT_BUDI = b'{"employee_id": "NIP-7002", "items": []}\n'
ABOUT_ANI = b'{"employee_id": "NIP-7001", "items": []}\n'


def live(database: Database) -> dict[str, Any]:
    """Let all kinds of things happen to Budi and by Budi; return what must be known of it."""
    settle(database)
    with database.writing() as connection:
        budi, ani = subject_of(connection, BUDI), subject_of(connection, ANI)
        key = create_key(connection, Grant("employee", employee_id=BUDI, label=f"phone of {NAMES[BUDI]}"))
        bodies = {
            "budi": keep(connection, "result", ABOUT_BUDI, budi.salt, budi.pseudonym),
            "ani": keep(connection, "result", ABOUT_ANI, ani.salt, ani.pseudonym),
            "judged": keep(connection, "person", b'{"assessor_id":"NIP-7002"}', ani.salt, ani.pseudonym),
        }
        append(connection, [Line("answer", "k", "manager", budi.pseudonym, result=bodies["budi"])])
        append(connection, [Line("answer", "k", "manager", ani.pseudonym, result=bodies["ani"])])
        decide(connection, BUDI, Choice("P1", "accept", "Rina"), CLERK)
        decide(connection, ANI, Choice("P1", "decline", NAMES[BUDI], f"{BUDI} needs her"), CLERK)
        raise_objection(connection, BUDI, "no", CLERK)
        raised = raise_objection(connection, ANI, "no", CLERK)
        ruling = Ruling("dismissed", BUDI, f"I, {NAMES[BUDI].upper()}, looked at it")
        rule_on_objection(connection, raised.objection_id, ruling, CLERK)
        raise_correction(connection, BUDI, Wish("employees.name", "Budi H. S."), CLERK)
        raise_correction(connection, ANI, Wish("assessments.level", f"3, not what {BUDI} said"), CLERK)
        for number, body in enumerate((ABOUT_BUDI, ABOUT_ANI)):
            begin(connection, "k", f"put-{(BUDI, 'x')[number]}", "r")
            finish(connection, "k", f"put-{(BUDI, 'x')[number]}", Stored(200, body))
        begin(connection, "k", "body", "r")
        finish(connection, "k", "body", Stored(200, ABOUT_BUDI))
        _run_job(connection, [ABOUT_BUDI + ABOUT_ANI, f'{{"employee":"{budi.pseudonym}"}}\n'.encode()])
    return {"budi": budi, "ani": ani, "key": key, "bodies": bodies} | _sign_in_and_plan(database)


def _sign_in_and_plan(database: Database) -> dict[str, Any]:
    """Let Budi have accounts and sessions, and stand in plans; return tokens of sessions, and the plans."""
    row = PlanRow(BUDI, "P1", "Law", "LAN", "", 8.0, None, None, None, "Rina", stamp(), None)
    hers = replace(row, employee_id=ANI, decided_by=NAMES[BUDI], reason=f"{BUDI} wants it")
    free = replace(hers, decided_by="Rina", reason=None)
    he, she = (PlanPerson(one, NAMES[one], "Clerk", 0.0, 20.0, None) for one in (BUDI, ANI))
    with database.writing() as connection:
        boss = create_account(connection, NewAccount("boss", NAMES[BUDI], "manager", BUDI, "U1"))
        by_id = create_account(connection, NewAccount(f"{BUDI}@kota", "B.", "training-office"))
        other = create_account(connection, NewAccount("ani", f"Ani, for {BUDI}", "employee", ANI))
        invite(connection, by_id.account_id)
        invite(connection, other.account_id)
        who = {
            "budi": [
                SignedIn(boss.asker, NAMES[BUDI], boss.account_id),
                SignedIn(by_id.asker, "B.", by_id.account_id),
                SignedIn(Asker("0123abcd", "employee", employee_id=BUDI), NAMES[BUDI]),
            ],
            "others": [SignedIn(other.asker, f"Ani, for {BUDI}", other.account_id)],
        }
        tokens = {
            name: [start_session(connection, one, NOW, Lasting()) for one in several]
            for name, several in who.items()
        }
        plans = {
            "both": NewPlan("U1", "", 2027, (row, free), (he, she), "Rina"),
            "own": NewPlan("", BUDI, 2027, (row,), (he,), "Rina"),
            "hers": NewPlan("", ANI, 2027, (hers, replace(hers, decided_by="Rina")), (she,), NAMES[BUDI]),
            "free": NewPlan("", ANI, 2027, (free,), (she,), "Rina"),
        }
        approved = {name: approve_plan(connection, plan, CLERK) for name, plan in plans.items()}
    return {"sessions": tokens, "plans": approved}


def _run_job(connection: Any, parts: list[bytes]) -> None:
    job = a_row(jobs, job_id=new_id(), problem=f"{BUDI} could not be ranked", created_at=stamp())
    connection.execute(insert(jobs).values(job))
    for number, body in enumerate(parts):
        row = {"job_id": job["job_id"], "part": number, "body": zlib.compress(body)}
        connection.execute(insert(job_parts).values(row))


def erased(database: Database) -> Erased:
    with database.writing() as connection:
        return erase(connection, BUDI, CLERK)


def _texts(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        with suppress(zlib.error):
            raw = zlib.decompress(raw)
        return raw.decode("utf-8", "replace")
    return str(value)


def test_no_text_of_the_person_remains_anywhere(database: Database) -> None:
    known = live(database)
    traces = (BUDI, *NAMES[BUDI].split())

    def found() -> set[tuple[str, str]]:
        with database.reading() as connection:
            return {
                (table, column)
                for table, rows in everything(connection).items()
                for row in rows
                for column, value in row.items()
                if any(trace.casefold() in _texts(value).casefold() for trace in traces)
            }

    assert len(found()) >= 20, "there must be something to find, in many places"
    assert {table for table, _ in found()}.isdisjoint({"ledger"})
    with database.writing() as connection:  # the one place where a first name may stand alone
        connection.exec_driver_sql("DELETE FROM corrections WHERE wanted = 'Budi H. S.'")
    erased(database)
    assert found() == set()
    with database.reading() as connection:
        assert employee_of(connection, known["budi"].pseudonym) is None
        assert known["budi"].salt not in repr(everything(connection))


def test_the_ledger_keeps_its_proof_and_names_who_did_it(database: Database) -> None:
    known = live(database)
    with database.reading() as connection:
        before = lines_about(connection, known["budi"].pseudonym)
    erased(database)
    with database.reading() as connection:
        assert verify(connection).is_whole
        *old, last = lines_about(connection, known["budi"].pseudonym)
    assert old == before
    assert (last.event, last.asker, last.role) == ("erasure", CLERK.id, CLERK.role)


def test_others_keep_what_is_theirs(database: Database) -> None:
    known = live(database)
    erased(database)
    with database.reading() as connection:
        rows = everything(connection)
        assert {row["employee_id"] for row in rows["employees"]} == {ANI, CITRA}
        assert {row["employee_id"] for row in rows["subjects"]} == {ANI, CITRA}
        assert body_of(connection, known["bodies"]["ani"]) == ABOUT_ANI
        assert body_of(connection, known["bodies"]["budi"]) is None
        assert body_of(connection, known["bodies"]["judged"]) is None, "it named him as assessor"
        assert [row["program_id"] for row in rows["training_records"]] == ["P1"]
        assert [row["feedback_id"] for row in rows["feedback"]] == ["F2"]
        assert {row["unit_id"]: row["manager_id"] for row in rows["units"]} == {"U1": None, "U2": ANI}
        lines = [zlib.decompress(bytes(row["body"])) for row in rows["job_parts"]]  # type: ignore[call-overload]
        assert lines == [ABOUT_ANI, b""]
        assert len(list_corrections(connection, Page())) == 1
        assert len(list_decisions(connection, Page())) == 1


def test_one_token_stands_for_one_hand(database: Database) -> None:
    live(database)
    erased(database)
    with database.reading() as connection:
        judged = connection.scalars(select(contract["assessments"].c.assessor_id)).all()
        (decision,) = list_decisions(connection, Page())
        (correction,) = list_corrections(connection, Page())
    (token,) = set(judged)
    assert len(judged) == 2
    assert token.startswith("erased-")
    assert decision.decided_by == token
    assert decision.reason == f"{token} needs her"
    assert correction.wanted == f"3, not what {token} said"


def test_keys_of_the_person_let_nobody_in(database: Database) -> None:
    known = live(database)
    erased(database)
    with database.reading() as connection:
        assert find_asker(connection, known["key"], NOW) is None
        (key,) = list_keys(connection)
    assert (key.label, key.state(NOW)) == ("", "revoked")


def test_accounts_and_sessions_of_the_person_let_nobody_in(database: Database) -> None:
    tokens = live(database)["sessions"]
    assert all(find_session(database, token, NOW, Lasting()) for token in tokens["budi"])
    told = erased(database)
    assert [find_session(database, token, NOW, Lasting()) for token in tokens["budi"]] == [None] * 3
    (left,) = (find_session(database, token, NOW, Lasting()) for token in tokens["others"])
    assert left is not None
    assert left.name.startswith("Ani, for erased-")
    with database.reading() as connection:
        (account,) = list_accounts(connection)
        (invitation,) = everything(connection)["invitations"]
    assert (account.login, account.name) == ("ani", left.name)
    assert invitation["account_id"] == account.account_id
    assert {name: told.removed[name] for name in ("accounts", "invitations", "sessions")} == {
        **{"accounts": 2, "invitations": 1, "sessions": 3}
    }


def test_plans_lose_the_person_and_their_proof(database: Database) -> None:
    made = live(database)["plans"]
    with database.reading() as connection:
        salts = {str(row["plan_id"]): row["salt"] for row in everything(connection)["plans"]}
        assert all(proves(connection, plan) for plan in made.values())
    erased(database)
    with database.reading() as connection:
        assert {plan.plan_id for plan in list_plans(connection)} == {
            made[name].plan_id for name in ("both", "hers", "free")
        }
        rows = {name: plan_rows(connection, made[name].plan_id) for name in made}
        people = {name: plan_people(connection, made[name].plan_id) for name in made}
        assert {name: proves(connection, made[name]) for name in ("both", "hers", "free")} == {
            **{"both": False, "hers": False, "free": True}
        }
        kept = {str(row["plan_id"]): row["salt"] for row in everything(connection)["plans"]}
        approved_by = find_plan(connection, made["hers"].plan_id).approved_by
    assert {name: [row.employee_id for row in several] for name, several in rows.items()} == {
        **{"both": [ANI], "own": [], "hers": [ANI, ANI], "free": [ANI]}
    }
    assert {name: [one.employee_id for one in several] for name, several in people.items()} == {
        **{"both": [ANI], "own": [], "hers": [ANI], "free": [ANI]}
    }
    assert [row.decided_by for row in rows["hers"]] == [approved_by, "Rina"], "row by row"
    assert approved_by.startswith("erased-")
    same = {name for name, plan in made.items() if kept.get(plan.plan_id) == salts[plan.plan_id]}
    assert same == {"free"}, "nobody can find out by trying what the others held"


def test_answers_to_repeated_requests_are_cleaned_and_still_stop_repetition(database: Database) -> None:
    live(database)
    erased(database)
    with database.writing() as connection:
        assert begin(connection, "k", "put-x", "r") == Stored(200, ABOUT_ANI)
        stored = begin(connection, "k", "body", "r")
        assert stored is not None
        assert b"erased-" in stored.body


def test_everything_that_was_kept_in_memory_dies(database: Database) -> None:
    known = live(database)
    with database.reading() as connection:
        before = revisions_of(connection)
        revision = subject_of(connection, ANI).revision
    erased(database)
    with database.reading() as connection:
        after = revisions_of(connection)
        assert subject_of(connection, ANI).revision > revision, "he had judged her"
    assert all(after[name] > before.get(name, 0) for name in ("records", "access", "catalogue"))
    assert known["ani"].pseudonym


def test_what_was_done_is_told(database: Database) -> None:
    live(database)
    told = erased(database)
    assert told.removed == {
        **{"employees": 1, "employee_audit": 1, "training_records": 1, "assessments": 1, "feedback": 1},
        **{"performance_reviews": 1, "decisions": 1, "objections": 1, "corrections": 1, "subjects": 1},
        **{"contents": 2, "job_parts": 2, "plan_rows": 2, "plan_people": 2, "plans": 1},
        **{"accounts": 2, "sessions": 3, "invitations": 1},
    }
    assert told.replaced["assessments"] == 2
    assert told.replaced["idempotency"] == 2


def test_a_person_who_comes_back_is_somebody_new(database: Database) -> None:
    known = live(database)
    erased(database)
    with database.writing() as connection:
        connection.execute(insert(contract["employees"]).values(employee_id=BUDI))
        again = subject_of(connection, BUDI)
    assert again.pseudonym != known["budi"].pseudonym
    assert again.salt != known["budi"].salt


def test_an_id_that_is_a_short_number_takes_no_numbers_with_it(database: Database) -> None:
    settle(database)
    with database.writing() as connection:
        connection.execute(insert(contract["employees"]).values(employee_id="17", name=None))
        decide(connection, ANI, Choice("P1", "decline", "17", "17 hours are too many"), CLERK)
        erase(connection, "17", CLERK)
        (decision,) = list_decisions(connection, Page())
    assert decision.decided_by.startswith("erased-")
    assert decision.reason == "17 hours are too many"


def test_nobody_is_erased_twice_and_a_failure_leaves_everything(database: Database) -> None:
    live(database)
    with database.reading() as connection:
        before = everything(connection)
    with pytest.raises(UnknownEmployee), database.writing() as connection:
        erase(connection, BUDI, CLERK)
        erase(connection, BUDI, CLERK)
    with database.reading() as connection:
        assert everything(connection) == before
