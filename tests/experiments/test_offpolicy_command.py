"""`experiments offpolicy`: from a kept ledger to a verdict, and what it refuses to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.offpolicy.command import LEAST, report_on, verdict
from experiments.offpolicy.evidence import evidence_of
from experiments.tracking import URI_VARIABLE
from recommender.bundle import load_bundle, save_bundle
from recommender.dataset import Dataset
from recommender.engine import Engine, Ledger, LedgerLine, fit_engine, read_ledger
from recommender.rankers.collaborative import CollaborativeRanker
from recommender.rankers.popularity import PopularityRanker
from tests.cities import Tables, attended, bare
from tests.cli.city import write

Invoke = Callable[..., Result]

PEOPLE, PROGRAMS = 300, 12
SHOWN = np.datetime64("2023-12-31")


def tables(*, later: bool) -> Tables:
    """Return a city where all take what is even or odd as they are, the former more often, year by year."""
    rng = np.random.default_rng(0)
    records = []
    for number in range(PEOPLE):
        mine = rng.permutation(np.arange(number % 2, PROGRAMS, 2))
        taken = [int(one) for one in mine[:2]]
        records += [
            attended(f"E{number}", f"P{program}", f"2023-0{1 + k}-10") for k, program in enumerate(taken)
        ]
        if later:
            records += [attended(f"E{number}", f"P{program}", "2024-05-10") for program in mine[2:4]]
    records.append(attended("E0", "P0", str(SHOWN)))  # the data's own date
    if later:
        records.append(attended("E1", "P1", "2024-12-31"))
    return {**bare(PEOPLE, PROGRAMS), "training_records": records}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with data before and after, and bundles of an old and a new model."""
    here = tmp_path_factory.mktemp("city")
    write(here / "before", tables(later=False))
    (here / "before" / "policy.toml").write_text("[exploration]\nshare = 0.2\n", "utf-8")
    write(here / "after", tables(later=True))
    past = Dataset.load(here / "before")
    (here / "models").mkdir()
    (here / "models" / ".bundle-key").write_text("0123456789abcdef" * 4 + "\n", "ascii")
    for name, ranker in (("old", PopularityRanker()), ("new", CollaborativeRanker())):
        save_bundle(fit_engine(past, name, ranker), here / "models", {}).rename(here / "models" / name)
    return here


@pytest.fixture(scope="module")
def ledger(folder: Path) -> Path:
    """Return a ledger of the old model's answers to everybody, two, three and four programs long."""
    engine = load_bundle(folder / "models" / "old")
    assert engine.people_key is not None
    kept = Ledger(folder / "ledger.ndjson", engine.people_key)
    served = engine.with_data(Dataset.load(folder / "before"))
    for n in (2, 3, 4):
        kept.append(kept.lines(served.decide(served.dataset.employees.ids.ids, kept.key, n), served))
    return kept.path


@pytest.fixture
def invoke(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.chdir(folder)
    monkeypatch.setenv(URI_VARIABLE, f"sqlite:///{folder / 'mlflow.db'}")

    def run(*words: object, **options: object) -> Result:
        given = {"ledger": "ledger.ndjson", "data": "after", **options}
        flags = [str(part) for name, value in given.items() for part in (f"--{name}", value)]
        return CliRunner().invoke(app, ["offpolicy", *map(str, words), *flags])

    return run


@pytest.fixture
def new(folder: Path) -> Engine:
    return load_bundle(folder / "models" / "new")


@pytest.fixture
def after(folder: Path) -> Dataset:
    return Dataset.load(folder / "after")


def test_a_better_model_is_found_out(invoke: Invoke, ledger: Path) -> None:
    assert ledger.is_file()
    result = invoke("new")
    assert result.exit_code == 0, result.output
    assert (
        f"new on {3 * PEOPLE} lists shown to {PEOPLE} people, data of 2023-12-31 to 2023-12-31."
        in result.stdout
    )
    assert "programs taken" in result.stdout
    assert "Verdict: better, by at least 0." in result.stdout
    by_path = invoke("models/new")
    assert by_path.stdout == result.stdout


def test_the_same_as_json(invoke: Invoke, ledger: Path) -> None:
    assert ledger.is_file()
    found = json.loads(invoke("new", "--json").stdout)
    taken = found["blocks"][0]
    assert found["people"] == PEOPLE
    assert found["matched"] >= LEAST
    assert taken["robust"]["value"] > taken["shown"]["value"] + 0.3
    assert taken["difference"]["lower"] > 0
    assert found["verdict"].startswith("Verdict: better")


def taken_of(engine: Engine, dataset: Dataset, n: int) -> float:
    """Return the truth: how many programs of its own lists people took; here they take what they will."""
    history = dataset.history
    later = history.moment > SHOWN
    taken = set(zip(history.employee[later].tolist(), history.program[later].tolist(), strict=True))
    served = engine.with_data(replace(dataset.before(SHOWN + np.timedelta64(1, "D")), as_of=SHOWN))
    answers = served.recommend_many(dataset.employees.ids.ids, n)
    return float(
        np.mean(
            [
                sum(
                    (row, dataset.programs.ids.row(one.program_id)) in taken for one in answer.recommendations
                )
                for row, answer in enumerate(answers)
            ]
        )
    )


@pytest.mark.parametrize("model", ["old", "new"])
def test_the_interval_holds_what_would_have_come_of_the_models_own_lists(
    folder: Path, ledger: Path, after: Dataset, model: str
) -> None:
    engine = load_bundle(folder / "models" / model)
    report = report_on(evidence_of(read_ledger(ledger), engine, after, 12))
    true = float(np.mean([taken_of(engine, after, n) for n in (2, 3, 4)]))
    taken = report.blocks[0]
    assert report.unsupported == 0
    assert taken.robust.lower <= true <= taken.robust.upper
    assert taken.snips.lower <= true <= taken.snips.upper
    assert taken.difference.lower <= true - taken.shown.value <= taken.difference.upper


def test_rewards_are_what_was_completed_in_the_months_after(
    ledger: Path, new: Engine, after: Dataset
) -> None:
    lines = read_ledger(ledger)
    log = evidence_of(lines, new, after, 12).log
    assert new.people_key is not None
    taken = {
        (after.employees.ids[row], after.programs.ids[program])
        for row, program, day in zip(
            after.history.employee, after.history.program, after.history.moment, strict=True
        )
        if day > SHOWN
    }
    pseudonym = {new.people_key.pseudonym(id_): id_ for id_ in after.employees.ids}
    shown = [(pseudonym[line.employee], program) for line in lines for program in line.programs]
    assert np.nansum(log.reward) == sum(pair in taken for pair in shown) > 0
    assert log.shown.sum() == len(shown)
    early = evidence_of(lines, new, after, 2).log
    assert np.nansum(early.reward) == 0, "nobody took anything before May"


def lines_with(ledger: Path, **cells: Any) -> list[LedgerLine]:
    return [replace(line, **cells) for line in read_ledger(ledger)]


def rewritten(path: Path, lines: list[LedgerLine]) -> Path:
    path.write_text("".join(json.dumps(asdict(line)) + "\n" for line in lines), "utf-8")
    return path


@pytest.mark.parametrize(
    ("cells", "options", "said"),
    [
        ({"as_of": "2023-06-30"}, {}, "has learnt what came of them"),
        ({"as_of": "2024-06-30"}, {}, "are not yet 12 months old on the date of the data, 2024-12-31"),
        ({}, {"months": 13}, "are not yet 13 months old"),
        ({"as_of": "2030-01-01"}, {}, "are not yet 12 months old"),
        ({"as_of": ""}, {}, "rest on data without a date"),
        ({"employee": "nobody"}, {}, "of people whom the data do not hold"),
        (
            {"programs": ("X",), "propensities": (1.0,), "candidates": ()},
            {},
            "show programs that the data do not",
        ),
    ],
)
def test_lines_that_say_nothing_are_left_out_aloud(
    invoke: Invoke, ledger: Path, tmp_path: Path, cells: dict[str, Any], options: dict[str, Any], said: str
) -> None:
    path = rewritten(tmp_path / "l.ndjson", lines_with(ledger, **cells))
    result = invoke("new", ledger=path, **options)
    assert result.exit_code == 1
    assert "no line of the ledger can be used" in result.stderr
    assert said in result.stderr
    if not options:
        both = rewritten(tmp_path / "both.ndjson", read_ledger(ledger) + lines_with(ledger, **cells))
        result = invoke("new", ledger=both)
        assert result.exit_code == 0, result.output
        assert "Left out: " in result.stdout
        assert said in result.stdout


def test_without_chance_nothing_can_be_learnt(invoke: Invoke, ledger: Path, tmp_path: Path) -> None:
    sure = [
        replace(line, share=0.0, candidates=(), propensities=(1.0,) * len(line.programs))
        for line in read_ledger(ledger)
    ]
    result = invoke("new", ledger=rewritten(tmp_path / "sure.ndjson", sure))
    assert result.exit_code == 1
    assert "nothing can be learnt of a model that would show others" in result.stderr
    assert "[exploration]" in result.stderr


def test_few_answers_are_too_few(ledger: Path, new: Engine, after: Dataset) -> None:
    evidence = evidence_of(read_ledger(ledger)[:40], new, after, 12)
    assert report_on(evidence).verdict.startswith("Verdict: too few to tell.")


def test_what_could_not_be_shown_is_held_against_a_verdict(ledger: Path, new: Engine, after: Dataset) -> None:
    """With candidates gone from the ledger, the new model's own programs have no support."""
    evidence = evidence_of(read_ledger(ledger), new, after, 12)
    log = evidence.log
    barred = replace(log, logged=np.where(log.shown, log.logged, 0.0))
    report = report_on(replace(evidence, log=barred))
    assert report.unsupported > 0.2
    assert report.blocks[0].missing == pytest.approx(
        (log.target[(barred.logged == 0)]).sum() / len(log.person)
    )
    block = report.blocks[0]
    worse = replace(block, difference=replace(block.difference, lower=-0.9, value=-0.8, upper=-0.7))
    assert verdict(replace(worse, missing=0.5), log).startswith("Verdict: worse, by at least 0.200")
    assert "might decide it" in verdict(replace(worse, missing=0.8), log)


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        (["none"], {}, "no bundle is called 'none', here or in models, and there are no runs"),
        (["new"], {"ledger": "none"}, "there is no ledger at none"),
        (["new"], {"data": "none"}, "none"),
    ],
)
def test_what_is_not_there_is_named(
    invoke: Invoke, ledger: Path, words: list[str], options: dict[str, str], said: str
) -> None:
    assert ledger.is_file()
    result = invoke(*words, **options)
    assert result.exit_code == 1
    assert said in result.stderr
