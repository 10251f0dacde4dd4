from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from recommender.errors import UnknownEmployee
from recommender.store.database import Database
from recommender.store.own_data import own_data
from recommender.store.tables import accounts
from tests.store.test_erasure import ABOUT_BUDI, live
from tests.store.town import ANI, BUDI, NAMES, everything

_SECRETS = (
    *(("subjects", "salt"), ("api_keys", "hash"), ("accounts", "hash"), ("sessions", "digest")),
    *(("plans", "salt"), ("invitations", "digest")),
)


def test_all_that_is_kept_of_a_person_is_given(database: Database) -> None:
    known = live(database)
    with database.reading() as connection:
        found = own_data(connection, BUDI)
    plain = json.loads(json.dumps(found))
    assert plain == found
    (person,) = found["employees"]
    assert person == {
        "employee_id": BUDI,
        "name": NAMES[BUDI],
        "unit_id": "U1",
        **dict.fromkeys(
            ("position_id", "employment_type", "grade", "hired_on", "target_position_id", "status")
        ),
    }
    assert {name: len(rows) for name, rows in found.items()} == {
        **{"employees": 1, "employee_audit": 1, "training_records": 1, "assessments": 1, "feedback": 1},
        **{"performance_reviews": 1, "decisions": 1, "objections": 1, "corrections": 1, "subjects": 1},
        **{"api_keys": 1, "accounts": 1, "sessions": 2, "plans": 1, "plan_rows": 2, "plan_people": 2},
        **{"ledger": 5, "answers": 1},
    }
    assert found["performance_reviews"][0]["period_end"] == "2024-05-17"
    assert found["answers"][0]["body"] == json.loads(ABOUT_BUDI)
    events = ["answer", "decision", "objection", "correction", "plan"]
    assert [line["event"] for line in found["ledger"]] == events
    assert {line["pseudonym"] for line in found["ledger"]} == {known["budi"].pseudonym}


def test_it_holds_nothing_of_others_and_no_secret(database: Database) -> None:
    known = live(database)
    with database.writing() as connection:
        connection.execute(update(accounts).values(hash="$argon2id$of a password"))
        text = repr(own_data(connection, BUDI))
        rows = everything(connection)
    kept_back = [row[name] for table, name in _SECRETS for row in rows[table] if row[name] is not None]
    assert len(kept_back) >= 10
    for secret in (ANI, NAMES[ANI], known["ani"].pseudonym, known["key"].partition(".")[2], *kept_back):
        assert str(secret) not in text.partition("'ledger'")[0]
    assert "'hash'" not in repr(text.partition("'ledger'")[0])


def test_nothing_is_kept_of_who_is_not_there(database: Database) -> None:
    live(database)
    with pytest.raises(UnknownEmployee), database.reading() as connection:
        own_data(connection, "E9")
