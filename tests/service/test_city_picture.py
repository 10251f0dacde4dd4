"""The city in figures: what they are, which are not told, and when they are made anew."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from recommender import Dataset, Engine
from recommender.domain import MISSING
from recommender.policy import load_policy
from recommender.rankers import gather_people
from recommender.service.asked import Asked
from recommender.service.city_picture import CityFigures, CityPicture
from recommender.service.city_sums import age_band, grade_bands, top_units
from recommender.service.intake import put_employee
from recommender.service.office import Office
from recommender.store.askers import Asker
from tests import cities
from tests.cities import attended
from tests.service.test_answers import whole_engine
from tests.service.tiny import PEOPLE, Opened, clerks


def figures(office: Office, language: Any = "en") -> CityFigures:
    return finished(office.picture, language)


def finished(picture: CityPicture, language: Any = "en") -> CityFigures:
    """Return the figures once none are being made; a busy machine may take more than one look."""
    state = picture.state(language)
    for _ in range(100):
        if not state.is_making:
            break
        time.sleep(0.1)
        state = picture.state(language)
    assert (state.status, state.is_making, state.problem) == ("ready", False, False)
    assert state.figures is not None
    return state.figures


def town(opened_city: Opened, **more: Any) -> Office:
    """Return ten clerks: six of East, PNS and women, four of West, PPPK and men; five have a training."""
    east = {"unit_id": "DESK", "employment_type": "PNS", "grade": "III/a"}
    west = {"unit_id": "WEST", "employment_type": "PPPK", "grade": "IX"}
    people = clerks(**dict.fromkeys(PEOPLE[:6], east), **dict.fromkeys(PEOPLE[6:], west))
    tables: dict[str, Any] = {
        "employees": people,
        "employee_audit": [
            {"employee_id": id_, "sex": "female" if place < 6 else "male", "birth_year": 1980 + place}
            for place, id_ in enumerate(PEOPLE)
        ],
        "units": [
            {"unit_id": "CITY"},
            {"unit_id": "EAST", "name": "East", "parent_unit_id": "CITY"},
            {"unit_id": "DESK", "parent_unit_id": "EAST"},
            {"unit_id": "WEST", "name": "West", "parent_unit_id": "CITY"},
        ],
        "training_records": [
            attended("E0", "basics", "2024-01-01"),
            attended("E1", "law", "2024-01-01", hours=5),
            attended("E2", "law", "2024-01-01", hours=0),
            attended("E3", "law", "2023-12-31"),
            attended("E4", "law", "2024-01-01", status="dropped"),
            attended("E9", "deepening", "2024-01-01"),
        ],
    }
    return opened_city(**{**tables, **more})


def test_the_whole_city_is_counted(opened_city: Opened) -> None:
    found = figures(town(opened_city))
    assert (found.people, found.as_of) == (10, "2024-01-01")
    assert found.trained == pytest.approx(0.4), "E0, E1, E2 and E9; not last year's, not who dropped out"
    assert found.mean_hours == pytest.approx((20 + 5 + 0 + 30) / 10)
    whole = found.hours.everybody
    assert (whole.people, whole.bound, whole.met) == (10, 6, pytest.approx(1 / 6)), "a floor binds PNS"
    assert whole.owed_hours == pytest.approx(15 + 4 * 20)
    assert (whole.capped, whole.over) == (None, None), "four PPPK have a ceiling"
    assert found.hours.year == 2024


def test_who_is_not_in_service_does_not_count(opened_city: Opened) -> None:
    office = opened_city(
        employees=clerks(**{id_: {"status": "pensiun"} for id_ in PEOPLE[8:]}),
        training_records=[attended("E9", "law", "2024-01-01")],
    )
    found = figures(office)
    assert (found.people, found.trained, found.mean_hours) == (8, 0.0, 0.0)
    assert {gap.people for gap in found.gaps} == {8}


def test_a_lone_small_group_hides_the_other_everywhere(opened_city: Opened) -> None:
    found = figures(town(opened_city))
    by = {one.attribute: one for one in found.access}
    for attribute in ("sex", "employment_type"):
        assert (by[attribute].groups, by[attribute].hidden) == ((), 2), "four men are all but the six women"
    assert [(one.name, one.people) for one in by["grade_band"].groups] == [("III", 10)]
    assert (found.units, found.hidden_units) == ((), 2)
    assert (found.hours.by_unit, found.hours.hidden_units) == ((), 2)
    assert (found.hours.by_employment_type, found.hours.hidden_employment_types) == ((), 2)
    assert "West" not in repr(found)


def test_groups_that_are_large_enough_are_told(opened_city: Opened) -> None:
    even = {"unit_id": "WEST", "employment_type": "PPPK"}
    odd = {"unit_id": "DESK", "employment_type": "PNS"}
    people = clerks(**dict.fromkeys(PEOPLE[:5], odd), **dict.fromkeys(PEOPLE[5:], even))
    audit = [{"employee_id": id_, "sex": "female"} for id_ in PEOPLE[:5]]
    found = figures(town(opened_city, employees=people, employee_audit=audit))
    by = {one.attribute: one for one in found.access}
    assert [(one.name, one.people) for one in by["sex"].groups] == [("female", 5), ("", 5)]
    female, unknown = by["sex"].groups
    assert (female.trained, female.mean_hours) == (pytest.approx(3 / 5), pytest.approx(25 / 5))
    assert (unknown.trained, unknown.mean_hours) == (pytest.approx(1 / 5), pytest.approx(30 / 5))
    assert "age_band" not in by, "nobody's year of birth is stated"
    east, west = found.hours.by_unit
    assert (east.id, east.name, east.bound, east.met, east.capped, east.over, east.owed_hours) == (
        *("EAST", "East", 5, pytest.approx(1 / 5), 0, None),
        pytest.approx(15 + 3 * 20),
    )
    assert (west.bound, west.met, west.capped, west.over, west.owed_hours) == (
        *(0, None, 5, pytest.approx(1 / 5)),
        0.0,
    )
    assert {one.unit_id: one.people for one in found.units} == {"EAST": 5, "WEST": 5}


def test_gaps_are_those_of_unit_gaps(office: Office, hr: Asker) -> None:
    found = figures(office)
    told = json.loads(office.unit_gaps("U001", Asked(language="en"), hr).body)
    assert found.people == told["people"]
    assert (len(found.gaps), found.suppressed_gaps) == (len(told["gaps"]), told["suppressed"])
    for gap, other in zip(found.gaps, told["gaps"], strict=True):
        assert (gap.competency_id, gap.people) == (other["competency_id"], other["people"])
        assert gap.mean_gap == pytest.approx(other["mean_gap"])


def test_kinds_are_sums_of_nothing_but_what_is_shown(office: Office) -> None:
    found = figures(office)
    assert found.suppressed_gaps > 0
    assert found.soft is not None
    for kind in (*found.kinds, found.soft):
        of = ("managerial", "sociocultural") if kind.kind == "soft" else (kind.kind,)
        mine = [gap for gap in found.gaps if gap.kind in of]
        pairs = sum(gap.people for gap in mine)
        assert kind.competencies == len(mine)
        assert kind.total_gap == pytest.approx(sum(gap.people * gap.mean_gap for gap in mine))
        assert kind.mean_gap == pytest.approx(kind.total_gap / pairs)
        assert kind.below == pytest.approx(sum(gap.below for gap in mine) / pairs)
    assert [one.mean_gap for one in found.kinds] == sorted(
        (one.mean_gap for one in found.kinds), reverse=True
    )


def test_units_and_groups_are_those_of_all_people_at_once(office: Office, engine: Engine) -> None:
    whole, found = whole_engine(office, engine), figures(office)
    dataset = whole.dataset
    people = gather_people(dataset, whole.estimator, np.arange(len(dataset.employees.ids)))
    active, tops = dataset.employees.active, top_units(dataset.units.parent)[dataset.employees.unit]
    shown = {gap.competency_id for gap in found.gaps}
    for unit in found.units:
        inside = active & (tops == dataset.units.ids.row(unit.unit_id))
        assert unit.people == inside.sum() >= 5
        for kind, cell in zip(found.kinds, unit.mean_gaps, strict=True):
            columns = columns_of(dataset, shown, kind.kind)
            required = people.required[np.ix_(inside, columns)]
            draws = np.random.default_rng(0).normal(
                people.beliefs.mean[np.ix_(inside, columns)],
                people.beliefs.sd[np.ix_(inside, columns)],
                (4000, *required.shape),
            )
            if cell is not None:
                assert cell == pytest.approx(np.nanmean(np.maximum(required - draws, 0)), abs=0.03)
    (sex,) = (one for one in found.access if one.attribute == "sex")
    for group in sex.groups:
        assert group.people == (active & (dataset.employees.sex == group.name)).sum()
    (age,) = (one for one in found.access if one.attribute == "age_band")
    assert [one.name for one in age.groups] == ["20-29", "30-39", "40-49", "50-59"]
    ages = 2025 - dataset.employees.birth_year[active]
    assert [one.people for one in age.groups] == [
        ((ages >= low) & (ages < low + 10)).sum() for low in (20, 30, 40, 50)
    ]


def columns_of(dataset: Dataset, shown: set[str], kind: str) -> list[int]:
    known = dataset.competencies
    return [row for row, id_ in enumerate(known.ids) if id_ in shown and known.kind[row] == kind]


def test_names_are_in_the_language_asked_for(opened_city: Opened) -> None:
    office = opened_city()
    assert figures(office, "en").gaps[0].name == "Data analysis"
    assert figures(office, "id").gaps[0].name == "Analisis data"
    assert figures(office, "id").made_at == figures(office, "en").made_at, "it was made once"


def test_a_city_without_people_has_figures(opened_city: Opened) -> None:
    found = figures(opened_city(employees=[], assessments=[]))
    assert (found.people, found.trained, found.gaps, found.soft, found.units) == (0, None, (), None, ())
    assert (found.hours.everybody.bound, found.hours.everybody.met) == (0, None)


@pytest.fixture
def pictures(office: Office) -> Iterator[list[CityPicture]]:
    """Return a picture that is made anew at once, and one that is kept for an hour."""
    made = [CityPicture(office.advice, 0.0), CityPicture(office.advice, 3600.0)]
    yield made
    for one in made:
        one.close()


def people_in(pictures: Sequence[CityPicture]) -> list[int]:
    return [finished(picture).people for picture in pictures]


def test_figures_are_made_anew_when_they_are_old_and_the_city_changed(
    office: Office, pictures: list[CityPicture]
) -> None:
    (people, same), first = people_in(pictures), finished(pictures[0])
    assert people == same
    assert finished(pictures[0]).made_at == first.made_at, "nothing changed"
    put_employee(office, "newest", {"position_id": "kabag-SD01"})
    assert people_in(pictures) == [people + 1, people]


def test_a_closed_picture_keeps_what_it_has(office: Office, pictures: list[CityPicture]) -> None:
    (people,) = people_in(pictures[:1])
    pictures[0].close()
    put_employee(office, "newest", {"position_id": "kabag-SD01"})
    assert people_in(pictures[:1]) == [people]


def test_top_units_stand_under_the_only_root() -> None:
    none = MISSING
    assert top_units(np.array([none, 0, 1, 0, 3])).tolist() == [0, 1, 1, 3, 3]
    assert top_units(np.array([none, none, 0, 2])).tolist() == [0, 1, 0, 0]
    assert top_units(np.array([1, none])).tolist() == [0, 1], "in whatever order they stand"
    assert top_units(np.array([none])).tolist() == [0]
    assert top_units(np.array([], dtype=np.int64)).tolist() == []


def test_grades_and_ages_fall_into_bands() -> None:
    bands = grade_bands(load_policy())
    assert [bands[one] for one in ("III/a", "IV/e", "IX", "XVII", "V", "I")] == [
        *("III", "IV", "III", "IV", "II", "I")
    ]
    assert [age_band(age) for age in (29.0, 30.0, float("nan"))] == ["20-29", "30-39", ""]


def test_the_town_of_these_tests_has_no_clerk_left_out() -> None:
    assert len(cities.office()["employees"]) == len(PEOPLE) == 10
