"""A service over a city with accounts, and its database to look into."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from playwright.sync_api import BrowserContext
from sqlalchemy import text, update

from recommender.store.accounts import NewAccount, create_account, find_account, set_password
from recommender.store.askers import Asker
from recommender.store.database import Database, open_database
from recommender.store.migrating import migrate
from recommender.store.sessions import Lasting, SignedIn, start_session
from recommender.store.tables import contract, sessions
from recommender.store.transfer import import_rows
from tests.api.servers import Server

PASSWORD = "empat kata acak sekali"
UNIT, MANAGER, MEMBER = "U007", "E00022", "E00042"  # the hospital, which has most people
SMALL_UNIT, SMALL_MEMBER = "U010", "E00071"  # eight people: looking at all of their page is quick
HOSTILE, HOSTILE_NAME = "E00023", "<script>alert(1)</script>&\"'"
LONG, LONG_NAME = "E00024", "Siti" + "r" * 296
ACCOUNTS = {
    "manager": NewAccount("manager", "Kepala Contoh", "manager", MANAGER, UNIT),
    "head": NewAccount("head", "Kepala Bidang", "manager", "E00070", SMALL_UNIT),
    "office": NewAccount("office", "Pengelola Contoh", "training-office", "E00060"),
    "scientist": NewAccount("scientist", "Ilmuwan Contoh", "data-scientist"),
    "employee": NewAccount("employee", "Pegawai Contoh", "employee", MEMBER),
}


@dataclass(frozen=True)
class Site:
    """A service that was started, by its address, and the database that it answers from."""

    server: Server
    database: Database

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def rows(self, statement: str, **values: object) -> list[Any]:
        """Return what is in the database."""
        with self.database.reading() as connection:
            return list(connection.execute(text(statement), values))

    def value(self, statement: str, **values: object) -> Any:
        """Return the one value that a statement asks for."""
        return self.rows(statement, **values)[0][0]

    def sign_in(self, context: BrowserContext, who: str) -> None:
        """Give a browser a session of an account, or of an employee's id."""
        with self.database.writing() as connection:
            token = start_session(connection, self._signed_in(connection, who), datetime.now(UTC), Lasting())
        context.add_cookies([{"name": "session", "value": token, "url": self.url}])

    def end_sessions(self) -> None:
        """Let all sessions have lasted long enough."""
        with self.database.writing() as connection:
            connection.execute(update(sessions).values(ends_at="2000-01-01T00:00:00+00:00"))

    @staticmethod
    def _signed_in(connection: Any, who: str) -> SignedIn:
        if re.fullmatch(r"E\d+", who):
            return SignedIn(as_employee(who), f"Pegawai {who}")
        found = find_account(connection, who)
        assert found is not None, who
        asker = Asker(
            f"account-{found.account_id}", found.role, employee_id=found.employee_id, unit_id=found.unit_id
        )
        return SignedIn(asker, found.name, found.account_id)


def as_employee(person: str) -> Asker:
    """Return somebody signed in as an employee, known like all accounts by an id that tells nothing."""
    return Asker(f"account-{uuid5(NAMESPACE_OID, person)}", "employee", employee_id=person)


@contextmanager
def looked_into(server: Any, url: str) -> Iterator[Site]:
    """Start a service and open its database beside it."""
    database = open_database(url)
    try:
        with server as running:
            yield Site(running, database)
    finally:
        database.close()


def make_accounts(url: str, wanted: Mapping[str, NewAccount] = ACCOUNTS) -> None:
    """Make accounts with a password."""
    database = open_database(url)
    with database.writing() as connection:
        for new in wanted.values():
            made = create_account(connection, new)
            set_password(connection, made.account_id, PASSWORD)
    database.close()


def rename(url: str, names: Mapping[str, str]) -> None:
    """Give people other names."""
    database = open_database(url)
    people = contract["employees"]
    with database.writing() as connection:
        for person, name in names.items():
            connection.execute(update(people).where(people.c.employee_id == person).values(name=name))
    database.close()


def new_city(folder: Path, tables: Mapping[str, Any]) -> str:
    """Return the address of a new database that holds these tables."""
    url = f"sqlite:///{folder / 'city.db'}"
    database = open_database(url)
    migrate(database)
    import_rows(database, tables, "")
    database.close()
    return url
