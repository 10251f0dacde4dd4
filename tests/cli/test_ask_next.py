from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.bundle import make_current, save_bundle
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker
from tests.cities import load
from tests.cli.city import write
from tests.cli.conftest import Run
from tests.engine.test_asking import school


@pytest.fixture
def data(tmp_path: Path) -> Path:
    tables = school()
    tables["units"] = [{"unit_id": "U1"}, {"unit_id": "U2"}]
    tables["employees"] = [{**row, "unit_id": "U1"} for row in tables["employees"][:3]] + list(
        tables["employees"][3:]
    )
    return write(tmp_path / "school", tables)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    saved = save_bundle(fit_engine(load(school()), "gap", GapRanker()), tmp_path / "models", {})
    make_current(saved)
    return saved


def test_a_person_is_told_what_to_have_judged(data: Path, bundle: Path, run: Run) -> None:
    code, shown, _ = run("ask-next", "E0", "--data", data, "--bundle", bundle, "--lang", "en")
    assert code == 0
    assert "Judged by" in shown
    assert "Skill S0" in shown


def test_json_names_the_parts(data: Path, bundle: Path, run: Run) -> None:
    code, shown, _ = run("ask-next", "E0", "--data", data, "--bundle", bundle, "--json", "-n", 1)
    (question,) = json.loads(shown)
    assert code == 0
    assert list(question) == [
        "employee_id", "competency_id", "name", "source", "value", "chance", "held", "sd", "sd_after",
    ]  # fmt: skip
    assert question["competency_id"] == "S0"


def test_a_unit_is_asked_about_its_own_people(data: Path, bundle: Path, run: Run) -> None:
    code, shown, _ = run("ask-next", "--unit", "U1", "--data", data, "--bundle", bundle, "--json", "-n", 99)
    assert code == 0
    asked = {question["employee_id"] for question in json.loads(shown)}
    assert {"E0"} <= asked <= {"E0", "E1", "E2"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nobody",), 1, "no employee 'nobody'"),
        (("--unit", "U9"), 1, "the unit 'U9' is not in the data; its unit_ids are U1, U2."),
        (("--unit", "U2"), 1, "the unit 'U2' has nobody in service"),
        (("E0", "--source", "rumour"), 1, "no assessment is by the source 'rumour'"),
        (("E0", "--unit", "U1"), 2, "one of the two"),
        ((), 2, "one of the two"),
    ],
)
def test_what_goes_wrong_is_said(
    words: tuple[str, ...], code: int, said: str, data: Path, bundle: Path, run: Run
) -> None:
    ended, _, errors = run("ask-next", *words, "--data", data, "--bundle", bundle)
    assert ended == code
    assert said in " ".join(errors.split())
