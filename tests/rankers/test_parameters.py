"""Parameters that cannot be followed are refused with what is allowed; those at the edge are followed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.rankers.sequence import MEASURES
from tests.cities import load, town
from tests.rankers.contract import fit_and_score, new


@pytest.mark.parametrize(
    ("name", "parameters", "allowed"),
    [
        ("sequence", {"measure": "odds"}, "measure 'odds' is not known; use one of rate, cosine"),
        ("gap", {"effects": "hoped"}, "effects 'hoped' is not known; use one of measured, declared"),
        ("value", {"rank_by": "clicks"}, "rank_by 'clicks' is not known; use one of value, uptake, benefit"),
        ("value", {"labels": "all"}, "labels 'all' is not known; use one of auto, time"),
        (
            "learned",
            {"bases": ({"ranker": "magic"},)},
            "'magic' is not known; use one of popularity, gap, sequence, collaborative, content",
        ),
        ("learned", {"bases": ({"ranker": "learned"},)}, "'learned' is not known; use one of popularity"),
        (
            "learned",
            {"bases": ({"ranker": "sequence", "measure": "odds"},)},
            "'odds' is not known; use one of rate, cosine",
        ),
    ],
)
def test_a_name_that_is_not_known_is_answered_with_those_that_are(
    name: str, parameters: dict[str, Any], allowed: str, city: Dataset, estimator: CompetencyEstimator
) -> None:
    with pytest.raises(ValueError, match=allowed):
        new(name, **parameters).fit(city, estimator)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("popularity", {"leaning": 0.0}),
        ("popularity", {"leaning": 1e9}),
        ("popularity", {"months": 1}),
        ("gap", {"per_hour": 1.0, "effects": "declared"}),
        ("sequence", {"reach": 0.0, "recency": 0.0}),
        ("sequence", {"reach": 1.0, "recency": 1.0}),
        *(
            ("sequence", {"measure": measure, "shrinkage": shrinkage})
            for measure in MEASURES
            for shrinkage in (0.0, 5.0)
        ),
        ("popularity", {"records": 1}),
        ("collaborative", {"ridge": 1e-3}),
        ("content", {"position_weight": 0.0, "gap_weight": 0.0, "past_weight": 0.0}),
        ("content", {"linked_weight": 5.0}),
        ("blend", {"parts": ()}),
        ("blend", {"parts": ({"ranker": "gap", "weight": 0},)}),
        ("learned", {"bases": ()}),
        ("learned", {"windows": 1, "window_months": 1}),
        ("learned", {"most_people": 10}),
        ("value", {"uptake_weight": 0.0, "per_hour": 2.0}),
        ("value", {"uptake_weight": 100.0}),
        ("value", {"rank_by": "benefit", "bases": ()}),
    ],
)
def test_edges_give_finite_scores(name: str, parameters: dict[str, Any], city: Dataset) -> None:
    assert np.isfinite(fit_and_score(city, new(name, **parameters))).all()


def test_shares_of_a_position_whose_holders_took_nothing_are_those_of_its_tier() -> None:
    tables = town()
    position = {"position_id": "J9", "tier": "pengawas"}
    tables["positions"] = [*tables["positions"], position]
    tables["employees"] = [*tables["employees"], {"employee_id": "NEW", "position_id": "J9"}]
    city = load(tables)
    scores = fit_and_score(city, new("popularity", leaning=0.0))
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(scores[-1], scores[2])  # J2 is the only other position of that tier


def test_popularity_of_the_last_months_forgets_older_ones(city: Dataset) -> None:
    recent, ever = (fit_and_score(city, new("popularity", months=months)) for months in (12, 0))
    assert not np.allclose(recent, ever)


def test_gap_per_hour_prefers_the_shorter_of_two_equals(city: Dataset) -> None:
    plain, per_hour = (fit_and_score(city, new("gap", per_hour=power)) for power in (0.0, 1.0))
    np.testing.assert_allclose(per_hour * city.programs.hours, plain)


def test_the_number_of_threads_changes_no_score(city: Dataset) -> None:
    one, two = (fit_and_score(city, new("learned", n_jobs=jobs)) for jobs in (1, 2))
    np.testing.assert_array_equal(one, two)
