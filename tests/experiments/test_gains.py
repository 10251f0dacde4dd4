"""True gains beside the lists of a backtest, and gaps closed that every recipe is judged by alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pytest

from experiments.judging.backtest import Backtest, backtest, judge
from experiments.judging.findings import trial_digest
from experiments.judging.gains import FILE, TRUE_GAIN, TrueGains, WrongGains, find_true_gains
from experiments.judging.ranking import rank_people
from experiments.judging.ratios import ratios_of
from experiments.judging.trials import prepare
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.evaluation.bootstrap import ratio
from recommender.rankers import People
from recommender.rankers.popularity import PopularityRanker
from tests.cities import Tables, attended, bare, load, town
from tests.experiments.test_backtest import CUT, recipe

DAY = date.fromisoformat(CUT)
HEADER = "employee_id,program_id,gain\n"


def written(folder: Path, text: str) -> Path:
    """Return a folder of data with such a file of true gains; the tables are given otherwise."""
    (folder / FILE).parent.mkdir(exist_ok=True)
    (folder / FILE).write_text(text, "utf-8")
    return folder


def street() -> Tables:
    """Return two people and a third who has left; E0 took P0 before the cut, P1 and P2 after it."""
    return {
        **bare(3, 8),
        "employees": [
            {"employee_id": f"E{n}", "status": ("active", "active", "retired")[n]} for n in range(3)
        ],
        "programs": [
            {
                "program_id": f"P{n}",
                "hours": 10 * (n + 1) if n < 7 else None,
                "active": "no" if n == 3 else "yes",
            }
            for n in range(8)
        ],
        "training_records": [
            attended("E0", "P0", "2022-01-01"),
            attended("E0", "P1", "2024-01-01"),
            attended("E0", "P2", "2024-02-01"),
            attended("E1", "P7", "2024-01-01"),
            attended("E2", "P7", "2024-01-01"),
        ],
    }


def known(folder: Path) -> TrueGains:
    rows = ["E0,P2,9", "E0,P4,0.5", "E0,P5,1", "E0,P6,2", "E0,P7,4", "E1,P0,3", "E1,P3,5"]
    found = find_true_gains(written(folder, HEADER + "\n".join(rows)), load(street()))
    assert found is not None
    return found


def test_gains_are_summed_over_what_can_still_be_taken(tmp_path: Path) -> None:
    ranked = np.array([[1, 2, 3, 4, 5, 6, -1, -1, -1, -1], [0, 1, 2, 4, 5, 6, 7, -1, -1, -1], [0] + [-1] * 9])
    values = known(tmp_path).by_case(ranked, np.arange(3), np.ones(8, dtype=bool))
    # E0 has taken P1 and P2 since and P3 is held no more, so P4, P5 and P6 count; P7 was possible, too.
    assert values["gain_5"].tolist()[:2] == [3.5, 3]
    assert values["gain_possible_5"].tolist()[:2] == [7.5, 3], "P3 would bring 5, and is held no more"
    assert values["gain_hours_5"].tolist()[:2] == [180, 10 + 20 + 30 + 50 + 60]
    assert all(np.isnan(value[2]) for value in values.values()), "of who has left nothing is known"


def test_programs_without_hours_are_as_long_as_the_median(tmp_path: Path) -> None:
    values = known(tmp_path).by_case(np.array([[7] + [-1] * 9]), np.array([0]), np.ones(8, dtype=bool))
    assert values["gain_hours_5"].tolist() == [40]


def test_what_is_not_offered_after_the_cut_is_no_loss(tmp_path: Path) -> None:
    offered = np.arange(8) != 7
    values = known(tmp_path).by_case(np.array([[6] + [-1] * 9]), np.array([0]), offered)
    assert (values["gain_5"][0], values["gain_possible_5"][0]) == (2, 3.5)


def test_without_a_file_there_are_no_true_gains(tmp_path: Path) -> None:
    assert find_true_gains(tmp_path, load(street())) is None
    result = backtest(load(town()), recipe("popularity", day=DAY))
    assert not [metric for metric in [*result.by_case, *result.ratios] if metric.startswith("gain")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no table in CSV"),
        ("employee_id,gain\nE0,1\n", "has no column program_id"),
        (HEADER + "E0,P1,1\nE9,P1,1\n", "row 3, column employee_id: 'E9' is no employee of these data"),
        (HEADER + "E0,P9,1\n", "row 2, column program_id: 'P9' is no program of these data"),
        (HEADER + "E0,P1,much\n", "row 2, column gain: 'much' is no gain"),
        (HEADER + "E0,P1,-0.5\n", "row 2, column gain: '-0.5' is no gain"),
        (HEADER + "E0,P1,inf\n", "row 2, column gain: 'inf' is no gain"),
        (HEADER + "E0,P1,\n", "row 2, column gain: '' is no gain"),
        (HEADER + "E0,P1,1\nE0,P1,2\n", "row 3, column program_id: 'P1' stands there twice"),
    ],
)
def test_what_is_wrong_with_the_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(WrongGains) as error:
        find_true_gains(written(tmp_path, text), load(street()))
    assert message in str(error.value)
    assert "gains.csv" in str(error.value)
    assert "recommender simulate DIR --truth" in str(error.value)


def crowd(people: int = 60, programs: int = 30) -> Tables:
    """Return people who each took three programs before the cut and two after it, drawn at random."""
    rng = np.random.default_rng(0)
    return {
        **bare(people, programs),
        "training_records": [
            attended(f"E{number}", f"P{program}", f"{2020 + step}-06-01")
            for number in range(people)
            for step, program in enumerate(rng.permutation(programs)[:5])
        ],
    }


def gains_of(dataset: Dataset, seed: int = 0) -> TrueGains:
    """Return gains drawn at random, none for the first ten people; what was taken is closed."""
    rng = np.random.default_rng(seed)
    shape = len(dataset.employees.ids), len(dataset.programs.ids)
    gain = rng.random(shape) * (rng.random(shape) < 0.2)
    gain[:10] = 0.0
    open_ = np.ones(shape, dtype=bool)
    open_[dataset.history.employee, dataset.history.program] = False
    return TrueGains(gain, open_, np.full(shape[1], 10.0))


@dataclass(eq=False, repr=False)
class Knowing(PopularityRanker):
    """Ranks by the true gain, or by its opposite."""

    gain: ClassVar[FloatArray]
    sign: float = 1.0

    def score(self, people: People) -> FloatArray:
        return self.sign * self.gain[people.rows]


def judged(ranker: Any, gains: TrueGains | None) -> Backtest:
    return judge(
        prepare(load(crowd()), recipe("popularity", day=DAY), gains), "it", ranker, recipe("gap").metrics
    )


def test_who_knows_the_truth_brings_all_that_is_possible() -> None:
    gains = gains_of(load(crowd()))
    Knowing.gain = gains.gain
    best, worst = judged(Knowing(), gains), judged(Knowing(sign=-1.0), gains)
    np.testing.assert_allclose(best.by_case["gain_5"], best.by_case["gain_possible_5"])
    assert best.interval("gain_share_5").mean == pytest.approx(1)
    assert worst.interval("gain_share_5").upper < 1
    hours = best.by_case["gain_hours_5"]
    assert set(hours) <= {10.0 * programs for programs in range(6)}
    assert best.interval("gain_per_hour_5").mean == pytest.approx(best.by_case["gain_5"].sum() / hours.sum())


def test_a_share_is_one_of_sums_and_nobody_who_cannot_gain_is_in_it() -> None:
    gains = gains_of(load(crowd()))
    result = judged(PopularityRanker(), gains)
    gain, possible = result.by_case["gain_5"], result.by_case["gain_possible_5"]
    share = result.interval("gain_share_5")
    assert share.mean == pytest.approx(gain.sum() / possible.sum())
    assert share.mean != pytest.approx((gain[possible > 0] / possible[possible > 0]).mean(), rel=1e-3)
    assert share.people == (possible > 0).sum() < result.people
    assert share.lower < share.mean < share.upper


SEEN: list[object] = []


@dataclass(eq=False, repr=False)
class Spy(PopularityRanker):
    """Notes all that it is handed."""

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        SEEN.extend([dataset, estimator])
        return super().fit(dataset, estimator)

    def score(self, people: People) -> FloatArray:
        SEEN.append(people.dataset)
        return super().score(people)


def test_no_ranker_is_handed_the_truth_and_none_is_ranked_otherwise_for_it() -> None:
    SEEN.clear()
    gains = gains_of(load(crowd()))
    trials = prepare(load(crowd()), recipe("popularity", day=DAY), gains)
    with_truth = judge(trials, "spy", Spy(), recipe("popularity").metrics)
    assert all(one is trials[0].split.past or one is trials[0].estimator for one in SEEN)
    without = judged(PopularityRanker(), None)
    for metric, values in without.by_case.items():
        np.testing.assert_array_equal(values, with_truth.by_case[metric], metric)
    assert set(with_truth.by_case) - set(without.by_case) == {"gain_5", "gain_possible_5", "gain_hours_5"}
    assert set(TRUE_GAIN) <= {*with_truth.by_case, *with_truth.ratios}
    plain = [replace(trial, gains=None) for trial in trials]
    assert trial_digest(trials) == trial_digest(plain), "runs stay comparable"


def test_all_recipes_are_judged_by_the_same_estimator() -> None:
    """An estimator that sees larger gaps would else win by it."""
    plain = recipe("popularity", day=DAY)
    other = plain.model_copy(update={"estimator": {"rounds": 1}})
    tables = town()
    tables["assessments"] = [{**row, "assessed_on": "2021-01-01"} for row in tables["assessments"]]
    city = load(tables)
    (trial,), (otherwise,) = (prepare(city, one) for one in (plain, other))
    assert trial.judge is trial.estimator, "nothing is fitted twice"
    assert otherwise.judge is not otherwise.estimator
    first, second = (backtest(city, one) for one in (plain, other))
    for metric in ("gap_closed_2", "gap_possible_2"):
        np.testing.assert_array_equal(first.by_case[metric], second.by_case[metric])
    ranker = PopularityRanker().fit(trial.split.past, trial.estimator)
    own = rank_people(ranker, otherwise.estimator, otherwise.split, otherwise.rows, 2)
    assert not np.allclose(own.possible[:, :2].mean(axis=1), second.by_case["gap_possible_2"])


def test_the_gap_ranker_closes_all_that_its_judge_sees() -> None:
    result = backtest(load(town()), recipe("gap", day=DAY))
    assert result.interval("gap_share_2").mean == pytest.approx(1)
    assert backtest(load(town()), recipe("popularity", day=DAY)).interval("gap_share_2").upper < 1
    closed, hours = (np.nansum(result.by_case[name]) for name in ("gap_closed_2", "hours_2"))
    assert result.interval("gap_per_hour_2").mean == pytest.approx(closed / hours), "all lists are full"


def test_where_nothing_is_asked_there_is_no_share() -> None:
    tables = {name: rows for name, rows in town().items() if name != "position_requirements"}
    result = backtest(load(tables), recipe("popularity", day=DAY))
    found = result.interval("gap_share_2")
    assert (np.isnan(found.mean), found.people) == (True, 0)


def names(values: Sequence[str]) -> list[str]:
    return ratios_of(dict.fromkeys(values, np.empty(0)))


def test_ratios_are_told_of_what_was_measured() -> None:
    assert names(["ndcg_5", "gap_possible_5", "gap_possible_10"]) == [
        "gap_share_5",
        "gap_share_10",
        "gap_per_hour_5",
        "gap_per_hour_10",
    ]
    assert names(["gain_5", "gain_possible_5"]) == ["gain_share_5", "gain_per_hour_5"]


def test_a_ratio_draws_whole_persons() -> None:
    part, whole = np.array([1.0, 3.0, 0.0, 9.0]), np.array([2.0, 6.0, 8.0, 0.0])
    found = ratio(part, whole, np.array([4, 4, 6, 8]))
    assert (found.mean, found.people) == (0.25, 2), "of nothing there is no share"
    assert (found.lower, found.upper) == (0, 0.5), "a draw may hold either person twice"
    assert ratio(part, np.where(whole > 0, 1.0, np.nan)).mean == pytest.approx(4 / 3)
