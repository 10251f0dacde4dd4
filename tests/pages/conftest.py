"""The pages of a service over a copy of the sample city, and people who are signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.store.accounts import NewAccount, create_account, set_password
from recommender.store.askers import Asker, Role
from recommender.store.decisions import Choice, decide
from recommender.store.sessions import Lasting, SignedIn, start_session
from tests.api import scene
from tests.api.conftest import city, current, dataset, engine, ids, own_city, started
from tests.pages.browsing import Browser

__all__ = ["city", "current", "dataset", "engine", "ids", "own_city", "started"]

CLERK = Asker("clerk", "training-office")
IN_U012 = scene.people_of("U012")[0]
UNIT = "U007"  # the hospital, which has most people
MANAGER, MEMBER, STRANGER = "E00022", "E00042", "E00100"  # the last one works elsewhere
WHO: dict[str, tuple[Role, str, str, str]] = {
    "manager": ("manager", MANAGER, UNIT, "Kepala Contoh"),
    "office": ("training-office", "", "", "Pengelola Contoh"),
    "scientist": ("data-scientist", "", "", "Ilmuwan Contoh"),
    "employee": ("employee", MEMBER, "", "Pegawai Contoh"),
}


@pytest.fixture(scope="module")
def site(current: Path, own_city: Callable[[], str]) -> Iterator[Browser]:
    """Return a browser of which nobody is signed in; `site.as_(role)` is one of somebody who is."""
    with scene.service(own_city(), current) as client:
        site = Browser(client)
        with site.database.writing() as connection:  # else the first run is told of instead of a form
            made = create_account(connection, NewAccount("somebody", "Somebody", "training-office"))
            set_password(connection, made.account_id, "a password of nobody")
            for person in (MEMBER, STRANGER, IN_U012):  # so that there is something to approve
                decide(connection, person, Choice("P061", "accept", "Somebody", plan_year=2026), CLERK)
        yield site


@pytest.fixture(scope="module")
def signed_in(site: Browser) -> Callable[[str], Browser]:
    """Return a browser in which somebody of a role is signed in."""

    def signed_in(who: str) -> Browser:
        role, employee_id, unit_id, name = WHO[who]
        asker = Asker(f"account-{who}", role, employee_id=employee_id, unit_id=unit_id)
        with site.database.writing() as connection:
            token = start_session(connection, SignedIn(asker, name), datetime.now(UTC), Lasting())
        return site.with_session(token)

    return signed_in
