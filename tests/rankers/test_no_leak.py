"""The learned ranker is trained on features that know nothing of what came after a cut."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset.split import cut_days
from recommender.domain import FloatArray
from recommender.rankers import learned
from recommender.rankers.features import Features
from tests.cities import Tables, load, town
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
