from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from experiments.judging.backtest import Backtest, judge
from experiments.judging.slices import Slice, labels_of, slice_cases
from experiments.judging.trials import Trial, prepare
from recommender.rankers.popularity import PopularityRanker
from tests.cities import Tables, attended, load, town
from tests.experiments.test_backtest import recipe, tables

DAY = date(2022, 1, 1)


def judged(city: Tables, cuts: int = 1) -> tuple[Backtest, tuple[Trial, ...]]:
    made = recipe("popularity", **({"day": DAY} if cuts == 1 else {"cuts": cuts}))
    trials = prepare(load(city), made)
    return judge(trials, "popularity", PopularityRanker(), made.metrics), trials


@pytest.fixture(scope="module")
def of_town() -> tuple[Backtest, tuple[Trial, ...]]:
    return judged(town(), cuts=2)


def test_each_attribute_parts_all_cases(of_town: tuple[Backtest, tuple[Trial, ...]]) -> None:
    result, trials = of_town
    labels = labels_of(trials)
    assert {"records before", "new program taken", "tier", "cut"} >= set(labels)
    for attribute, groups in labels.items():
        assert len(groups) == len(result.case), attribute
        found = [one for one in slice_cases(result, trials, ["ndcg_2"]).shown if one.attribute == attribute]
        shares = [float(np.sum(groups == one.group)) for one in found]
        total = np.average([one.mean for one in found], weights=shares)
        assert total == pytest.approx(result.interval("ndcg_2").mean), attribute


def test_known_people_fall_into_known_groups() -> None:
    city = town()
    taken = {"E0": 0, "E1": 1, "E2": 3, "E3": 7}
    early = [
        attended(id_, f"P{n}", f"202{n % 2}-02-0{1 + n}") for id_, many in taken.items() for n in range(many)
    ]
    late = [attended(id_, "P7", "2022-06-01") for id_ in taken]
    city["training_records"] = [*early, *late]
    city["assessments"] = [{**row, "assessed_on": "2021-01-01"} for row in city["assessments"][:3]]
    city["employees"] = [
        {**row, "employment_type": "PNS" if place else "", "unit_id": f"U{int(place > 0)}"}
        for place, row in enumerate(city["employees"])
    ]
    _, trials = judged(city)
    labels = labels_of(trials)
    assert trials[0].rows.tolist() == [0, 1, 2, 3]
    assert labels["records before"].tolist() == ["none", "1-2", "3-5", "6 or more"]
    assert labels["assessments before"].tolist() == ["some", "none", "none", "none"]
    assert labels["employment type"].tolist() == ["not stated", "PNS", "PNS", "PNS"]
    assert labels["people in the unit"].tolist() == ["under 10", "30-99", "30-99", "30-99"]
    assert labels["tier"].tolist() == ["pelaksana", "pelaksana", "pengawas", "pelaksana"]
    assert "new program taken" not in labels, "P7 is new to everybody: one group says nothing"


def test_who_takes_something_that_nobody_took_before_is_a_slice_of_its_own() -> None:
    # Past: P0 and P1. Held: E0 P1, E1 P0, E2 P2, which is new.
    _, trials = judged_last(tables(3, E0="P0 P1", E1="P1 P0", E2="P0 P2"))
    assert labels_of(trials)["new program taken"].tolist() == ["no", "no", "yes"]


def judged_last(city: Tables) -> tuple[Backtest, tuple[Trial, ...]]:
    made = recipe("popularity", kind="last")
    trials = prepare(load(city), made)
    return judge(trials, "popularity", PopularityRanker(), made.metrics), trials


def test_small_groups_are_counted_and_not_shown() -> None:
    city = town()
    city["employees"] = [
        {**row, "employment_type": "PPPK" if place < 3 else "PNS"}
        for place, row in enumerate(city["employees"])
    ]
    result, trials = judged(city)
    few = int((labels_of(trials)["employment type"] == "PPPK").sum())
    assert 0 < few < 5, "the policy hides groups under 5"
    found = slice_cases(result, trials, ["ndcg_2", "gap_closed_2"])
    assert not [one for one in found.shown if one.attribute == "employment type"], (
        "from PNS and all people, the mean of the few could be worked out"
    )
    assert found.suppressed >= 2
    assert not [one for one in found.shown if one.people < 5]


def test_of_three_groups_the_one_that_is_hidden_cannot_be_worked_out() -> None:
    city = town()
    kinds = ["PPPK"] * 3 + ["PNS"] * 20 + [""] * 37
    city["employees"] = [
        {**row, "employment_type": kind} for row, kind in zip(city["employees"], kinds, strict=True)
    ]
    result, trials = judged(city)
    found = slice_cases(result, trials, ["ndcg_2"])
    shown = [one.group for one in found.shown if one.attribute == "employment type"]
    assert shown == ["not stated"], "PNS, the next smallest, is hidden with PPPK"


def test_two_cases_of_one_person_are_one_person_in_a_slice() -> None:
    made = recipe("popularity", at=(2,))
    city = load(tables(4, **{f"E{n}": "P0 P1" for n in range(4)}))
    (trial,) = prepare(city, made)
    once = judge([trial], "popularity", PopularityRanker(), made.metrics)
    twice = judge([trial, trial], "popularity", PopularityRanker(), made.metrics)
    assert once.people == twice.people == 4
    again = replace(trial, cut="again")
    found = slice_cases(
        judge([trial, again], "p", PopularityRanker(), made.metrics), [trial, again], ["ndcg_2"]
    )
    assert found.shown == ()
    assert found.suppressed == 2, "four people are too few, on each of two cuts"


def test_ranges_stand_in_their_own_order(of_town: tuple[Backtest, tuple[Trial, ...]]) -> None:
    shown: tuple[Slice, ...] = slice_cases(*of_town, ["ndcg_2"]).shown
    order = [one.group for one in shown if one.attribute == "records before"]
    assert order == [group for group in ("none", "1-2", "3-5", "6 or more") if group in order]
