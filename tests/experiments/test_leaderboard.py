from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from experiments.judging.gains import TRUE_GAIN
from experiments.judging.ranking import rank_people, with_benefit
from experiments.judging.trials import prepare
from experiments.leaderboard.board import remarks_of, rows_of, verdict
from experiments.leaderboard.entries import Entry, enter_peers, enter_recipes, order_of
from experiments.leaderboard.memory import apart
from experiments.peers import run as peers
from experiments.recipe import MetricChoice
from experiments.tracking import BOARDS, Store
from recommender.errors import RecommenderError
from tests.cities import load, town
from tests.experiments.test_backtest import CUT, recipe, two_tastes
from tests.experiments.test_commands import Invoke, here, invoke, migrated, write  # noqa: F401 - fixtures

METRICS = MetricChoice(at=(1, 2), draws=100)
NAMES = ("popularity", "collaborative", "gap")


def say(line: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def entries() -> dict[str, Entry]:
    trials = prepare(load(two_tastes()), recipe("popularity"))
    return enter_recipes(trials, {name: recipe(name) for name in NAMES}, METRICS, say)


def test_work_apart_tells_its_result_and_what_memory_it_took() -> None:
    def fill() -> tuple[int, int]:
        return os.getpid(), int(np.ones(64 * 2**20, dtype=np.uint8).sum())

    (process, total), megabytes = apart(fill)
    assert process != os.getpid()
    assert total == 64 * 2**20
    assert 60 < megabytes < 120
    assert apart(lambda: 1)[1] < 20


def test_work_apart_that_fails_or_dies_says_so() -> None:
    def refuse() -> None:
        raise RecommenderError("nothing to learn from")

    with pytest.raises(RecommenderError, match="nothing to learn from"):
        apart(refuse)
    with pytest.raises(RecommenderError, match=r"exit code 7"):
        apart(lambda: os._exit(7))


def test_the_best_stands_first_and_all_are_held_against_ours(entries: dict[str, Entry]) -> None:
    assert order_of(entries, "ndcg_2") == ["collaborative", "popularity", "gap"]
    header, rows = rows_of(entries, "collaborative", ["ndcg_2", "hit_1"], ["coverage_2"])
    assert all(len(row) == len(header) for row in rows)
    cells = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    assert cells["collaborative"]["collaborative is ahead by"] == "–"
    assert cells["gap"]["NDCG@2"].startswith("0.000")
    assert cells["gap"]["served"] == "0%"
    ahead = cells["popularity"]["collaborative is ahead by"]
    mine, theirs = (entries[name].backtest for name in ("collaborative", "popularity"))
    assert ahead.startswith(f"+{mine.by_case['ndcg_2'].mean() - theirs.by_case['ndcg_2'].mean():.3f} [0.")


def test_the_verdict_names_the_best_of_either_side(entries: dict[str, Entry]) -> None:
    as_peer = {**entries, "als": Entry(entries["popularity"].backtest, True, 3.0, "factors 8")}
    said = verdict(as_peer, "collaborative", "ndcg_2")
    assert re.search(r"\+0\.\d+ \[.*\] against `popularity`, the best other ranker of ours", said)
    assert re.search(r"\+0\.\d+ \[.*\] against `als`, the best peer\.$", said)
    assert "als: factors 8" in remarks_of(as_peer)[-1]
    assert "peer)" not in verdict(entries, "collaborative", "ndcg_2")


def test_lists_made_elsewhere_close_what_the_same_lists_of_ours_close() -> None:
    made = recipe("popularity", day=date.fromisoformat(CUT))
    (trial,) = prepare(load(town()), made)
    ranker = made.new_ranker().fit(trial.split.past, trial.estimator)
    ours = rank_people(ranker, trial.estimator, trial.split, trial.rows, 3)
    theirs = with_benefit(ours.ranked, trial.estimator, trial.split, trial.rows)
    np.testing.assert_array_equal(theirs.benefit, ours.benefit)
    np.testing.assert_array_equal(theirs.possible, ours.possible)
    assert np.isfinite(ours.benefit).any()
    assert theirs.covered.all()


def test_without_peers_the_board_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("experiments.leaderboard.entries.PYTHON", tmp_path / "python")
    found, notes = enter_peers([], METRICS, ordered=True, say=say)
    assert found == {}
    assert "make peers" in notes[0]
    assert all(name in notes[0] for name in peers.PEERS)


def test_the_command_prints_draws_and_keeps_the_board(invoke: Invoke, here: Path) -> None:  # noqa: F811
    data = write(here / "city", {name: rows for name, rows in two_tastes().items() if rows})
    files = []
    for name in ("popularity", "collaborative"):
        files.append(here / f"mine_{name}.toml")
        files[-1].write_text(f'[ranker]\nname = "{name}"\n[metrics]\nat = [1, 2]\ndraws = 100\n')
    done = invoke("leaderboard", *files, "--data", data, "--no-peers", "--picture", here / "board.png")
    assert done.exit_code == 0, done.output
    assert done.stdout.index("mine_collaborative") < done.stdout.index("mine_popularity  ")
    assert "`mine_popularity` reaches NDCG@2" in done.stdout, (
        "the first recipe is the one that is asked about"
    )
    assert (here / "board.png").read_bytes().startswith(b"\x89PNG")
    (kept,) = Store(BOARDS).runs()
    assert kept.metrics["mine_collaborative.ndcg_2"] > kept.metrics["mine_popularity.ndcg_2"]


def test_where_the_truth_is_known_every_row_tells_what_lists_truly_bring(
    invoke: Invoke,  # noqa: F811
    here: Path,  # noqa: F811
) -> None:
    data = write(here / "city", {name: rows for name, rows in two_tastes().items() if rows})
    (data / "truth").mkdir()
    # Only what is of the other taste would bring anything: who foretells best brings least.
    gains = [f"E{number},P{program},1" for number in range(40) for program in range(1 - number % 2, 8, 2)]
    (data / "truth" / "gains.csv").write_text("employee_id,program_id,gain\n" + "\n".join(gains) + "\n")
    for name in ("popularity", "collaborative"):
        text = f'[ranker]\nname = "{name}"\n[metrics]\nat = [1, 2]\ndraws = 100\n'
        (here / f"mine_{name}.toml").write_text(text)
    files = (here / "mine_collaborative.toml", here / "mine_popularity.toml")
    done = invoke("leaderboard", *files, "--data", data, "--no-peers", "--picture", here / "board.png")
    assert done.exit_code == 0, done.output
    words = done.stdout.split()
    assert words.count("NDCG@2") == 2, "in the table and in the verdict"
    for title in ("gain@5", "(JP)@5", "best@5"):
        assert title in words, "true gain, per hour, share of the best list's"
    assert "True gain (simulated data)" in done.stdout
    assert (here / "board.png").read_bytes().startswith(b"\x89PNG")
    (kept,) = Store(BOARDS).runs()
    best, other = (
        {metric: kept.metrics[f"mine_{name}.{metric}"] for metric in ("ndcg_2", *TRUE_GAIN)}
        for name in ("collaborative", "popularity")
    )
    assert best["ndcg_2"] > other["ndcg_2"]
    assert 0 < best["gain_share_5"] <= other["gain_share_5"] <= 1
    assert best["gain_5"] <= 4


def test_two_recipes_of_one_name_are_refused(invoke: Invoke, here: Path) -> None:  # noqa: F811
    for folder in ("one", "two"):
        (here / folder).mkdir()
        (here / folder / "mine.toml").write_text('[ranker]\nname = "gap"\n')
    done = invoke("leaderboard", here / "one" / "mine.toml", here / "two" / "mine.toml", "--data", here)
    assert done.exit_code == 1
    assert "two recipes named 'mine'" in done.stderr
