"""What must be true of every ranker in the registry."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.rankers import RANKERS
from tests.cities import chain, load
from tests.rankers.contract import NAMES, Fitted, fit_and_score, new, people_of

CHANGED: dict[str, dict[str, Any]] = {
    "popularity": {"leaning": 3.0, "months": 6},
    "gap": {"per_hour": 0.5, "effects": "declared"},
    "sequence": {"reach": 0.1, "recency": 0.2, "shrinkage": 1.0, "measure": "cosine"},
    "collaborative": {"ridge": 7.0, "recency": 0.5},
    "content": {"position_weight": 2.0, "gap_weight": 0.0, "past_weight": 0.1, "linked_weight": 2.0},
    "blend": {"parts": ({"ranker": "sequence", "weight": 2}, {"ranker": "gap"})},
    "learned": {"bases": ({"ranker": "popularity"},), "labels": "last", "trees": 3},
    "value": {"rank_by": "uptake", "uptake_weight": 0.5, "per_hour": 1.0, "trees": 3},
}


def test_the_registry_holds_the_eight_rankers() -> None:
    single = ["popularity", "gap", "sequence", "collaborative", "content"]
    assert list(RANKERS) == [*single, "blend", "learned", "value"]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_round_trip(name: str) -> None:
    ranker = RANKERS[name](**CHANGED[name])
    parameters = ranker.get_params(deep=False)
    assert {key: parameters[key] for key in CHANGED[name]} == CHANGED[name]
    assert not [key for key in parameters if key.endswith("_")]
    assert clone(ranker).get_params() == ranker.get_params()
    assert RANKERS[name]().set_params(**parameters).get_params() == ranker.get_params()


def test_a_clone_of_a_fitted_ranker_has_learnt_nothing(fitted: Fitted) -> None:
    assert [key for key in vars(clone(fitted.ranker)) if key.endswith("_")] == []


def test_a_second_fit_forgets_the_first(fitted: Fitted) -> None:
    other = load(chain())
    twice = fit_and_score(other, pickle.loads(pickle.dumps(fitted.ranker)))
    np.testing.assert_array_equal(twice, fit_and_score(other, clone(fitted.ranker)))


def test_a_pickled_ranker_scores_the_same(fitted: Fitted) -> None:
    copy = Fitted(pickle.loads(pickle.dumps(fitted.ranker)), fitted.city, fitted.estimator)
    np.testing.assert_array_equal(copy.scores(), fitted.scores())


def test_people_together_score_as_one_by_one(fitted: Fitted) -> None:
    ids = fitted.city.employees.ids[:20]
    together = fitted.scores(ids=ids)
    single = np.concatenate([fitted.scores(ids=[id_]) for id_ in ids])
    np.testing.assert_allclose(together, single, rtol=0, atol=1e-9)


def test_the_order_of_people_changes_nothing(fitted: Fitted) -> None:
    ids = fitted.city.employees.ids[:20]
    np.testing.assert_allclose(fitted.scores(ids=ids[::-1])[::-1], fitted.scores(ids=ids), atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_scores(name: str, city: Dataset) -> None:
    np.testing.assert_array_equal(fit_and_score(city, new(name)), fit_and_score(city, new(name)))


def test_scores_are_finite_and_tell_programs_apart(fitted: Fitted) -> None:
    scores = fitted.scores()
    assert scores.shape == (60, 8)
    assert np.isfinite(scores).all()
    assert (scores.std(axis=1) > 0).mean() > 0.9


def test_coverage_is_said_of_each_person(fitted: Fitted) -> None:
    people = people_of(fitted.city, fitted.estimator, ["E3", "E4", "E5"])
    covers = fitted.ranker.covers(people)
    assert (covers.shape, covers.dtype) == ((3,), np.dtype(bool))
    assert covers.all()


def test_contributions_add_up_to_the_score(fitted: Fitted) -> None:
    people = people_of(fitted.city, fitted.estimator)
    who, program = np.divmod(np.arange(60 * 8), 8)
    parts = fitted.ranker.contributions(people, who, program)
    assert parts.values.shape == (480, len(parts.kinds))
    assert len(set(parts.kinds)) == len(parts.kinds)
    np.testing.assert_allclose(parts.values.sum(axis=1), fitted.scores().ravel(), atol=1e-6)


def test_a_witness_is_a_program_of_the_persons_own_past(fitted: Fitted) -> None:
    people = people_of(fitted.city, fitted.estimator)
    who, program = np.divmod(np.arange(60 * 8), 8)
    witness = fitted.ranker.witness(people, who, program)
    assert witness.shape == (480,)
    named = witness >= 0
    assert (people.past.weights(1.0)[who[named], witness[named]] > 0).all()


def test_asking_for_no_pairs_gives_no_parts(fitted: Fitted) -> None:
    people = people_of(fitted.city, fitted.estimator)
    nobody = np.zeros(0, dtype=np.int64)
    assert len(fitted.ranker.contributions(people, nobody, nobody).values) == 0
    assert len(fitted.ranker.witness(people, nobody, nobody)) == 0


def test_scoring_leaves_the_ranker_as_it_was(fitted: Fitted) -> None:
    before = pickle.dumps(fitted.ranker)
    fitted.scores()
    assert pickle.dumps(fitted.ranker) == before


@pytest.mark.parametrize("name", NAMES)
def test_fit_returns_the_ranker_itself(name: str, city: Dataset, estimator: CompetencyEstimator) -> None:
    ranker = new(name)
    assert ranker.fit(city, estimator) is ranker
