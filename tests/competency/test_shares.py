"""Measured shares in beliefs: what a training adds, what is forgotten, and newer catalogues."""

from __future__ import annotations

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator, Shares
from recommender.competency.following import without_records
from recommender.dataset import Dataset
from recommender.domain import Vocabulary
from tests.cities import assessed, attended, bare, load
from tests.competency.known import known_estimator
from tests.competency.test_beliefs import PRIOR, SHARE, SPREAD, planned

FORGETTING = 0.4
OUTCOMES = [{"program_id": f"P{one}", "competency_id": "C", "target_level": 3} for one in range(3)]


def city(**tables: object) -> Dataset:
    return load({**bare(3, 3), "program_outcomes": OUTCOMES, **tables})  # type: ignore[dict-item]


def shares(mean: tuple[float, ...] = (0.9, 0.1), sd: float = 0.0) -> Shares:
    """Return shares of P0 and P1 in C; all else is usual."""
    values = np.array(mean)[:, None]
    ids = Vocabulary(f"P{one}" for one in range(len(mean)))
    return Shares(ids, Vocabulary(["C"]), values, np.full_like(values, sd), 0.4, 0.0, FORGETTING)


def estimator(dataset: Dataset, known: Shares | None = None) -> CompetencyEstimator:
    return known_estimator(dataset).with_shares(known or shares())


def held(dataset: Dataset, as_of: str, known: Shares | None = None) -> list[float]:
    mean = estimator(dataset, known).estimate(dataset, np.datetime64(as_of)).mean
    return [float(value) for value in mean[:, 0]]


DAY = "2024-01-01"
TRAINED = city(training_records=[attended(f"E{one}", f"P{one}", DAY) for one in range(3)])


def test_a_training_adds_what_its_program_was_measured_to_realise() -> None:
    lift = planned(PRIOR, SPREAD**2, 0, 3)
    assert held(TRAINED, DAY) == pytest.approx([PRIOR + share * lift for share in (0.9, 0.1, 0.4)])


def test_what_was_learnt_is_lost_at_its_own_rate() -> None:
    years = 366 / 365.25
    lift = 0.9 * planned(PRIOR, SPREAD**2, 0, 3)
    later = held(TRAINED, "2025-01-01")[0]
    assert later == pytest.approx(PRIOR + lift * exp(-FORGETTING * years))


def test_how_unsure_a_share_is_widens_the_belief() -> None:
    sd = [float(estimator(TRAINED, shares(sd=one)).estimate(TRAINED).sd[0, 0]) for one in (0.0, 0.2)]
    lift = planned(PRIOR, SPREAD**2, 0, 3)
    assert sd[0] == pytest.approx(SPREAD)
    assert sd[1] == pytest.approx(np.hypot(SPREAD, 0.2 * lift))


def test_a_program_that_came_later_is_a_usual_one() -> None:
    known = shares()
    wider = known.for_catalogue(Vocabulary(["NEW", "P1", "P0"]), Vocabulary(["B", "C"]))
    mean, sd = wider.of(np.array([0, 1, 2, 2]), np.array([1, 1, 1, 0]))
    assert mean.tolist() == [0.4, 0.1, 0.9, 0.4]
    assert sd.tolist() == [0.0] * 4


def test_without_measured_shares_all_programs_are_alike() -> None:
    plain = known_estimator(TRAINED).estimate(TRAINED).mean[:, 0]
    assert plain == pytest.approx(np.full(3, PRIOR + SHARE * planned(PRIOR, SPREAD**2, 0, 3)))


def test_following_a_person_keeps_what_was_learnt_apart() -> None:
    judged = [assessed("C", 2, assessed_on=day) for day in ("2024-06-01", "2025-06-01")]
    whole = city(training_records=[attended("E0", "P0", DAY)], assessments=judged)
    first = city(training_records=[attended("E0", "P0", DAY)], assessments=judged[:1])
    later = without_records(whole)
    later = replace(later, assessments=city(assessments=judged[1:]).assessments)
    follower = estimator(whole).follow(first, "E0").take(later)
    mean, sd = follower.levels(np.datetime64("2026-01-01"))
    full = estimator(whole).estimate(whole, np.datetime64("2026-01-01"))
    assert mean == pytest.approx(full.mean[0])
    assert sd == pytest.approx(full.sd[0])
