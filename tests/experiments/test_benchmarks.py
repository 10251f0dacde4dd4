from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.clusters import (
    coverage,
    pooled_mean,
    pooled_rmse,
    rmse_difference,
    rmse_ratio,
)
from experiments.benchmarks.forecasts import HEADER, Forecast, best_rival, compared
from experiments.judging.gains import gains_and_hours, limits, read_gains
from experiments.pages import Page, table, write_page
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker
from tests.cities import load, office


def test_pooled_means_draw_whole_persons() -> None:
    values, person = np.array([0.0, 0.0, 0.0, 6.0]), np.array([7, 7, 7, 9])
    found = pooled_mean(values, person)
    assert (found.mean, found.people) == (1.5, 2)
    assert (found.lower, found.upper) == (0, 6), "a draw may hold either person twice"


def test_errors_are_compared_within_the_same_draws() -> None:
    error, person = np.array([3.0, -4.0, 1.0, 2.0]), np.array([1, 1, 2, 3])
    assert pooled_rmse(error, person).mean == pytest.approx(np.sqrt(30 / 4))
    twice = rmse_ratio(2 * error, error, person)
    assert (twice.mean, twice.lower, twice.upper) == pytest.approx((2, 2, 2)), "whoever is drawn"
    same = rmse_difference(error, -error, person)
    assert (same.mean, same.lower, same.upper) == (0, 0, 0)
    assert rmse_difference(error, error / 2, person).lower >= 0


def test_coverage_is_the_share_of_errors_in_their_own_intervals() -> None:
    error, sd = np.array([0.0, 1.9, -1.9, 3.0]), np.array([1.0, 1.0, 2.0, 1.0])
    person = np.arange(4)
    assert coverage(error, sd, person, 0.95).mean == 100 * 3 / 4
    assert coverage(error, sd, person, 0.80).mean == 100 * 2 / 4


def test_forecasts_are_set_beside_the_estimators() -> None:
    level, person = np.array([1.0, 2.0, 3.0]), np.arange(3)
    found = {
        "estimator": Forecast(level + 0.1, np.ones(3)),
        "poor": Forecast(level + 2, np.ones(3)),
        "fair": Forecast(level - 1, np.ones(3)),
    }
    assert best_rival(found, level) == "fair"
    rows = {row[0]: row for row in compared(found, level, person)}
    assert all(len(row) == len(HEADER) for row in rows.values())
    assert rows["fair"][1:3] == ["1.000 [1.000, 1.000]", "+0.900 [0.900, 0.900]"]
    assert rows["poor"][-1] == "0.0 [0.0, 0.0]"


def test_the_best_and_the_random_choice_keep_to_what_is_open() -> None:
    gains = np.array([[9.0, 1, 2, 3, 4, 5, 6], [9.0, 1, 2, 3, 4, 5, 6]])
    open_ = np.array([[False, True, True, True, True, True, True], [False] * 5 + [True, False]])
    best, chance = limits(gains, open_)
    assert best.tolist() == [20, 5]
    assert chance.tolist() == [pytest.approx(21 * 5 / 6), 5]


def test_true_gains_are_summed_over_what_the_engine_recommends(tmp_path: Path) -> None:
    city = load(office())
    (tmp_path / "gains.csv").write_text("employee_id,program_id,gain\nE3,basics,1.5\nE4,cooking,2\n")
    gains = read_gains(tmp_path / "gains.csv", city)
    assert gains.sum() == 3.5
    gained, hours = gains_and_hours(fit_engine(city, "gap", GapRanker()), gains)
    assert gained.tolist() == [0, 0, 0, 1.5, 0, 0, 0, 0, 0, 0], "basics is recommended, cooking is not"
    assert hours.tolist() == [20] * 10


def test_pages_say_how_they_were_made_and_stand_in_the_index(tmp_path: Path) -> None:
    body = table(["ranker", "NDCG"], [["gap", "0.5"]])
    assert body.splitlines()[1] == "| --- | ---: |"
    for name in ("two", "one"):
        write_page(tmp_path, name, Page(f"Set {name}", f"It is {name}.", [body]), 3.0)
    page = (tmp_path / "one.md").read_text("utf-8")
    assert "python -m experiments benchmark DATA --only one\n" in page
    assert "lightgbm " in page
    index = (tmp_path / "README.md").read_text("utf-8")
    assert index.index("- [Set one](one.md): It is one.") < index.index("- [Set two](two.md): It is two.")
