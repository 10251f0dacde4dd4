"""The learned ranker is trained on features that know nothing of what came after a cut."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset.split import cut_days, split_last
from recommender.domain import FloatArray
from recommender.rankers import gather_people, learned
from recommender.rankers.features import Features
from tests.cities import Tables, assessed, load, town
from tests.rankers.contract import new

WINDOWS = 2


def features_of_cuts(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, FloatArray]]:
    """Return the training features of each person at each cut, the latest cut first."""
    seen: list[dict[str, FloatArray]] = []
    plain = learned.pair_features

    def spy(*arguments: object) -> Features:
        found = plain(*arguments)  # type: ignore[arg-type]
        people = arguments[0]
        ids = [people.dataset.employees.ids[row] for row in people.rows]  # type: ignore[attr-defined]
        seen.append(dict(zip(ids, found.values, strict=True)))
        return found

    monkeypatch.setattr(learned, "pair_features", spy)
    city = load(tables)
    new("learned", trees=2, windows=WINDOWS).fit(city, CompetencyEstimator().fit(city))
    monkeypatch.setattr(learned, "pair_features", plain)
    return seen


def changed_from(tables: Tables, day: str) -> Tables:
    """Return the tables with other programs and other levels in all records from a day on."""
    programs = [str(row["program_id"]) for row in tables["programs"]]
    after = dict(zip(programs, programs[1:] + programs[:1], strict=True))
    records = [
        {**row, "program_id": after[str(row["program_id"])]} if str(row["started_on"]) >= day else row
        for row in tables["training_records"]
    ]
    levels = [
        {**row, "level": 5 - float(str(row["level"]))} if str(row["assessed_on"]) >= day else row
        for row in tables["assessments"]
    ]
    return {**tables, "training_records": records, "assessments": levels}


def test_what_came_after_a_cut_changes_nothing_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = town()
    days = cut_days(load(tables), 12, WINDOWS)
    assert len(days) == WINDOWS
    before = features_of_cuts(tables, monkeypatch)
    after = features_of_cuts(changed_from(tables, str(days[-1])), monkeypatch)
    common = before[WINDOWS - 1].keys() & after[WINDOWS - 1].keys()
    assert len(common) > 5
    for person in common:
        np.testing.assert_array_equal(before[WINDOWS - 1][person], after[WINDOWS - 1][person])


def test_undated_judgements_of_what_a_course_taught_do_not_tell_that_it_was_taken() -> None:
    """Everybody takes five of twenty courses at random and is then tested in what each teaches, undated."""
    rng = np.random.default_rng(0)
    courses = range(20)
    taken = [(f"E{person}", course) for person in range(300) for course in rng.permutation(20)[:5]]
    city = load(
        {
            "competencies": [{"competency_id": f"C{one}"} for one in courses],
            "positions": [{"position_id": "J", "tier": "pelaksana"}],
            "position_requirements": [
                {"position_id": "J", "competency_id": f"C{one}", "required_level": 4} for one in courses
            ],
            "employees": [{"employee_id": f"E{person}", "position_id": "J"} for person in range(300)],
            "programs": [{"program_id": f"P{one}"} for one in courses],
            "program_outcomes": [
                {"program_id": f"P{one}", "competency_id": f"C{one}", "target_level": 5} for one in courses
            ],
            "training_records": [{"employee_id": who, "program_id": f"P{one}"} for who, one in taken],
            "assessments": [
                {**assessed(f"C{one}", int(rng.integers(1, 5)), employee_id=who), "assessed_on": ""}
                for who, one in taken
            ],
        }
    )
    bases = tuple({"ranker": one} for one in ("popularity", "gap"))
    ranker = new("learned", windows=1, trees=40, bases=bases)
    estimator = CompetencyEstimator(rounds=1)
    split = split_last(city)
    ranker.fit(split.past, estimator.fit(split.past))
    people = gather_people(split.past, estimator, np.arange(300))
    scores = np.where(people.past.weights(1.0) > 0, -np.inf, ranker.score(people))
    first = np.argsort(-scores, axis=1)[:, :5]
    found = np.take_along_axis(split.relevant(np.arange(300)), first, axis=1).any(axis=1).mean()
    assert found < 0.45, "5 of 16 left hold the one taken with chance 0.31"
