from __future__ import annotations

import math

import numpy as np
import pytest

from recommender.evaluation import bootstrap
from recommender.evaluation.bootstrap import interval, paired_difference


def test_people_without_a_value_are_left_out() -> None:
    values = np.array([0.0, np.nan, 1.0, 2.0, np.nan])
    found = interval(values)
    assert (found.mean, found.people) == (1.0, 3)
    assert found == interval(values[[0, 2, 3]])


def test_all_values_of_a_person_are_drawn_together() -> None:
    random = np.random.default_rng(4)
    person = np.repeat(np.arange(200), 5)
    values = random.normal(size=200)[person]  # five times the same: no surer than once
    once, apart, together = interval(values[::5]), interval(values), interval(values, person)
    assert (together.mean, together.lower, together.upper) == pytest.approx(
        (once.mean, once.lower, once.upper)
    )
    assert together.people == 200
    assert apart.upper - apart.lower < 0.6 * (together.upper - together.lower)
    assert apart.people == 1000


def test_people_with_more_values_weigh_more() -> None:
    found = interval(np.array([1.0, 1.0, 1.0, 0.0, np.nan]), np.array([7, 7, 7, 3, 3]))
    assert (found.mean, found.people) == (0.75, 2)


def test_equal_values_leave_no_doubt() -> None:
    found = interval(np.full(20, 0.3))
    assert (found.lower, found.upper) == pytest.approx((0.3, 0.3))


def test_fewer_than_two_people_have_no_interval() -> None:
    one, none = interval(np.array([0.5, np.nan])), interval(np.array([np.nan]))
    assert (one.mean, one.people, none.people) == (0.5, 1, 0)
    assert all(math.isnan(value) for value in (one.lower, one.upper, none.mean, none.lower))


def test_width_is_that_of_the_normal_law_for_many_people() -> None:
    values = np.random.default_rng(1).normal(size=4000)
    found = interval(values, level=0.9, draws=2000)
    half_width = 1.645 * values.std() / math.sqrt(len(values))
    assert found.lower == pytest.approx(values.mean() - half_width, abs=0.1 * half_width)
    assert found.upper == pytest.approx(values.mean() + half_width, abs=0.1 * half_width)


def test_holds_the_true_mean_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    samples = random.exponential(size=(400, 80))
    found = [interval(sample, draws=400, seed=row) for row, sample in enumerate(samples)]
    covered = np.mean([each.lower <= 1.0 <= each.upper for each in found])
    assert 0.90 <= covered <= 0.97


def test_draws_do_not_depend_on_how_they_are_cut_into_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).random(50)
    whole = interval(values, draws=101)
    monkeypatch.setattr(bootstrap, "_CELLS", 50 * 7)
    assert interval(values, draws=101) == whole


def test_the_seed_decides() -> None:
    values = np.random.default_rng(2).random(50)
    assert interval(values, seed=1) == interval(values, seed=1)
    assert interval(values, seed=1) != interval(values, seed=2)


def test_a_level_outside_zero_and_one_is_refused() -> None:
    with pytest.raises(ValueError, match="level is 95"):
        interval(np.ones(3), level=95)


def test_paired_people_cancel_out() -> None:
    random = np.random.default_rng(4)
    person = random.normal(scale=10.0, size=500)
    better, worse = person + 1.0 + 0.1 * random.normal(size=500), person
    found = paired_difference(better, worse)
    assert found.mean == pytest.approx(1.0, abs=0.02)
    assert 0.9 < found.lower < 1.0 < found.upper < 1.1


def test_only_people_with_both_values_are_compared() -> None:
    first = np.array([1.0, np.nan, 3.0, 4.0])
    second = np.array([0.0, 1.0, np.nan, 1.0])
    found = paired_difference(first, second)
    assert (found.mean, found.people) == (2.0, 2)
    with pytest.raises(ValueError, match="same people"):
        paired_difference(first, second[:2])
