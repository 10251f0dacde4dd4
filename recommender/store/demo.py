"""Accounts of a demonstration: one for each role, over the people of a sample city."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from recommender.errors import StoreError
from recommender.policy import policy_of
from recommender.store.accounts import (
    Account,
    NewAccount,
    create_account,
    end_account,
    list_accounts,
    set_password,
)
from recommender.store.askers import Asker
from recommender.store.people import read_policy
from recommender.store.tables import contract

_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aeiou"  # no letters that look like another
_WORDS, _SYLLABLES = 3, 3  # 57 bits


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account with its password, which is told this once."""

    account: Account
    password: str


def make_demo_accounts(connection: Connection, asker: Asker) -> list[DemoAccount]:
    """Make an account of each role; those of an earlier demonstration end, with whoever is signed in.

    The manager's is of the largest unit that has a manager, the employee's of somebody in that unit.

    Raises
    ------
    StoreError
        The database has nobody in service in any unit.
    EntryConflict
        An account that is no demonstration has one of the logins.
    """
    wanted = _wanted(connection)
    for account in list_accounts(connection):
        if account.is_demo and account.ended_at is None:
            end_account(connection, account.login, asker)
    made = []
    for new in wanted:
        account, password = create_account(connection, new, asker), readable_password()
        set_password(connection, account.account_id, password)
        made.append(DemoAccount(account, password))
    return made


def readable_password() -> str:
    """Return a random password that can be read out and typed, such as "bolika-tumare-nosegi"."""

    def word() -> str:
        return "".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(_SYLLABLES))

    return "-".join(word() for _ in range(_WORDS))


def _wanted(connection: Connection) -> list[NewAccount]:
    people = contract["employees"].c
    unit_id, manager_id = _largest_unit(connection)
    led_by = connection.scalar(select(people.name).where(people.employee_id == manager_id))
    employee_id, name = _somebody(connection, unit_id, manager_id)
    return [
        NewAccount(
            "demo-manager",
            led_by or f"Atasan {unit_id}",
            "manager",
            employee_id=manager_id,
            unit_id=unit_id,
            is_demo=True,
        ),
        NewAccount("demo-office", "Pengelola Pelatihan", "training-office", is_demo=True),
        NewAccount("demo-scientist", "Ilmuwan Data", "data-scientist", is_demo=True),
        NewAccount("demo-employee", name or employee_id, "employee", employee_id=employee_id, is_demo=True),
    ]


def _largest_unit(connection: Connection) -> tuple[str, str]:
    """Return the unit with the most people, and its manager; one without a manager ("") comes last."""
    people, units = contract["employees"].c, contract["units"].c
    asked = (
        select(people.unit_id, units.manager_id)
        .outerjoin(contract["units"], units.unit_id == people.unit_id)
        .where(people.unit_id.is_not(None))
        .group_by(people.unit_id, units.manager_id)
        .order_by(units.manager_id.is_(None), func.count().desc(), people.unit_id)
    )
    found = connection.execute(asked.limit(1)).first()
    if found is None:
        raise _nobody()
    return found.unit_id, found.manager_id or ""


def _somebody(connection: Connection, unit_id: str, manager_id: str) -> tuple[str, str]:
    """Return somebody in service in the unit: not its manager, if there is anybody else."""
    people, policy = contract["employees"].c, policy_of(read_policy(connection))
    asked = select(people.employee_id, people.name, people.status).where(people.unit_id == unit_id)
    for row in connection.execute(asked.order_by(people.employee_id == manager_id, people.row)):
        if policy.is_active(row.status or ""):
            return row.employee_id, row.name or ""
    raise _nobody()


def _nobody() -> StoreError:
    return StoreError(
        "nobody in the database is in service in a unit, so there is nothing to show; bring a city first, "
        "such as `recommender import data/sample --to URL`."
    )
