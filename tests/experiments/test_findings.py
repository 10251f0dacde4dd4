"""What a run finds out, and the pictures of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from experiments.about import about_of
from experiments.figures import save_figures
from experiments.judging.backtest import backtest
from experiments.judging.cases import cases_of, difference
from experiments.judging.findings import Findings, find_out, latency, trial_digest
from experiments.judging.trials import prepare
from experiments.promotion.card import model_card
from experiments.recipe import Recipe
from experiments.report import print_findings
from recommender.dataset import Dataset
from recommender.engine import fit_engine
from recommender.rankers.popularity import PopularityRanker
from tests.cities import bare, load, town
from tests.experiments.test_backtest import recipe
from tests.experiments.test_fairness import audited

CUTS = {"cuts": 2, "months": 24}
PNG = b"\x89PNG\r\n"


def with_curve(made: Recipe) -> Recipe:
    return made.model_copy(update={"metrics": made.metrics.model_copy(update={"learning_curve": True})})


@pytest.fixture(scope="module")
def city() -> Dataset:
    return load(audited(120))


@pytest.fixture(scope="module")
def found(city: Dataset) -> Findings:
    return find_out(city, with_curve(recipe("learned", **CUTS)), lambda _: None)


def test_findings_hold_what_the_backtest_alone_would_say(city: Dataset, found: Findings) -> None:
    assert found.result is not None
    alone = backtest(city, recipe("learned", **CUTS))
    for metric, values in alone.by_case.items():
        np.testing.assert_array_equal(found.result.by_case[metric], values)
    assert found.baseline is not None
    assert found.baseline.ranker == "popularity"
    assert found.leak == ""


def test_everything_is_looked_at_and_told_as_facts(city: Dataset, found: Findings) -> None:
    about = about_of(recipe("learned", **CUTS), city, "some/where/town", found, None)
    assert about["data"]["name"] == "town"
    assert about["trial"] == trial_digest(prepare(city, recipe("popularity", **CUTS)))
    metrics = about["metrics"]
    for attribute in ("sex", "age_band"):
        for measure in ("quality", "benefit", "exposure"):
            assert 0 <= metrics[f"fairness_{attribute}_{measure}"] <= 1
    assert {"ndcg_2", "ndcg_2_lower", "ndcg_2_over_popularity_upper", "calibration_error", "brier"} <= set(
        metrics
    )
    assert all(np.isfinite(value) for value in metrics.values())
    assert {one["attribute"] for one in about["slices"]} >= {"tier", "cut", "records before"}
    assert set(about["slices"][0]) == {"attribute", "group", "metric", "mean", "lower", "upper", "people"}
    assert set(about["calibration"]) >= {"error", "brier", "bins"}
    assert (about["leak"], about["champion"]) == ("", "")
    assert {one["attribute"] for one in about["uncompared"]} == {"employment_type"}, "the town states none"


def test_shares_of_the_reasons_add_up_to_all(found: Findings) -> None:
    shares = list(found.contributions.values())
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert "base" not in found.contributions
    assert len(shares) > 3
    assert sum(found.features.values()) == pytest.approx(1)
    assert len(found.features) > len(shares)


def test_the_learning_curve_ends_with_all_people(found: Findings) -> None:
    assert list(found.learning) == [0.1, 0.25, 0.5, 1.0]
    latest = found.learning[1.0]
    assert found.result is not None
    np.testing.assert_array_equal(
        latest.by_case["ndcg_2"], found.result.by_case["ndcg_2"][found.result.case[:, 1] == 0]
    )
    assert all(one.people == latest.people for one in found.learning.values()), "all are judged on all"


def test_the_curve_of_a_ranker_that_learns_from_people_rises() -> None:
    city = load(town(120))
    curve = find_out(city, with_curve(recipe("sequence", at=(2,))), lambda _: None).learning
    assert curve[1.0].interval("filled_2").mean == 1
    assert curve[0.1].by_case["ndcg_2"].tolist() != curve[1.0].by_case["ndcg_2"].tolist()


def test_a_digest_tells_trials_apart_and_knows_no_recipe(city: Dataset) -> None:
    def digest(name: str, data: Dataset = city, **split: object) -> str:
        return trial_digest(prepare(data, recipe(name, **split)))

    assert digest("popularity") == digest("gap")
    others = [digest("gap", months=24), digest("gap", cuts=2), digest("gap", data=load(audited(119)))]
    assert len({digest("gap"), *others}) == 4
    assert digest("gap", day=date(2022, 1, 1)) != digest("gap", day=date(2022, 1, 2))


def test_nothing_to_judge_by_is_a_finding_too() -> None:
    city = load(bare())
    nothing = find_out(city, recipe("gap"), lambda _: None)
    assert nothing.reason.startswith("Nothing can be backtested")
    about = about_of(recipe("gap"), city, "town", nothing, None)
    assert (about["metrics"], about["slices"], about["trial"], about["leak"]) == ({}, [], "", None)
    assert "Leaks: not looked for." in model_card(about)


def printed(found: Findings) -> str:
    console = Console(file=StringIO(), width=170)
    print_findings(console, found, None, 12.3)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_run_says_what_it_found(found: Findings) -> None:
    shown = printed(found)
    for words in (
        "NDCG@2",
        "tier: pengawas",
        "age band",
        "Chances stated are off by",
        "answer one person: 12 ms",
    ):
        assert words in shown
    assert shown.rstrip().endswith("No leak was found.")


def test_a_leak_is_told_and_kept_and_stops_nothing(city: Dataset) -> None:
    leaking = recipe("popularity", kind="last")
    found = find_out(city, leaking, lambda _: None)
    assert found.result is not None
    assert "cut dated data by time" in found.leak
    assert about_of(leaking, city, "town", found, None)["leak"] == found.leak
    assert "LEAK: The past of the cut" in printed(found)


def test_pictures_are_drawn_of_what_was_found(found: Findings, tmp_path: Path) -> None:
    save_figures(tmp_path, found)
    names = {"intervals", "ndcg_by_length", "slices", "calibration", "learning_curve"}
    names |= {"contributions", "features"}
    assert {file.name for file in tmp_path.iterdir()} == {f"{name}.png" for name in names}
    assert all(file.read_bytes().startswith(PNG) for file in tmp_path.iterdir())


def test_of_a_plain_ranker_on_plain_data_there_are_two_pictures(tmp_path: Path) -> None:
    found = find_out(load(town(20)), recipe("popularity"), lambda _: None)
    save_figures(tmp_path, replace(found, slices=replace(found.slices, shown=())))
    assert {file.name for file in tmp_path.iterdir()} == {"intervals.png", "ndcg_by_length.png"}
    (tmp_path / "none").mkdir()
    save_figures(tmp_path / "none", Findings("nothing"))
    assert not list((tmp_path / "none").iterdir())


def test_answers_are_timed_one_by_one(city: Dataset) -> None:
    assert latency(fit_engine(city, "popularity", PopularityRanker())) > 0


def test_two_runs_are_compared_person_by_person(city: Dataset) -> None:
    one, two = (backtest(city, recipe(name, **CUTS)) for name in ("popularity", "gap"))
    mine, theirs = cases_of(one), cases_of(two)
    assert difference(mine, theirs, "ndcg_2", draws=100) == one.difference(two, "ndcg_2")
    assert mine["person"].nunique() == one.people < len(mine)
    assert mine["person"].max() == one.people - 1, "numbers, which say nothing of who it is"
