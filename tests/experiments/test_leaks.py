"""Each kind of leak is planted once, and found; honest data and recipes raise none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Self

import numpy as np
import pytest

from experiments.judging.leaks import find_leak
from experiments.judging.trials import prepare
from experiments.recipe import FOLDER, Recipe, load_recipe
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray
from recommender.rankers import RANKERS, People
from recommender.rankers.popularity import PopularityRanker
from tests.cities import Tables, attended, load, town
from tests.experiments.test_backtest import recipe, two_tastes

DAY = date(2022, 1, 1)


def leak_of(city: Dataset, made: Recipe) -> str:
    return find_leak(city, made, prepare(city, made))


def with_feedback() -> Tables:
    """Return a town in which every table has dated records on both sides of the cut."""
    tables = town()
    feedback = [
        {
            "feedback_id": f"F{number}",
            "employee_id": f"E{number}",
            "program_id": "P1",
            "rating": 1 + number % 5,
            "submitted_on": f"{2021 + number % 3}-04-04",
        }
        for number in range(60)
    ]
    return {**tables, "feedback": feedback}


@pytest.fixture(scope="module")
def city() -> Dataset:
    return load(with_feedback())


@pytest.mark.parametrize("name", RANKERS)
def test_honest_rankers_leak_nothing(city: Dataset, name: str) -> None:
    assert leak_of(city, recipe(name, day=DAY)) == ""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_recipes_leak_nothing(city: Dataset, path: Any) -> None:
    made = load_recipe(path)
    assert leak_of(city, made.model_copy(update={"split": made.split.model_copy(update={"day": DAY})})) == ""


@pytest.mark.parametrize("kind", ["last", "one"])
def test_data_without_dates_may_be_cut_by_order_or_at_random(kind: str) -> None:
    assert leak_of(load(two_tastes()), recipe("sequence", kind=kind)) == ""


@pytest.mark.parametrize("kind", ["last", "one"])
def test_dated_data_cut_by_order_or_at_random_leak(city: Dataset, kind: str) -> None:
    found = leak_of(city, recipe("popularity", kind=kind))
    assert "training records from" in found
    assert "cut dated data by time" in found


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("history", "training records"),
        ("assessments", "assessments"),
        ("reviews", "performance reviews"),
        ("feedback", "rows of feedback"),
    ],
)
def test_a_cut_that_forgets_a_table_is_found(city: Dataset, table: str, words: str) -> None:
    made = recipe("popularity", day=DAY)
    (trial,) = prepare(city, made)
    past = replace(trial.split.past, **{table: getattr(city, table)})
    if table == "history":  # what is held is no longer there: the rest of the future is
        held = np.isin(city.history.row, trial.split.past.history.row) | (
            np.arange(len(city.history)) % 2 == 0
        )
        past = replace(trial.split.past, history=city.with_history(held).history)
    found = find_leak(city, made, [replace(trial, split=replace(trial.split, past=past))])
    assert f"{words} from 2022" in found
    others = {"training records", "assessments", "performance reviews", "rows of feedback"} - {words}
    assert not [other for other in others if f"{other} from" in found]


@pytest.mark.parametrize(("undated", "found"), [(5, False), (60, True)])
def test_undated_assessments_that_tell_of_next_years_courses_are_found(undated: int, found: bool) -> None:
    """What people will take is written into what they are judged in, and the day is left out."""
    tables = with_feedback()
    later = [row for row in tables["training_records"] if str(row["started_on"]) >= "2022"]
    planted = [
        {
            "employee_id": row["employee_id"],
            "competency_id": "C1",
            "level": int(str(row["program_id"])[1:]) % 6,
            "source": "test",
            "assessed_on": "",
        }
        for row in later[:undated]
    ]
    told = leak_of(
        load({**tables, "assessments": [*tables["assessments"], *planted]}), recipe("gap", day=DAY)
    )
    assert ("of the assessments have no date" in told) == found


FULL: list[Dataset] = []


@dataclass(eq=False, repr=False)
class Peeker(PopularityRanker):
    """Knows all of the data from elsewhere, and puts the last thing that a person will take first."""

    by: ClassVar[str] = ""

    def score(self, people: People) -> FloatArray:
        history = FULL[0].history
        rows = people.rows
        if self.by == "id":
            rows = FULL[0].employees.ids.rows([people.dataset.employees.ids[row] for row in people.rows])
        scores = super().score(people)
        for place, row in enumerate(rows):
            taken = history.program[history.employee == row][-1:] if row != MISSING else []
            scores[place, taken] += 1.0
        return scores


@dataclass(eq=False, repr=False)
class ByRow(Peeker):
    by: ClassVar[str] = "row"


@dataclass(eq=False, repr=False)
class ById(Peeker):
    by: ClassVar[str] = "id"


@dataclass(eq=False, repr=False)
class Trends(PopularityRanker):
    """Learnt from all of the data what becomes popular, by the ids of programs."""

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        super().fit(dataset, estimator)
        counts = np.bincount(FULL[0].history.program, minlength=len(FULL[0].programs.ids))
        place = FULL[0].programs.ids.rows(dataset.programs.ids)
        self.share_ = self.share_ + np.where(place == MISSING, 0, counts[place])
        self.groups_ = ()
        return self


@pytest.mark.parametrize(
    ("ranker", "words"),
    [(ById, "is not blind"), (ByRow, "by their row"), (Trends, "is not blind")],
)
def test_a_ranker_that_knows_the_future_from_elsewhere_is_found(
    city: Dataset, monkeypatch: pytest.MonkeyPatch, ranker: type[PopularityRanker], words: str
) -> None:
    monkeypatch.setitem(RANKERS, "peeker", ranker)
    monkeypatch.setattr("tests.experiments.test_leaks.FULL", [city])
    found = leak_of(city, recipe("peeker", day=DAY))
    assert words in found


def test_a_cutter_that_lets_the_future_through_is_found(
    city: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the cut itself, where the dates are gone: only the scores can tell."""
    made = recipe("popularity", day=DAY)
    trials = prepare(city, made)

    def leaking(self: Dataset, day: np.datetime64) -> Dataset:
        undated = replace(self.history, moment=np.full(len(self.history), np.datetime64("NaT", "D")))
        return replace(self, history=undated, as_of=day)

    monkeypatch.setattr(Dataset, "before", leaking)
    assert "is not blind" in find_leak(city, made, trials)


def test_a_mandate_to_repeat_and_a_course_that_straddles_the_cut_are_no_leak() -> None:
    tables = with_feedback()
    straddling = attended("E3", "P7", "2021-12-01", completed_on="2022-02-01")
    again = attended("E3", "P7", "2023-03-03")
    records = [*tables["training_records"], straddling, again]
    assert leak_of(load({**tables, "training_records": records}), recipe("popularity", day=DAY)) == ""
