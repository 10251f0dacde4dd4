"""A model that wins by popular programs which change nothing is not served, and an honest one is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.judging.cases import kept_cases
from experiments.promotion.comparison import lead_in
from experiments.promotion.gate import demands, judge_gate
from experiments.recipe import MetricChoice, load_recipe
from experiments.tracking import URI_VARIABLE, Store
from recommender.bundle import KEY_VARIABLE, read_manifest
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray
from recommender.rankers import RANKERS, People
from recommender.rankers.popularity import PopularityRanker
from recommender.simulation import simulate_city, write_city
from tests.experiments.test_commands import last_line, migrated  # noqa: F401 - a fixture

# In this city nearly half of what people go on to take changes nothing.
EMPLOYEES, PROGRAMS, SEED = 200, 30, 2
GATE = """
[metrics]
at = [5, 10]
draws = 200
[gate]
metric = "ndcg_10"
maximum_loss = 0.02
maximum_gap_loss = 0.02
minimum_gain_share = 0.5
maximum_gain_loss = 0.05
"""
BLEND = """
[ranker]
name = "blend"
[[ranker.parts]]
ranker = "gap"
[[ranker.parts]]
ranker = "popularity"
weight = {weight}
"""
RECIPES = {
    "served": BLEND.format(weight=0.3) + GATE,
    "honest": BLEND.format(weight=0.5) + GATE,
    "planted": '[ranker]\nname = "planted"\n' + GATE,
}


@dataclass(eq=False, repr=False)
class Planted(PopularityRanker):
    """Knows what changes nothing, and puts the popular ones of these first."""

    useless: ClassVar[BoolArray] = np.zeros(PROGRAMS, dtype=bool)

    def score(self, people: People) -> FloatArray:
        popular = super().score(people)
        return popular / popular.max(axis=1, keepdims=True) + 0.5 * self.useless


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Path]:  # noqa: F811
    """Return a folder with a city, a run of each recipe, and the bundles of these by name."""
    folder = tmp_path_factory.mktemp("trap")
    shutil.copy(migrated, folder / "mlflow.db")
    write_city(simulate_city(EMPLOYEES, PROGRAMS, SEED), folder / "city", truth=True)
    effects = pd.read_csv(folder / "city" / "truth" / "effects.csv")
    useful = set(effects.loc[effects["effect"] > 0, "program_id"])
    programs = Dataset.load(folder / "city").programs.ids
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(KEY_VARIABLE, raising=False)
        patch.setenv(URI_VARIABLE, f"sqlite:///{folder / 'mlflow.db'}")
        patch.chdir(folder)
        patch.setitem(RANKERS, "planted", Planted)
        patch.setattr(Planted, "useless", np.array([one not in useful for one in programs]))
        names = {}
        for name, text in RECIPES.items():
            (folder / f"{name}.toml").write_text(text)
            result = invoke("run", f"{name}.toml", "--data", "city")
            assert result.exit_code == 0, result.output
            names[name] = Path(last_line(result)).name
        (folder / "names.json").write_text(json.dumps(names))
        promoted = invoke("promote", names["served"])
        assert promoted.exit_code == 0, promoted.output
        yield folder


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def about(made: Path, name: str) -> dict[str, Any]:
    return read_manifest(made / "models" / bundle(made, name))["about"]


def bundle(made: Path, name: str) -> str:
    return str(json.loads((made / "names.json").read_text())[name])


def cases(made: Path, name: str) -> pd.DataFrame:
    store = Store()
    run = store.made(bundle(made, name))
    assert run is not None
    found = kept_cases(store, run.run_id, about(made, name)["cases"])
    assert found is not None
    return found


def test_the_planted_model_wins_what_is_taken_and_brings_nothing(made: Path) -> None:
    planted, served = (about(made, name)["metrics"] for name in ("planted", "served"))
    assert planted["ndcg_10_lower"] > served["ndcg_10_upper"]
    assert planted["gain_share_5_upper"] < 0.1
    assert served["gain_share_5_lower"] > 0.9
    assert about(made, "planted")["leak"] == ""
    card = (made / "models" / bundle(made, "planted") / "card.md").read_text("utf-8")
    for what in ("| true gain@5 |", "| true gain per hour (JP)@5 |", "| true gain, share of the best@5 |"):
        assert what in card
    assert "- True gain (simulated data)" in card


@pytest.mark.parametrize("data", [(), ("--data", "city")])
def test_the_planted_model_is_refused_for_the_gain_alone(made: Path, data: tuple[str, ...]) -> None:
    """Also where the champion is backtested again, by the truth that lies beside the data."""
    result = invoke("promote", bundle(made, "planted"), *data)
    assert result.exit_code == 1
    failed = [line for line in result.stderr.splitlines() if line.startswith("- ")]
    assert [line.partition(":")[0] for line in failed] == [
        "- gap_closed_10 over the champion",
        "- share of the best possible gain",
        "- gain_5 over the champion",
    ]
    assert "of the true gain" in failed[1]
    assert (made / "models" / "current").read_text().strip() == bundle(made, "served")


def test_an_honest_challenger_is_served(made: Path) -> None:
    pointer = made / "models" / "current"
    before = pointer.read_text()
    result = invoke("promote", bundle(made, "honest"))
    assert result.exit_code == 0, result.output
    assert pointer.read_text().strip() == bundle(made, "honest")
    pointer.write_text(before)


def test_where_no_truth_is_known_the_estimated_gain_refuses_it(made: Path) -> None:
    """As in the data of a real city: the same runs without a figure of true gain."""
    facts = about(made, "planted")
    metrics = {key: value for key, value in facts["metrics"].items() if "gain_" not in key}
    mine, theirs = (
        frame[[name for name in frame if not name.startswith("gain_")]]
        for frame in (cases(made, "planted"), cases(made, "served"))
    )
    asked = demands(load_recipe(made / "served.toml").gate)
    lines = judge_gate(
        {**facts, "metrics": metrics}, asked, lambda one: lead_in(one, mine, theirs, MetricChoice())
    )
    assert {line.name: line.passed for line in lines} == {
        "ndcg_10 over the champion": True,
        "gap_closed_10 over the champion": False,
        "share of the best possible gain": False,
        "gain_5 over the champion": True,
        "leak": True,
    }
    found = {line.name: line.found for line in lines}
    assert "of the estimated gap closed" in found["share of the best possible gain"]
    assert found["gain_5 over the champion"] == "no true gains in the data"
