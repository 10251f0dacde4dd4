from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.peers.run import PEERS, PYTHON, PeerError, PeerLists, _task, rank_by_peer
from experiments.peers.worker.choosing import choose, hold_one, ndcg
from experiments.peers.worker.lists import Scorer, best, rank
from experiments.peers.worker.lookup import role_lookup
from experiments.peers.worker.peers import Peer
from experiments.peers.worker.task import MISSING, Task, read_task
from recommender.dataset.split import Split, split_last
from recommender.evaluation import metrics
from tests.cities import Tables, attended, bare, checkerboard, load, town
from tests.project.source import imports_of, lies_in, modules_under

HERE = Path(sys.executable)


def task(programs: int, *pasts: str, most: int = 3, **changed: Any) -> Task:
    """Return the task of people who took these programs, given as digits, in this order."""
    nobody = np.full(len(pasts), MISSING)
    plain = Task(
        employee=np.repeat(np.arange(len(pasts)), [len(past) for past in pasts]),
        program=np.array([int(digit) for past in pasts for digit in past], dtype=np.int64),
        position=nobody,
        tier=nobody,
        unit=nobody,
        offered=np.ones(programs, dtype=bool),
        repeatable=np.zeros(programs, dtype=bool),
        rows=np.arange(len(pasts)),
        most=most,
        ordered=True,
    )
    return replace(plain, **changed)


def pairs(of: Task) -> set[tuple[int, int]]:
    return set(zip(of.employee.tolist(), of.program.tolist(), strict=True))


def written(folder: Path, of: Task) -> Path:
    path = folder / "task.npz"
    np.savez(path, **{field.name: getattr(of, field.name) for field in fields(of)})
    return path


def by_number(task: Task, parameters: Mapping[str, Any]) -> Scorer:
    """Prefer high program numbers, or low ones where `sign` is -1."""
    order = parameters.get("sign", 1) * np.arange(task.programs)
    return lambda rows: np.tile(order.astype(float), (len(rows), 1))


# From scores to lists


def test_lists_hold_candidates_by_score_then_popularity_and_are_padded() -> None:
    scores = np.array([[0.5, 0.9, 0.5, np.nan, np.nan], [0.1, 0.2, 0.3, 0.4, 0.5]])
    candidate = np.array([[1, 0, 1, 1, 1], [0, 1, 0, 0, 0]], dtype=bool)
    ranked = best(scores, candidate, popularity=np.array([3, 9, 4, 1, 2]), most=6)
    assert ranked.tolist() == [[2, 0, 4, 3, -1, -1], [1, -1, -1, -1, -1, -1]]


def test_what_was_taken_comes_back_only_where_it_is_repeatable() -> None:
    past = task(4, "3", "32", "", most=4, repeatable=np.array([0, 0, 1, 0], dtype=bool))
    assert rank(past, by_number(past, {})).tolist() == [[2, 1, 0, -1], [2, 1, 0, -1], [3, 2, 1, 0]]


def test_what_is_not_offered_is_not_ranked() -> None:
    past = task(3, "0", offered=np.array([True, False, True]))
    assert rank(past, by_number(past, {})).tolist() == [[2, -1, -1]]


def test_batches_change_nothing() -> None:
    rng = np.random.default_rng(0)
    pasts = ["".join(map(str, rng.permutation(9)[:2])) for _ in range(600)]
    past = task(9, *pasts, most=4)
    together = rank(past, by_number(past, {}))
    for row in (0, 511, 512, 599):
        alone = replace(past, rows=np.array([row]))
        assert together[row].tolist() == rank(alone, by_number(alone, {}))[0].tolist()


# Role look-up


def test_role_lookup_asks_the_position_then_the_tier_then_everybody() -> None:
    # Position 0 took 4 twice and 3 once; position 1, of the same tier, took 2; the other tier 1 twice and 0.
    pasts = ["43", "4", "2", "1", "10", "", "", ""]
    position = np.array([0, 0, 1, 2, 2, 0, 3, MISSING])
    tier = np.array([0, 0, 0, 1, 1, 0, 0, MISSING])
    past = task(5, *pasts, most=5, position=position, tier=tier, rows=np.array([5, 6, 7, 0]))
    assert rank(past, role_lookup(past, {})).tolist() == [
        [4, 3, 2, 1, 0],  # no past: the list of position 0
        [4, 2, 3, 1, 0],  # nobody in position 3 took anything: that of tier 0
        [1, 4, 0, 2, 3],  # neither position nor tier: what everybody takes
        [2, 1, 0, -1, -1],  # the list of position 0, of which 4 and 3 were taken
    ]


# Choosing settings


def test_the_last_program_is_held_from_those_with_two() -> None:
    past, held = hold_one(task(5, "012", "3", "", "40"))
    assert (past.rows.tolist(), held.tolist()) == ([0, 3], [2, 0])
    assert pairs(past) == {(0, 0), (0, 1), (1, 3), (3, 4)}


@pytest.mark.parametrize("ordered", [True, False])
def test_no_held_pair_is_learnt_from(ordered: bool) -> None:
    rng = np.random.default_rng(1)
    whole = task(9, *("".join(map(str, rng.permutation(9)[: k % 5])) for k in range(50)), ordered=ordered)
    past, held = hold_one(whole)
    out = set(zip(past.rows.tolist(), held.tolist(), strict=True))
    assert out | pairs(past) == pairs(whole)
    assert out & pairs(past) == set()
    assert len(out) == len(past.rows) == sum(k % 5 >= 2 for k in range(50))


def test_without_an_order_any_program_may_be_held() -> None:
    whole = task(3, *["012"] * 60, ordered=False)
    assert np.bincount(hold_one(whole)[1], minlength=3).min() > 10


def test_a_program_taken_twice_counts_once(tmp_path: Path) -> None:
    read = read_task(written(tmp_path, task(3, "0120", "11")))
    assert (read.employee.tolist(), read.program.tolist()) == ([0, 0, 0, 1], [0, 1, 2, 1])


def test_the_settings_that_find_what_was_held_are_chosen() -> None:
    peer = Peer(by_number, grid=({"sign": -1}, {"sign": 1}))
    chosen, found = choose(task(12, "09", "39", "59"), peer)
    assert chosen == {"sign": 1}
    assert found == pytest.approx(0.5)  # 9 comes third, after 11 and 10


def test_nothing_to_choose_by_takes_the_first_settings() -> None:
    peer = Peer(by_number, grid=({"sign": -1}, {"sign": 1}))
    chosen, found = choose(task(4, "3", ""), peer)
    assert chosen == {"sign": -1}
    assert np.isnan(found)


def test_ndcg_is_that_of_the_backtest() -> None:
    ranked = np.array([[3, 1, 2], [0, 2, MISSING], [1, MISSING, MISSING]])
    held = np.array([3, 2, 0])
    relevant = np.zeros((3, 4), dtype=bool)
    relevant[np.arange(3), held] = True
    assert ndcg(ranked, held) == pytest.approx(metrics.ndcg(ranked, relevant, 10).mean())


# The way there and back


def test_the_task_is_the_past_alone() -> None:
    split = split_last(load(town()))
    other = replace(split, employee=split.employee[:1], program=split.program[:1])
    rows = np.unique(split.employee)
    mine, theirs = (_task(one, rows, 5, ordered=True) for one in (split, other))
    assert all(np.array_equal(mine[key], theirs[key]) for key in mine)
    assert len(mine["employee"]) == len(split.past.history)


def test_tiers_travel_as_codes() -> None:
    split = split_last(load(town()))
    sent = _task(split, np.array([0]), 5, ordered=True)
    assert sent["tier"][:3].tolist() == [0, 0, 1]  # J0 and J1 are pelaksana, J2 is pengawas
    assert sent["position"][:3].tolist() == [0, 1, 2]
    assert sent["repeatable"].nonzero()[0].tolist() == [7]


def test_people_without_a_position_have_no_tier() -> None:
    split = split_last(load(trio()))
    assert _task(split, np.array([0]), 5, ordered=True)["tier"].tolist() == [MISSING] * 3


def trio() -> Tables:
    """Return three people whose last record is to be found; the past is P0, P0 and P2, and P1 by E1."""
    taken = ("E0 P0", "E0 P1", "E1 P1", "E1 P0", "E2 P0", "E2 P2", "E2 P1")
    return {**bare(3, 4), "training_records": [attended(*record.split()) for record in taken]}


def test_a_peer_answers_from_a_process_of_its_own() -> None:
    split = split_last(load(trio()))  # the past: P0 by E0 and E2, P1 by E1, P2 by E2
    here = np.ones(40_000_000)  # 320 MB that are ours and not the peer's
    lists = rank_by_peer("role-lookup", split, np.array([2, 0]), 3, ordered=True, python=HERE)
    assert lists.ranked.tolist() == [[1, 3, -1], [1, 2, 3]]
    assert 0 < lists.idle_megabytes <= lists.megabytes < here.nbytes / 1024**2
    assert lists.fit_seconds >= 0 and lists.rank_seconds > 0 and lists.tune_seconds >= 0
    assert lists.parameters == {} and np.isnan(lists.validation)


def test_without_the_environment_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    split = split_last(load(trio()))
    with pytest.raises(PeerError, match="make peers"):
        rank_by_peer("als", split, np.array([0]), 3, ordered=True, python=tmp_path / "python")


def interpreter(folder: Path, script: str) -> Path:
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(find_spec("lightfm") is not None, reason="this interpreter has the library")
def test_a_peer_without_its_library_says_which() -> None:
    split = split_last(load(trio()))
    with pytest.raises(PeerError, match=r"lightfm failed(?s:.*)'lightfm' is not installed"):
        rank_by_peer("lightfm", split, np.array([0]), 3, ordered=True, python=HERE)


def test_the_interpreter_is_found_from_where_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter(tmp_path, f'exec "{HERE}" "$@"')
    monkeypatch.chdir(tmp_path)
    split = split_last(load(trio()))
    lists = rank_by_peer("role-lookup", split, np.array([2]), 3, ordered=True, python=Path("python"))
    assert lists.ranked.tolist() == [[1, 3, -1]]


def test_the_last_words_of_a_peer_are_passed_on(tmp_path: Path) -> None:
    split = split_last(load(trio()))
    dying = interpreter(tmp_path, "seq 1 9 >&2; echo out of memory >&2; exit 3")
    with pytest.raises(PeerError, match=r"als failed; .*:\n6\n7\n8\n9\nout of memory$"):
        rank_by_peer("als", split, np.array([0]), 3, ordered=True, python=dying)


def test_an_unknown_peer_is_refused() -> None:
    with pytest.raises(ValueError, match="'ALS' is not one of role-lookup, "):
        rank_by_peer("ALS", split_last(load(trio())), np.array([0]), 3, ordered=True, python=HERE)


def test_the_worker_needs_nothing_of_ours() -> None:
    worker = "experiments.peers.worker"
    own = [
        module.where(found.line)
        for module in modules_under(worker)
        for found in imports_of(module)
        if lies_in(found.target, "recommender", "experiments", "api") and not lies_in(found.target, worker)
    ]
    assert own == []


# The libraries themselves


def ranked_by(name: str, split: Split, rows: Any, *, ordered: bool = False) -> PeerLists:
    try:
        return rank_by_peer(name, split, rows, 8, ordered=ordered)
    except PeerError as error:
        if "is not installed" not in str(error):
            raise
        pytest.skip(f"{error}")


needs_peers = pytest.mark.skipif(not PYTHON.exists(), reason="the peers are not installed: make peers")


@needs_peers
@pytest.mark.parametrize("name", [name for name in PEERS if name != "role-lookup"])
def test_peers_find_the_taste_of_a_person(name: str) -> None:
    # Everybody took three of the four programs of a taste: the fourth is the known answer.
    city = load(checkerboard())
    everything = Split(city, np.array([], dtype=int), np.array([], dtype=int), np.ones(8, dtype=bool))
    lists = ranked_by(name, everything, np.arange(40))
    answer = [2 * (row // 2 % 4) + row % 2 for row in range(40)]
    assert (lists.ranked[:, 0] == answer).mean() > 0.9
    taken = set(zip(city.history.employee.tolist(), city.history.program.tolist(), strict=True))
    shown = {(row, one) for row, line in enumerate(lists.ranked.tolist()) for one in line if one != MISSING}
    assert shown & taken == set()
    assert shown | taken == {(row, program) for row in range(40) for program in range(8)}


@needs_peers
@pytest.mark.parametrize("name", PEERS)
def test_peers_rank_for_newcomers_too(name: str) -> None:
    records = [attended(f"E{number}", program) for number in range(30) for program in ("P1", "P2")]
    records += [attended(f"E{number}", "P0") for number in range(5)]
    city = load({**bare(40, 5), "training_records": records})
    everything = Split(city, np.array([], dtype=int), np.array([], dtype=int), np.ones(5, dtype=bool))
    lists = ranked_by(name, everything, np.array([35]))
    assert set(lists.ranked[0, :2].tolist()) == {1, 2}
    assert set(lists.ranked[0].tolist()) == {0, 1, 2, 3, 4, MISSING}
