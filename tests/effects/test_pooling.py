"""Partial pooling: what is borrowed, what signals are worth, and what must hold whatever the data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.competency import EVERYBODY, Lifts
from recommender.competency.training import SHARE
from recommender.domain import FloatArray, IntArray
from recommender.effects.pooling import Pooled, pool
from recommender.effects.signals import Signal


def lifts(share: FloatArray, precision: FloatArray) -> Lifts:
    """Return evidence on one outcome per program: shares seen, and how precisely."""
    none: IntArray = np.zeros(0, dtype=np.int64)
    count = len(share)
    return Lifts(
        np.arange(count),
        np.zeros(count, dtype=np.int64),
        (EVERYBODY,) * count,
        np.diag(precision),
        precision * share,
        0.0,
        none,
        none,
        np.zeros(0),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=np.int64),
    )


def pooled(evidence: Lifts, *signals: Signal, **groups: IntArray) -> Pooled:
    count = len(evidence.program)
    same = np.zeros(count, dtype=np.int64)
    kinds = {"program": evidence.program, "outcome": np.arange(count)}
    return pool(evidence, {**kinds, "competency": same, "form": same, "provider": same, **groups}, signals)


def drawn(count: int, sd: float, seed: int = 0) -> FloatArray:
    return 0.4 + sd * np.random.default_rng(seed).standard_normal(count)


def signal(mean: FloatArray, name: str = "tests") -> Signal:
    count = len(mean)
    return Signal(name, np.arange(count), mean, np.full(count, 0.01), np.eye(count))


def sd_of(found: Pooled) -> FloatArray:
    return np.sqrt(np.diag(found.covariance))


def test_without_evidence_all_is_expected_alike() -> None:
    found = pooled(lifts(np.zeros(5), np.zeros(5)))
    assert found.mean == pytest.approx(np.full(5, SHARE))
    assert (sd_of(found) > 0.3).all()


def test_precise_evidence_is_believed() -> None:
    seen = drawn(40, 0.3)
    found = pooled(lifts(seen, np.full(40, 1e4)))
    assert found.mean == pytest.approx(seen, abs=0.02)
    assert sd_of(found) == pytest.approx(np.full(40, 0.01), abs=0.002)


def test_the_less_is_known_of_a_program_the_more_it_borrows() -> None:
    true = drawn(60, 0.1)
    precision = np.full(60, 400.0)
    precision[:3] = [0.0, 1.0, 1e4]
    true[:3] = 1.0
    found = pooled(lifts(true, precision))
    usual = float(found.mean[3:].mean())
    off = np.abs(found.mean[:3] - usual)
    assert off[0] == pytest.approx(0.0, abs=0.03)
    assert off[0] < off[1] < off[2]
    assert found.mean[2] == pytest.approx(1.0, abs=0.05)
    assert (np.diff(sd_of(found)[:3]) < 0).all()


def test_the_spread_between_programs_is_learnt() -> None:
    total = []
    for sd in (0.05, 0.3):
        spreads = pooled(lifts(drawn(200, sd), np.full(200, 1e4))).spreads
        total.append(np.sqrt(spreads["program"] ** 2 + spreads["outcome"] ** 2))
    assert total == pytest.approx([0.05, 0.3], rel=0.3)


def test_forms_that_do_worse_pull_their_programs_down() -> None:
    form = np.repeat([0, 1], 30)
    seen = drawn(60, 0.05) - 0.3 * form
    precision = np.where(np.arange(60) % 30 == 0, 0.0, 400.0)
    found = pooled(lifts(seen, precision), form=form)
    assert found.mean[0] - found.mean[30] > 0.15


def test_a_signal_that_follows_the_lift_is_heard() -> None:
    true = drawn(80, 0.25)
    noisy = true + 0.3 * np.random.default_rng(1).standard_normal(80)
    evidence = lifts(noisy, np.full(80, 1 / 0.09))
    found = pooled(evidence, signal(3.0 + 2.0 * true))
    assert found.heard[0].worth == pytest.approx(2.0, abs=0.4)
    alone = pooled(evidence)
    assert np.mean((found.mean - true) ** 2) < 0.3 * np.mean((alone.mean - true) ** 2)
    assert (sd_of(found) < sd_of(alone)).all()


def test_a_signal_that_follows_something_else_is_not() -> None:
    true = drawn(80, 0.25)
    evidence = lifts(true, np.full(80, 100.0))
    lunch = 3.0 + np.random.default_rng(2).standard_normal(80)
    found = pooled(evidence, signal(lunch))
    assert found.heard[0].worth < 1.0
    assert found.mean == pytest.approx(pooled(evidence).mean, abs=0.03)


def test_a_signal_that_follows_the_promise_alone_makes_nothing_sure() -> None:
    rng = np.random.default_rng(3)
    true = np.where(np.arange(100) % 3 == 0, 0.0, drawn(100, 0.2))
    planned = rng.uniform(0.5, 3.0, 100)
    error = 0.4  # little is judged
    evidence = lifts(true + error * rng.standard_normal(100), np.full(100, error**-2))
    drill = 5.0 + 10.0 * planned + 0.5 * rng.standard_normal(100)
    heard = Signal("tests", np.arange(100), drill, np.full(100, 0.25), np.diag(planned))
    found, alone = pooled(evidence, heard), pooled(evidence)
    assert found.mean == pytest.approx(alone.mean, abs=0.1)
    called = [float((one.mean - 1.96 * sd_of(one) > 0)[true == 0].mean()) for one in (found, alone)]
    assert called[0] <= called[1] + 0.03


def test_a_signal_against_the_lift_counts_for_nothing() -> None:
    true = drawn(80, 0.25)
    evidence = lifts(true, np.full(80, 100.0))
    found = pooled(evidence, signal(3.0 - 2.0 * true))
    assert found.heard[0].worth == 0.0
    assert found.mean == pytest.approx(pooled(evidence).mean, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(
    share=st.lists(st.floats(-1, 2), min_size=1, max_size=12),
    precision=st.lists(st.floats(0, 1e4), min_size=12, max_size=12),
)
def test_what_is_believed_is_finite_and_never_surer_than_evidence_and_expectation(
    share: list[float], precision: list[float]
) -> None:
    seen, weight = np.array(share), np.array(precision[: len(share)])
    found = pooled(lifts(seen, weight))
    assert np.isfinite(found.mean).all()
    assert (np.linalg.eigvalsh(found.covariance) > 0).all()
    assert (np.abs(found.mean) < 4).all()


def test_no_outcomes_no_beliefs() -> None:
    found = pooled(lifts(np.zeros(0), np.zeros(0)))
    assert len(found.mean) == 0
    assert found.usual[0] == SHARE
