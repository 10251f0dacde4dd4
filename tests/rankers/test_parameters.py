"""Parameters that cannot be followed are refused with what is allowed; those at the edge are followed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.rankers.learned import LearnedRanker
from recommender.rankers.sequence import MEASURES
from tests.cities import load, town
from tests.rankers.contract import fit_and_score, new, people_of


@pytest.mark.parametrize(
    ("name", "parameters", "allowed"),
    [
        ("sequence", {"measure": "odds"}, "measure 'odds' is not known; use one of rate, cosine"),
        ("learned", {"objective": "clicks"}, "'clicks' is not known; use 'uptake' or 'value'"),
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
        ("gap", {"per_hour": 1.0}),
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
        ("learned", {"objective": "uptake"}),
        ("learned", {"uptake_weight": 0.0}),
        ("learned", {"windows": 1, "window_months": 1}),
        ("learned", {"most_people": 10}),
    ],
)
def test_edges_give_finite_scores(name: str, parameters: dict[str, Any], city: Dataset) -> None:
    assert np.isfinite(fit_and_score(city, new(name, **parameters))).all()


@pytest.mark.parametrize("objective", ["uptake", "value"])
@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_uptake_is_the_same_probability_whatever_is_ranked_by(
    objective: str, weight: float, city: Dataset, estimator: CompetencyEstimator
) -> None:
    def uptake(**parameters: object) -> np.ndarray:
        ranker = new("learned", **parameters).fit(city, estimator)
        assert isinstance(ranker, LearnedRanker)
        return ranker.uptake(people_of(city, estimator))

    found = uptake(objective=objective, uptake_weight=weight)
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_allclose(found, uptake(objective="uptake"), atol=1e-6)


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
