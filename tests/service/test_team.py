"""A team: who is in it, in which order, what is counted, and what its heat map shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from recommender.errors import UnknownUnit
from recommender.service.intake import add_records, put_employee
from recommender.service.office import Office
from recommender.service.team import Team, Wanted
from recommender.store.askers import Asker
from recommender.store.decisions import Choice, decide
from recommender.store.ledger import all_lines
from recommender.store.objections import raise_objection
from tests import cities
from tests.cities import Rows, attended
from tests.service.tiny import PEOPLE, Opened, clerks

UNITS = [
    {"unit_id": "CITY", "name": "City"},
    {"unit_id": "EAST", "name": "East", "parent_unit_id": "CITY"},
    {"unit_id": "DESK", "name": "Desk", "parent_unit_id": "EAST"},
    {"unit_id": "WEST", "name": "West", "parent_unit_id": "CITY"},
    {"unit_id": "VOID", "name": "Void", "parent_unit_id": "WEST"},
]
WHERE = {"E0": "CITY", "E1": "EAST", "E2": "EAST", "E3": "DESK", "E4": "WEST"}
BOSS = Asker("key-1", "manager", unit_id="CITY")
YEAR = 2024


def city(**more: Rows) -> dict[str, Rows]:
    """Return five people in four units, five retired ones, and everybody lacking less than the one before."""
    named = ("Dewi", "budi", "Agus", "citra", "Eko")
    inside = {
        id_: {"unit_id": unit, "name": name} for (id_, unit), name in zip(WHERE.items(), named, strict=True)
    }
    retired = {id_: {"unit_id": "EAST", "status": "pensiun"} for id_ in PEOPLE[5:]}
    levels = [
        {**row, "level": PEOPLE.index(str(row["employee_id"])) % 5 / 2.0}
        for row in cities.office()["assessments"]
    ]
    return {"units": UNITS, "employees": clerks(**inside, **retired), "assessments": levels, **more}


def told(office: Office, unit: str | None = "CITY", **wanted: Any) -> Team:
    return office.team(unit, Wanted(**wanted), "en", BOSS)


def ids(team: Team) -> list[str]:
    return [row.member.employee_id for row in team.rows]


def accept(office: Office, employee: str, program: str, verdict: str = "accept", **cells: Any) -> None:
    choice = Choice(program, verdict, "Head of office", "a reason")
    with office.database.writing() as connection:
        decide(connection, employee, replace(choice, **{"plan_year": YEAR, **cells}), BOSS)


def test_a_unit_holds_its_people_in_service_and_those_below(opened_city: Opened) -> None:
    office = opened_city(**city())
    team = told(office)
    assert ids(team) == ["E0", "E1", "E2", "E3", "E4"], "who lacks most comes first"
    assert (team.unit_id, team.unit, team.people, team.shown) == ("CITY", "City", 5, 5)
    assert team.units == (("EAST", "East", 3), ("WEST", "West", 1))
    assert (team.year, team.plan_year, team.as_of) == (YEAR, YEAR, "2024-01-01")
    assert ids(told(office, "EAST")) == ["E1", "E2", "E3"]
    assert ids(told(office, "EAST", search="E5")) == [], "nobody finds who left"


def test_the_whole_city(opened_city: Opened) -> None:
    team = told(opened_city(**city()), None)
    assert (team.unit_id, team.unit, team.people) == ("", "", 5)
    assert team.units == (("EAST", "East", 3), ("WEST", "West", 1)), "there is only one on top"
    office = opened_city(**city(units=[*UNITS, {"unit_id": "PORT", "name": "Port"}]))
    assert told(office, None).units == (("CITY", "City", 5), ("PORT", "Port", 0))


def test_an_empty_unit_is_shown_empty(opened_city: Opened) -> None:
    team = told(opened_city(**city()), "VOID")
    assert (team.people, team.shown, team.page, team.pages, team.rows) == (0, 0, 1, 1, ())
    assert (team.heat.competencies, team.heat.rows, team.competencies) == ((), (), ())
    assert (team.owed_people, team.owed_hours, team.waiting_people) == (0, 0.0, 0)


def test_an_unknown_unit(opened_city: Opened) -> None:
    with pytest.raises(UnknownUnit):
        told(opened_city(**city()), "NOWHERE")


def test_a_city_without_units_and_positions(opened_city: Opened) -> None:
    team = told(opened_city(**{**{name: [] for name in cities.office()}, **cities.bare()}), None)
    assert (team.people, team.units, team.heat.competencies) == (3, (), ())
    assert [(row.waiting, row.member.gap) for row in team.rows] == [(False, 0.0)] * 3


def test_who_moves_is_in_the_new_team_at_once(opened_city: Opened) -> None:
    office = opened_city(**city())
    assert "E1" in ids(told(office, "EAST")) and "E1" not in ids(told(office, "WEST"))
    put_employee(office, "E1", {"name": "budi", "position_id": "CLERK", "unit_id": "VOID"})
    assert "E1" not in ids(told(office, "EAST")) and "E1" in ids(told(office, "WEST"))
    put_employee(office, "E1", {"position_id": "CLERK", "unit_id": "VOID", "status": "pensiun"})
    assert "E1" not in ids(told(office, "CITY"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("EKO", ["E4"]),
        ("clerk e3", ["E3"]),
        ("CLERK budi", ["E1"]),
        ("clerk nobody", []),
        ("  ", ["E0", "E1", "E2", "E3", "E4"]),
        ("e", ["E0", "E1", "E2", "E3", "E4"]),
        ("%", []),
    ],
)
def test_search(opened_city: Opened, words: str, found: list[str]) -> None:
    assert ids(told(opened_city(**city()), search=words)) == found


def test_by_name_case_does_not_count(opened_city: Opened) -> None:
    names = [row.member.name for row in told(opened_city(**city()), sort="name").rows]
    assert names == ["Agus", "budi", "citra", "Dewi", "Eko"]


def test_ties_are_broken_by_name_and_then_by_id(opened_city: Opened) -> None:
    same = {id_: {"unit_id": "EAST", "name": "Siti"} for id_ in PEOPLE[:4]} | {
        "E2": {"unit_id": "EAST", "name": "Ani"}
    }
    people = [row for row in clerks(**same) if row["employee_id"] in same]
    office = opened_city(units=UNITS, employees=people[::-1], assessments=[])
    for sort in ("gap", "name", "hours", "deadline", "waiting"):
        assert ids(told(office, sort=sort)) == ["E2", "E0", "E1", "E3"], sort


def with_hours() -> dict[str, Rows]:
    tables = city()
    kinds = dict(zip(WHERE, ("PNS", "PNS", "PNS", "PPPK", ""), strict=True))
    people = [
        {**row, "employment_type": kinds.get(str(row["employee_id"]), "PNS")} for row in tables["employees"]
    ]
    done = [attended("E1", "law", "2024-01-01"), attended("E2", "cooking", "2024-01-01")]
    return {**tables, "employees": people, "training_records": done}


def test_hours_owed(opened_city: Opened) -> None:
    office = opened_city(**with_hours())
    team = told(office, sort="hours")
    assert [(row.member.employee_id, row.member.hours.owed) for row in team.rows] == [
        *(("E0", 20.0), ("E2", 10.0), ("E1", 0.0), ("E3", 0.0), ("E4", 0.0)),
    ]
    assert (team.owed_people, team.owed_hours) == (2, 30.0)
    owing = told(office, only="owed", sort="name")
    assert ids(owing) == ["E2", "E0"]
    assert (owing.people, owing.shown, owing.owed_people) == (5, 2, 2)


def test_deadlines(opened_city: Opened) -> None:
    mandates = [
        {"mandate_id": "A", "program_id": "law", "unit_id": "WEST"},
        {"mandate_id": "B", "program_id": "law", "unit_id": "EAST", "due_on": "2024-06-30"},
        {"mandate_id": "C", "program_id": "basics", "unit_id": "DESK", "due_on": "2023-12-31"},
    ]
    office = opened_city(**city(mandates=mandates))
    team = told(office, sort="deadline")
    due = {row.member.employee_id: [one.due_on for one in row.member.deadlines] for row in team.rows}
    assert due == {"E3": ["2023-12-31"], "E2": ["2024-06-30"], "E1": ["2024-06-30"], "E4": [""], "E0": []}
    assert ids(team) == ["E3", "E2", "E1", "E4", "E0"], "without a day comes behind all days"
    assert team.overdue_people == 1
    assert ids(told(office, only="overdue")) == ["E3"]
    add_records(office, "training_records", [attended("E3", "basics", "2024-01-01")])
    assert told(office).overdue_people == 0


def test_due_on_the_data_s_day_is_not_overdue(opened_city: Opened) -> None:
    today = {"mandate_id": "A", "program_id": "law", "due_on": "2024-01-01"}
    assert told(opened_city(**city(mandates=[today]))).overdue_people == 0


def test_who_waits_for_a_decision(opened_city: Opened) -> None:
    tables = city()
    easy = [
        {**row, "position_id": "EASY"} if row["employee_id"] == "E0" else row for row in tables["employees"]
    ]
    tables["employees"] = easy
    tables["positions"] = [*cities.office()["positions"], {"position_id": "EASY"}]
    asks = {"position_id": "EASY", "competency_id": "DATA", "required_level": 0.04}
    tables["position_requirements"] = [*cities.office()["position_requirements"], asks]
    office = opened_city(**tables)
    with office.database.writing() as connection:
        raise_objection(connection, "E1", None, BOSS)
    accept(office, "E2", "law")
    accept(office, "E2", "basics", "done")
    accept(office, "E3", "law", "decline")
    team = told(office, sort="waiting")
    found = {row.member.employee_id: (row.waiting, row.decided) for row in team.rows}
    assert found == {
        "E0": (False, 0),  # lacks too little to be worth a course
        "E1": (False, 0),  # objected
        "E2": (False, 2),
        "E3": (False, 0),  # decided: against it
        "E4": (True, 0),
    }
    assert 0 < max(row.member.gap for row in team.rows if row.member.employee_id == "E0") <= 0.04
    assert ids(team)[0] == "E4" and team.waiting_people == 1
    assert ids(told(office, only="waiting")) == ["E4"]


def test_a_decision_for_another_year_leaves_somebody_waiting(opened_city: Opened) -> None:
    office = opened_city(**city())
    accept(office, "E0", "law", plan_year=YEAR + 1)
    assert told(office).waiting_people == 5
    accept(office, "E0", "law")
    assert told(office).waiting_people == 4


def test_only_a_unit_below(opened_city: Opened) -> None:
    office = opened_city(**city())
    assert ids(told(office, unit_id="EAST")) == ["E1", "E2", "E3"]
    assert ids(told(office, unit_id="VOID")) == ids(told(office, unit_id="NOWHERE")) == []
    assert ids(told(office, "WEST", unit_id="EAST")) == [], "a filter never widens a team"


def test_only_who_lacks_a_competency_ordered_by_it(opened_city: Opened) -> None:
    levels = {"E0": (5, 5), "E1": (2, 0), "E2": (0, 5), "E3": (5, 0), "E4": (1, 5)}
    judged = [
        {**cities.assessed(competency, level), "employee_id": id_, "assessed_on": day}
        for id_, both in levels.items()
        for competency, level in zip(("DATA", "LAW"), both, strict=True)
        for day in ("2023-01-01", "2023-03-01", "2023-06-01", "2023-09-01", "2024-01-01")
    ]
    office = opened_city(**city(assessments=judged))
    assert ids(told(office, competency="DATA")) == ["E2", "E4", "E1"]
    assert ids(told(office, competency="NONE")) == []
    assert told(office).competencies == (("DATA", "Data analysis"), ("LAW", "Public law"))


def test_the_largest_shortfalls_in_levels_are_named_first(opened_city: Opened) -> None:
    weights = {"A": 1, "B": 1, "C": 9}
    levels = {"A": 4, "B": 3.5, "C": 3}
    tables = city(
        competencies=[{"competency_id": name} for name in weights],
        position_requirements=[
            {"position_id": "CLERK", "competency_id": name, "required_level": levels[name], "weight": weight}
            for name, weight in weights.items()
        ],
        program_outcomes=[],
        assessments=[],
    )
    office = opened_city(**tables)
    known = office.catalogue().dataset.competencies.ids
    row = told(office).rows[0]
    assert [known[lack.competency] for lack in row.lacks] == ["A", "B", "C"]
    assert known[row.member.lacks[0].competency] == "C", "which weighs most"
    assert row.gap == row.member.gap
    row = told(office, competency="C").rows[0]
    assert [known[lack.competency] for lack in row.lacks] == ["C", "A", "B"]
    assert row.gap == row.member.lacks[0].weighted, "by which people stand in order now"


def test_what_is_too_small_to_speak_of_is_not_named(opened_city: Opened) -> None:
    team = told(opened_city(**city()))
    assert {lack.shortfall >= 0.1 for row in team.rows for lack in row.lacks} == {True}
    assert any(len(row.lacks) < len(row.member.lacks) for row in team.rows)


def test_pages(opened_city: Opened) -> None:
    office = opened_city(**city())
    pages = [told(office, sort="name", size=2, page=page) for page in (1, 2, 3)]
    assert [ids(page) for page in pages] == [["E2", "E1"], ["E3", "E0"], ["E4"]]
    assert {(page.pages, page.people, page.shown) for page in pages} == {(3, 5, 5)}
    for asked, shown in ((0, 1), (-7, 1), (4, 3), (10**9, 3)):
        page = told(office, sort="name", size=2, page=asked)
        assert (page.page, ids(page)) == (shown, ids(pages[shown - 1]))
    assert told(office, size=5).pages == 1
    assert len(told(office, size=0).rows) == 1


def many_competencies() -> Mapping[str, Rows]:
    names = [f"C{number:02d}" for number in range(15)]
    kinds = ("technical", "managerial", "")
    return city(
        competencies=[{"competency_id": name, "kind": kinds[place % 3]} for place, name in enumerate(names)],
        position_requirements=[
            {"position_id": "CLERK", "competency_id": name, "required_level": 3, "weight": 1 + place}
            for place, name in enumerate(names)
        ],
        program_outcomes=[],
        assessments=[],
    )


def test_the_heat_map_shows_what_the_team_lacks_most(opened_city: Opened) -> None:
    office = opened_city(**many_competencies())
    heat = told(office, size=2).heat
    assert [one[0] for one in heat.competencies] == [f"C{number:02d}" for number in range(14, 2, -1)]
    assert heat.competencies[0] == ("C14", "C14", "")
    assert len(heat.rows) == 2 and all(len(row) == 12 for row in heat.rows)
    known = office.catalogue().dataset.competencies.ids
    assert all(
        cell is not None and known[cell.competency] == named[0]
        for row in heat.rows
        for cell, named in zip(row, heat.competencies, strict=True)
    )
    managerial = told(office, kind="managerial").heat.competencies
    assert [one[0] for one in managerial] == ["C13", "C10", "C07", "C04", "C01"]
    assert told(office, kind="nothing").heat == replace(heat, competencies=(), rows=((),) * 5)


def test_a_cell_is_empty_where_nothing_is_asked(opened_city: Opened) -> None:
    tables = city()
    head = [
        {**row, "position_id": "HEAD"} if row["employee_id"] == "E0" else row for row in tables["employees"]
    ]
    asks = [
        {"position_id": "CLERK", "competency_id": "DATA", "required_level": 3},
        {"position_id": "HEAD", "competency_id": "LAW", "required_level": 4},
    ]
    heat = told(opened_city(**{**tables, "employees": head, "position_requirements": asks}), sort="name").heat
    order = [one[0] for one in heat.competencies]
    assert sorted(order) == ["DATA", "LAW"]
    shown = [[cell is not None for cell in row] for row in heat.rows]
    assert shown == [[name == ("LAW" if place == 3 else "DATA") for name in order] for place in range(5)]


def test_the_heat_map_follows_the_filter(opened_city: Opened) -> None:
    office = opened_city(**city())
    assert told(office, search="nobody at all").heat.competencies == ()


def test_a_look_leaves_one_line_that_names_nobody(opened_city: Opened) -> None:
    office = opened_city(**city())
    told(office)
    told(office, None, page=3)
    with office.database.reading() as connection:
        lines = [line for line in all_lines(connection) if line.event == "team"]
    assert [json.loads(line.detail) for line in lines] == [
        {"unit_id": "CITY", "people": 5},
        {"unit_id": "", "people": 5},
    ]
    assert {(line.asker, line.role, line.pseudonym) for line in lines} == {("key-1", "manager", "")}
    assert all(line.model and line.city and line.policy for line in lines)


def test_a_unit_of_three_hundred(opened_city: Opened) -> None:
    people = [
        {**clerks()[0], "employee_id": f"P{n:03d}", "name": f"N{299 - n:03d}", "unit_id": "EAST"}
        for n in range(300)
    ]
    levels = [cities.assessed("DATA", n % 6, employee_id=f"P{n:03d}") for n in range(300)]
    team = told(opened_city(units=UNITS, employees=people, assessments=levels), sort="name", page=12)
    assert (team.people, team.pages, len(team.rows)) == (300, 12, 25)
    assert team.rows[-1].member.employee_id == "P000"


def test_what_is_wanted_is_one_of_a_few_words(opened_city: Opened) -> None:
    with pytest.raises(KeyError):
        told(opened_city(**city()), sort="random")
