from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pytest

from experiments.judging.backtest import Backtest, backtest, judge
from experiments.judging.trials import prepare
from experiments.recipe import MetricChoice, Recipe, SplitChoice
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.errors import NothingToLearn
from recommender.rankers import RANKERS, People, gather_people
from recommender.rankers.popularity import PopularityRanker
from tests.cities import Tables, assessed, attended, bare, load, town

CUT = "2023-01-01"
SMALL = {name: {"trees": 5, "least_leaf": 2, "n_jobs": 1} for name in ("learned", "value")}


def recipe(ranker: str, at: tuple[int, ...] = (1, 2), **split: Any) -> Recipe:
    return Recipe(
        name=ranker,
        text="",
        ranker=ranker,
        parameters=SMALL.get(ranker, {}),
        estimator={},
        split=SplitChoice(**split),
        metrics=MetricChoice(at=at, draws=100),
    )


def tables(programs: int, **taken: str) -> Tables:
    records = [attended(id_, program) for id_, one in taken.items() for program in one.split()]
    return {**bare(len(taken), programs), "training_records": records}


def two_tastes(people: int = 40) -> Tables:
    """Even people take three of P0 P2 P4 P6, odd ones of P1 P3 P5 P7; any of these may come last."""
    taken = {}
    for number in range(people):
        shift = number // 2 % 4
        taken[f"E{number}"] = " ".join(f"P{2 * ((place + shift) % 4) + number % 2}" for place in range(3))
    return tables(8, **taken)


def mean(result: Backtest, metric: str) -> float:
    return result.interval(metric).mean


def test_known_lists_have_known_metrics() -> None:
    # Past: E0 P1, E1 P1, E2 P0, E3 P0. Held: E0 P0, E1 P0, E2 P1. P0 and P1 are the two popular ones.
    city = load(tables(3, E0="P1 P0", E1="P1 P0", E2="P0 P1", E3="P0"))
    result = backtest(city, recipe("popularity"))
    assert (result.people, result.pairs) == (3, 3)
    for metric in ("ndcg_1", "recall_1", "precision_1", "reciprocal_rank_2", "hit_2", "average_precision_2"):
        assert result.by_case[metric].tolist() == [1, 1, 1], metric
    assert result.by_case["precision_2"].tolist() == [0.5, 0.5, 0.5]
    np.testing.assert_allclose(result.by_case["novelty_1"], np.log2(5 / 3))
    assert np.isnan(result.by_case["gap_closed_1"]).all()
    assert result.overall["coverage_1"] == pytest.approx(2 / 3)
    assert result.curve.tolist() == [1, 1]


def test_peers_know_both_tastes_and_popularity_does_not() -> None:
    city = load(two_tastes())
    peers, popular = (backtest(city, recipe(name)) for name in ("collaborative", "popularity"))
    assert mean(peers, "hit_2") == 1, "only two of a person's own taste are left to recommend"
    assert mean(popular, "hit_2") < 1
    lead = peers.difference(popular, "hit_2")
    assert lead.mean == pytest.approx(1 - mean(popular, "hit_2"))
    assert lead.lower > 0


def test_hours_and_gap_closed_are_means_over_what_is_recommended() -> None:
    city = town()
    result = backtest(load(city), recipe("gap", day=date.fromisoformat(CUT)))
    hours = {row["program_id"]: row["hours"] for row in city["programs"]}
    assert set(result.by_case["hours_1"]) <= set(hours.values())
    first, both = result.by_case["gap_closed_1"], result.by_case["gap_closed_2"]
    assert (first >= both).all(), "gap puts the most beneficial program first"
    assert (first > 0).any()


SEEN: list[Dataset] = []


@dataclass(eq=False, repr=False)
class Spy(PopularityRanker):
    """Notes what it is shown."""

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        SEEN.append(dataset)
        return super().fit(dataset, estimator)

    def score(self, people: People) -> FloatArray:
        SEEN.append(people.dataset)
        return super().score(people)


def test_rankers_are_shown_the_past_alone() -> None:
    SEEN.clear()
    trials = prepare(load(town()), recipe("popularity", day=date.fromisoformat(CUT)))
    judge(trials, "spy", Spy(), MetricChoice(at=(1,)))
    assert len(SEEN) == 2
    for seen in SEEN:
        assert len(seen.history)
        assert (seen.history.moment < np.datetime64(CUT)).all()


@pytest.mark.parametrize("name", RANKERS)
def test_what_happens_after_the_cut_changes_no_score(name: str) -> None:
    city = town()
    planted = [attended(f"E{number}", "P0", "2024-02-02") for number in range(60)]
    levels = [assessed("C0", 5, employee_id=f"E{number}", assessed_on="2024-02-02") for number in range(60)]
    other = {
        **city,
        "training_records": [*before_cut(city["training_records"]), *planted],
        "assessments": [*city["assessments"], *levels],
    }
    one, two = (scores(load(each), name) for each in ({**city, "assessments": city["assessments"]}, other))
    np.testing.assert_array_equal(one, two)


def before_cut(records: Sequence[Any]) -> list[Any]:
    return [row for row in records if row["completed_on"] < CUT]


def scores(city: Dataset, name: str) -> FloatArray:
    made = recipe(name, day=date.fromisoformat(CUT))
    (trial,) = prepare(city, made)
    past = trial.split.past
    everybody = np.arange(len(past.employees.ids))
    ranker = made.new_ranker().fit(past, trial.estimator)
    return ranker.score(gather_people(past, trial.estimator, everybody))


def test_a_program_taken_again_is_a_target_only_where_a_mandate_repeats_it() -> None:
    city = tables(3, E0="P1 P1", E1="P0 P2", E2="P2 P0", E3="P1")
    (plain,) = prepare(load(city), recipe("popularity"))
    assert (plain.rows.tolist(), plain.repeats) == ([1, 2], 1)
    mandate = {"mandate_id": "M", "program_id": "P1", "repeat_months": 12}
    (repeated,) = prepare(load({**city, "mandates": [mandate]}), recipe("popularity"))
    assert (repeated.rows.tolist(), repeated.repeats) == ([0, 1, 2], 0)


def test_people_whom_a_ranker_does_not_cover_are_recommended_nothing() -> None:
    result = backtest(load(two_tastes()), recipe("gap"))
    assert result.overall["covered"] == result.overall["coverage_2"] == 0
    assert mean(result, "ndcg_2") == 0
    assert result.interval("ndcg_2").people == 40


@pytest.mark.parametrize(
    ("dated", "split", "cut"),
    [
        (True, {}, "2023-12-05"),
        (True, {"months": 24}, "2022-12-05"),
        (True, {"day": date(2022, 5, 1)}, "2022-05-01"),
        (True, {"kind": "last"}, "before each person's last record"),
        (False, {}, "before each person's last record"),
    ],
)
def test_auto_cuts_by_time_where_there_are_dates(dated: bool, split: dict[str, Any], cut: str) -> None:
    city = {**town(), "performance_reviews": [], "assessments": []} if dated else two_tastes()
    assert backtest(load(city), recipe("popularity", **split)).cut == cut


@pytest.mark.parametrize(
    ("city", "split", "message"),
    [
        (bare(), {}, "the data hold no training records"),
        (two_tastes(), {"kind": "time"}, "12 months before the data's own date"),
        (town(), {"months": 600}, "600 months before"),
        (town(), {"day": date(1999, 1, 1)}, r"no training records lie before the cut \(1999-01-01\)"),
        (town(), {"day": date(2030, 1, 1)}, "nobody took a new program after the cut"),
        (tables(2, E0="P0", E1="P1"), {}, "nobody took a new program"),
    ],
)
def test_what_cannot_be_backtested_says_why(city: Tables, split: dict[str, Any], message: str) -> None:
    with pytest.raises(NothingToLearn, match=message):
        backtest(load(city), recipe("popularity", **split))


def test_several_cuts_are_judged_apart_and_told_together() -> None:
    city = load(town())
    one, two = (backtest(city, recipe("popularity", months=12, cuts=cuts)) for cuts in (1, 2))
    assert (len(one.cuts), two.cuts[0]) == (1, one.cuts[0])
    latest = two.case[:, 1] == 0
    np.testing.assert_array_equal(two.case[latest, 0], one.case[:, 0])
    np.testing.assert_array_equal(two.by_case["ndcg_2"][latest], one.by_case["ndcg_2"])
    assert two.people < len(two.case), "whoever takes something in both years is one person and two cases"
    assert two.by_cut("ndcg_2")[one.cut] == mean(one, "ndcg_2")
    assert mean(two, "ndcg_2") == pytest.approx(two.by_case["ndcg_2"].mean())


def test_draws_of_one_record_hold_different_records() -> None:
    trials = prepare(load(two_tastes()), recipe("popularity", kind="one", cuts=3))
    pairs = {tuple(trial.split.program) for trial in trials}
    assert len(pairs) == 3
    assert all(len(trial.rows) == 40 for trial in trials)


def test_what_is_not_offered_after_the_cut_is_recommended_to_nobody() -> None:
    city = town()
    first, *others = [row["program_id"] for row in city["programs"]]
    sessions = [("S0", first, "2020-01-01")] + [(f"S{row}", row, "2023-06-01") for row in others]
    table = [dict(zip(("session_id", "program_id", "starts_on"), row, strict=True)) for row in sessions]
    made = recipe("popularity", at=(len(others) + 1,), day=date.fromisoformat(CUT))
    open_, shut = (backtest(load(each), made) for each in (city, {**city, "program_sessions": table}))
    k = len(others) + 1
    assert open_.overall[f"coverage_{k}"] == 1
    assert shut.overall[f"coverage_{k}"] == pytest.approx(len(others) / k)
