from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.store.database import Database, open_database
from recommender.store.keys import find_asker
from tests.cli.conftest import Run
from tests.store.town import ANI


def role_of(url: str, key: str) -> str | None:
    database: Database = open_database(url)
    with database.reading() as connection:
        asker = find_asker(connection, key, datetime.now(UTC))
    database.close()
    return asker.role if asker else None


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        ("hr-system", ()),
        ("training-office", ()),
        ("data-scientist", ()),
        ("manager", ("--unit", "U1")),
        ("employee", ("--employee", ANI)),
    ],
)
def test_the_key_is_the_last_line_and_works(url: str, run: Run, role: str, needs: tuple[str, ...]) -> None:
    code, shown, said = run("keys", "create", "--role", role, *needs, "--label", "x", "--database", url)
    assert code == 0
    assert role_of(url, shown.splitlines()[-1]) == role
    assert "cannot be shown again" in said


def test_keys_are_listed_without_secrets_and_revoked(url: str, run: Run) -> None:
    assert "There are no keys" in run("keys", "list", "--database", url)[1]
    options = ("--scope", "read", "--scope", "write", "--label", "SIMPEG [1]", "--days", "2")
    key = run("keys", "create", "--role", "hr-system", *options, "--database", url)[1].splitlines()[-1]
    key_id, _, secret = key.partition(".")
    _, shown, _ = run("keys", "list", "--database", url)
    assert all(text in shown for text in (key_id, "read write", "SIMPEG [1]", "valid"))
    assert secret not in shown
    code, shown, _ = run("keys", "revoke", key_id, "--database", url)
    assert (code, role_of(url, key)) == (0, None)
    assert "revoked" in run("keys", "list", "--database", url)[1]


def test_the_address_may_stand_in_the_environment(
    url: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMENDER_DATABASE_URL", url)
    assert run("keys", "list")[0] == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--role", "boss"), 2, "the roles are"),
        (("--role", "manager"), 2, "needs the unit"),
        (("--role", "employee"), 2, "needs the employee"),
        (("--role", "hr-system", "--days", "0"), 2, "at least one day"),
        (("--role", "manager", "--unit", "U9"), 1, "its unit_ids are U1, U2"),
        (("--role", "employee", "--employee", "E9"), 1, "no employee 'E9'"),
    ],
)
def test_keys_that_make_no_sense(url: str, run: Run, options: tuple[str, ...], code: int, said: str) -> None:
    ended, shown, errors = run("keys", "create", *options, "--database", url)
    assert (ended, shown) == (code, "")
    assert said in " ".join(errors.replace("│", " ").split())


def test_a_database_that_is_not_ready_is_named(tmp_path: Path, run: Run) -> None:
    code, shown, errors = run("keys", "list", "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert (code, shown) == (1, "")
    assert "recommender migrate" in errors
    assert not (tmp_path / "none.db").exists()
    code, _, errors = run("keys", "revoke", "x", "--database", "mysql://x/y")
    assert (code, "are not known" in errors) == (1, True)


def test_an_unknown_key_cannot_be_revoked(url: str, run: Run) -> None:
    code, _, errors = run("keys", "revoke", "nothing", "--database", url)
    assert code == 1
    assert "no key 'nothing'" in errors
