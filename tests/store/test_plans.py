"""What was approved stays as it was, and its digest proves it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import delete, update

from recommender.errors import DataError, UnknownEmployee, UnknownEntry
from recommender.store.database import Database
from recommender.store.ledger import all_lines, verify
from recommender.store.plans import (
    NewPlan,
    Plan,
    PlanRow,
    approve_plan,
    find_plan,
    forget_salts,
    list_plans,
    plan_rows,
    proves,
)
from recommender.store.subjects import subject_of
from recommender.store.tables import contract
from recommender.store.tables import plan_rows as kept_rows
from tests.store.town import ANI, BUDI, CLERK, NAMES, settle

LAW = PlanRow(
    employee_id=ANI,
    program_id="P1",
    title="Law",
    provider="LAN",
    form="classical",
    hours=8,  # an integer comes back as a float
    cost=0.1,
    starts_on=date(2027, 3, 1),
    ends_on=None,
    decided_by="Dra. Rina",
    decided_at="2026-12-01T08:00:00.000+00:00",
    reason=None,
)
ART = replace(
    LAW, employee_id=BUDI, program_id="P2", title="Art", hours=None, cost=None, reason="asked for it"
)
OF_UNIT = NewPlan("U1", "", 2027, (LAW, ART), "Dra. Rina")
OF_ANI = NewPlan("", ANI, 2027, (LAW,), "Dra. Rina")


def approved(database: Database, *plans: NewPlan) -> list[Plan]:
    with database.writing() as connection:
        return [approve_plan(connection, plan, CLERK) for plan in plans]


def test_what_was_approved_is_kept_and_proved(database: Database) -> None:
    settle(database)
    (plan,) = approved(database, OF_UNIT)
    with database.reading() as connection:
        assert find_plan(connection, plan.plan_id) == plan
        assert plan_rows(connection, plan.plan_id) == [LAW, ART]
        assert proves(connection, plan)
        assert verify(connection).is_whole
    assert (plan.unit_id, plan.year, plan.approved_by, plan.asker) == ("U1", 2027, "Dra. Rina", CLERK.id)


def test_the_catalogue_may_change_and_drop_the_program(database: Database) -> None:
    settle(database)
    (plan,) = approved(database, OF_ANI)
    with database.writing() as connection:
        for table in ("training_records", "feedback", "programs"):
            connection.execute(delete(contract[table]))
    with database.reading() as connection:
        assert plan_rows(connection, plan.plan_id) == [LAW]
        assert proves(connection, plan)


@pytest.mark.parametrize(
    "change", [{"title": "law"}, {"hours": 9.0}, {"ends_on": date(2027, 3, 2)}, {"decided_by": "x"}]
)
def test_any_change_breaks_the_proof(database: Database, change: dict[str, object]) -> None:
    settle(database)
    (plan,) = approved(database, OF_UNIT)
    with database.writing() as connection:
        connection.execute(update(kept_rows).where(kept_rows.c.number == 1).values(change))
        assert not proves(connection, plan)
        assert not proves(connection, replace(plan, year=2028))


def test_the_ledger_holds_the_digest_and_nobodys_name(database: Database) -> None:
    settle(database)
    unit, own = approved(database, OF_UNIT, OF_ANI)
    with database.writing() as connection:
        lines = list(all_lines(connection))
        pseudonym = subject_of(connection, ANI).pseudonym
    assert [(line.event, line.asker, line.pseudonym) for line in lines] == [
        ("plan", CLERK.id, ""),
        ("plan", CLERK.id, pseudonym),
    ]
    assert json.loads(lines[0].detail) == {
        **{"plan_id": unit.plan_id, "unit_id": "U1", "year": 2027, "digest": unit.digest},
        **{"people": 2, "rows": 2},
    }
    assert json.loads(lines[1].detail)["digest"] == own.digest
    for text in (ANI, BUDI, *NAMES.values(), "Rina"):
        assert text not in repr(lines)


def test_plans_are_found_by_unit_person_and_year(database: Database) -> None:
    settle(database)
    city = replace(OF_UNIT, unit_id="")
    unit, own, whole, later = approved(database, OF_UNIT, OF_ANI, city, replace(OF_UNIT, year=2028))
    with database.reading() as connection:
        assert set(list_plans(connection)) == {unit, own, whole, later}
        stamps = [one.approved_at for one in list_plans(connection)]
        assert stamps == sorted(stamps, reverse=True)
        assert set(list_plans(connection, ["U1", "U2"])) == {unit, later}
        assert list_plans(connection, ["U1"], year=2028) == [later]
        assert list_plans(connection, []) == []
        assert list_plans(connection, employee_id=ANI) == [own]
        assert list_plans(connection, employee_id=ANI, year=2026) == []
        assert list_plans(connection, [""], year=2027, employee_id=BUDI) == []
        with pytest.raises(UnknownEntry, match="no plan 'x'"):
            find_plan(connection, "x")
        assert plan_rows(connection, "x") == []


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (replace(OF_UNIT, rows=()), "nothing stands in the plan"),
        (replace(OF_UNIT, approved_by=" "), "column approved_by"),
        (replace(OF_UNIT, employee_id=ANI), "of a unit or of a person"),
        (replace(OF_ANI, rows=(LAW, ART)), "is not the only one"),
        (replace(OF_ANI, employee_id=BUDI), "is not the only one"),
    ],
)
def test_plans_that_cannot_be_approved(database: Database, plan: NewPlan, said: str) -> None:
    settle(database)
    with pytest.raises(DataError, match=said):
        approved(database, plan)
    with database.reading() as connection:
        assert list_plans(connection) == []
        assert verify(connection).lines == 0


def test_nobody_is_planned_who_is_not_there(database: Database) -> None:
    settle(database)
    with pytest.raises(UnknownEmployee, match="'E9'"):
        approved(database, replace(OF_UNIT, rows=(LAW, replace(ART, employee_id="E9"))))


def test_without_its_salt_a_digest_proves_nothing(database: Database) -> None:
    settle(database)
    unit, own = approved(database, OF_UNIT, OF_ANI)
    with database.writing() as connection:
        forget_salts(connection, [unit.plan_id])
        assert [proves(connection, one) for one in (unit, own)] == [False, True]
