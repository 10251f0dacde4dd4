from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from recommender.errors import EntryConflict, UnknownEmployee, UnknownEntry, UnknownUnit
from recommender.store.askers import ROLES, Asker
from recommender.store.database import Database
from recommender.store.keys import Grant, KeyRing, create_key, find_asker, list_keys, revoke_key
from recommender.store.tables import api_keys
from recommender.store.writing import revisions_of
from tests.store.town import ANI, everything, settle

NOW = datetime.now(UTC)


def made(database: Database, **wishes: Any) -> str:
    with database.writing() as connection:
        return create_key(connection, Grant(**({"role": "hr-system"} | wishes)))


def asker_of(database: Database, key: str, now: datetime = NOW) -> Asker | None:
    with database.reading() as connection:
        return find_asker(connection, key, now)


def test_a_key_lets_its_holder_in(database: Database) -> None:
    settle(database)
    key = made(database, role="manager", unit_id="U1", employee_id=ANI, scopes=("read", "decide"), label="x")
    assert asker_of(database, key) == Asker(key[:12], "manager", frozenset({"read", "decide"}), ANI, "U1")
    key_id, _, secret = key.partition(".")
    assert (len(key_id), key_id.isalnum(), len(secret)) == (12, True, 43)


def test_the_secret_stands_nowhere_in_the_database(database: Database) -> None:
    key = made(database)
    with database.reading() as connection:
        assert key.partition(".")[2] not in repr(everything(connection))


def test_wrong_keys_let_nobody_in(database: Database) -> None:
    key, other = made(database), made(database)
    key_id, _, secret = key.partition(".")
    wrong = (
        *("", ".", key_id, f"{key_id}.", f"{key_id}.{secret[:-1]}", f"{key_id}.{secret}x", f".{secret}"),
        *(f"{key_id}.{other.partition('.')[2]}", f"{key_id.swapcase()}.{secret}", f"{key} ", secret),
        *("a\x00b.c", f"{key_id}.\x00", "\ud800.x", f"{key_id}.\ud800", "' OR 1=1 --.x", "é" * 12 + ".x"),
    )
    ring = KeyRing(database)
    for text in wrong:
        assert asker_of(database, text) is None, text
        assert ring.find(text, NOW, 2) is None, text


def test_revoked_and_expired_keys_let_nobody_in(database: Database) -> None:
    revoked, expired, good = made(database), made(database, days=1), made(database, days=3)
    with database.writing() as connection:
        revoke_key(connection, revoked.partition(".")[0])
    later = NOW + timedelta(days=2)
    assert [asker_of(database, key, later) is not None for key in (revoked, expired, good)] == [
        False,
        False,
        True,
    ]
    assert asker_of(database, expired) is not None
    with database.reading() as connection:
        states = {key.key_id: key.state(later) for key in list_keys(connection)}
    assert [states[key[:12]] for key in (revoked, expired, good)] == ["revoked", "expired", "valid"]


def test_what_cannot_be_revoked_is_said(database: Database) -> None:
    key = made(database)
    with database.writing() as connection:
        with pytest.raises(UnknownEntry, match="no key 'nothing'"):
            revoke_key(connection, "nothing.secret")
        revoke_key(connection, key[:12])
        with pytest.raises(EntryConflict, match="was revoked before"):
            revoke_key(connection, key[:12])


def test_a_ring_follows_the_revision(database: Database) -> None:
    first, ring = made(database), KeyRing(database)

    def revision() -> int:
        with database.reading() as connection:
            return revisions_of(connection)["access"]

    at_first = revision()
    assert ring.find(first, NOW, at_first) == asker_of(database, first)
    second = made(database)
    assert ring.find(second, NOW, at_first) is None, "nothing is read while the revision stands still"
    assert ring.find(second, NOW, revision()) == asker_of(database, second)
    with database.writing() as connection:
        revoke_key(connection, first[:12])
    assert ring.find(first, NOW, revision()) is None
    assert ring.find(second, NOW + timedelta(days=400), revision()) is None, "it expires in memory too"


def test_a_ring_reads_only_when_it_must(database: Database) -> None:
    key, ring = made(database), KeyRing(database)
    with database.reading() as connection:
        revision = revisions_of(connection)["access"]
    assert ring.find(key, NOW, revision)
    with database.writing() as connection:  # without saying so
        connection.execute(update(api_keys).values(revoked_at="2020"))
    assert ring.find(key, NOW, revision)
    assert not ring.find(key, NOW, revision + 1)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"role": "boss"}, "there is no role 'boss'; the roles are hr-system, manager"),
        ({"role": "manager"}, "needs the unit"),
        ({"role": "employee"}, "needs the employee"),
        ({"role": "hr-system", "unit_id": "U1"}, "and no other does"),
        ({"role": "hr-system", "scopes": ("a b",)}, "a scope is a word"),
        ({"role": "hr-system", "scopes": ("",)}, "a scope is a word"),
        ({"role": "hr-system", "days": 0}, "0 days"),
    ],
)
def test_grants_that_make_no_sense(wishes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Grant(**wishes)


def test_a_key_for_nobody_or_no_unit_is_refused(database: Database) -> None:
    settle(database)
    with pytest.raises(UnknownEmployee, match="no employee 'E9' among the 3"):
        made(database, role="employee", employee_id="E9")
    with pytest.raises(UnknownUnit, match="its unit_ids are U1, U2"):
        made(database, role="manager", unit_id="U9")
    with database.reading() as connection:
        assert connection.execute(select(api_keys)).all() == []


def test_every_role_can_have_a_key(database: Database) -> None:
    settle(database)
    needs = {"manager": {"unit_id": "U1"}, "employee": {"employee_id": ANI}}
    for role in ROLES:
        asker = asker_of(database, made(database, role=role, **needs.get(role, {})))
        assert asker is not None
        assert asker.role == role
