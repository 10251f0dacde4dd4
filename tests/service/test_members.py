"""People as lists show them: what is told of each, and when somebody is made anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from recommender.bundle import make_current, save_bundle
from recommender.engine import fit_engine
from recommender.errors import UnknownEmployee
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker
from recommender.service.asked import Asked
from recommender.service.intake import add_records, put_employee
from recommender.service.member import Lack
from recommender.service.members import Members
from recommender.service.office import Office
from recommender.store.askers import Asker
from recommender.store.erasure import erase
from recommender.store.objections import raise_objection, withdraw_objection
from tests import cities
from tests.cities import attended
from tests.service.tiny import PEOPLE, Opened, clerks, put

UNITS = [{"unit_id": "U1", "name": "Secretariat"}, {"unit_id": "U2"}]


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def judged(employee: str, level: float, day: str = "2023-05-01") -> dict[str, object]:
    row = {"employee_id": employee, "competency_id": "DATA", "level": level}
    return row | {"source": "test", "assessed_on": day}


def test_what_is_told_of_a_person(opened_city: Opened) -> None:
    me = {"unit_id": "U1", "employment_type": "PNS", "grade": "iii/a"}
    office = opened_city(
        units=UNITS,
        employees=clerks(E0=me),
        mandates=[{"mandate_id": "M", "program_id": "basics", "due_on": "2023-06-30"}],
        training_records=[attended("E0", "law", "2024-01-01"), attended("E0", "cooking", "2023-01-01")],
    )
    (one,) = office.members.of(["E0"])
    assert (one.employee_id, one.name, one.position) == ("E0", "Siti Rahayu E0", "Clerk")
    assert (one.tier, one.unit_id, one.unit) == ("pelaksana", "U1", "Secretariat")
    assert (one.employment_type, one.grade, one.active, one.hidden) == ("PNS", "III/a", True, False)
    assert (one.hours.year, one.hours.done, one.hours.owed) == (2024, 20.0, 0.0)
    assert (one.hours_in(2023).done, one.hours_in(2023).owed, one.hours_in(2022).done) == (10.0, 10.0, 0.0)
    assert one.hours_in(2023, without=["cooking"]).done == 0.0
    (deadline,) = one.deadlines
    assert (deadline.program_id, deadline.title) == ("basics", "Data analysis basics")
    assert (deadline.due_on, deadline.overdue) == ("2023-06-30", True)


def test_gaps_are_those_of_the_profile(opened_city: Opened, hr: Asker) -> None:
    office = opened_city()
    (one,) = office.members.of(["E0"])
    told = json.loads(office.profile("E0", Asked(language="en"), hr).body)
    ids = office.catalogue().dataset.competencies.ids
    lines = {ids.row(line["competency_id"]): line for line in told["lines"]}
    assert [ids[lack.competency] for lack in one.lacks] == ["DATA", "LAW"], "the largest gap first"
    for lack in one.lacks:
        line = lines[lack.competency]
        assert (lack.held, lack.low, lack.high) == pytest.approx((line["held"], line["low"], line["high"]))
        assert (lack.required, lack.shortfall) == pytest.approx((line["required"], line["gap"]))
        assert 0 <= lack.low <= lack.held <= lack.high <= 5
    data = one.lacks[0]
    assert data.chance == pytest.approx(norm.cdf((data.required - data.held) / data.sd)) and data.chance > 0.9
    draws = np.random.default_rng(0).normal(data.held, data.sd, 200_000)
    assert data.shortfall == pytest.approx(np.maximum(0, data.required - draws).mean(), abs=0.01)
    assert one.gap == pytest.approx(sum(lack.weight * lack.shortfall for lack in one.lacks))


def test_a_small_gap_that_weighs_much_comes_first(opened_city: Opened) -> None:
    # The model knows neither of both, so that they are believed alike.
    asked = (("A", 4, 1), ("B", 3.5, 9))
    office = opened_city(
        competencies=[{"competency_id": name} for name, _, _ in asked],
        position_requirements=[
            {"position_id": "CLERK", "competency_id": name, "required_level": level, "weight": weight}
            for name, level, weight in asked
        ],
        program_outcomes=[],
        assessments=[],
    )
    (one,) = office.members.of(["E0"])
    first, second = one.lacks
    assert 0 < first.shortfall < second.shortfall
    assert first.weighted > second.weighted
    assert one.gap == pytest.approx(first.weight * first.shortfall + second.weight * second.shortfall)


@pytest.mark.parametrize(
    ("mean", "required", "unsure"),
    [
        (4.8, 5.0, True),
        (3.9, 5.0, False),
        (0.3, 0.0, True),
        (0.9, 0.0, False),
        (3.0, 3.5, True),
        (3.0, 4.0, False),
    ],
)
def test_the_ends_of_the_scale_make_nothing_sure(mean: float, required: float, unsure: bool) -> None:
    sd = 0.5
    held, low, high = np.clip(norm.ppf([0.5, 0.1, 0.9], mean, sd), 0.0, 5.0).tolist()
    chance = float(norm.cdf((required - mean) / sd))
    assert Lack(0, required, held, low, high, sd, 0.5, 1.0, chance).unsure is unsure


def test_who_is_shown_beside_a_catalogue_is_made_of_the_same_one(opened_city: Opened) -> None:
    office = opened_city()
    shown = office.ready()
    positions = [{**row, "title": "Head of clerks"} for row in cities.office()["positions"]]
    put(office.database, {"positions": positions})
    for made in (office.members.of, office.members.there):
        assert made(["E0"], shown)[0].position == "Clerk"
        assert made(["E0"])[0].position == "Head of clerks"


def test_nobody_lacks_more_than_all_of_it(opened_city: Opened) -> None:
    low = [judged("E0", 0.0, f"2023-0{month}-01") for month in range(1, 9)]
    office = opened_city(assessments=[*cities.office()["assessments"], *low])
    (one,) = office.members.of(["E0"])
    assert all(lack.shortfall <= lack.required for lack in one.lacks)
    assert all(lack.low >= 0 for lack in one.lacks)


def test_who_has_no_position_lacks_nothing(opened_city: Opened) -> None:
    office = opened_city(employees=[{"employee_id": "E0"}, *clerks()[1:]])
    (one,) = office.members.of(["E0"])
    assert (one.name, one.position, one.tier, one.unit, one.lacks, one.gap) == ("", "", "", "", (), 0.0)


def test_people_come_in_the_order_asked(opened_city: Opened) -> None:
    office = opened_city()
    asked = ["E7", "E0", "E3", "E0"]
    assert [one.employee_id for one in office.members.of(asked)] == asked
    assert office.members.of([]) == []


def test_all_whom_nobody_knows_are_named(opened_city: Opened) -> None:
    office = opened_city()
    with pytest.raises(UnknownEmployee) as error:
        office.members.of(["E0", "nobody", "E1", "no one"])
    assert error.value.places == (1, 3)
    assert [one.employee_id for one in office.members.there(["nobody", "E1"])] == ["E1"]


def test_who_is_made_in_a_crowd_is_the_same_as_alone(opened_city: Opened) -> None:
    people = [{**row, "employee_id": f"P{n}"} for n in range(300) for row in clerks()[:1]]
    judgements = [judged(f"P{n}", n % 6) for n in range(300)]
    office = opened_city(employees=people, assessments=judgements)
    crowd = office.members.of([f"P{n}" for n in range(300)])
    for place in (0, 255, 256, 299):
        (alone,) = Members(office.advice).of([f"P{place}"])
        assert alone.gap == pytest.approx(crowd[place].gap) and alone.name == crowd[place].name
        assert [one.competency for one in alone.lacks] == [one.competency for one in crowd[place].lacks]


def test_a_record_changes_its_person_at_once_and_nobody_else(opened_city: Opened) -> None:
    office = opened_city()
    before = office.members.of(["E0", "E1"])
    assert all(one is other for one, other in zip(before, office.members.of(["E0", "E1"]), strict=True))
    add_records(office, "assessments", [judged("E0", 5.0)])
    after = office.members.of(["E0", "E1"])
    assert after[0].gap < before[0].gap
    assert after[1] is before[1]


def test_a_new_name_and_a_new_unit_show_at_once(opened_city: Opened) -> None:
    office = opened_city(units=UNITS, employees=clerks(E0={"unit_id": "U1"}))
    assert office.members.of(["E0"])[0].unit == "Secretariat"
    put_employee(office, "E0", {"name": "Siti Aminah", "position_id": "CLERK", "unit_id": "U2"})
    (one,) = office.members.of(["E0"])
    assert (one.name, one.unit) == ("Siti Aminah", "U2")


def test_an_objection_shows_at_once_and_figures_stay(opened_city: Opened, hr: Asker) -> None:
    office = opened_city()
    (before,) = office.members.of(["E0"])
    with office.database.writing() as connection:
        raise_objection(connection, "E0", None, hr)
    (hidden,) = office.members.of(["E0"])
    assert hidden.hidden and hidden.gap == before.gap
    with office.database.writing() as connection:
        withdraw_objection(connection, "E0", hr)
    assert not office.members.of(["E0"])[0].hidden


def test_who_was_erased_is_not_there_any_more(opened_city: Opened, hr: Asker) -> None:
    office = opened_city()
    office.members.of(PEOPLE)
    with office.database.writing() as connection:
        erase(connection, "E0", hr)
    assert [one.employee_id for one in office.members.there(PEOPLE)] == PEOPLE[1:]


def test_another_catalogue_makes_everybody_anew(opened_city: Opened) -> None:
    office = opened_city()
    (before,) = office.members.of(["E0"])
    asked = [{**row, "required_level": 5} for row in cities.office()["position_requirements"]]
    put(office.database, {"position_requirements": asked})
    (after,) = office.members.of(["E0"])
    assert {lack.required for lack in after.lacks} == {5.0} and after.gap > before.gap


def test_another_model_makes_everybody_anew(opened_city: Opened, tmp_path: Path) -> None:
    city = cities.load(cities.office())
    for_all = {"gap": GapRanker(), "popularity": PopularityRanker()}
    folders = {
        name: save_bundle(fit_engine(city, name, one), tmp_path, {"recipe": name})
        for name, one in for_all.items()
    }
    make_current(folders["gap"])
    office = opened_city(bundle=tmp_path / "current")
    (before,) = office.members.of(["E0"])
    assert office.models.look() is None and office.members.of(["E0"])[0] is before
    make_current(folders["popularity"])
    assert office.models.look() is not None
    assert office.members.of(["E0"])[0] is not before


def attended_by_another(office: Office, day: str) -> None:
    """Let somebody else attend something, so that what all records say in sum moves."""
    row = {"employee_id": "E9", "program_id": "law", "completed_on": day}
    add_records(office, "training_records", [row])


def reviewed(office: Office, scores: dict[str, float]) -> None:
    rows = [{"employee_id": one, "score": score, "period_end": "2023-12-31"} for one, score in scores.items()]
    add_records(office, "performance_reviews", rows)


def test_a_new_date_makes_somebody_anew_after_a_minute(opened_city: Opened) -> None:
    office, clock = opened_city(), Clock()
    members = Members(office.advice, clock)
    (before,) = members.of(["E0"])
    attended_by_another(office, "2024-12-30")
    clock.seconds = 59.0
    assert members.of(["E0"])[0] is before
    clock.seconds = 61.0
    (after,) = members.of(["E0"])
    assert after is not before
    clock.seconds = 500.0
    assert members.of(["E0"])[0] is after, "nothing has moved since"


def test_what_others_attended_on_days_that_were_makes_nobody_anew(opened_city: Opened) -> None:
    office, clock = opened_city(), Clock()
    members = Members(office.advice, clock)
    (before,) = members.of(["E0"])
    digest = office.ready().city.digest
    attended_by_another(office, "2023-12-31")
    clock.seconds = 500.0
    assert office.ready().city.digest != digest
    assert members.of(["E0"])[0] is before


def test_reviews_of_colleagues_make_somebody_anew_after_a_minute(opened_city: Opened) -> None:
    in_one_unit = clerks(**{one: {"unit_id": "U1"} for one in PEOPLE})
    office, clock = opened_city(units=UNITS, employees=in_one_unit), Clock()
    members = Members(office.advice, clock)
    reviewed(office, {"E0": 80.0, "E1": 82.0, "E2": 84.0})
    (before,) = members.of(["E0"])
    reviewed(office, {"E3": 60.0, "E4": 61.0})
    clock.seconds = 59.0
    assert members.of(["E0"])[0] is before
    clock.seconds = 61.0
    assert members.of(["E0"])[0] is not before


def test_a_new_year_makes_everybody_anew_at_once(opened_city: Opened) -> None:
    office = opened_city()
    members = Members(office.advice, Clock())
    assert members.of(["E0"])[0].hours.year == 2024
    attended_by_another(office, "2025-01-02")
    assert members.of(["E0"])[0].hours.year == 2025


def test_no_more_people_are_kept_than_said(opened_city: Opened) -> None:
    office = opened_city()
    members = Members(office.advice, most=3)
    first, second, _ = members.of(PEOPLE[:3])
    assert members.of(PEOPLE[:1])[0] is first
    members.of(PEOPLE[3:4])
    assert members.of(PEOPLE[:1])[0] is first, "the longest unused goes"
    assert members.of(PEOPLE[1:2])[0] is not second
    assert len(members._kept) == 3


def test_many_threads_get_the_same_people(opened_city: Opened) -> None:
    office = opened_city()

    def asked(number: int) -> Sequence[float]:
        if number % 5 == 0:
            add_records(office, "assessments", [judged("E5", number % 4)])
        return [one.gap for one in office.members.of(PEOPLE[:5])]

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(asked, range(40)))
    assert all(gaps == pytest.approx(found[0]) for gaps in found)
