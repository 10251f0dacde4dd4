"""What programs change, on cities with known answers and on one with a hidden truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.effects import Caution, ProgramEffects, learn_with_effects, measure_effects
from recommender.effects.programs import MOSTLY
from recommender.errors import UndeclaredOutcome
from recommender.simulation import City, simulate_city, write_city
from tests.cities import Tables, assessed, attended, bare, load, office

PEOPLE = 80
BEFORE, ATTENDED, AFTER = "2022-01-01", "2022-06-01", "2022-12-01"

Rise = Callable[[int], float]


def school(rise: Rise, attends: Callable[[int], bool] = lambda number: number % 2 == 0) -> Tables:
    """Return people tested before and after the day on which some attended P0, which promises 2 to 4.

    P1 promises the same; nobody attended it.
    """
    rng = np.random.default_rng(7)
    judged, records = [], []
    for number in range(PEOPLE):
        for day, add in ((BEFORE, 0.0), (AFTER, rise(number))):
            level = round(float(np.clip(2.0 + add + 0.3 * rng.standard_normal(), 0.0, 5.0)), 2)
            judged.append(assessed("C0", level, employee_id=f"E{number}", assessed_on=day))
        if attends(number):
            records.append(attended(f"E{number}", "P0", ATTENDED))
    return {
        **bare(PEOPLE, 2),
        "competencies": [{"competency_id": one} for one in ("C0", "C1")],
        "program_outcomes": [
            {"program_id": f"P{one}", "competency_id": "C0", "entry_level": 2, "target_level": 4}
            for one in range(2)
        ],
        "assessments": judged,
        "training_records": records,
    }


def rising(number: int) -> float:
    return 1.5 * (number % 2 == 0)


def nothing(number: int) -> float:
    return 0.0


def measured(tables: Tables, *without: str) -> ProgramEffects:
    dataset = load(tables, *without)
    found = measure_effects(dataset, CompetencyEstimator().fit(dataset))
    for values in (found.effect, found.standard_error, found.lower, found.upper, found.borrowed):
        assert np.isfinite(values).all()
    assert (found.lower <= found.effect).all()
    assert (found.effect <= found.upper).all()
    assert ((found.borrowed >= 0) & (found.borrowed <= 1)).all()
    return found


def test_a_rise_of_those_who_attended_is_found() -> None:
    found = measured(school(rising))
    place = found.place("P0", "C0")
    assert found.lower[place] > 0.8
    assert found.effect[place] == pytest.approx(1.5, abs=0.4)
    assert found.people[place] == found.judged[place] == PEOPLE // 2
    assert found.borrowed[place] < 0.2
    assert found.warnings[place] == ()


def test_where_nobody_changed_no_rise_is_found() -> None:
    found = measured(school(nothing))
    place = found.place("P0", "C0")
    assert found.lower[place] < 0
    assert found.upper[place] < 0.5


def test_a_rise_of_everybody_is_no_effect() -> None:
    found = measured(school(lambda number: 1.0))
    place = found.place("P0", "C0")
    assert found.effect[place] < 0.3
    assert found.lower[place] < 0


def test_that_the_able_are_sent_is_no_effect() -> None:
    tables = school(nothing)
    able = {f"E{number}" for number in range(0, PEOPLE, 2)}
    for row in tables["assessments"]:
        if row["employee_id"] in able:
            row["level"] += 1.0
    found = measured(tables)
    assert found.lower[found.place("P0", "C0")] < 0
    assert found.upper[found.place("P0", "C0")] < 0.6


def test_what_nobody_attended_borrows_all() -> None:
    found = measured(school(rising))
    place = found.place("P1", "C0")
    assert found.people[place] == found.judged[place] == 0
    assert found.borrowed[place] == pytest.approx(1.0)
    assert np.isnan(found.overlap[place])
    assert found.warnings[place] == (Caution("nobody"),)
    assert found.standard_error[place] > 2 * found.standard_error[found.place("P0", "C0")]


def test_a_city_where_nobody_attended_anything_borrows_all() -> None:
    for found in (
        measured(school(rising, lambda number: False)),
        measured(school(rising), "training_records"),
    ):
        assert (found.people == 0).all()
        assert found.borrowed == pytest.approx(1.0)
        assert found.effect == pytest.approx(found.effect[0])
        assert (found.lower < 0).all()


def test_where_everybody_attended_it_is_said_that_nobody_can_be_compared() -> None:
    found = measured(school(lambda number: 1.5, lambda number: True))
    place = found.place("P0", "C0")
    assert found.people[place] == PEOPLE
    assert found.overlap[place] == 0
    assert Caution("everybody") in found.warnings[place]


@pytest.mark.parametrize("day", [BEFORE, "2020-05-05"])
def test_attendance_after_the_last_assessment_shows_nothing(day: str) -> None:
    tables = school(rising)
    tables["assessments"] = [row for row in tables["assessments"] if row["assessed_on"] == BEFORE]
    for row in tables["assessments"]:
        row["assessed_on"] = day
    found = measured(tables)
    place = found.place("P0", "C0")
    assert found.people[place] == PEOPLE // 2
    assert found.judged[place] == 0
    assert found.borrowed[place] == pytest.approx(1.0)
    assert found.warnings[place] == (Caution("not_judged"),)


def test_a_rise_before_attendance_is_not_credited_to_it() -> None:
    tables = school(rising)
    for row in tables["training_records"]:
        row["started_on"] = row["completed_on"] = "2023-03-01"
    found = measured(tables)
    assert found.judged[found.place("P0", "C0")] == 0
    assert found.effect[0] == pytest.approx(found.effect[1])


def test_constant_levels_give_an_answer() -> None:
    tables = school(nothing)
    for row in tables["assessments"]:
        row["level"] = 2
    found = measured(tables)
    place = found.place("P0", "C0")
    assert found.upper[place] < 0.5
    assert found.standard_error[place] > 0
    assert found.warnings[place] == (Caution("one_level"),)


def test_where_nobody_was_assessed_before_it_is_said_that_people_are_compared() -> None:
    tables = school(rising)
    for row in tables["training_records"]:
        row["started_on"] = row["completed_on"] = "2021-06-01"
    found = measured(tables)
    place = found.place("P0", "C0")
    assert found.judged[place] == PEOPLE // 2
    assert found.warnings[place] == (Caution("not_before"),)


def test_few_people_are_said_to_be_few() -> None:
    found = measured(school(rising, lambda number: number in (0, 2, 4)))
    assert Caution("few_people", 3) in found.warnings[found.place("P0", "C0")]


def test_whoever_did_not_complete_is_not_counted() -> None:
    tables = school(rising)
    for row in tables["training_records"][:5]:
        row.update(status="dropped", completed_on=None)
    assert measured(tables).people[0] == PEOPLE // 2 - 5


def test_what_a_program_does_not_declare_was_not_measured() -> None:
    found = measured(school(rising))
    with pytest.raises(UndeclaredOutcome, match=r"'P0' does not declare an effect on 'C1'.*declares 'C0'"):
        found.place("P0", "C1")
    assert len(found) == 2


@pytest.mark.parametrize("tables", [bare(), office()])
def test_a_catalogue_that_declares_nothing_has_no_effects(tables: Tables) -> None:
    assert len(measured(tables, *({"program_outcomes"} & set(tables)))) == 0


def test_without_assessments_all_is_borrowed() -> None:
    found = measured(school(rising), "assessments")
    assert found.borrowed == pytest.approx(1.0)
    assert (found.judged == 0).all()
    assert found.people.tolist() == [PEOPLE // 2, 0]


def test_reviews_alone_are_no_judgement_of_a_competency() -> None:
    reviews = [
        {"employee_id": f"E{number}", "period_end": "2022-12-31", "score": 60 + number % 30}
        for number in range(PEOPLE)
    ]
    found = measured({**school(rising), "performance_reviews": reviews}, "assessments")
    assert found.borrowed == pytest.approx(1.0)


def test_judgements_that_count_for_nothing_tell_nothing() -> None:
    tables = school(rising)
    for row in tables["assessments"]:
        row.update(source="supervisor", assessor_id=row["employee_id"])
    found = measured(tables)
    assert found.borrowed == pytest.approx(1.0)
    assert (found.judged == 0).all()


def test_a_program_that_promises_no_rise_has_none() -> None:
    tables = school(rising)
    tables["program_outcomes"][1]["target_level"] = 2
    found = measured(tables)
    place = found.place("P1", "C0")
    assert found.effect[place] == found.standard_error[place] == 0
    assert Caution("no_rise") in found.warnings[place]


def test_records_entered_twice_gain_nothing() -> None:
    once = school(nothing)
    twice = {**once, "training_records": [*once["training_records"], *once["training_records"]]}
    first, second = measured(once), measured(twice)
    assert second.effect == pytest.approx(first.effect, abs=1e-6)
    assert second.people.tolist() == first.people.tolist()


def test_sham_records_beside_true_ones_gain_nothing() -> None:
    """P1 claims the rise that P0 brought: 400 hours entered for the very day."""
    true = school(rising)
    true["programs"] = [{"program_id": "P0", "hours": 6}, {"program_id": "P1", "hours": 400}]
    claimed = [{**row, "program_id": "P1"} for row in true["training_records"]]
    sham = {**true, "training_records": [*true["training_records"], *claimed]}
    honest, found = measured(true), measured(sham)
    assert found.effect[found.place("P1", "C0")] <= honest.effect[honest.place("P1", "C0")] + 0.02
    assert found.effect[found.place("P0", "C0")] == pytest.approx(honest.effect[0], abs=0.1)


# A city with a hidden truth.


@pytest.fixture(scope="module")
def city() -> City:
    return simulate_city(600, 40, 2)


@pytest.fixture(scope="module")
def of_city(city: City, tmp_path_factory: pytest.TempPathFactory) -> ProgramEffects:
    folder: Path = tmp_path_factory.mktemp("city") / "data"
    write_city(city, folder, truth=False)
    dataset = Dataset.load(folder)
    return measure_effects(dataset, CompetencyEstimator(rounds=1).fit(dataset))


@pytest.fixture(scope="module")
def truth(city: City, of_city: ProgramEffects) -> FloatArray:
    told = city.truth["effects"].set_index(["program_id", "competency_id"]).effect
    programs, competencies = of_city.dataset.programs.ids, of_city.dataset.competencies.ids
    pairs = zip(of_city.program, of_city.competency, strict=True)
    return np.array([told[programs[program], competencies[one]] for program, one in pairs])


def test_intervals_hold_the_truth(of_city: ProgramEffects, truth: FloatArray) -> None:
    assert ((of_city.lower <= truth) & (truth <= of_city.upper)).mean() >= 0.85
    found = (of_city.lower > 0) & (of_city.borrowed <= MOSTLY)
    assert not found[truth == 0].any(), "what changes nothing is not found to work"


def test_programs_are_in_the_order_of_their_true_effect(of_city: ProgramEffects, truth: FloatArray) -> None:
    many = of_city.people >= 50
    assert many.sum() >= 15
    assert spearmanr(of_city.effect[many], truth[many]).statistic >= 0.6


def test_what_was_measured_is_nearer_to_the_truth_than_what_is_declared(
    of_city: ProgramEffects, truth: FloatArray
) -> None:
    seen = of_city.people > 0

    def likeness(values: FloatArray) -> float:
        return float(np.corrcoef(values[seen], truth[seen])[0, 1])

    assert likeness(of_city.effect) > likeness(of_city.declared) + 0.1
    off = np.abs(of_city.effect - truth)[seen].mean()
    assert off < 0.5 * np.abs(of_city.declared - truth)[seen].mean()


def test_what_was_judged_more_is_borrowed_less(of_city: ProgramEffects) -> None:
    judged, borrowed = of_city.judged, of_city.borrowed
    assert borrowed[judged >= 50].mean() < borrowed[(judged > 0) & (judged < 10)].mean() - 0.2
    assert borrowed[judged == 0] == pytest.approx(1.0)


def test_two_programs_that_everybody_took_together_borrow_from_each_other() -> None:
    tables = school(rising)
    tables["training_records"] = [
        *tables["training_records"],
        *({**row, "program_id": "P1"} for row in tables["training_records"]),
    ]
    found = measured(tables)
    alone = measured(school(rising))
    assert found.borrowed.min() > 0.3
    assert alone.borrowed[alone.place("P0", "C0")] < 0.2
    for program in ("P0", "P1"):
        assert Caution("together", 1.0) in found.warnings[found.place(program, "C0")]


def test_trainings_count_as_told_where_nothing_has_a_day() -> None:
    tables = school(rising)
    for row in (*tables["training_records"], *tables["assessments"]):
        row.update({key: None for key in ("started_on", "completed_on", "assessed_on") if key in row})
    found = measured(tables)
    assert not any(one.code == "undated" for one in found.warnings[found.place("P0", "C0")])


def test_where_few_were_assessed_before_it_is_said() -> None:
    tables = school(rising)
    tables["assessments"] = [
        row
        for row in tables["assessments"]
        if row["assessed_on"] == AFTER or int(str(row["employee_id"])[1:]) % 10 == 0
    ]
    found = measured(tables)
    place = found.place("P0", "C0")
    assert Caution("few_before", PEOPLE // 10) in found.warnings[place]


def test_a_hidden_cause_is_told_only_where_enough_were_judged() -> None:
    found = measured(school(rising))
    assert found.robustness[found.place("P0", "C0")] > 0.2
    assert np.isnan(found.robustness[found.place("P1", "C0")])
    few = measured(school(rising, lambda number: number in (0, 2, 4)))
    assert np.isnan(few.robustness).all()


@pytest.mark.parametrize("share", [5, 2, 1])
def test_trainings_without_a_day_are_left_out_and_counted(share: int) -> None:
    tables = school(rising)
    lost = tables["training_records"][::share]
    for row in lost:
        row["started_on"] = row["completed_on"] = None
    found = measured(tables)
    place = found.place("P0", "C0")
    assert Caution("undated", len(lost)) in found.warnings[place]
    if share > 1:
        assert found.lower[place] < 1.5 < found.upper[place] + 0.2
    else:
        assert found.borrowed[place] == pytest.approx(1.0)
        assert found.effect[place] == pytest.approx(found.effect[found.place("P1", "C0")])


def test_measuring_again_with_measured_shares_finds_the_same() -> None:
    city = load(school(rising))
    informed = learn_with_effects(CompetencyEstimator(), city)
    assert measure_effects(city, informed).effect == pytest.approx(measured(school(rising)).effect)


def test_neither_the_able_nor_the_needy_make_an_effect() -> None:
    # The able go to P0, the weak to P1; nothing changes anybody; three in five are judged before.
    rng = np.random.default_rng(11)
    ability = rng.standard_normal(PEOPLE)
    tables = school(nothing)
    order = np.argsort(ability)
    for row in tables["assessments"]:
        row["level"] = float(np.clip(row["level"] + ability[int(str(row["employee_id"])[1:])], 0.0, 5.0))
    tables["assessments"] = [
        row
        for row in tables["assessments"]
        if row["assessed_on"] == AFTER or int(str(row["employee_id"])[1:]) % 5 < 3
    ]
    tables["training_records"] = [
        attended(f"E{one}", program, ATTENDED)
        for program, people in (("P0", order[-25:]), ("P1", order[:25]))
        for one in people.tolist()
    ]
    found = measured(tables)
    assert (found.lower < 0.1).all()
    assert (found.upper > -0.1).all()
