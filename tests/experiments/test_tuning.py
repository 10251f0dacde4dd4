from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.judging.backtest import backtest
from experiments.judging.trials import cuts
from experiments.provenance import ROOT
from experiments.recipe import Recipe, RecipeError, load_recipe
from experiments.tracking import EXPERIMENT, PARENT, TUNING, URI_VARIABLE, Store
from experiments.tuning.report import verdict
from experiments.tuning.rewrite import rewritten
from experiments.tuning.space import choices, example, own_values
from experiments.tuning.study import Outcome, Study
from experiments.tuning.window import Validation
from recommender.dataset import Dataset
from recommender.errors import NothingToLearn
from recommender.evaluation.bootstrap import Interval
from recommender.rankers import RANKERS
from tests.cities import Tables, attended, bare, load
from tests.experiments.test_commands import last_line, write

LEARNED = '[ranker]\nname = "learned"\n'
SEQUENCE = '[ranker]\nname = "sequence"\n'
SPACE = "[tune.space]\n"
# Only the last program says what comes next, and this recipe believes the whole past alike.
FORGETFUL = f"""# My recipe.
[ranker]
name = "sequence"  # the order
recency = 1.0  # all of the past
reach = 0.0

[split]
kind = "last"

[metrics]
at = [1, 5]
draws = 200

[tune]
metric = "hit_1"

{SPACE}recency = {{from = 0.0, to = 1.0}}
shrinkage = {{from = 1, to = 20}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def walks(people: int = 120, programs: int = 12) -> Tables:
    """Return walks through a table of next programs, each begun anywhere; no dates, only an order."""
    random = np.random.default_rng(5)
    follows = random.permutation(programs)
    records = []
    for number in range(people):
        taken = [int(random.integers(programs))]
        while len(taken) < 6:
            new = int(follows[taken[-1]])
            left = [one for one in range(programs) if one not in taken]
            taken.append(new if new in left and random.random() < 0.8 else int(random.choice(left)))
        records += [attended(f"E{number}", f"P{one}") for one in taken]
    return {**bare(people, programs), "training_records": records}


def dated(people: int = 30) -> Tables:
    """Return people who take one program a year, each once."""
    random = np.random.default_rng(7)
    records = [
        attended(f"E{number}", f"P{program}", f"{2015 + year}-{1 + number % 12:02d}-05")
        for number in range(people)
        for year, program in enumerate(random.permutation(9)[:8])
    ]
    return {**bare(people, 9), "training_records": records}


# --- what may be written into [tune] ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LEARNED + SPACE + "tree = [1, 2]", r"tune.space.tree: there is no such key; did you mean 'trees'\?"),
        (LEARNED + SPACE + "trees = {form = 1, to = 200}", r"space.trees.form: .* did you mean 'from'\?"),
        (LEARNED + SPACE + "trees = {from = 1}", "tune.space.trees.to: is missing"),
        (LEARNED + SPACE + "trees = {from = 200, to = 100}", "space.trees: .* `from` must lie below `to`"),
        (LEARNED + SPACE + "trees = {from = 0.5, to = 200}", "space.trees.from: 0.5 will not do: .*integer"),
        (LEARNED + SPACE + "leaves = {from = 1, to = 20}", "space.leaves: 1 will not do: .*equal to 2"),
        (LEARNED + SPACE + "leaves = [15, 'many']", "space.leaves: 'many' will not do: .*integer"),
        (LEARNED + SPACE + "leaves = [15]", "space.leaves: .* give two or more values in a list"),
        (LEARNED + SPACE + "leaves = 15", "space.leaves: 15 will not do: give two or more values"),
        (LEARNED + SPACE + "leaves = {from = 2, to = 99, step = 0}", "space.leaves.step: 0 will not do"),
        (
            LEARNED + SPACE + "learning_rate = {from = 0, to = 0.2, log = true}",
            "space.learning_rate: .* a logarithmic range cannot begin at 0",
        ),
        (
            LEARNED + SPACE + "learning_rate = {from = 0.01, to = 0.2, step = 0.01, log = true}",
            "space.learning_rate: .* has no steps",
        ),
        (LEARNED + SPACE + "random_state = [0, 1]", "space.random_state: is luck or time"),
        (LEARNED + SPACE + "bases = [[], []]", "space.bases: is neither a number nor a word"),
        (SEQUENCE + SPACE + "measure = {from = 1, to = 2}", "space.measure: is a word and has no range"),
        (SEQUENCE + SPACE + "measure = ['rate', 'odds']", "space.measure: measure 'odds' is not known"),
        (SEQUENCE + SPACE + "reach = {from = 0.0, to = 0.5}", "own value, 0.8, is not among these"),
        (
            SEQUENCE + "reach = 0.75\n" + SPACE + "reach = {from = 0.0, to = 1.0, step = 0.1}",
            "own value, 0.75, is not among these",
        ),
        (SEQUENCE + SPACE + "estimator.round = [1, 3]", r"space.estimator.round: .* did you mean 'rounds'\?"),
        (
            SEQUENCE + SPACE + "estimator.rounds = [1, 2]",
            "estimator.rounds: the recipe's own value, 3,",
        ),
        (SEQUENCE + "[tune]\nspace = 3", "tune.space: 3 will not do"),
        (SEQUENCE + "[tune]\nmetrik = 'ndcg_10'", r"tune.metrik: .* did you mean 'metric'\?"),
        (SEQUENCE + "[tune]\nmetric = 'hours_10'", "tune.metric: 'hours_10' will not do: .*metrics: ndcg"),
        (SEQUENCE + "[tune]\nmetric = 'ndcg'", "tune.metric: 'ndcg' will not do"),
    ],
)
def test_what_is_wrong_in_a_space_is_named(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert str(path) in str(caught.value)


def test_all_that_is_wrong_in_a_space_is_said_at_once(path: Path) -> None:
    path.write_text(
        LEARNED + "leaves = 1\n[tune]\nseed = -1\n" + SPACE + "tree = [1, 2]\ntrees = [1, 2]\nleaves = [1, 2]"
    )
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert re.findall(r"key ([\w.]+):", str(caught.value)) == [
        *("ranker.leaves", "tune.seed", "tune.space.tree", "tune.space.trees", "tune.space.leaves")
    ]


@pytest.mark.parametrize("name", RANKERS)
def test_the_example_for_a_ranker_can_be_tuned(path: Path, name: str) -> None:
    plain = f'[ranker]\nname = "{name}"\n'
    path.write_text(plain + example(name))
    assert load_recipe(path).tune.space


# --- where tuning looks ----------------------------------------------------------------------------


def recipe_of(path: Path, split: str, more: str = "") -> Recipe:
    path.write_text(f'[ranker]\nname = "popularity"\n[split]\n{split}\n{more}')
    return load_recipe(path)


def pairs(employee: Any, program: Any) -> set[tuple[int, int]]:
    return set(zip(employee.tolist(), program.tolist(), strict=True))


SPLITS = {
    "time": "months = 12\ncuts = 2",
    "day": "day = 2021-01-01",
    "last": 'kind = "last"',
    "one": 'kind = "one"\ncuts = 3',
}


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS)
def test_tuning_never_meets_what_the_test_holds(path: Path, split: str) -> None:
    city, recipe = load(dated()), recipe_of(path, split)
    held = [(one.employee, one.program) for one, _ in cuts(city, recipe.split)]
    test = set().union(*(pairs(*one) for one in held))
    trials = Validation(city, recipe)._trials
    assert len(trials) == recipe.split.cuts
    assert len(test) >= len(trials) * 25
    for trial in trials:
        seen, judged = trial.split.past.history, pairs(trial.split.employee, trial.split.program)
        assert len(judged) >= 25
        assert not judged & test
        assert not pairs(seen.employee, seen.program) & (test | judged)


def test_what_lies_behind_the_test_changes_nothing(path: Path) -> None:
    recipe = recipe_of(path, "day = 2020-01-01")
    tables = dated()
    shuffled = [
        {**row, "program_id": "P0"} if str(row["started_on"]) >= "2020" else row
        for row in tables["training_records"]
    ]
    results = [
        Validation(load(one), recipe).judge({}) for one in (tables, {**tables, "training_records": shuffled})
    ]
    assert results[0].cuts == results[1].cuts == ("2019-01-01",)
    np.testing.assert_array_equal(results[0].by_case["ndcg_10"], results[1].by_case["ndcg_10"])


def test_cuts_in_time_are_made_again_before_the_earliest(path: Path) -> None:
    validation = Validation(load(dated()), recipe_of(path, "months = 12\ncuts = 2"))
    assert validation.cut == "2019-12-05, 2018-12-05"  # the data end on 5 December 2022


def test_a_past_too_short_to_be_cut_again_is_said(path: Path) -> None:
    with pytest.raises(NothingToLearn, match=r"in the past before the test, .*`months` or `cuts`"):
        Validation(load(dated()), recipe_of(path, "months = 24\ncuts = 2"))


def test_the_estimator_is_fitted_again_only_if_it_is_tuned(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.tuning import window

    fitted = []
    prepare = window.prepare
    monkeypatch.setattr(window, "prepare", lambda *one: fitted.append(one[1].estimator) or prepare(*one))
    validation = Validation(load(dated()), recipe_of(path, 'kind = "last"'))
    for values in ({"leaning": 1.0}, {"leaning": 9.0}, {"estimator.rounds": 1}, {"estimator.rounds": 1}):
        validation.judge(values)
    assert fitted == [{}, {"rounds": 1}]


# --- what is tried ---------------------------------------------------------------------------------


def asked(study: Study, worth: Any, times: int) -> list[dict[str, Any]]:
    values = []
    for _ in range(times):
        attempt = study.ask()
        values.append(attempt.values)
        mean = worth(attempt.values)
        study.tell(attempt, Outcome(attempt.number, attempt.values, mean, mean, mean, 0.0, "run"))
    return values


def study_of(path: Path, file: Path, text: str) -> Study:
    path.write_text(text)
    recipe = load_recipe(path)
    own = own_values(recipe.parameters, recipe.estimator, recipe.ranker)
    return Study(file, "question", choices(recipe.tune, recipe.ranker), own, recipe.tune.seed)


WIDE = (
    SEQUENCE
    + "reach = 0.12345\n"
    + SPACE
    + "reach = {from = 0.0, to = 1.0}\nrecency = {from = 0.1, to = 0.85, step = 0.1}\n"
    + 'measure = ["rate", "cosine"]\n'
    + "shrinkage = {from = 1.0, to = 100.0, log = true}\nestimator.rounds = {from = 1, to = 9, step = 2}\n"
)


def test_the_recipe_as_it_is_comes_first_and_all_values_are_of_the_space(path: Path, tmp_path: Path) -> None:
    values = asked(study_of(path, tmp_path / "a.db", WIDE), lambda one: one["reach"], 12)
    assert values[0] == {
        **{"reach": 0.12345, "recency": 0.6, "measure": "rate", "shrinkage": 5.0, "estimator.rounds": 3}
    }
    for one in values[1:]:
        assert 0 <= one["reach"] <= 1 and one["reach"] == float(f"{one['reach']:.3g}")
        assert one["recency"] in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
        assert one["measure"] in ("rate", "cosine")
        assert 1 <= one["shrinkage"] <= 100
        assert one["estimator.rounds"] in (1, 3, 5, 7, 9)
    assert all(type(one["estimator.rounds"]) is int for one in values)


def test_a_study_that_was_stopped_tries_the_same_as_one_that_was_not(path: Path, tmp_path: Path) -> None:
    def worth(one: dict[str, Any]) -> float:
        return float(one["reach"] - one["recency"])

    whole = asked(study_of(path, tmp_path / "whole.db", WIDE), worth, 12)
    parts = []
    for times in (0, 5, 6, 1):
        study = study_of(path, tmp_path / "parts.db", WIDE)
        parts += asked(study, worth, times)
        study.ask()  # and no answer to it: the process is gone
    assert parts == whole


# --- the recipe it writes --------------------------------------------------------------------------


def test_values_change_and_all_else_stays() -> None:
    text = (
        '# Mine.\n[ranker]\nname = "sequence"\n  reach=0.8 # far\n# "rate" or so\nmeasure = "rate"# a # b\n\n'
        "[[ranker.bases]]\nreach = 0.8\n\n[tune.space]\nreach = [0.8, 0.9]\n"
    )
    new = rewritten(text, {"reach": 0.25, "measure": "cosine", "recency": 1e-05, "estimator.rounds": 2})
    assert new == (
        '# Mine.\n[ranker]\nrecency = 1e-05\nname = "sequence"\n  reach=0.25 # far\n# "rate" or so\n'
        'measure = "cosine"# a # b\n\n[[ranker.bases]]\nreach = 0.8\n\n[tune.space]\nreach = [0.8, 0.9]\n'
        "\n[estimator]\nrounds = 2\n"
    )


@pytest.mark.parametrize(
    "text",
    ['ranker = {name = "sequence", reach = 0.8}', "ranker.reach = 0.8", '["ranker"]\nreach = 0.8'],
)
def test_a_recipe_that_cannot_be_changed_line_by_line_is_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="reach cannot be written into the recipe"):
        rewritten(text, {"reach": 0.5})


def outcome(number: int, mean: float) -> Outcome:
    return Outcome(number, {"reach": number / 10}, mean, mean, mean, 1.0, "run")


@pytest.mark.parametrize(
    ("best", "lower", "words"),
    [
        (0.3, 0.01, "beats the recipe as it is"),
        (0.3, -0.01, "does not exclude 0. It is no better"),
        (0.3, 0.0, "does not exclude 0. It is no better"),
        (0.1, 0.0, "No trial did better"),
        (0.2, 0.0, "No trial did better"),
    ],
)
def test_only_a_difference_that_excludes_zero_is_praised(best: float, lower: float, words: str) -> None:
    said = verdict("ndcg_10", [outcome(0, 0.2), outcome(1, best)], Interval(best - 0.2, lower, 0.2, 50))
    assert words in said
    assert ("keep" in said) == ("beats" not in said)


# --- the command -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with data, recipe and store, to which the tests of the command add one after the other."""
    folder = tmp_path_factory.mktemp("tuning")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv(URI_VARIABLE, f"sqlite:///{folder / 'mlflow.db'}")
        write(folder / "walks", walks())
        (folder / "forgetful.toml").write_text(FORGETFUL)
        yield folder


def invoke(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def tuned(place: Path) -> Result:
    return invoke("tune", "forgetful.toml", "--data", "walks", "--trials", "12")


def test_what_matters_is_found_and_written(place: Path, tuned: Result) -> None:
    assert tuned.exit_code == 0, tuned.output
    assert "0 (as it is)" in tuned.stdout
    assert re.search(r"beats the recipe as it is by \+0\.\d+ \[0\.\d+, 0\.\d+\] in hit rate@1", tuned.stdout)
    assert last_line(tuned) == "forgetful.tuned.toml"
    text = (place / last_line(tuned)).read_text()
    assert "# My recipe.\n" in text and 'name = "sequence"  # the order\n' in text
    recipe = load_recipe(place / last_line(tuned))
    assert recipe.parameters["recency"] < 0.9
    assert recipe.parameters["reach"] == 0
    test = [backtest(Dataset.load("walks"), one) for one in (load_recipe(Path("forgetful.toml")), recipe)]
    assert test[1].difference(test[0], "hit_1").lower > 0
    before = {**tomllib.loads(FORGETFUL), "ranker": recipe.parameters | {"name": "sequence"}}
    assert tomllib.loads(text) == before
    assert (place / "forgetful.toml").read_text() == FORGETFUL


def test_each_trial_is_a_child_run_and_none_is_on_the_leaderboard(place: Path, tuned: Result) -> None:
    runs = Store(TUNING).runs()
    (parent,) = [one for one in runs if PARENT not in one.tags]
    children = [one for one in runs if one.tags.get(PARENT) == parent.run_id]
    assert len(runs) == 13 and len(children) == 12
    assert {one.tags["kind"] for one in runs} == {"tuning"}
    best = max(children, key=lambda one: one.metrics["hit_1"])
    assert best.metrics["hit_1_lower"] <= best.metrics["hit_1"] == parent.metrics["hit_1"]
    assert {"ranker.recency", "ranker.shrinkage"} == set(best.parameters)
    assert parent.name.startswith("tune-forgetful-")
    assert parent.metrics["trials"] == 12
    kept = {file.name for file in (place / "mlruns" / parent.run_id / "artifacts").iterdir()}
    assert kept == {"forgetful.toml", "forgetful.tuned.toml", "trials.json"}

    assert Store(EXPERIMENT).runs() == []
    assert "There are no runs to compare" in invoke("compare").output


def test_a_killed_search_goes_on_where_it_was(place: Path) -> None:
    (place / "killed.toml").write_text(FORGETFUL.replace("draws = 200", "draws = 300"))
    words = ["-m", "experiments", "tune", "killed.toml", "--data", "walks", "--trials", "500"]
    said = place / "said"
    with (
        said.open("w") as file,
        subprocess.Popen(
            [sys.executable, *words],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=file,
        ) as process,
    ):
        while states(place, "killed").count("COMPLETE") < 3:
            assert process.poll() is None, said.read_text()
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    assert not (place / "killed.tuned.toml").exists()
    complete = states(place, "killed").count("COMPLETE")
    assert complete < 500

    resumed = invoke("tune", "killed.toml", "--data", "walks", "--trials", "2")
    assert resumed.exit_code == 0, resumed.output
    assert f"{complete + 2} trials" in resumed.stdout
    after = states(place, "killed")
    assert after.count("COMPLETE") == complete + 2
    assert "RUNNING" not in after
    runs = [one for one in Store(TUNING).runs() if one.tags["recipe"] == "killed"]
    (parent,) = [one for one in runs if PARENT not in one.tags]
    children = [one.name for one in runs if one.tags.get(PARENT) == parent.run_id]
    assert {f"trial-{number:03}" for number in range(complete + 2)} == set(children)
    assert len(children) <= complete + 3  # the one going on may have been tracked, but not counted


def states(folder: Path, recipe: str) -> list[str]:
    """Return the states of a recipe's trials, as Optuna keeps them; a study not yet made has none."""
    if not (folder / "tuning.db").exists():
        return []
    query = "SELECT state FROM trials JOIN studies USING (study_id) WHERE study_name LIKE ?"
    with closing(sqlite3.connect(folder / "tuning.db", timeout=30)) as connection:
        rows = connection.execute(query, (f"{recipe}-%",)).fetchall()
    return [state for (state,) in rows]


def test_the_same_values_are_judged_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    judge = Validation.judge
    monkeypatch.setattr(Validation, "judge", lambda self, one: judged.append(one) or judge(self, one))
    (place / "few.toml").write_text(SEQUENCE + SPACE + 'measure = ["rate", "reverse"]')
    result = invoke("tune", "few.toml", "--data", "walks", "--trials", "6")
    assert "6 trials" in result.stdout, result.output
    assert sorted(one["measure"] for one in judged) == ["rate", "reverse"]


def test_an_interrupted_search_shows_what_it_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Validation.judge

    def impatient(self: Validation, values: dict[str, Any]) -> Any:
        if states(place, "stopped").count("COMPLETE") == 2:
            signal.raise_signal(signal.SIGINT)
        return judge(self, values)

    (place / "stopped.toml").write_text(FORGETFUL.replace("draws = 200", "draws = 400"))
    # A shell that starts the tests in the background has them ignore the key.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(Validation, "judge", impatient)
            result = invoke("tune", "stopped.toml", "--data", "walks", "--trials", "9")
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.exit_code == 0, result.output
    assert "the same command goes on from here" in result.stderr
    assert "2 trials" in result.stdout
    assert (place / last_line(result)).name == "stopped.tuned.toml"
    assert states(place, "stopped") == ["COMPLETE", "COMPLETE", "FAIL"]


def test_another_question_starts_anew(place: Path, tuned: Result) -> None:
    (place / "other.toml").write_text(FORGETFUL.replace("to = 20", "to = 30"))
    (place / "forgetful.toml").write_text("# Another comment.\n" + FORGETFUL)
    try:
        same = invoke("tune", "forgetful.toml", "--data", "walks", "--trials", "1")
    finally:
        (place / "forgetful.toml").write_text(FORGETFUL)
    assert "13 trials" in same.stdout, same.output
    anew = invoke("tune", "other.toml", "--data", "walks", "--trials", "1", "--out", "new.toml")
    assert "1 trials" in anew.stdout, anew.output
    assert "No trial did better than the recipe as it is: keep that." in anew.stdout
    assert last_line(anew) == "new.toml"


@pytest.mark.parametrize(
    ("text", "out", "message"),
    [
        (
            SEQUENCE,
            "new.toml",
            r"has no \[tune.space\].*\n\n\[tune.space\]\nreach = \{from = 0.4, to",
        ),
        (FORGETFUL, "bad.toml", "bad.toml is there and was not written by tuning: name another with --out"),
        (FORGETFUL, "walks", "walks is there and was not written by tuning"),
        (FORGETFUL, "absent/new.toml", "there is no folder absent"),
        (FORGETFUL.replace("hit_1", "gap_closed_1"), "new.toml", "gap_closed_1 has no value on these data"),
    ],
)
def test_what_cannot_be_tuned_is_said(place: Path, text: str, out: str, message: str) -> None:
    (place / "bad.toml").write_text(text)
    result = invoke("tune", "bad.toml", "--data", "walks", "--trials", "1", "--out", out)
    assert result.exit_code == 1
    assert re.search(message, result.stderr)
    assert result.stdout == ""
    assert (place / "bad.toml").read_text() == text
