"""Candidates drawn evenly, labels of every kind, and chances that come true."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.rankers.boosting import BoostingOptions, Examples, draw, fit_booster
from recommender.rankers.features import Features
from recommender.rankers.learned import LABELS, LearnedRanker
from tests.cities import attended, bare, load, town

OPTIONS = BoostingOptions(trees=60, leaves=7, learning_rate=0.1, least_leaf=20, n_jobs=1, random_state=0)


def test_every_candidate_is_as_likely_as_any_other() -> None:
    candidate = np.ones((4000, 8), dtype=bool)
    candidate[:, 3] = False
    drawn = draw(candidate, 2, np.random.default_rng(1))
    assert (drawn.sum(axis=1) == 2).all()
    assert not drawn[:, 3].any()
    share = drawn.mean(axis=0)[[0, 1, 2, 4, 5, 6, 7]]
    np.testing.assert_allclose(share, 2 / 7, atol=0.03)


def test_few_candidates_are_all_drawn() -> None:
    candidate = np.array([[True, False, True, False, False]])
    for most in (2, 4, 5, 99):
        np.testing.assert_array_equal(draw(candidate, most, np.random.default_rng(0)), candidate)


def examples(most: int) -> tuple[Examples, np.ndarray]:
    """Return lists of 40 programs, one of them taken with odds e^(2 x), and x of each."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(1500, 40))
    chance = np.exp(2 * x) / np.exp(2 * x).sum(axis=1, keepdims=True)
    taken = np.zeros(x.shape, dtype=bool)
    taken[np.arange(len(x)), [rng.choice(40, p=row) for row in chance]] = True
    candidate = np.ones(x.shape, dtype=bool)
    features = Features(("x",), ("person",), x[:, :, None].astype(np.float32))
    drawn = draw(candidate, most, rng)
    return Examples.of(features, taken, candidate, np.arange(len(x)), drawn), x


def test_lists_hold_what_was_taken_and_what_was_drawn() -> None:
    found, _ = examples(8)
    assert (np.isin(found.group, (8, 9))).all(), "eight drawn, and the one taken where it was not among them"
    assert found.label.sum() == 1500
    np.testing.assert_allclose(found.share.mean(), 8 / 40, atol=0.01)


@pytest.mark.parametrize("most", [8, 40])
def test_chances_sum_to_what_was_taken_however_many_candidates_were_drawn(most: int) -> None:
    found, x = examples(most)
    logit = fit_booster(found, OPTIONS).logit(x.reshape(-1, 1))
    total = (1 / (1 + np.exp(-logit))).sum() / len(x)
    assert total == pytest.approx(1.0, abs=0.1), "one program a person is taken"


@pytest.mark.parametrize("labels", LABELS)
def test_labels_of_every_kind_can_be_learnt_from(labels: str) -> None:
    city = load(town())
    ranker = LearnedRanker(labels=labels, windows=2, trees=3, least_leaf=5)
    found = ranker.examples(city, CompetencyEstimator().fit(city))
    assert found is not None
    if labels in ("last", "one"):
        assert (np.bincount(found.person) <= 2).all(), "one label a window"
        assert np.bincount(found.person).max() == 2


def histories() -> Dataset:
    """Three people took 1, 2 and 3 programs, in this order and without dates."""
    taken = [attended(f"E{person}", f"P{step}") for person in range(3) for step in range(person + 1)]
    return load({**bare(3, 5), "training_records": taken})


def test_the_second_window_of_last_records_is_the_last_but_one() -> None:
    city = histories()
    ranker = LearnedRanker(labels="last", windows=5, bases=({"ranker": "popularity"},), candidates=99)
    found = ranker.examples(city, CompetencyEstimator().fit(city))
    assert found is not None
    # E1 and E2 have a last record after others, E2 one more before; candidates are those not taken before.
    assert found.person.tolist() == [1, 2, 2]
    assert found.group.tolist() == [4, 3, 4]
