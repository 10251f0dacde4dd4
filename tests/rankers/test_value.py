"""What is ranked by value: taken x completed x benefit, each part known by itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.rankers import People
from recommender.rankers.completion import fit_completion
from recommender.rankers.learned import LearnedRanker
from recommender.rankers.value import RANK_BY, ValueRanker
from tests.cities import Tables, attended, bare, load, office, town
from tests.rankers.contract import best, fit_and_score, new, people_of


def with_endings(people: int = 60) -> Tables:
    """Return the town, where every third record of P0 and P1 ended early."""
    tables = town(people)
    records = [
        {**row, "status": "dropped"} if row["program_id"] in ("P0", "P1") and number % 3 == 0 else row
        for number, row in enumerate(tables["training_records"])
    ]
    return {**tables, "training_records": records}


@pytest.fixture(scope="module")
def ended() -> Dataset:
    return load(with_endings())


def fitted(city: Dataset, **parameters: object) -> tuple[ValueRanker, People]:
    estimator = CompetencyEstimator().fit(city)
    ranker = new("value", **parameters).fit(city, estimator)
    assert isinstance(ranker, ValueRanker)
    return ranker, people_of(city, estimator)


# --- what is ranked by -----------------------------------------------------------------------------


def test_by_benefit_the_order_is_that_of_the_gap_ranker(ended: Dataset) -> None:
    by_benefit, by_gap = (
        fit_and_score(ended, new(name, **more))
        for name, more in (("value", {"rank_by": "benefit"}), ("gap", {}))
    )
    for ours, theirs in zip(by_benefit, by_gap, strict=True):
        order = np.argsort(-theirs, kind="stable")
        assert (np.diff(ours[order]) <= 1e-12).all()


def test_where_all_is_completed_uptake_is_the_learners(city: Dataset) -> None:
    by_uptake = fit_and_score(city, new("value", rank_by="uptake", uptake_weight=0.3))
    np.testing.assert_array_equal(by_uptake, fit_and_score(city, new("learned")))


def test_value_is_the_sum_of_logarithms(ended: Dataset) -> None:
    score = {
        rank_by: fit_and_score(ended, new("value", rank_by=rank_by, uptake_weight=0.5)) for rank_by in RANK_BY
    }
    learned = fit_and_score(ended, new("learned"))
    np.testing.assert_allclose(score["value"], score["uptake"] - 0.5 * learned + score["benefit"], atol=1e-9)


@pytest.mark.parametrize("rank_by", RANK_BY)
@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_the_chance_of_taking_is_the_same_whatever_is_ranked_by(
    rank_by: str, weight: float, city: Dataset, estimator: CompetencyEstimator
) -> None:
    people = people_of(city, estimator)
    ranker, learned = new("value", rank_by=rank_by, uptake_weight=weight), new("learned")
    assert isinstance(ranker, ValueRanker)
    assert isinstance(learned, LearnedRanker)
    found = ranker.fit(city, estimator).uptake(people)
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_array_equal(found, learned.fit(city, estimator).uptake(people))


def popular_but_useless() -> Tables:
    """Return forty clerks of whom twenty cooked lately, and ten closed the gap that all of them have."""
    tables, ids = office(), [f"E{number}" for number in range(40)]
    cooked = [attended(id_, "cooking", f"2023-0{1 + place % 6}-01") for place, id_ in enumerate(ids[10:30])]
    learnt = [attended(id_, "basics", "2023-03-01") for id_ in ids[30:]]
    return {
        **tables,
        "employees": [{"employee_id": id_, "position_id": "CLERK"} for id_ in ids],
        "training_records": [*[attended(id_, "law", "2021-01-01") for id_ in ids], *cooked, *learnt],
    }


def test_value_leads_past_what_is_popular_to_what_is_needed() -> None:
    city = load(popular_but_useless())
    small = {"least_leaf": 1, "windows": 1}
    learned, value, habit = (
        best(city, fit_and_score(city, new(name, **small, **more))[:10])
        for name, more in (("learned", {}), ("value", {}), ("value", {"uptake_weight": 50.0}))
    )
    assert learned == habit == ["cooking"] * 10
    assert value == ["basics"] * 10


# --- hours -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rank_by", RANK_BY)
def test_the_exponent_of_hours_divides_by_them(rank_by: str, city: Dataset) -> None:
    plain, halved = (fit_and_score(city, new("value", rank_by=rank_by, per_hour=one)) for one in (0.0, 0.5))
    hours = city.programs.hours / np.median(city.programs.hours)
    np.testing.assert_allclose(np.exp(plain - halved), np.broadcast_to(np.sqrt(hours), plain.shape))


def test_of_two_equal_programs_the_shorter_is_preferred_and_an_unknown_length_is_the_median() -> None:
    tables = office()
    hours = {"cooking": 40, "law": 30, "basics": 10, "deepening": ""}
    tables["programs"] = [
        *({**row, "hours": hours[str(row["program_id"])]} for row in tables["programs"]),
        {"program_id": "long", "hours": 30},
        {"program_id": "unknown"},
    ]
    same = {"competency_id": "DATA", "target_level": 3}
    more = [{"program_id": id_, **same} for id_ in ("long", "unknown")]
    tables["program_outcomes"] = [*tables["program_outcomes"], *more]
    city = load(tables)
    scores = fit_and_score(city, new("value", rank_by="benefit", per_hour=1.0))[0]
    basics, long, unknown = (scores[city.programs.ids.row(id_)] for id_ in ("basics", "long", "unknown"))
    assert basics - long == pytest.approx(np.log(3.0))
    assert unknown == pytest.approx(long)  # 10, 30, 30, 40: the median is 30


# --- reasons ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rank_by", "per_hour"), [*product(RANK_BY, (0.0, 1.0))])
def test_reasons_add_up_whatever_is_ranked_by(rank_by: str, per_hour: float, ended: Dataset) -> None:
    ranker, people = fitted(ended, rank_by=rank_by, per_hour=per_hour, uptake_weight=0.7)
    who, program = np.divmod(np.arange(60 * 8), 8)
    parts = ranker.contributions(people, who, program)
    np.testing.assert_allclose(parts.values.sum(axis=1), ranker.score(people).ravel(), atol=1e-6)
    assert ("hours" in parts.kinds) == (per_hour > 0)
    assert ("completion" in parts.kinds) == (rank_by != "benefit")


def test_what_counts_for_nothing_is_no_reason(city: Dataset) -> None:
    ranker, people = fitted(city, uptake_weight=0.0)
    nobody = np.zeros(0, dtype=np.int64)
    assert set(ranker.contributions(people, nobody, nobody).kinds) == {"gap", "base"}


# --- completion ------------------------------------------------------------------------------------


def chances(city: Dataset) -> FloatArray:
    people = people_of(city, CompetencyEstimator().fit(city))
    return fit_completion(city).chance(people)


def endings(*programs: tuple[int, int]) -> Tables:
    """Return a city in which each program was completed and dropped by so many people, all different."""
    records, person = [], 0
    for number, (completed, dropped) in enumerate(programs):
        for place in range(completed + dropped):
            status = "completed" if place < completed else "dropped"
            records.append({**attended(f"E{person}", f"P{number}"), "status": status})
            person += 1
    return {**bare(person + 1, len(programs)), "training_records": records}


def test_where_no_other_ending_is_on_record_all_is_completed() -> None:
    assert (chances(load(endings((5, 0), (1, 0)))) == 1.0).all()
    assert (chances(load(bare())) == 1.0).all()


def test_a_program_with_many_records_has_its_own_share_and_one_with_few_leans_on_all() -> None:
    many, half, few = chances(load(endings((19_000, 1_000), (5_000, 5_000), (0, 1))))[-1]
    assert many == pytest.approx(0.95, abs=0.01)
    assert half == pytest.approx(0.5, abs=0.01)
    assert half < few < many


def test_nothing_completed_and_nearly_nothing_dropped_leave_a_doubt() -> None:
    assert 0.0 < chances(load(endings((0, 20)))).max() < 0.1
    assert 0.9 < chances(load(endings((200, 1)))).min() < 1.0


def test_who_dropped_out_before_is_less_likely_to_complete() -> None:
    tables = endings((50, 50), (0, 0))
    tables["training_records"] = [
        *tables["training_records"],
        *({**row, "program_id": "P1"} for row in tables["training_records"][5:]),
    ]
    found = chances(load(tables))
    assert found[0, 1] > found[-1, 1], "one completed, nothing known"
    assert found[-1, 1] > found[99, 1], "nothing known, two dropped"


def test_a_program_and_a_form_not_met_before_are_as_usual() -> None:
    city = load(with_endings())
    model = fit_completion(city)
    tables = with_endings()
    new_one = {"program_id": "NEW", "form": "retreat", "provider_type": "guild"}
    newer = load({**tables, "programs": [*tables["programs"], new_one]})
    found = model.chance(people_of(newer, CompetencyEstimator().fit(newer)))
    np.testing.assert_allclose(found[:, :-1], model.chance(people_of(city, CompetencyEstimator().fit(city))))
    assert abs(found[:, -1].mean() - model.usual) < 0.1


def test_later_endings_are_foretold_better_than_by_the_usual_share() -> None:
    rng = np.random.default_rng(0)
    truth = rng.beta(4, 2, 8)
    program = rng.integers(0, 8, 6_000)
    completed = rng.random(6_000) < truth[program]
    tables = bare(6_000, 8)
    tables["training_records"] = [
        {**attended(f"E{one}", f"P{program[one]}"), "status": "completed" if completed[one] else "failed"}
        for one in range(3_000)
    ]
    city = load(tables)
    late = np.arange(3_000, 6_000)
    found = chances(city)[late, program[late]]
    usual = completed[:3_000].mean()
    brier, base = (np.mean((one - completed[late]) ** 2) for one in (found, usual))
    best_possible = np.mean((truth[program[late]] - completed[late]) ** 2)
    assert best_possible < brier < base - 0.8 * (base - best_possible)
    order = np.argsort(found)
    for part in np.array_split(order, 4):
        assert found[part].mean() == pytest.approx(completed[late][part].mean(), abs=0.1)


# --- the gap ranker's effects ----------------------------------------------------------------------


def test_declared_effects_are_the_catalogues_whatever_was_measured(city: Dataset) -> None:
    estimator = CompetencyEstimator().fit(city)
    people = people_of(city, estimator)
    nothing = replace(people.held, closed=0 * people.held.closed, mean=0 * people.held.mean)
    found_useless = replace(people, held=nothing, onward=nothing)
    measured, declared = (new("gap", effects=one).fit(city, estimator) for one in ("measured", "declared"))
    assert (measured.score(found_useless) == 0).all()
    np.testing.assert_array_equal(declared.score(found_useless), declared.score(people))
    assert (declared.score(people) > 0).any()
