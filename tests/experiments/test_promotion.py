"""What is served is decided by the gate, written down, and can be undone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.judging.cases import FILE
from experiments.promotion import promote
from experiments.promotion.audit import read
from experiments.tracking import URI_VARIABLE, Store, TrackingError
from recommender.bundle import KEY_VARIABLE, load_bundle, read_manifest
from recommender.domain import BoolArray, FloatArray
from recommender.rankers import RANKERS, People
from recommender.rankers.collaborative import CollaborativeRanker
from tests.cities import Tables
from tests.experiments.test_backtest import two_tastes
from tests.experiments.test_commands import last_line, write

MEASURED = "[metrics]\nat = [2, 10]\ndraws = 100\n"
FAIR = 'fairness = 0.8\nfairness_attributes = ["sex"]\n'
GATE = f'[gate]\nmetric = "hit_2"\nminimum = 0.9\nmaximum_loss = 0.1\n{FAIR}'
RECIPES = {
    "good": f'[ranker]\nname = "collaborative"\n{MEASURED}{GATE}',
    "other": f'[ranker]\nname = "collaborative"\nridge = 90.0\n{MEASURED}{GATE}',
    "third": f'[ranker]\nname = "collaborative"\nridge = 80.0\n{MEASURED}{GATE}',
    # States no gate of its own.
    "worse": f'[ranker]\nname = "popularity"\n{MEASURED}',
    "elsewhere": f'[ranker]\nname = "collaborative"\n[split]\nkind = "one"\n{MEASURED}{GATE}',
    "unfair": f'[ranker]\nname = "unfair"\n{MEASURED}[gate]\n{FAIR}',
    "leaking": f'[ranker]\nname = "clairvoyant"\n{MEASURED}',
}

Invoke = Callable[..., Result]


@dataclass(eq=False, repr=False)
class OnlyWomen(CollaborativeRanker):
    """Has a list for women alone."""

    def covers(self, people: People) -> BoolArray:
        return np.asarray(people.dataset.employees.sex[people.rows] == "female")


@dataclass(eq=False, repr=False)
class Clairvoyant(CollaborativeRanker):
    """Knows by heart what people take after the cut."""

    future: ClassVar[frozenset[tuple[str, str]]] = frozenset()

    def score(self, people: People) -> FloatArray:
        score = super().score(people)
        employees, programs = people.dataset.employees.ids, people.dataset.programs.ids
        for place, row in enumerate(people.rows):
            score[place] += [100.0 * ((employees[row], program) in self.future) for program in programs]
        return score


def city() -> Tables:
    tables = two_tastes(80)
    audited = [
        {"employee_id": f"E{number}", "sex": ("female", "male")[number // 8 % 2], "birth_year": 1980}
        for number in range(80)
    ]
    return {**tables, "employee_audit": audited}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with data, a store of runs, and one run and bundle of each recipe, made once."""
    folder = tmp_path_factory.mktemp("made")
    data = write(folder / "town", city())
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(KEY_VARIABLE, raising=False)
        patch.setenv(URI_VARIABLE, f"sqlite:///{folder / 'mlflow.db'}")
        patch.setitem(RANKERS, "unfair", OnlyWomen)
        patch.setitem(RANKERS, "clairvoyant", Clairvoyant)
        taken = {(str(row["employee_id"]), str(row["program_id"])) for row in city()["training_records"]}
        patch.setattr(Clairvoyant, "future", frozenset(taken))
        names = {}
        for name, text in RECIPES.items():
            (folder / f"{name}.toml").write_text(text)
            words = ["run", folder / f"{name}.toml", "--data", data, "--models", folder / "models"]
            result = CliRunner().invoke(app, [str(word) for word in words])
            assert result.exit_code == 0, result.output
            names[name] = Path(last_line(result)).name
        (folder / "names.json").write_text(json.dumps(names))
        yield folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy that a test may change."""
    shutil.copytree(made / "models", tmp_path / "models")
    shutil.copy(made / "mlflow.db", tmp_path / "mlflow.db")
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv(URI_VARIABLE, f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def bundle(made: Path) -> Callable[[str], str]:
    names = json.loads((made / "names.json").read_text())
    return lambda name: str(names[name])


@pytest.fixture
def invoke(here: Path) -> Invoke:
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def served(here: Path) -> str:
    pointer = here / "models" / "current"
    return pointer.read_text().strip() if pointer.is_file() else ""


def champion() -> str:
    """Return the bundle of the run that the registry calls the champion."""
    store = Store()
    named = {one.run_id: one.tags["bundle"] for one in store.runs()}
    return named.get(store.champion(), "")


def actions(here: Path) -> list[tuple[str, str]]:
    return [(entry.action, entry.bundle) for entry in read(here / "models")]


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_first_model_is_promoted_and_written_down(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    result = invoke("promote", bundle("good"), "--by", "training office")
    assert result.exit_code == 0, result.output
    assert "no champion yet" in result.stdout
    assert "FAILED" not in result.stdout
    assert served(here) == champion() == bundle("good")
    (entry,) = read(here / "models")
    assert (entry.action, entry.previous, entry.by) == ("promote", "", "training office")
    assert entry.digest == load_bundle(here / "models/current").digest
    assert {line["line"]: line["passed"] for line in entry.gate} == {
        "minimum hit_2": True,
        "hit_2 over the champion": True,
        "fairness by sex": True,
        "leak": True,
    }


def test_promoting_twice_changes_nothing_more(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    for _ in range(2):
        assert invoke("promote", bundle("good")).exit_code == 0
    assert actions(here) == [("promote", bundle("good"))]
    assert served(here) == champion() == bundle("good")


def test_a_run_may_be_named_in_every_way(here: Path, invoke: Invoke, bundle: Callable[[str], str]) -> None:
    run = next(one for one in Store().runs() if one.tags["bundle"] == bundle("other"))
    for wanted in (
        run.run_id[:8],
        run.run_id,
        bundle("other"),
        f"models/{bundle('other')}",
        "models/current",
    ):
        assert invoke("promote", wanted).exit_code == 0, wanted
        assert served(here) == bundle("other")
    (here / "elsewhere").mkdir()
    for wanted, message in (
        ("gone-1", "no run or bundle is called 'gone-1'"),
        ("", "no run or bundle is called ''"),
        ("x' OR 'a' = 'a", "no run or bundle is called"),
        ("elsewhere", "does not lie in models"),
    ):
        result = invoke("promote", wanted)
        assert result.exit_code == 1
        assert message in one_line(result.stderr)


def test_a_worse_challenger_is_refused_by_the_gate_of_the_champion(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("good"))
    result = invoke("promote", bundle("worse"))
    assert result.exit_code == 1
    assert "is not promoted, and nothing is changed" in result.stderr
    assert "- hit_2 over the champion: asked surely at least -0.1, found -0." in result.stderr
    assert result.stdout.count("passed") == 2, "fairness and leak: lines after one that failed are judged too"
    assert served(here) == champion() == bundle("good")
    assert actions(here) == [("promote", bundle("good"))]


def test_an_unfair_challenger_is_refused(here: Path, invoke: Invoke, bundle: Callable[[str], str]) -> None:
    result = invoke("promote", bundle("unfair"))
    assert result.exit_code == 1
    assert "- fairness by sex: asked ratio of groups at least 0.8, found quality 0.000" in result.stderr
    assert served(here) == ""


def test_a_run_that_leaks_is_refused_whatever_its_gate_asks(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    about = read_manifest(here / "models" / bundle("leaking"))["about"]
    assert about["metrics"]["hit_2"] == 1, "it looks perfect"
    result = invoke("promote", bundle("leaking"))
    assert result.exit_code == 1
    assert "- leak: asked none, found" in result.stderr
    assert served(here) == ""


def test_a_challenger_judged_on_other_cases_needs_the_data(
    made: Path, here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("worse"))
    refused = invoke("promote", bundle("elsewhere"))
    assert refused.exit_code == 1
    assert "found not judged; the champion was judged on other cases" in one_line(refused.stderr)
    other = write(here / "other", two_tastes(40))
    assert "is not what this run was made with" in one_line(
        invoke("promote", bundle("elsewhere"), "--data", other).stderr
    )
    assert served(here) == bundle("worse")
    result = invoke("promote", bundle("elsewhere"), "--data", made / "town")
    assert result.exit_code == 0, result.output
    assert "hit_2 over the champion" in result.stdout
    assert served(here) == bundle("elsewhere")


def test_the_same_cases_of_other_data_are_not_compared(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    """Who lacks what may have changed since, while cuts and what people took are the same."""
    invoke("promote", bundle("good"))
    tables = city()
    tables["employee_audit"] = [{**row, "birth_year": 1981} for row in tables["employee_audit"]]
    data = write(here / "later", tables)
    (here / "later.toml").write_text(RECIPES["other"])
    name = Path(last_line(invoke("run", "later.toml", "--data", data))).name
    one, other = (read_manifest(here / "models" / each)["about"] for each in (name, bundle("good")))
    assert one["trial"] == other["trial"]
    refused = invoke("promote", name)
    assert refused.exit_code == 1
    assert "the champion was judged on other cases (other data" in one_line(refused.stderr)
    assert invoke("promote", name, "--data", data).exit_code == 0


def test_a_champion_that_cannot_be_read_is_left_out_only_with_a_reason(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("good"))
    manifest = here / "models" / bundle("good") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format_version": ', '"format_version": 9'))
    refused = invoke("promote", bundle("other"))
    assert refused.exit_code == 1
    assert "The champion cannot be read" in refused.stderr
    assert served(here) == bundle("good")
    assert invoke("promote", bundle("other"), "--without-champion", "bundle format 3").exit_code == 0
    assert served(here) == champion() == bundle("other")
    assert read(here / "models")[-1].reason == "bundle format 3"


def test_a_damaged_bundle_is_not_promoted(here: Path, invoke: Invoke, bundle: Callable[[str], str]) -> None:
    with (here / "models" / bundle("good") / "card.md").open("a") as file:
        file.write("- Fit for every purpose.\n")
    result = invoke("promote", bundle("good"))
    assert result.exit_code == 1
    assert "card.md is not the file its manifest describes" in result.stderr
    assert (served(here), actions(here)) == ("", [])


def test_rolling_back_goes_further_back_each_time(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    for name in ("good", "other", "third"):
        assert invoke("promote", bundle(name)).exit_code == 0
    for name in ("other", "good"):
        result = invoke("rollback", "--by", "training office")
        assert result.exit_code == 0, result.output
        assert served(here) == champion() == bundle(name)
    nothing = invoke("rollback")
    assert nothing.exit_code == 1
    assert f"nothing to roll back to: before {bundle('good')}" in one_line(nothing.stderr)
    assert served(here) == bundle("good")
    assert [action for action, _ in actions(here)] == ["promote"] * 3 + ["rollback"] * 2
    assert read(here / "models")[-1].by == "training office"


def test_where_nothing_was_promoted_there_is_nothing_to_roll_back(here: Path, invoke: Invoke) -> None:
    result = invoke("rollback")
    assert result.exit_code == 1
    assert "nothing to roll back to" in result.stderr


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, "which was served before, is not in models"),
        (lambda folder: (folder / "engine.joblib").write_bytes(b"x"), "was changed or damaged"),
    ],
)
def test_a_rollback_to_a_bundle_that_is_gone_or_damaged_changes_nothing(
    here: Path, invoke: Invoke, bundle: Callable[[str], str], spoil: Callable[[Path], object], message: str
) -> None:
    invoke("promote", bundle("good"))
    invoke("promote", bundle("other"))
    spoil(here / "models" / bundle("good"))
    result = invoke("rollback")
    assert result.exit_code == 1
    assert message in one_line(result.stderr)
    assert served(here) == champion() == bundle("other")
    assert len(actions(here)) == 2


def test_a_rollback_goes_through_without_the_store_of_runs(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("good"))
    invoke("promote", bundle("other"))
    (here / "mlflow.db").unlink()
    result = invoke("rollback")
    assert result.exit_code == 0
    assert "the registry of models was not changed" in result.stderr
    assert served(here) == bundle("good")


def by_hand(here: Path, bundle: str) -> None:
    (here / "models" / "current").write_text(f"{bundle}\n")


def test_a_model_made_current_by_hand_is_held_against_the_champion_and_not_itself(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("good"))
    by_hand(here, bundle("worse"))
    result = invoke("promote", bundle("worse"))
    assert result.exit_code == 1
    assert "- hit_2 over the champion: asked surely at least -0.1, found -0." in result.stderr
    assert "It is served all the same" in one_line(result.stderr)
    assert (champion(), actions(here)) == (bundle("good"), [("promote", bundle("good"))])
    assert invoke("rollback").exit_code == 0
    assert served(here) == champion() == bundle("good")


def test_a_good_model_made_current_by_hand_follows_the_champion(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("good"))
    by_hand(here, bundle("other"))
    assert invoke("promote", bundle("other")).exit_code == 0
    assert read(here / "models")[-1].previous == bundle("good")
    assert served(here) == champion() == bundle("other")
    assert invoke("rollback").exit_code == 0
    assert served(here) == champion() == bundle("good")


def test_a_weak_model_made_current_by_hand_makes_no_lax_champion(
    here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("good"))
    by_hand(here, bundle("unfair"))
    result = invoke("promote", bundle("worse"))
    assert result.exit_code == 1
    assert "- hit_2 over the champion" in result.stderr
    again = invoke("promote", bundle("good"))
    assert "`current` was moved by hand, and names it again" in one_line(again.stdout)
    assert served(here) == champion() == bundle("good")
    assert actions(here) == [("promote", bundle("good"))]


def test_a_run_goes_past_no_gate(
    made: Path, here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    invoke("promote", bundle("good"))
    bundles = sorted((here / "models").iterdir())
    words = ("run", made / "worse.toml", "--data", made / "town", "--make-current")
    result = invoke(*words)
    assert result.exit_code == 1
    assert "models are promoted in models" in result.stderr
    assert "python -m experiments promote" in one_line(result.stderr)
    assert (served(here), sorted((here / "models").iterdir())) == (bundle("good"), bundles), "before training"
    assert invoke(*words, "--models", "elsewhere").exit_code == 0


def test_a_champion_is_left_out_for_a_reason_only(invoke: Invoke, bundle: Callable[[str], str]) -> None:
    result = invoke("promote", bundle("good"), "--without-champion", " ")
    assert result.exit_code == 2
    assert "say why" in result.stderr


def test_what_leaks_is_not_served(made: Path, here: Path, invoke: Invoke) -> None:
    words = (made / "leaking.toml", "--data", made / "town", "--models", "served", "--make-current")
    result = invoke("run", *words)
    assert result.exit_code == 0, result.output
    assert "is left as it was: what leaks is not served" in one_line(result.stdout)
    assert not (here / "served" / "current").exists()


@pytest.mark.parametrize(("changed", "remedy"), [("worse", "run it again"), ("good", "add --data DATA")])
def test_cases_that_were_changed_are_not_believed(
    made: Path, here: Path, invoke: Invoke, bundle: Callable[[str], str], changed: str, remedy: str
) -> None:
    invoke("promote", bundle("good"))
    run = Store().made(bundle(changed))
    assert run is not None
    file = made / "mlruns" / run.run_id / "artifacts" / FILE
    kept = file.read_bytes()
    try:
        cases = pd.read_parquet(file)
        cases["hit_2"] = float(changed == "worse")  # now it looks as if the challenger were no worse
        cases.to_parquet(file, index=False)
        result = invoke("promote", bundle("worse"))
        assert result.exit_code == 1
        assert "is not the file that its bundle was signed with" in one_line(result.stderr)
        assert remedy in one_line(result.stderr)
    finally:
        file.write_bytes(kept)
    assert served(here) == bundle("good")
    assert "found -0." in invoke("promote", bundle("worse")).stderr, "the file itself is believed"


def test_a_city_starts_without_a_history_and_goes_on_with_one(
    made: Path, here: Path, invoke: Invoke, bundle: Callable[[str], str]
) -> None:
    (here / "gap.toml").write_text('[ranker]\nname = "gap"\n[gate]\nlatency_ms = 100000.0\n')
    data = write(here / "young", {name: rows for name, rows in city().items() if name != "training_records"})
    names = [Path(last_line(invoke("run", "gap.toml", "--data", data))).name]
    (here / "gap.toml").write_text('[ranker]\nname = "gap"\nper_hour = 0.5\n')
    names.append(Path(last_line(invoke("run", "gap.toml", "--data", data))).name)
    for name in names:
        result = invoke("promote", name)
        assert result.exit_code == 0, result.output
        assert "not looked for: nothing was backtested" in one_line(result.stdout)
        assert served(here) == name
    assert invoke("promote", bundle("good")).exit_code == 1
    assert invoke("promote", bundle("good"), "--data", made / "town").exit_code == 0
    refused = invoke("promote", names[0])
    assert refused.exit_code == 1
    assert "- leak: asked none, found not looked for" in one_line(refused.stderr)
    assert "the champion was backtested, so this one must be too" in one_line(refused.stderr)
    assert served(here) == bundle("good")


def cut_off(*_: object) -> None:
    raise OSError("the machine went down")


def no_store(*_: object) -> None:
    raise TrackingError("the store went away")


@pytest.mark.parametrize(
    ("step", "failing"), [("promote.make_current", cut_off), ("promote.Store.make_champion", no_store)]
)
def test_a_promotion_that_was_cut_off_is_finished_by_saying_it_again(
    here: Path,
    invoke: Invoke,
    bundle: Callable[[str], str],
    step: str,
    failing: Callable[..., None],
) -> None:
    invoke("promote", bundle("good"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"experiments.promotion.{step}", failing)
        assert invoke("promote", bundle("other")).exit_code == 1
    assert served(here) == bundle("good"), "what is served stays whole"
    assert invoke("promote", bundle("other")).exit_code == 0
    assert actions(here) == [("promote", bundle("good")), ("promote", bundle("other"))], "no line twice"
    assert served(here) == champion() == bundle("other")
    assert invoke("rollback").exit_code == 0
    assert served(here) == champion() == bundle("good")


def test_a_promotion_that_was_cut_off_can_be_taken_back(
    here: Path, invoke: Invoke, bundle: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke("promote", bundle("good"))
    with monkeypatch.context() as patch:
        patch.setattr(promote, "make_current", cut_off)
        invoke("promote", bundle("other"))
    assert (served(here), champion()) == (bundle("good"), bundle("other"))
    result = invoke("rollback")
    assert "it was cut off, or `current` was changed by hand. It is taken back" in one_line(result.stdout)
    assert served(here) == champion() == bundle("good")
    assert "nothing to roll back to" in invoke("rollback").stderr


def test_the_card_says_what_a_model_is_for_and_how_it_did(
    made: Path, here: Path, bundle: Callable[[str], str]
) -> None:
    card = (here / "models" / bundle("good") / "card.md").read_text()
    for heading in ("What it is for", "Data", "How it did", "Fairness", "Gate", "What it cannot say"):
        assert f"\n## {heading}\n" in card
    about = read_manifest(here / "models" / bundle("good"))["about"]
    assert about["data"]["digest"] in card
    assert "| hit rate@2 | 1.000 [1.000, 1.000] |" in card
    assert "| sex, places filled |" in card
    assert "- employment type, quality: the data say it of nobody." in card
    assert "| maximum loss | 0.1 |" in card
    assert str(made) not in card, "no path of a machine"
    assert "E1" not in card, "nobody's id"
    run = next(one for one in Store().runs() if one.tags["bundle"] == bundle("good"))
    kept = Store().file(run.run_id, "card.md", here)
    assert kept is not None
    assert kept.read_text() == card


def test_the_card_of_a_leaking_model_says_so(here: Path, bundle: Callable[[str], str]) -> None:
    folder = here / "models" / bundle("leaking")
    assert f"- Leaks: {read_manifest(folder)['about']['leak']}" in (folder / "card.md").read_text()
