"""Simulated logs: their truth is the truth, and their probabilities are those of the lots."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from experiments.benchmarks.off_policy import (
    Town,
    coverage,
    draw_log,
    found_in,
    likely,
    probabilities,
    true_values,
)
from recommender.domain import IntArray
from recommender.engine.exploration import with_lots
from recommender.engine.selection import Selection
from recommender.evaluation.off_policy import Estimate

SHARE = 0.2


def town(people: int = 200) -> Town:
    """Return people with lists A B C, to whom a new model would list E D C; all have one taste."""
    old, new = np.tile([1, 2, 3, 0, 0], (people, 1)), np.tile([0, 0, 3, 2, 1], (people, 1))
    everything = np.ones(old.shape, dtype=bool)
    taken = np.tile([0.5, 0.4, 0.1, 0.3, 0.6], (people, 1))
    features = np.repeat(taken[:, :, None], 1, axis=2)
    return Town(old, {"new": new}, everything, ~everything, taken, features)


def test_the_truth_in_closed_form() -> None:
    true = true_values(town(), "new", SHARE)
    assert true["SNIPS"] == pytest.approx(0.1 + 0.3 + 0.6)
    last = (1 - SHARE) * 0.1 + SHARE * (0.1 + 0.3 + 0.6) / 3
    assert true["more than so far"] == pytest.approx(1.0 - 0.5 - 0.4 - last)
    assert likely(town().taken, town().old, 0.5)[0].tolist() == [0.5, 0.2, 0.025, 0, 0]


def test_probabilities_are_those_by_which_lists_come() -> None:
    person, program = np.repeat(np.arange(2), 3), np.tile([0, 1, 2], 2)
    lists = Selection(person, program, np.zeros((2, 5), dtype=bool))
    everything = np.ones((2, 5), dtype=bool)
    chance = np.array(
        [[0.9, 0.0], [0.0, 0.99]]
    )  # the first keeps its list, the second draws the last program
    lots = with_lots(lists, everything, ~everything, SHARE, chance)
    assert lots.drawn.tolist() == [False, True]
    expected = [1, 1, 1 - SHARE + SHARE / 3, SHARE / 3, SHARE / 3]
    assert probabilities(lots) == pytest.approx(np.array([expected, expected]))


def rewards(number: int) -> IntArray:
    log = draw_log(town(), "new", SHARE, number).log
    return np.nan_to_num(log.reward).astype(int)


def test_a_log_has_a_number() -> None:
    assert (rewards(3) == rewards(3)).all()
    assert len(rewards(3)) != len(rewards(4)) or (rewards(3) != rewards(4)).any()


def test_estimates_hold_the_truth_and_the_naive_one_does_not() -> None:
    found = [found_in(town(), "new", SHARE, number) for number in range(40)]
    true = true_values(town(), "new", SHARE)

    def held(key: str) -> float:
        return coverage([one.estimates[key] for one in found], true[key])

    assert min(held("SNIPS"), held("doubly robust"), held("more than so far")) >= 0.85
    assert held("naive") < 0.2, "programs shown often count for most"
    assert all(one.unsupported == 0 and one.matched > 10 for one in found)


def test_what_cannot_be_shown_is_reported() -> None:
    shut = replace(town(), admitted=np.tile([True, True, True, True, False], (200, 1)))
    assert found_in(shut, "new", SHARE, 0).unsupported == pytest.approx(1 / 3)


def test_coverage_is_the_share_of_intervals_that_hold() -> None:
    around = [Estimate(0.0, 1.0, lower, lower + 2) for lower in (-3.0, -2.0, -1.0, 0.5)]
    assert coverage(around, 0.0) == 0.5
