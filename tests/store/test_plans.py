"""What was approved stays as it was, and its digest proves it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Table, delete, select, update

from recommender.errors import DataError, UnknownEmployee, UnknownEntry
from recommender.store.database import Database
from recommender.store.ledger import all_lines, verify
from recommender.store.plans import (
    NewPlan,
    Plan,
    PlanPerson,
    PlanRow,
    approve_plan,
    find_plan,
    forget_salts,
    list_plans,
    plan_people,
    plan_rows,
    proves,
)
from recommender.store.subjects import subject_of
from recommender.store.tables import contract, plans
from recommender.store.tables import plan_people as kept_people
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
HER = PlanPerson(ANI, "Ani", "Clerk", 12, 20, None)
HIM = PlanPerson(BUDI, "", "", 0.5, None, 24.0)
OF_UNIT = NewPlan("U1", "", 2027, (LAW, ART), (HER, HIM), "Dra. Rina", "Secretariat")
OF_ANI = NewPlan("", ANI, 2027, (LAW,), (HER,), "Dra. Rina")


def approved(database: Database, *plans: NewPlan) -> list[Plan]:
    with database.writing() as connection:
        return [approve_plan(connection, plan, CLERK) for plan in plans]


def test_what_was_approved_is_kept_and_proved(database: Database) -> None:
    settle(database)
    (plan,) = approved(database, OF_UNIT)
    with database.reading() as connection:
        assert find_plan(connection, plan.plan_id) == plan
        assert plan_rows(connection, plan.plan_id) == [LAW, ART]
        assert plan_people(connection, plan.plan_id) == [HER, HIM]
        assert proves(connection, plan)
        assert verify(connection).is_whole
    assert (plan.unit_id, plan.unit, plan.year) == ("U1", "Secretariat", 2027)
    assert (plan.approved_by, plan.asker) == ("Dra. Rina", CLERK.id)


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
    ("table", "change"),
    [
        *(
            (kept_rows, {name: value})
            for name, value in (("title", "law"), ("hours", 9.0), ("decided_by", "x"))
        ),
        *((kept_rows, {name: False}) for name in ("counts",)),
        *((kept_rows, {name: True}) for name in ("is_compulsory",)),
        (kept_rows, {"ends_on": date(2027, 3, 2)}),
        *((kept_people, {name: "x"}) for name in ("name", "position")),
        *((kept_people, {name: 1.0}) for name in ("hours_done", "floor", "ceiling")),
    ],
)
def test_any_change_breaks_the_proof(database: Database, table: Table, change: dict[str, object]) -> None:
    settle(database)
    (plan,) = approved(database, OF_UNIT)
    with database.writing() as connection:
        connection.execute(update(table).where(table.c.number == 1).values(change))
        assert not proves(connection, plan)


def test_the_head_of_a_plan_is_proved_too(database: Database) -> None:
    settle(database)
    (plan,) = approved(database, OF_UNIT)
    with database.writing() as connection:
        for change in ({"year": 2028}, {"unit_id": "U2"}, {"unit": "Another"}):
            assert not proves(connection, replace(plan, **change))
        assert proves(connection, plan)


def test_names_cannot_be_found_out_from_a_digest(database: Database) -> None:
    """Of one plan and of the same plan again the digests differ: each has a salt of its own."""
    settle(database)
    first, second = approved(database, OF_ANI, OF_ANI)
    assert first.digest != second.digest
    with database.reading() as connection:
        salts = connection.scalars(select(plans.c.salt)).all()
    assert len(set(salts)) == 2
    assert min(len(salt) for salt in salts) == 32


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
        (replace(OF_UNIT, people=(HER,)), "does not name those of its rows"),
        (replace(OF_UNIT, people=(HER, HIM, HER)), "does not name those of its rows"),
        (replace(OF_ANI, people=(HER, HIM)), "does not name those of its rows"),
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
        nobody = (replace(HIM, employee_id="E9"),)
        approved(
            database, replace(OF_UNIT, rows=(LAW, replace(ART, employee_id="E9")), people=(HER, *nobody))
        )


def test_without_its_salt_a_digest_proves_nothing(database: Database) -> None:
    settle(database)
    unit, own = approved(database, OF_UNIT, OF_ANI)
    with database.writing() as connection:
        forget_salts(connection, [unit.plan_id])
        assert [proves(connection, one) for one in (unit, own)] == [False, True]
