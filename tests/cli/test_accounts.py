"""`recommender accounts` on a small town; both databases: tests/store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, update

from recommender.store.accounts import NewAccount as New
from recommender.store.accounts import check_password, create_account, find_account, has_demo_accounts
from recommender.store.database import Database, open_database
from recommender.store.invitations import find_invitation, use_invitation
from recommender.store.ledger import all_lines
from recommender.store.migrating import migrate
from recommender.store.sessions import Lasting, SignedIn, find_session, start_session
from recommender.store.tables import contract
from tests.cli.conftest import Run
from tests.store.town import ANI, BUDI, CITRA, NAMES

PASSWORD = "seven green buffaloes"


@contextmanager
def opened(address: str) -> Iterator[Database]:
    database = open_database(address)
    yield database
    database.close()


@contextmanager
def writing(address: str) -> Iterator[Connection]:
    with opened(address) as database, database.writing() as connection:
        yield connection


def create(run: Run, address: str, login: str = "rina", role: str = "training-office", *more: str) -> str:
    options = ("--name", "Rina W.", "--role", role, *more)
    code, shown, said = run("accounts", "create", login, *options, "--database", address)
    assert (code, "cannot be shown again" in said) == (0, True)
    return shown.splitlines()[-1]


def set_by(address: str, path: str, password: str = PASSWORD) -> None:
    token = path.removeprefix("/invitation/")
    with writing(address) as connection:
        use_invitation(connection, token, password, datetime.now(UTC))


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        ("training-office", ()),
        ("data-scientist", ()),
        ("manager", ("--unit", "U1", "--employee", BUDI)),
        ("employee", ("--employee", ANI)),
    ],
)
def test_the_path_is_the_last_line_and_sets_the_password(
    url: str,
    run: Run,
    role: str,
    needs: tuple[str, ...],
) -> None:
    set_by(url, create(run, url, "rina", role, *needs))
    with opened(url) as database:
        account = check_password(database, "rina", PASSWORD)
    assert account is not None
    assert account.role == role


def test_no_option_takes_a_password(url: str, run: Run) -> None:
    for command in ("create", "invite", "demo"):
        assert "--password" not in run("accounts", command, "--help")[1]


def test_accounts_are_listed_and_ended(url: str, run: Run) -> None:
    assert "There are no accounts" in run("accounts", "list", "--database", url)[1]
    path = create(run, url, "rina", "manager", "--unit", "U1")
    _, shown, _ = run("accounts", "list", "--database", url)
    assert all(text in shown for text in ("rina", "Rina W.", "manager", "U1", "invited"))
    assert path.removeprefix("/invitation/") not in shown
    set_by(url, path)
    assert "open" in run("accounts", "list", "--database", url)[1]
    assert run("accounts", "end", "Rina", "--database", url)[0] == 0
    assert "ended" in run("accounts", "list", "--database", url)[1]
    with opened(url) as database:
        assert check_password(database, "rina", PASSWORD) is None
    code, _, errors = run("accounts", "end", "rina", "--database", url)
    assert (code, "was ended before" in errors) == (1, True)
    create(run, url)


def test_a_lost_password_is_set_by_a_new_path(url: str, run: Run) -> None:
    first = create(run, url)
    set_by(url, first)
    code, shown, _ = run("accounts", "invite", "RINA", "--hours", "1", "--database", url)
    assert code == 0
    with opened(url) as database:
        assert check_password(database, "rina", PASSWORD), "the old one holds until then"
    set_by(url, shown.splitlines()[-1], "another long password")
    with opened(url) as database:
        assert check_password(database, "rina", PASSWORD) is None
    code, _, errors = run("accounts", "invite", "nobody", "--database", url)
    assert (code, "no account 'nobody'" in errors) == (1, True)


def test_who_did_it_stands_in_the_ledger(url: str, run: Run) -> None:
    create(run, url)
    run("accounts", "end", "rina", "--database", url)
    with writing(url) as connection:
        lines = [(line.event, line.asker, line.role) for line in all_lines(connection)]
    assert lines == [("account", "command-line", "operator")] * 3


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("x", "--name", "X", "--role", "hr-system"), 2, "the roles are"),
        (("x", "--name", "X", "--role", "manager"), 2, "needs the unit"),
        (("two words", "--name", "X", "--role", "data-scientist"), 2, "without blanks"),
        (("x", "--name", " ", "--role", "data-scientist"), 2, "holder's name"),
        (("x", "--name", "X", "--role", "data-scientist", "--hours", "0"), 2, "--hours"),
        (("x", "--name", "X", "--role", "manager", "--unit", "U9"), 1, "its unit_ids are U1, U2"),
        (("x", "--name", "X", "--role", "employee", "--employee", "E9"), 1, "no employee 'E9'"),
    ],
)
def test_accounts_that_make_no_sense(
    url: str,
    run: Run,
    options: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    ended, shown, errors = run("accounts", "create", *options, "--database", url)
    assert (ended, shown) == (code, "")
    assert said in " ".join(errors.replace("│", " ").split())


def passwords_of(shown: str) -> dict[str, str]:
    rows = [line.split("│") for line in shown.splitlines() if "demo-" in line]
    return {row[1].strip(): row[2].strip() for row in rows}


def test_a_demonstration_has_each_role_and_begins_anew(
    url: str,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "60")  # a narrow window hides no password
    code, shown, _ = run("accounts", "demo", "--database", url)
    assert code == 0
    first = passwords_of(shown)
    with opened(url) as database:
        signed_in = {login: check_password(database, login, password) for login, password in first.items()}
        with database.writing() as connection:
            assert has_demo_accounts(connection)
            held = [
                start_session(
                    connection, SignedIn(one.asker, one.name, one.account_id), datetime.now(UTC), Lasting()
                )
                for one in signed_in.values()
                if one is not None
            ]
    told = {login: (one.role, one.employee_id, one.unit_id) for login, one in signed_in.items() if one}
    assert told == {
        "demo-manager": ("manager", BUDI, "U1"),
        "demo-office": ("training-office", "", ""),
        "demo-scientist": ("data-scientist", "", ""),
        "demo-employee": ("employee", ANI, ""),
    }
    named = {login: one.name for login, one in signed_in.items() if one}
    assert (named["demo-office"], named["demo-scientist"]) == ("Pengelola Pelatihan", "Ilmuwan Data")
    assert min(len(password) for password in first.values()) >= 14
    second = passwords_of(run("accounts", "demo", "--database", url)[1])
    with opened(url) as database:
        for login, password in first.items():
            assert check_password(database, login, password) is None
            assert check_password(database, login, second[login])
        assert [find_session(database, token, datetime.now(UTC), Lasting()) for token in held] == [None] * 4


def test_a_demonstration_shows_people_in_service(url: str, run: Run) -> None:
    people, units = contract["employees"], contract["units"]
    with writing(url) as connection:
        connection.execute(insert(people), [{"employee_id": f"L{n}", "unit_id": "U3"} for n in range(5)])
        connection.execute(update(people).where(people.c.employee_id == ANI).values(status="pensiun"))
        connection.execute(update(units).where(units.c.unit_id == "U2").values(manager_id=None))
    run("accounts", "demo", "--database", url)
    with writing(url) as connection:
        manager, employee = (find_account(connection, f"demo-{role}") for role in ("manager", "employee"))
    assert manager is not None
    assert (manager.unit_id, manager.name) == ("U1", NAMES[BUDI]), "the larger unit has no manager"
    assert employee is not None
    assert employee.employee_id == CITRA


def test_there_is_no_demonstration_of_nobody(tmp_path: Path, run: Run) -> None:
    address = f"sqlite:///{tmp_path / 'empty.db'}"
    with opened(address) as database:
        migrate(database)
    code, shown, errors = run("accounts", "demo", "--database", address)
    assert (code, shown) == (1, "")
    assert "bring a city first" in errors


def test_a_demonstration_takes_nobodys_login(url: str, run: Run) -> None:
    with writing(url) as connection:
        create_account(connection, New("demo-office", "Rina", "training-office"))
    code, _, errors = run("accounts", "demo", "--database", url)
    assert (code, "is taken" in errors) == (1, True)
    with writing(url) as connection:
        assert not has_demo_accounts(connection)
        assert find_invitation(connection, "x", datetime.now(UTC)) is None
