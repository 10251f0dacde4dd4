"""Plans: what is accepted and suggested, what it adds up to, and copies that were approved."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from recommender.errors import DataError, PlanChanged, UnknownEmployee, UnknownUnit
from recommender.planning.plan import PersonPlan
from recommender.service.asked import Asked
from recommender.service.intake import add_records, put_employee
from recommender.service.office import Office
from recommender.service.plan_approved import Scope
from recommender.store.askers import Asker
from recommender.store.decisions import Choice, decide
from recommender.store.erasure import erase
from recommender.store.ledger import all_lines
from recommender.store.objections import raise_objection
from recommender.store.plans import Plan, find_plan, plan_rows
from recommender.store.tables import contract
from tests import cities
from tests.cities import Rows, attended
from tests.service.tiny import PEOPLE, Opened, clerks, put

BOSS = Asker("key-1", "manager", unit_id="U1")
YEAR = 2024
UNITS = [
    {"unit_id": "U1", "name": "Secretariat"},
    {"unit_id": "U2", "parent_unit_id": "U1"},
    {"unit_id": "U3"},
]
PROGRAMS = [
    {"program_id": "cooking", "title": "Cooking", "hours": 10, "cost": 100, "provider": "Hall"},
    {"program_id": "law", "title": "Law", "hours": 20, "cost": 250, "form": "classroom"},
    {"program_id": "basics", "title": "Basics", "hours": 20, "cost": 0.5},
    {"program_id": "deepening", "title": "Deepening", "hours": 30},
]
SESSIONS = [
    {"session_id": "1", "program_id": "law", "starts_on": "2024-09-02", "ends_on": "2024-09-04"},
    {"session_id": "2", "program_id": "law", "starts_on": "2024-03-01", "ends_on": "2024-03-05"},
    {"session_id": "3", "program_id": "cooking", "starts_on": "2024-02-01"},
    {"session_id": "4", "program_id": "law", "starts_on": "2023-03-01", "ends_on": "2023-03-05"},
]


def city(**more: Rows) -> dict[str, Rows]:
    """Return ten clerks in two units, PNS in U1 and PPPK in U2, one of them retired."""
    people = {id_: {"unit_id": "U1", "employment_type": "PNS", "name": f"N{id_}"} for id_ in PEOPLE[:6]}
    people |= {id_: {"unit_id": "U2", "employment_type": "PPPK", "name": f"n{id_}"} for id_ in PEOPLE[6:]}
    people["E5"]["status"] = "pensiun"
    tables = {"units": UNITS, "employees": clerks(**people), "programs": PROGRAMS}
    return {**tables, "program_sessions": SESSIONS, **more}


def decided(office: Office, employee: str, program: str, verdict: str = "accept", **cells: Any) -> None:
    choice = Choice(program, verdict, "Head of office", "as agreed", plan_year=YEAR)
    with office.database.writing() as connection:
        decide(connection, employee, replace(choice, **cells), BOSS)


def plan(office: Office, employee: str = "E0", year: int = YEAR) -> PersonPlan:
    return office.person_plan(employee, year, "en", BOSS)


def approved(office: Office, by: str = "Head", **whose: str) -> Plan:
    """Approve the plan of a person, a unit or the city just after it was looked at."""
    scope = Scope(YEAR, **whose)
    if scope.employee_id:
        seen = plan(office, scope.employee_id).seen
    else:
        seen = office.team_plan(scope.unit_id or None, YEAR, 1, "en", BOSS).seen
    return office.approve_plan(scope, seen, by, BOSS)


def states(plan: PersonPlan) -> list[tuple[str, str]]:
    return [(item.program_id, item.state) for item in plan.items]


def test_without_decisions_a_plan_holds_what_is_recommended(opened_city: Opened) -> None:
    office = opened_city(**city())
    found = plan(office)
    said = json.loads(office.recommend("E0", Asked(), BOSS).body)["recommendations"]
    assert [item.program_id for item in found.items] == [one["program_id"] for one in said] == ["basics"]
    assert states(found) == [("basics", "suggested")]
    (item,) = found.items
    assert [item.benefit, item.benefit_low, item.benefit_high] == [
        said[0][name] for name in ("benefit", "benefit_low", "benefit_high")
    ]
    assert (item.hours, item.cost, item.decided_by, item.counts) == (20.0, 0.5, "", False)
    assert (found.name, found.position, found.hidden) == ("NE0", "Clerk", False)
    assert (found.planned_hours, found.planned_cost, found.verdict) == (0.0, 0.0, "below")


def test_what_is_decided_stands_there_and_is_not_suggested(opened_city: Opened) -> None:
    office = opened_city(**city())
    for program, verdict in (("law", "accept"), ("cooking", "accept"), ("deepening", "decline")):
        decided(office, "E0", program, verdict)
    found = plan(office)
    assert states(found) == [
        ("cooking", "accepted"),
        ("law", "accepted"),
        ("basics", "suggested"),
        ("deepening", "declined"),
    ], "accepted ones by their first day"
    cooking, law, _, deepening = found.items
    assert (law.starts_on, law.ends_on) == (date(2024, 3, 1), date(2024, 3, 5))
    assert (cooking.starts_on, cooking.ends_on) == (date(2024, 2, 1), None)
    assert (law.decided_by, law.reason, law.benefit) == ("Head of office", "as agreed", None)
    assert law.decided_at and deepening.reason == "as agreed" and not deepening.counts
    assert (found.planned_hours, found.planned_cost, found.verdict) == (30.0, 350.0, "within")
    decided(office, "E0", "basics")
    assert ("basics", "suggested") not in states(plan(office))


def test_the_latest_decision_counts(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    decided(office, "E0", "law", "decline")
    assert ("law", "declined") in states(plan(office)) and plan(office).planned_hours == 0.0
    decided(office, "E0", "law")
    assert plan(office).planned_hours == 20.0


def test_what_was_completed_in_the_year_is_not_counted_twice(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    add_records(office, "training_records", [attended("E0", "law", "2024-01-02")])
    found = plan(office)
    assert states(found)[0] == ("law", "accepted") and not found.items[0].counts
    assert (found.hours.done, found.planned_hours, found.planned_cost) == (20.0, 0.0, 0.0)
    decided(office, "E0", "law", "done")
    assert states(plan(office))[0] == ("law", "accepted")


def test_a_completion_of_another_year_leaves_it_planned(opened_city: Opened) -> None:
    office = opened_city(**city(training_records=[attended("E0", "law", "2023-01-02")]))
    decided(office, "E0", "law")
    assert (plan(office).hours.done, plan(office).planned_hours) == (0.0, 20.0)


def test_a_plan_of_another_year(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law", plan_year=YEAR + 1)
    assert states(plan(office, year=YEAR + 1)) == [("law", "accepted"), ("basics", "suggested")]
    assert plan(office, year=YEAR + 1).items[0].starts_on is None, "no session of that year is known"
    assert states(plan(office)) == [("basics", "suggested")]
    assert plan(office, year=YEAR - 1).items == (), "nothing is suggested for a year that is over"


def test_compulsory_programs_are_marked_until_they_are_done(opened_city: Opened) -> None:
    mandates = [{"mandate_id": one, "program_id": one} for one in ("basics", "law")]
    office = opened_city(**city(mandates=mandates))
    decided(office, "E0", "law")
    marked = {item.program_id: item.is_compulsory for item in plan(office).items}
    assert marked == {"law": True, "basics": True}
    add_records(office, "training_records", [attended("E0", "law", "2024-01-01")])
    assert not plan(office).items[0].is_compulsory
    decided(office, "E1", "cooking")
    assert not plan(office, "E1").items[0].is_compulsory


def test_who_objected_gets_no_suggestions_and_is_not_ranked(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    with office.database.writing() as connection:
        raise_objection(connection, "E0", None, BOSS)
    found = plan(office)
    assert states(found) == [("law", "accepted")] and found.hidden
    office.team_plan("U1", YEAR, 1, "en", BOSS)
    with office.database.reading() as connection:
        names = {line.pseudonym for line in all_lines(connection) if line.event == "answer"}
    (hidden,) = office.members.of(["E0"])
    assert hidden.pseudonym not in names and len(names) == 8


def test_nobody_known(opened_city: Opened) -> None:
    office = opened_city(**city())
    with pytest.raises(UnknownEmployee):
        plan(office, "nobody")
    for ask in (
        lambda: office.team_plan("nowhere", YEAR, 1, "en", BOSS),
        lambda: office.whole_team_plan("nowhere", YEAR, "en", BOSS),
        lambda: office.approve_plan(Scope(YEAR, unit_id="nowhere"), "", "Head", BOSS),
    ):
        with pytest.raises(UnknownUnit):
            ask()
    with pytest.raises(UnknownEmployee):
        office.approve_plan(Scope(YEAR, employee_id="nobody"), "", "Head", BOSS)


def test_a_unit_adds_up_over_everybody(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    decided(office, "E1", "cooking")
    decided(office, "E1", "deepening")
    decided(office, "E6", "deepening")
    decided(office, "E5", "law")  # who left counts nowhere
    decided(office, "E2", "law", "decline")
    found = office.team_plan("U1", YEAR, 1, "en", BOSS)
    assert (found.unit_id, found.unit, found.year, found.total_people) == ("U1", "Secretariat", YEAR, 9)
    assert [one.employee_id for one in found.people] == ["E0", "E1", "E2", "E3", "E4", "E6", "E7", "E8", "E9"]
    assert (found.accepted, found.planned_hours, found.planned_cost) == (4, 90.0, 350.0)
    assert found.unpriced == 2
    # Of the five PNS E0 and E1 reach 20 JP; E6 is PPPK and would be 6 JP above 24.
    assert (found.below, found.above) == (3, 1)
    assert states(found.people[0]) == [("law", "accepted"), ("basics", "suggested")]
    below = office.team_plan("U2", YEAR, 1, "en", BOSS)
    assert (below.total_people, below.accepted, below.planned_hours) == (4, 1, 30.0)
    assert office.team_plan(None, YEAR, 1, "en", BOSS).planned_hours == 90.0
    empty = office.team_plan("U3", YEAR, 1, "en", BOSS)
    assert (empty.total_people, empty.people, empty.pages, empty.planned_cost) == (0, (), 1, 0.0)


def test_suggestions_are_asked_for_one_page_alone(opened_city: Opened) -> None:
    people = [
        {**clerks()[0], "employee_id": f"P{n:02d}", "name": f"N{n:02d}", "unit_id": "U1"} for n in range(60)
    ]
    levels = [cities.assessed("DATA", 1, employee_id=f"P{n:02d}") for n in range(60)]
    office = opened_city(**city(employees=people, assessments=levels))
    decided(office, "P59", "law")
    found = office.team_plan("U1", YEAR, 99, "en", BOSS)
    assert (found.page, found.pages, found.total_people, found.accepted) == (3, 3, 60, 1)
    assert [one.employee_id for one in found.people] == [f"P{n:02d}" for n in range(50, 60)]
    assert all(("basics", "suggested") in states(one) for one in found.people)
    with office.database.reading() as connection:
        assert sum(line.event == "answer" for line in all_lines(connection)) == 10
    assert office.team_plan("U1", YEAR, 0, "en", BOSS).page == 1


def test_the_whole_plan_has_everybody_with_suggestions_as_their_own_plans_have(opened_city: Opened) -> None:
    people = [
        {**clerks()[0], "employee_id": f"P{n:02d}", "name": f"N{n:02d}", "unit_id": "U1"} for n in range(70)
    ]
    levels = [cities.assessed("DATA", 1, employee_id=f"P{n:02d}") for n in range(70)]
    office = opened_city(**city(employees=people, assessments=levels))
    decided(office, "P69", "law")
    decided(office, "P68", "basics", "decline")
    with office.database.writing() as connection:
        raise_objection(connection, "P67", None, BOSS)
    found = office.whole_team_plan("U1", YEAR, "en", BOSS)
    assert (found.pages, found.page, found.total_people, found.planned_hours) == (1, 1, 70, 20.0)
    assert found.seconds == pytest.approx(3.5)
    assert [one.employee_id for one in found.people] == [f"P{n:02d}" for n in range(70)]
    assert all(states(one) == [("basics", "suggested")] for one in found.people[:67])
    assert [states(one) for one in found.people[67:]] == [
        [],
        [("basics", "declined")],
        [("law", "accepted"), ("basics", "suggested")],
    ]
    (item,) = found.people[0].items
    (own,) = plan(office, "P00").items
    assert replace(item, ledger_id="") == replace(own, ledger_id="")
    assert found.seen == office.team_plan("U1", YEAR, 1, "en", BOSS).seen, "suggestions are not approved"
    over = office.whole_team_plan("U1", YEAR - 1, "en", BOSS)
    assert over.seconds == 0.0 and not any(one.items for one in over.people)


def test_who_approves_must_have_seen_what_is_approved(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    unit, own = Scope(YEAR, unit_id="U1"), Scope(YEAR, employee_id="E0")
    seen = office.team_plan("U1", YEAR, 1, "en", BOSS).seen
    seen_own = plan(office).seen
    decided(office, "E6", "law")  # of a page that was not even looked at
    with pytest.raises(PlanChanged):
        office.approve_plan(unit, seen, "Head", BOSS)
    assert office.approve_plan(own, seen_own, "Head", BOSS), "hers is as it was"
    decided(office, "E0", "law", reason="for another reason")
    with pytest.raises(PlanChanged):
        office.approve_plan(own, seen_own, "Head", BOSS)
    seen = office.team_plan("U1", YEAR, 1, "en", BOSS).seen
    decided(office, "E1", "cooking", "decline")
    assert office.approve_plan(unit, seen, "Head", BOSS), "what is declined is in no approved plan"
    for wrong in ("", seen_own):
        with pytest.raises(PlanChanged):
            office.approve_plan(unit, wrong, "Head", BOSS)
    assert len(office.team_plan("U1", YEAR, 1, "en", BOSS).plans) == 1


def test_every_look_at_a_plan_is_a_line_without_anybodys_id(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    kept, own = approved(office, unit_id="U1"), approved(office, employee_id="E0")

    def looks() -> list[tuple[str, Any]]:
        with office.database.reading() as connection:
            found = [line for line in all_lines(connection) if line.event == "plan-view"]
        assert {(line.asker, line.role) for line in found} == {(BOSS.id, "manager")}
        assert not any(id_ in line.detail for line in found for id_ in PEOPLE)
        return [(line.pseudonym, json.loads(line.detail)) for line in found]

    before = len(looks())
    for year in (YEAR, YEAR - 1):  # of a year that is over nobody is asked for suggestions
        office.person_plan("E0", year, "en", BOSS)
        office.team_plan("U2", year, 1, "en", BOSS)
    office.whole_team_plan(None, YEAR, "en", BOSS)
    for one in (kept, own):
        office.approved_plan(one, BOSS)
    (hers,) = office.members.of(["E0"])
    assert looks()[before:] == [
        (hers.pseudonym, {"year": YEAR}),
        ("", {"unit_id": "U2", "year": YEAR, "people": 4}),
        (hers.pseudonym, {"year": YEAR - 1}),
        ("", {"unit_id": "U2", "year": YEAR - 1, "people": 4}),
        ("", {"unit_id": "", "year": YEAR, "people": 9}),
        ("", {"plan_id": kept.plan_id}),
        (hers.pseudonym, {"plan_id": own.plan_id}),
    ]


def test_approving_freezes_what_is_accepted(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E1", "law")
    decided(office, "E0", "cooking")
    decided(office, "E0", "deepening", "decline")
    decided(office, "E5", "law")
    kept = approved(office, "Head of office", unit_id="U1")
    assert (kept.unit_id, kept.employee_id, kept.year, kept.approved_by) == ("U1", "", YEAR, "Head of office")
    decided(office, "E1", "law", "decline")
    dearer = [{**row, "title": "New", "cost": 999, "hours": 1} for row in PROGRAMS]
    put(office.database, city(programs=dearer))
    with office.database.reading() as connection:
        rows = plan_rows(connection, kept.plan_id)
    assert [(row.employee_id, row.program_id, row.title, row.cost) for row in rows] == [
        ("E0", "cooking", "Cooking", 100.0),
        ("E1", "law", "Law", 250.0),
    ]
    assert (rows[1].starts_on, rows[1].ends_on) == (date(2024, 3, 1), date(2024, 3, 5))
    assert (rows[1].form, rows[0].provider, rows[0].hours) == ("classroom", "Hall", 10.0)
    assert (rows[0].decided_by, rows[0].reason) == ("Head of office", "as agreed")
    shown = office.approved_plan(kept, BOSS)
    assert [(one.name, states(one)) for one in shown.people] == [
        ("NE0", [("cooking", "accepted")]),
        ("NE1", [("law", "accepted")]),
    ]
    assert (shown.planned_hours, shown.planned_cost, shown.accepted, shown.is_proved) == (
        30.0,
        350.0,
        2,
        True,
    )
    assert kept.unit == "Secretariat"


def test_approved_plans_are_listed_where_they_belong(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    decided(office, "E6", "law")
    first = approved(office, unit_id="U1")
    second = approved(office, unit_id="U1")
    below = approved(office, unit_id="U2")
    whole = approved(office)
    own = approved(office, employee_id="E0")
    assert office.team_plan("U1", YEAR, 1, "en", BOSS).plans == (second, first)
    assert office.team_plan("U2", YEAR, 1, "en", BOSS).plans == (below,)
    assert office.team_plan(None, YEAR, 1, "en", BOSS).plans == (whole,)
    assert office.team_plan("U1", YEAR + 1, 1, "en", BOSS).plans == ()
    assert office.approved_plans_of("E0", YEAR) == [own]
    assert office.approved_plans_of("E6", YEAR) == office.approved_plans_of("E0", YEAR + 1) == []
    assert own.unit == "" and len(office.approved_plan(own, BOSS).people) == 1


def test_a_plan_in_which_nothing_is_accepted_is_refused(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law", "decline")
    with pytest.raises(DataError, match="nothing stands in the plan"):
        approved(office, employee_id="E0")
    decided(office, "E0", "law")
    with pytest.raises(DataError, match="approved_by"):
        approved(office, " ", employee_id="E0")
    assert office.approved_plans_of("E0", YEAR) == []


def test_an_approved_plan_adds_up_as_it_did_when_it_was_approved(opened_city: Opened) -> None:
    mandates = [{"mandate_id": "M", "program_id": "deepening"}]
    office = opened_city(**city(mandates=mandates))
    add_records(office, "training_records", [attended("E0", one, "2024-01-02") for one in ("law", "cooking")])
    for program in ("law", "deepening"):  # the law is done already, and counts as done
        decided(office, "E0", program)
    decided(office, "E6", "law")
    before = office.team_plan("U1", YEAR, 1, "en", BOSS)
    kept = approved(office, unit_id="U1")
    assert (before.planned_hours, before.planned_cost, before.accepted) == (50.0, 250.0, 3)
    shown = office.approved_plan(kept, BOSS)
    assert (shown.planned_hours, shown.planned_cost, shown.accepted) == (50.0, 250.0, 3)
    same = {one.employee_id: one for one in before.people}
    for one in shown.people:
        accepted = same[one.employee_id].in_state("accepted")
        assert one == replace(same[one.employee_id], items=accepted), "each as the page showed the person"


def test_an_approved_plan_tells_nothing_of_today(opened_city: Opened) -> None:
    """Whatever becomes of somebody, also out of the unit: the copy is what was approved."""
    office = opened_city(**city())
    decided(office, "E0", "law")
    decided(office, "E6", "law")
    kept = approved(office, unit_id="U1")
    before = office.approved_plan(kept, BOSS)
    assert [(one.name, one.position) for one in before.people] == [("NE0", "Clerk"), ("nE6", "Clerk")]
    assert (before.people[0].hours.floor, before.people[1].hours.ceiling) == (20.0, 24.0)
    put_employee(office, "E0", {"name": "Another", "unit_id": "U3", "employment_type": "PPPK"})
    put_employee(office, "E6", {"status": "pensiun", "unit_id": "U2"})
    add_records(office, "training_records", [attended("E0", "law", "2024-01-02")])
    with office.database.writing() as connection:
        connection.execute(update(contract["units"]).values(name="New name"))
        assert find_plan(connection, kept.plan_id) == kept
    assert office.approved_plan(kept, BOSS) == before
    assert before.plan.unit == "Secretariat"


def test_who_was_erased_is_in_no_plan(opened_city: Opened) -> None:
    office = opened_city(**city())
    for employee in ("E0", "E1"):
        decided(office, employee, "law")
    kept = approved(office, unit_id="U1")
    with office.database.writing() as connection:
        erase(connection, "E0", BOSS)
    shown = office.approved_plan(kept, BOSS)
    assert [one.employee_id for one in shown.people] == ["E1"] and not shown.is_proved


def test_who_moves_takes_the_plan_along(opened_city: Opened) -> None:
    office = opened_city(**city())
    decided(office, "E0", "law")
    put_employee(office, "E0", {"name": "NE0", "unit_id": "U3", "position_id": "CLERK"})
    assert office.team_plan("U1", YEAR, 1, "en", BOSS).accepted == 0
    assert office.team_plan("U3", YEAR, 1, "en", BOSS).accepted == 1


def test_the_year_to_plan(opened_city: Opened) -> None:
    assert opened_city(**city()).plan_year() == YEAR
