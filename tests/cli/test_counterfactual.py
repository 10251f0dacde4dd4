from __future__ import annotations

import json
from pathlib import Path

import pytest

from recommender.bundle import make_current, save_bundle
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker
from tests.cities import bare, load
from tests.cli.city import write
from tests.cli.conftest import Run
from tests.engine.test_counterfactual import school


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "school", school())


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    saved = save_bundle(fit_engine(load(school()), "gap", GapRanker()), tmp_path / "models", {})
    make_current(saved)
    return saved


def test_a_person_is_told_what_the_first_place_hangs_on(data: Path, bundle: Path, run: Run) -> None:
    arguments = ("counterfactual", "E3", "--data", data, "--bundle", bundle)
    code, shown, _ = run(*arguments, "--lang", "en")
    assert code == 0
    assert shown.startswith("Stands first for E3: ")
    assert "would stand first instead of" in " ".join(shown.split())
    code, shown, _ = run(*arguments)
    assert code == 0
    assert shown.startswith("Saran pertama untuk E3: ")


def test_json_names_the_parts(data: Path, bundle: Path, run: Run) -> None:
    code, shown, _ = run("counterfactual", "E3", "--data", data, "--bundle", bundle, "--json", "--lang", "en")
    found = json.loads(shown)
    assert code == 0
    assert list(found) == ["employee_id", "program_id", "title", "changes", "notes", "as_of", "model"]
    assert list(found["changes"][0]) == [
        "kind", "id", "name", "source", "day", "before", "after", "size", "program_id", "title", "text",
    ]  # fmt: skip
    assert found["employee_id"] == "E3"
    assert found["changes"][0]["program_id"] != found["program_id"]


def test_without_a_list_it_says_so(tmp_path: Path, run: Run) -> None:
    city = write(tmp_path / "bare", bare())
    code, shown, errors = run("counterfactual", "E0", "--data", city, "--lang", "en")
    assert code == 0
    assert "there is no first recommendation to replace" in " ".join(shown.split())
    assert "No model has been trained yet" in errors


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nobody",), 1, "no employee 'nobody'"),
        (("E3", "--lang", "fr"), 2, "'fr' is not a language"),
        ((), 2, "Missing argument 'EMPLOYEE'"),
    ],
)
def test_what_goes_wrong_is_said(
    words: tuple[str, ...], code: int, said: str, data: Path, bundle: Path, run: Run
) -> None:
    ended, _, errors = run("counterfactual", *words, "--data", data, "--bundle", bundle)
    assert ended == code
    assert said in " ".join(errors.split())
