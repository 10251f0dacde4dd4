"""Gaps of a unit: who counts, what is suppressed, and what the figures are."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from recommender import Engine
from recommender.errors import UnknownUnit
from recommender.rankers import gather_people
from recommender.service.asked import Asked
from recommender.service.intake import put_employee
from recommender.service.office import Office
from recommender.store.askers import Asker
from recommender.store.people import employees_of
from recommender.store.units import units_below
from tests.service.test_answers import whole_engine

TOP = "U001"


def told(office: Office, hr: Asker, unit: str = TOP) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(office.unit_gaps(unit, Asked(language="en"), hr).body)
    return found


def test_gaps_are_the_mean_expected_shortfall_of_those_asked(
    office: Office, engine: Engine, hr: Asker
) -> None:
    whole = whole_engine(office, engine)
    with office.database.reading() as connection:
        ids = employees_of(connection, units_below(connection, TOP))
    people = gather_people(whole.dataset, whole.estimator, whole.dataset.employees.ids.rows(ids))
    active = whole.dataset.employees.active[people.rows]
    gaps = told(office, hr)
    assert gaps["people"] == active.sum() > 0
    small = whole.dataset.policy.privacy.small_group
    known = whole.dataset.competencies.ids
    for gap in gaps["gaps"]:
        column = known.row(gap["competency_id"])
        asked = active & ~np.isnan(people.required[:, column])
        assert gap["people"] == asked.sum() >= small
        draws = np.random.default_rng(0).normal(
            people.beliefs.mean[asked, column], people.beliefs.sd[asked, column], (20_000, asked.sum())
        )
        short = np.maximum(0.0, people.required[asked, column] - draws)
        assert gap["mean_gap"] == pytest.approx(short.mean(), abs=0.02)
        assert gap["below"] == pytest.approx((short > 0).mean(axis=0).sum(), abs=0.05 * asked.sum())
    assert [gap["mean_gap"] for gap in gaps["gaps"]] == sorted(
        (gap["mean_gap"] for gap in gaps["gaps"]), reverse=True
    )


def test_a_small_group_is_not_told(office: Office, hr: Asker) -> None:
    small = office.catalogue().policy.privacy.small_group
    with office.database.reading() as connection:
        leaves = [unit for unit in units_below(connection, TOP) if len(units_below(connection, unit)) == 1]
        leaf = next(unit for unit in leaves if 0 < len(employees_of(connection, [unit])) < small)
        count = len(employees_of(connection, [leaf]))
    assert told(office, hr, leaf)["gaps"] == [] and told(office, hr, leaf)["suppressed"] > 0
    for number in range(small - count):
        put_employee(office, f"new-{number}", {"unit_id": leaf, "position_id": "kabag-SD01"})
    assert {gap["people"] for gap in told(office, hr, leaf)["gaps"]} <= {small}


def test_an_unknown_unit_has_no_gaps(office: Office, hr: Asker) -> None:
    with pytest.raises(UnknownUnit):
        office.unit_gaps("nowhere", Asked(), hr)
