"""Values of models that never answered: exact on what can be enumerated, and never silent on what cannot."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from recommender.domain import FloatArray
from recommender.evaluation.off_policy import (
    Log,
    doubly_robust,
    effective,
    foretell,
    observed,
    over_people,
    rare,
    snips,
    unsupported,
)

NAN = float("nan")


def log_of(*pairs: tuple[int, float, float, float], people: int = 2) -> Log:
    """Return a log of one decision per person from (decision, logged, target, reward or NaN)."""
    decision, logged, target, reward = (np.array(column) for column in zip(*pairs, strict=True))
    return Log(decision.astype(int), ~np.isnan(reward), logged, target, reward, np.arange(people))


# --- known answers ---


def test_known_answers_on_a_tiny_log() -> None:
    log = log_of((0, 1.0, 1, 1), (0, 0.25, 1, 0), (0, 0.5, 1, NAN), (1, 1.0, 1, 1), (1, 0.5, 0, 1))
    # weights 1, 4, 1; rewarded 2 of 6; the new model lists 3 and 1 programs
    assert snips(log).value == pytest.approx(2 / 6 * 4 / 2)
    foretold = np.array([0.5, 0.5, 0.25, 1.0, 0.0])
    values = doubly_robust(log, foretold)
    assert values == pytest.approx([0.5 + 0.5 + 0.25 + (1 - 0.5) + 4 * (0 - 0.5), 1])
    assert observed(log).tolist() == [1, 2]
    assert effective(log) == pytest.approx(36 / 18)
    assert rare(log).tolist() == [False, True, False, False, False]


def test_the_old_model_is_worth_what_came_of_its_lists() -> None:
    log = log_of((0, 1.0, 1, 1), (0, 1.0, 1, 0), (1, 1.0, 1, 1), (2, 1.0, 1, 0), people=3)
    own = over_people(observed(log), log.person)
    assert snips(log).value == pytest.approx(own.value) == pytest.approx(2 / 3)
    robust = over_people(doubly_robust(log, np.full(4, 0.3)), log.person)
    assert (robust.value, robust.lower, robust.upper) == pytest.approx((own.value, own.lower, own.upper))


def test_an_interval_is_students_over_people_whose_pulls_are_alike() -> None:
    values = np.array([0.0, 2.0] * 200)
    found = over_people(values, np.arange(400))
    assert found.standard_error == pytest.approx(1 / np.sqrt(399))
    assert found.upper - 1 == pytest.approx(1.966 * found.standard_error, rel=1e-3)


def test_few_heavy_weights_widen_the_interval() -> None:
    values = np.zeros(1000)
    values[:3] = 100.0
    found = over_people(values, np.arange(1000))
    assert (found.upper - found.value) / found.standard_error > 3, "known from three people, not a thousand"


def test_lists_of_one_person_err_together() -> None:
    values = np.array([0.0, 2.0] * 50)
    alone = over_people(values, np.arange(100))
    together = over_people(np.tile(values, 4), np.tile(np.arange(100), 4))
    assert together.value == alone.value
    assert together.standard_error == pytest.approx(alone.standard_error)


# --- exact expectations ---

SHARE, POOL = 0.2, 3
CHANCE = np.array(
    [SHARE / POOL + 1 - SHARE, SHARE / POOL, SHARE / POOL]
)  # of programs 1, 2, 3 in the last place
WORTH = np.array([0.5, 0.3, 0.6, 0.2])  # probability that programs 0 .. 3 are taken
NEW = np.array([1.0, 0.0, 1.0, 0.0])  # the new model lists programs 0 and 2


def every_log() -> list[tuple[float, Log]]:
    """Return every log of one list, program 0 and one by lot, with its probability."""
    logs = []
    for last, first_taken, last_taken in product((1, 2, 3), (0.0, 1.0), (0.0, 1.0)):
        chance = CHANCE[last - 1]
        chance *= WORTH[0] if first_taken else 1 - WORTH[0]
        chance *= WORTH[last] if last_taken else 1 - WORTH[last]
        reward = np.full(4, NAN)
        reward[0], reward[last] = first_taken, last_taken
        logged = np.concatenate([[1.0], CHANCE])
        logs.append((chance, Log(np.zeros(4, int), ~np.isnan(reward), logged, NEW, reward, np.zeros(1, int))))
    return logs


@pytest.mark.parametrize("foretold", [np.zeros(4), WORTH, np.array([0.9, 0.1, 0.1, 1.0])])
def test_over_all_logs_the_doubly_robust_mean_is_the_truth(foretold: FloatArray) -> None:
    logs = every_log()
    assert sum(chance for chance, _ in logs) == pytest.approx(1)
    mean = sum(chance * float(doubly_robust(log, foretold)[0]) for chance, log in logs)
    assert mean == pytest.approx(WORTH @ NEW), "whatever was foretold"


def test_a_good_foretelling_makes_the_estimate_surer() -> None:
    def variance(foretold: FloatArray) -> float:
        said = np.array([float(doubly_robust(log, foretold)[0]) for _, log in every_log()])
        chance = np.array([one for one, _ in every_log()])
        return float(chance @ (said - chance @ said) ** 2)

    assert variance(WORTH) < 0.8 * variance(np.zeros(4))


def drawn(people: int, seed: int) -> Log:
    """Return a log of many people with the lists and the truth of `every_log`."""
    rng = np.random.default_rng(seed)
    last = rng.choice(3, size=people, p=CHANCE) + 1
    shown = np.zeros((people, 4), dtype=bool)
    shown[:, 0] = shown[np.arange(people), last] = True
    reward = np.where(shown, rng.random(shown.shape) < WORTH, np.nan)
    decision, logged = np.repeat(np.arange(people), 4), np.tile([1.0, *CHANCE], people)
    return Log(decision, shown.ravel(), logged, np.tile(NEW, people), reward.ravel(), np.arange(people))


def test_intervals_hold_the_truth() -> None:
    logs = [drawn(400, seed) for seed in range(200)]
    foretold = np.full(1600, 0.4)
    by_weights = [snips(log) for log in logs]
    robust = [over_people(doubly_robust(log, foretold), log.person) for log in logs]
    for found in (by_weights, robust):
        assert np.mean([one.value for one in found]) == pytest.approx(WORTH @ NEW, abs=0.02)
        assert 0.91 <= np.mean([one.lower <= WORTH @ NEW <= one.upper for one in found]) <= 0.99


# --- what cannot be told ---


def test_what_could_not_be_shown_is_counted_and_adds_nothing() -> None:
    within = log_of((0, 1.0, 1, 1), (1, 1.0, 1, 0))
    beyond = log_of((0, 1.0, 1, 1), (0, 0.0, 1, NAN), (1, 1.0, 1, 0), (1, 0.0, 1, NAN))
    assert (unsupported(within), unsupported(beyond)) == (0, 0.5)
    assert snips(beyond).value == pytest.approx(snips(within).value)
    assert doubly_robust(beyond, np.full(4, 0.9)) == pytest.approx(doubly_robust(within, np.full(2, 0.9)))


def test_nothing_in_common_is_no_value() -> None:
    log = log_of((0, 1.0, 0, 1), (0, 0.0, 1, NAN), (1, 1.0, 0, 0))
    assert np.isnan(snips(log).value)
    assert unsupported(log) == 1
    assert effective(log) == 0
    assert np.isnan(unsupported(replace(log, target=np.zeros(3))))


def test_one_person_and_nobody_have_no_interval() -> None:
    one = over_people(np.array([0.5, 1.0]), np.zeros(2, int))
    assert one.value == 0.75
    assert np.isnan([one.lower, one.upper]).all()
    assert np.isnan(over_people(np.empty(0), np.empty(0, int)).value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reward": np.array([1.0])}, "one value per pair"),
        ({"decision": np.array([0, 5])}, "none of the 2"),
        ({"logged": np.array([1.0, 1.5])}, "logged is not between 0 and 1"),
        ({"target": np.array([1.0, NAN])}, "target is not between 0 and 1"),
        ({"logged": np.array([0.0, 1.0])}, "could not be"),
        ({"reward": np.array([NAN, 1.0])}, "reward is not known"),
    ],
)
def test_a_log_that_contradicts_itself_is_refused(changes: dict[str, FloatArray], said: str) -> None:
    log = log_of((0, 1.0, 1, 1), (1, 1.0, 1, 0))
    with pytest.raises(ValueError, match=said):
        replace(log, **changes)


# --- foretelling ---


def test_nobody_is_foretold_from_their_own_rewards() -> None:
    rng = np.random.default_rng(0)
    features, person = rng.standard_normal((300, 2)), np.repeat(np.arange(60), 5)
    reward = (rng.random(300) < 0.5).astype(float)
    before = foretell(features, reward, person)
    mine = person == 7
    reward[mine] = 1 - reward[mine]
    after = foretell(features, reward, person)
    assert (before[mine] == after[mine]).all()
    assert (before[~mine] != after[~mine]).any()


def test_rewards_are_foretold_by_what_tells_them() -> None:
    rng = np.random.default_rng(1)
    features, person = rng.standard_normal((2000, 1)), np.arange(2000)
    truth = 1 / (1 + np.exp(-2 * features[:, 0]))
    reward = np.where(rng.random(2000) < 0.5, (rng.random(2000) < truth).astype(float), np.nan)
    assert np.abs(foretell(features, reward, person) - truth).mean() < 0.05


def test_equal_rewards_are_foretold_as_they_are() -> None:
    features, person = np.arange(20.0)[:, None], np.arange(20)
    assert (foretell(features, np.ones(20), person) == 1).all()
    assert (foretell(features, np.full(20, NAN), person) == 0).all()
    assert foretell(np.empty((0, 1)), np.empty(0), np.empty(0, int)).shape == (0,)
