from __future__ import annotations

import math

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, P, R, Success, nDCG
from scipy import sparse

from recommender.evaluation.metrics import METRICS, concentration, coverage, ndcg, novelty, recall

# Person 0 took programs 0, 2 and 4; person 1 took program 3; person 2 took nothing.
RELEVANT = np.zeros((3, 6), dtype=bool)
RELEVANT[[0, 0, 0, 1], [0, 2, 4, 3]] = True
RANKED = np.array([[2, 1, 4], [0, 3, -1], [0, 1, 2]])

BY_HAND = {
    "ndcg": [(1 + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2), 1 / math.log2(3)],
    "recall": [2 / 3, 1.0],
    "precision": [2 / 3, 1 / 3],
    "average_precision": [(1 + 2 / 3) / 3, 1 / 2],
    "reciprocal_rank": [1.0, 1 / 2],
    "hit": [1.0, 1.0],
}
ORACLES = {
    "ndcg": nDCG @ 10,
    "recall": R @ 10,
    "precision": P @ 10,
    "average_precision": AP @ 10,
    "reciprocal_rank": RR @ 10,
    "hit": Success @ 10,
}


@pytest.mark.parametrize("name", METRICS)
def test_values_worked_out_by_hand(name: str) -> None:
    values = METRICS[name](RANKED, RELEVANT, 3)
    assert values[:2] == pytest.approx(BY_HAND[name])
    assert np.isnan(values[2]), "who took nothing has no value"


@pytest.mark.parametrize("name", METRICS)
def test_agrees_with_trec_eval(name: str) -> None:
    ranked, relevant = _random_rankings(people=60, programs=25, places=14)
    people = np.flatnonzero(relevant.any(axis=1))
    assert 0 < len(people) < 60
    ours = METRICS[name](ranked, relevant, 10)[people]
    assert ours == pytest.approx(_judged_by(ORACLES[name], ranked, relevant)[people], abs=1e-12)


@pytest.mark.parametrize("name", METRICS)
def test_sparse_and_dense_agree(name: str) -> None:
    ranked, relevant = _random_rankings(people=30, programs=12, places=5)
    dense = METRICS[name](ranked, relevant, 4)
    np.testing.assert_array_equal(dense, METRICS[name](ranked, sparse.csr_array(relevant), 4))


@pytest.mark.parametrize("name", METRICS)
def test_padding_is_never_a_hit(name: str) -> None:
    # A row number of -1 would otherwise be the last program of the person before.
    relevant = np.ones((2, 3), dtype=bool)
    values = METRICS[name](np.full((2, 2), -1), relevant, 2)
    assert values.tolist() == [0.0, 0.0]


def test_a_shorter_list_is_judged_on_all_k_places() -> None:
    short = METRICS["precision"](RANKED[:, :1], RELEVANT, 3)
    assert short[:2].tolist() == pytest.approx([1 / 3, 0.0])
    assert ndcg(RANKED[:, :1], RELEVANT, 3)[0] == pytest.approx(1 / (1 + 1 / math.log2(3) + 1 / 2))


def test_the_ideal_list_is_no_longer_than_k() -> None:
    relevant = np.ones((1, 5), dtype=bool)
    assert ndcg(np.array([[0, 1]]), relevant, 2).tolist() == [1.0]


def test_wrong_shapes_and_rows_are_named() -> None:
    with pytest.raises(ValueError, match="2 rankings for 3 people"):
        recall(RANKED[:2], RELEVANT, 3)
    with pytest.raises(ValueError, match="row 6 is ranked"):
        recall(np.array([[6], [0], [0]]), RELEVANT, 3)
    with pytest.raises(ValueError, match="k is 0"):
        recall(RANKED, RELEVANT, 0)


def test_coverage_counts_programs_shown_to_anybody() -> None:
    assert coverage(RANKED, 10) == pytest.approx(5 / 10)
    assert coverage(np.full((2, 3), -1), 10) == 0.0


def test_novelty_is_the_mean_information_of_what_is_shown() -> None:
    takers = np.array([7, 3, 0])
    values = novelty(np.array([[0, 1], [2, -1], [-1, -1]]), takers, 7)
    assert values[:2].tolist() == pytest.approx([(0 + 1) / 2, 3.0])
    assert np.isnan(values[2])


def test_concentration_of_equal_and_of_single_exposure() -> None:
    assert concentration(np.array([[0, 1], [2, 3]]), 4) == pytest.approx(0.0)
    assert concentration(np.array([[2], [2], [-1]]), 4) == pytest.approx(3 / 4)
    assert concentration(np.array([[0], [0], [0], [1]]), 2) == pytest.approx(1 / 4)
    assert math.isnan(concentration(np.full((2, 2), -1), 4))


def _random_rankings(people: int, programs: int, places: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    relevant = random.random((people, programs)) < random.choice([0.0, 0.1, 0.6], size=(people, 1))
    ranked = np.argsort(random.random((people, programs)), axis=1)[:, :places]
    kept = random.integers(0, places + 1, size=(people, 1))
    return np.where(np.arange(places) < kept, ranked, -1), relevant


def _judged_by(measure: ir_measures.Measure, ranked: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    qrels = {f"q{e}": {f"d{p}": int(taken) for p, taken in enumerate(row)} for e, row in enumerate(relevant)}
    run = {
        f"q{e}": {f"d{p}": float(-rank) for rank, p in enumerate(row) if p >= 0}
        for e, row in enumerate(ranked)
    }
    values = np.zeros(len(ranked))
    for answer in ir_measures.iter_calc([measure], qrels, run):
        values[int(answer.query_id[1:])] = answer.value
    return values
