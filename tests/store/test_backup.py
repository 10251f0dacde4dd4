"""A backup holds everything, of one moment, for either kind of database, and is refused unless whole."""

from __future__ import annotations

import json
import threading
import zipfile
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from recommender.errors import EntryConflict, StoreError
from recommender.store.accounts import NewAccount, create_account, list_accounts
from recommender.store.askers import Asker
from recommender.store.backup import back_up, read_manifest, restore
from recommender.store.database import Database, open_database
from recommender.store.invitations import find_invitation, invite
from recommender.store.ledger import append, event_line, verify
from recommender.store.migrating import migrate, schema_state
from recommender.store.sessions import Lasting, SignedIn, find_session, start_session
from recommender.store.tables import contents, contract, metadata, policies, revisions, subjects
from recommender.store.writing import add_records, put_employee, revisions_of
from tests.databases import Server

CLERK = Asker("a clerk", "training-office")


def fill(database: Database) -> None:
    """Write something of every type into a database."""
    with database.writing() as connection:
        for id_ in ("E2", "E1"):
            put_employee(connection, {"employee_id": id_, "name": 'Ñ "x"\n', "hired_on": date(2001, 2, 3)})
        connection.execute(
            insert(contract["programs"]), [{"program_id": "P1", "active": False, "hours": 0.1}]
        )
        rows = [{"employee_id": "E1", "competency_id": "C", "level": level} for level in (1.0, 1 / 3)]
        add_records(connection, "assessments", rows)
        body = {"digest": "d", "kind": "result", "body": bytes(range(256)), "created_at": "now"}
        connection.execute(insert(contents), [body])
        append(connection, [event_line("objection", CLERK, "pseudonym", {"number": n}) for n in range(5)])


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def other(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Database:
    """Return a database without tables of the other kind."""
    if kind == "postgresql":
        return open_database(f"sqlite:///{tmp_path / 'other.db'}")
    server: Server = request.getfixturevalue("postgresql")
    return open_database(server.new())


def test_what_is_restored_is_what_was_backed_up_in_either_kind(
    database: Database, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fill(database)
    made = back_up(database, tmp_path / "b.zip")
    target = other(kind, tmp_path, request)
    assert restore(target, tmp_path / "b.zip") == made == read_manifest(tmp_path / "b.zip")
    assert dump(target) == dump(database)
    assert schema_state(target).is_ready
    with target.writing() as connection:
        assert verify(connection).is_whole
        add_records(connection, "assessments", [{"employee_id": "E2", "competency_id": "C", "level": 2.0}])
    assert [row[0] for row in dump(target)["assessments"]] == [1, 2, 3], "rows are numbered on"
    target.close()


def test_who_was_signed_in_or_invited_is_so_no_more(database: Database, tmp_path: Path) -> None:
    """Put back they would let in whoever has signed out since."""
    now = datetime.now(UTC)
    with database.writing() as connection:
        account = create_account(connection, NewAccount("rina", "Rina", "training-office"))
        invitation = invite(connection, account.account_id)
        session = start_session(connection, SignedIn(CLERK, "Clerk"), now, Lasting())
    assert find_session(database, session, now, Lasting())
    back_up(database, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert [archive.read(f"{name}.jsonl") for name in ("sessions", "invitations")] == [b"", b""]
    restore(database, tmp_path / "b.zip", replace=True)
    assert find_session(database, session, now, Lasting()) is None
    with database.reading() as connection:
        assert find_invitation(connection, invitation, now) is None
        assert list_accounts(connection) == [account]


def test_a_backup_is_of_one_moment_while_others_write(database: Database, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            row = {"name": f"R{number}", "revision": number}
            with database.writing() as connection:  # two tables that belong together
                connection.execute(insert(revisions), [row])
                connection.execute(insert(policies), [{"text": f"R{number}", "imported_at": ""}])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            file = tmp_path / f"{number}.zip"
            made = back_up(database, file)
            assert made.tables["revisions"].rows == made.tables["policies"].rows
    finally:
        stop.set()
        writer.join()


def test_rows_are_not_overwritten_unasked(database: Database, tmp_path: Path) -> None:
    fill(database)
    back_up(database, tmp_path / "b.zip")
    before = dump(database)
    with pytest.raises(StoreError, match=r"has \d+ rows; say --replace"):
        restore(database, tmp_path / "b.zip")
    assert dump(database) == before


def test_a_server_that_runs_sees_that_everything_changed(database: Database, tmp_path: Path) -> None:
    fill(database)
    back_up(database, tmp_path / "b.zip")
    with database.writing() as connection:
        for _ in range(3):
            put_employee(connection, {"employee_id": "E1"})
        reached = revisions_of(connection)["records"]
        revision = connection.scalar(select(subjects.c.revision).where(subjects.c.employee_id == "E1")) or 0
    restore(database, tmp_path / "b.zip", replace=True)
    with database.reading() as connection:
        assert revisions_of(connection)["records"] > reached
        assert (
            connection.scalar(select(subjects.c.revision).where(subjects.c.employee_id == "E1")) or 0
        ) > revision
        assert connection.scalar(select(contract["employees"].c.name)) == 'Ñ "x"\n'


def test_a_file_is_not_overwritten_and_only_its_owners(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    back_up(database, file)
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(StoreError, match="there already"):
        back_up(database, file)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    database = open_database(f"sqlite:///{tmp_path / 'first.db'}")
    migrate(database)
    fill(database)
    back_up(database, tmp_path / "whole.zip")
    database.close()
    return tmp_path / "whole.zip"


def _changed(whole: Path, member: str, change: object) -> Path:
    """Return a copy of a backup in which one member is another."""
    copy = whole.with_name(f"{whole.stem}-changed.zip")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            new.writestr(name, change(body) if name == member else body)  # type: ignore[operator]
    return copy


@pytest.mark.parametrize(
    ("member", "change", "told"),
    [
        ("employees.jsonl", lambda body: body.replace(b"E1", b"E9"), "changed or damaged: employees"),
        ("ledger.jsonl", lambda body: body[: len(body) // 2], "changed or damaged: ledger"),
        ("manifest.json", lambda body: body[:100], "no backup, or not a whole one"),
        ("manifest.json", lambda body: body.replace(b'"format": 1', b'"format": 7'), "of the form 7"),
        ("manifest.json", lambda _: b"[]", "no backup, or not a whole one"),
        (
            "manifest.json",
            lambda body: body.replace(b'"schema": "', b'"schema": "9'),
            "newer release|no revision",
        ),
    ],
)
def test_a_backup_that_was_changed_is_refused(whole: Path, member: str, change: object, told: str) -> None:
    target = open_database(f"sqlite:///{whole.with_name('target.db')}")
    with pytest.raises(StoreError, match=told):
        restore(target, _changed(whole, member, change))
    target.close()


@pytest.mark.parametrize("length", [0, 10, 500, -1])
def test_a_backup_that_was_cut_off_is_refused(whole: Path, length: int, tmp_path: Path) -> None:
    file = tmp_path / "cut.zip"
    file.write_bytes(whole.read_bytes()[:length])
    with pytest.raises(StoreError, match="no backup, or not a whole one"):
        restore(open_database(f"sqlite:///{tmp_path / 'target.db'}"), file)


def test_a_restore_that_breaks_off_leaves_what_was_there(database: Database, whole: Path) -> None:
    """Every digest is right here, but a row refers to nobody."""
    with database.writing() as connection:
        put_employee(connection, {"employee_id": "stays"})
    before = dump(database)

    def orphan(body: bytes) -> bytes:
        rows = [json.loads(line) for line in body.splitlines()]
        rows[0][1] = "nobody"
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)

    broken = _changed(whole, "assessments.jsonl", orphan)
    with zipfile.ZipFile(broken) as archive:
        digest = sha256(archive.read("assessments.jsonl")).hexdigest()
        old = json.loads(archive.read("manifest.json"))["tables"]["assessments"]["sha256"]
    forged = _changed(broken, "manifest.json", lambda body: body.replace(old.encode(), digest.encode()))
    with pytest.raises(EntryConflict, match="refers to something that is not there"):
        restore(database, forged, replace=True)
    assert dump(database) == before


def test_a_database_without_tables_has_nothing_to_back_up(address: str, tmp_path: Path) -> None:
    database = open_database(address)
    migrate(database)
    migrate(database, "base")
    with pytest.raises(StoreError, match="nothing to back up"):
        back_up(database, tmp_path / "b.zip")
    assert list(tmp_path.glob("*b.zip")) == []
    database.close()
