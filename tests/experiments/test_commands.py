from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.compare import newest_per_recipe
from experiments.recipe import FOLDER
from experiments.tracking import URI_VARIABLE, Found, Store
from recommender.bundle import load_bundle, read_manifest
from recommender.engine import Engine
from tests.cities import Tables, bare
from tests.experiments.test_backtest import two_tastes
from tests.experiments.test_converters import FILES

Invoke = Callable[..., Result]

RECIPE = '[ranker]\nname = "collaborative"\n[metrics]\nat = [2, 10]\ndraws = 100\n'


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new SQLite store: making one takes seconds, so that tests copy it."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(URI_VARIABLE, f"sqlite:///{path}")
        Store()
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(URI_VARIABLE, f"sqlite:///{tmp_path / 'mlflow.db'}")
    return tmp_path


@pytest.fixture
def invoke(here: Path) -> Invoke:
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def write(folder: Path, tables: Tables) -> Path:
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def last_line(result: Result) -> str:
    return result.stdout.splitlines()[-1]


def test_a_run_is_judged_kept_and_tracked(here: Path, invoke: Invoke, migrated: Path) -> None:
    shutil.copy(migrated, here / "mlflow.db")
    (here / "peers.toml").write_text(RECIPE)
    data = write(here / "town", two_tastes())

    first = invoke("run", "peers.toml", "--data", data, "--models", "earlier")
    assert first.exit_code == 0, first.output
    assert "hit rate@2" in first.stdout
    assert "popularity" in first.stdout
    second = invoke("run", "peers.toml", "--data", data, "--make-current")
    assert second.exit_code == 0, second.output
    third = invoke("run", FOLDER / "popularity.toml", "--data", data)
    assert "to the champion" in third.stdout
    assert f"The champion is {Path(last_line(second)).name}, judged on the same cases." in third.stdout
    assert "No leak was found." in third.stdout

    bundle = here / last_line(second)
    assert bundle.parent == here / "models"
    assert isinstance(load_bundle(last_line(second)), Engine)
    assert (here / "models" / "current").read_text().strip() == bundle.name
    about = read_manifest(bundle)["about"]
    assert about["recipe"]["ranker"] == "collaborative"
    assert about["metrics"]["hit_2"] == 1
    assert about["metrics"]["latency_ms"] > 0
    assert (about["leak"], about["champion"]) == ("", "")
    assert about["data"]["name"] == "town"

    assert_tracked(migrated.parent / "mlruns", bundle.name)
    shown = invoke("compare")
    assert shown.exit_code == 0
    assert shown.stdout.index(bundle.name) < shown.stdout.index("popularity-"), "the best first"
    assert "to the best" in shown.stdout
    assert "NDCG@2" in invoke("compare", "--metric", "ndcg_2").stdout
    wrong = invoke("compare", "--metric", "ndgc_2")
    assert wrong.exit_code == 1
    assert "no run has the metric 'ndgc_2'; use one of" in wrong.stderr
    board = json.loads(invoke("compare", "--json").stdout)
    assert [one["recipe"] for one in board] == ["peers", "popularity"]
    assert board[0]["trial"] == board[1]["trial"] == about["trial"]
    assert board[0]["bundle"] == bundle.name, "the newer of two runs of a recipe"
    assert json.loads(invoke("compare", "--json", "--data-digest", "none").stdout) == []


def assert_tracked(kept: Path, bundle: str) -> None:
    runs = Store().runs()
    assert len(runs) == 3
    run = runs[1]
    assert run.name.startswith("collaborative-")
    assert run.parameters["ranker.ridge"] == "100.0", "defaults are tracked too"
    assert run.metrics["hit_2"] == run.metrics["hit_2_lower"] == 1
    assert run.metrics["hit_2_over_popularity"] > 0
    assert run.tags["bundle"] == bundle
    assert run.tags["data.name"] == "town", "not the path on this machine"
    assert {"commit", "data.digest", "version.lightgbm"} <= set(run.tags)
    assert (run.tags["leak"], len(run.tags["trial"])) == ("", 64)
    files = kept / run.run_id / "artifacts"
    assert (files / "peers.toml").read_text() == RECIPE
    assert {file.name for file in (files / "figures").iterdir()} == {"intervals.png", "ndcg_by_length.png"}
    people = pd.read_parquet(files / "people.parquet")
    assert len(people) == 40
    assert not [name for name in people.columns if "id" in name.split("_")]


def test_data_without_a_history_are_fitted_and_the_run_says_so(
    here: Path, invoke: Invoke, migrated: Path
) -> None:
    shutil.copy(migrated, here / "mlflow.db")
    result = invoke("run", FOLDER / "gap.toml", "--data", write(here / "new", bare()))
    assert result.exit_code == 0, result.output
    assert "Nothing can be backtested: the data hold no training records" in result.stdout
    assert load_bundle(last_line(result)).recommend("E0").recommendations == ()
    run = Store().runs()[0]
    assert (run.tags["cut"], run.tags["backtested"]) == ("", "no")
    assert run.tags["not_backtested_because"].startswith(
        "Nothing can be backtested: the data hold no training"
    )
    shown = invoke("compare").stdout
    assert shown.startswith("not backtested: gap on new (")
    assert "NDCG" not in shown, "there is no board"
    (listed,) = json.loads(invoke("compare", "--json").stdout)
    assert (listed["cut"], listed["backtested"]) == ("", False)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("run", "absent.toml", "--data", "."), 1, "absent.toml cannot be read"),
        (("run", FOLDER / "gap.toml", "--data", "nowhere"), 1, "nowhere"),
        (("run", FOLDER / "gap.toml"), 2, "--data"),
        (("convert", "netflix", ".", "out"), 2, "'netflix' is not one of canvas_network"),
        (("convert", "oulad", ".", "out"), 1, "oulad/courses.csv"),
        (("benchmark", ".", "--only", "netflix"), 2, "'netflix' is not one of canvas_network"),
        (("benchmark", ".", "--only", "oulad", "--results", "r"), 1, "oulad is left out"),
        (("compare",), 0, "There are no runs to compare"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    invoke: Invoke, words: tuple[str, ...], code: int, message: str
) -> None:
    result = invoke(*words)
    assert result.exit_code == code
    # Usage errors are set in a frame, which breaks lines where it will.
    assert message.split()[0] in result.stderr
    assert " ".join(message.split()) in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.output


def test_convert_prints_rows_and_notes(here: Path, invoke: Invoke) -> None:
    for name, text in FILES["canvas_network"].items():
        (here / name).write_text(text)
    result = invoke("convert", "canvas_network", here, "tables")
    assert result.exit_code == 0
    rows = dict(line.split() for line in result.stdout.splitlines() if not line.startswith("Note"))
    assert rows == {"employees": "2", "programs": "4", "training_records": "4"}
    assert "Note: Enrolments carry no dates" in result.stdout


def test_benchmark_goes_on_without_the_sets_that_are_absent(
    here: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.leaderboard.entries.PYTHON", here / "no peers")
    taken = [f"{person}\t{course}\t1\n" for person in range(40) for course in range(person % 2, 8, 2)]
    (here / "ratings_final.txt").write_text("".join(taken))
    sets = ("--only", "canvas_network", "--only", "kgan_mooccube")
    result = invoke("benchmark", here, *sets, "--results", "results")
    assert result.exit_code == 0, result.output
    assert "canvas_network is left out" in result.stderr
    assert {file.name for file in (here / "results").iterdir()} == {
        "README.md",
        "kgan_mooccube.md",
        "kgan_mooccube.png",
    }
    page = (here / "results" / "kgan_mooccube.md").read_text("utf-8")
    assert "no order and no time" in page
    assert all(f"| {name} |" in page for name in ("popularity", "gap", "learned"))


def found(recipe: str, ndcg: float | None, data: str = "city", cut: str = "2024-01-01") -> Found:
    tags = {"recipe": recipe, "data.name": data, "data.digest": data, "cut": cut}
    return Found("", f"{recipe}-{ndcg}", 0.0, {}, {} if ndcg is None else {"ndcg_10": ndcg}, tags)


def names(runs: Iterator[Found] | list[Found]) -> list[str]:
    return [f"{one.name} {one.tags['data.name']} {one.tags['cut']}" for one in newest_per_recipe(runs)]


def test_the_leaderboard_keeps_the_newest_and_compares_like_with_like() -> None:
    newest_first = [
        found("gap", 0.1),
        found("learned", 0.3),
        found("gap", 0.9),
        found("gap", 0.2, cut="2023-01-01"),
        found("content", None),
        found("gap", 0.4, data="town"),
    ]
    assert names(newest_first) == [
        "gap-0.2 city 2023-01-01",
        "learned-0.3 city 2024-01-01",
        "gap-0.1 city 2024-01-01",
        "content-None city 2024-01-01",
        "gap-0.4 town 2024-01-01",
    ]


def test_a_reason_in_place_of_a_cut_is_no_board() -> None:
    without = Found(
        "", "gap-1", 0.0, {}, {}, {"recipe": "gap", "cut": "Nothing can be ...", "backtested": "no"}
    )
    assert newest_per_recipe([without, replace(without, tags={**without.tags, "cut": ""})]) == [without]
