from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from experiments.judging.calibration import Pairs, calibrate, uptake_pairs
from experiments.judging.ranking import in_batches
from experiments.judging.trials import prepare
from recommender.domain import FloatArray
from recommender.rankers import People
from recommender.rankers.popularity import PopularityRanker
from tests.cities import load, town
from tests.experiments.test_backtest import recipe

DAY = date(2022, 1, 1)


def drawn(stated: FloatArray, true: FloatArray) -> Pairs:
    return Pairs(stated, np.random.default_rng(1).random(len(true)) < true)


def test_chances_that_come_true_have_no_error_and_skill() -> None:
    chance = np.random.default_rng(0).random(100_000)
    found = calibrate([drawn(chance, chance)])
    assert found is not None
    assert found.error < 0.01
    # Of uniform chances p the Brier score is E p(1 - p) = 1/6, that of the base rate 1/2 is 1/4.
    assert found.brier == pytest.approx(1 / 6, abs=0.003)
    assert found.skill == pytest.approx(1 / 3, abs=0.01)
    assert [one.pairs for one in found.bins] == [10_000] * 10
    assert [one.foretold for one in found.bins] == sorted(one.foretold for one in found.bins)


def test_chances_stated_twice_as_high_are_off_by_the_half() -> None:
    true = np.random.default_rng(0).random(100_000) / 2
    found = calibrate([drawn(2 * true, true)])
    assert found is not None
    assert found.error == pytest.approx(true.mean(), abs=0.01)
    assert all(one.foretold > one.happened for one in found.bins)
    assert found.skill < 0


def test_always_saying_the_base_rate_is_calibrated_and_knows_nothing() -> None:
    happened = np.arange(1000) % 4 == 0
    found = calibrate([Pairs(np.full(1000, 0.25), happened)])
    assert found is not None
    assert (found.base_rate, found.brier, found.skill) == pytest.approx((0.25, 0.25 * 0.75, 0.0))
    assert found.error < 0.01, "so the gate asks for skill as well"


def test_several_trials_are_judged_together_and_nothing_of_nothing() -> None:
    pairs = [Pairs(np.array([0.1]), np.array([False])), Pairs(np.array([0.9]), np.array([True]))]
    found = calibrate(pairs)
    assert found is not None
    assert (sum(one.pairs for one in found.bins), found.error) == (2, pytest.approx(0.1))
    assert calibrate([None, None]) is None
    assert calibrate([]) is None
    assert calibrate([Pairs(np.array([0.1]), np.array([False]))]) is None, "nobody took anything"


@dataclass(eq=False, repr=False)
class Certain(PopularityRanker):
    """States the row of each program as its chance."""

    def uptake(self, people: People) -> FloatArray:
        programs = len(people.dataset.programs.ids)
        return np.tile(np.arange(programs) / programs, (len(people), 1))


def test_pairs_are_the_candidates_of_the_people_judged() -> None:
    made = recipe("popularity", day=DAY)
    (trial,) = prepare(load(town()), made)
    past = trial.split.past
    assert uptake_pairs(PopularityRanker().fit(past, trial.estimator), trial) is None, "it states no chances"
    found = uptake_pairs(Certain().fit(past, trial.estimator), trial)
    assert found is not None
    (people,) = in_batches(past, trial.estimator, trial.rows)
    taken = people.past.weights(1.0) > 0
    taken[:, 7] = False  # P7 is to be repeated
    assert len(found.foretold) == (~taken).sum()
    assert found.happened.sum() == len(trial.split.program), "all that is held is a candidate"
    np.testing.assert_allclose(np.unique(found.foretold), np.arange(8) / 8)
