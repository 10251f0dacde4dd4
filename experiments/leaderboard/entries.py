"""Who enters the leaderboard, and how each did: our recipes, and peers in an environment of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from experiments.judging.backtest import Backtest, joined, judge, judge_lists, length_of
from experiments.judging.ranking import with_benefit
from experiments.judging.trials import Trial
from experiments.leaderboard.memory import apart
from experiments.peers.run import PEERS, PYTHON, PeerError, PeerLists, rank_by_peer
from experiments.recipe import MetricChoice, Recipe
from experiments.show import Say


@dataclass(frozen=True, slots=True)
class Entry:
    """One recommender on the board.

    Attributes
    ----------
    peer : whether it is somebody else's.
    megabytes : memory needed to fit and rank, beyond data and libraries.
    settings : what was chosen for a peer on the past of each trial; "" for ours, whose recipe says it.
    """

    backtest: Backtest
    peer: bool
    megabytes: float
    settings: str = ""


def enter_recipes(
    trials: Sequence[Trial], recipes: Mapping[str, Recipe], metrics: MetricChoice, say: Say
) -> dict[str, Entry]:
    """Judge recipes, each in a process of its own; their own cuts and metrics do not count."""
    entries = {}
    for name, recipe in recipes.items():
        say(f"  {name} ...")
        result, megabytes = apart(partial(judge, trials, name, recipe.new_ranker(), metrics))
        entries[name] = Entry(result, False, megabytes)
    return entries


def enter_peers(
    trials: Sequence[Trial], metrics: MetricChoice, *, ordered: bool, say: Say
) -> tuple[dict[str, Entry], list[str]]:
    """Judge the peers; return with them what kept any from taking part.

    Parameters
    ----------
    ordered : whether the order of a person's records is one in time.
    """
    entries: dict[str, Entry] = {}
    if not PYTHON.exists():
        return entries, [f"Without peers ({', '.join(PEERS)}): `make peers` installs them."]
    notes = []
    for name in PEERS:
        try:
            entries[name] = _entry_of(name, trials, metrics, ordered, say)
        except PeerError as error:
            notes.append(f"Without {name}: {error}")
    return entries, notes


def _entry_of(name: str, trials: Sequence[Trial], metrics: MetricChoice, ordered: bool, say: Say) -> Entry:
    parts, lists = [], []
    for place, trial in enumerate(trials, start=1):
        say(f"  {name}{f', cut {place} of {len(trials)}' if len(trials) > 1 else ''} ...")
        lists.append(rank_by_peer(name, trial.split, trial.rows, length_of(trial, metrics), ordered=ordered))
        parts.append(_judged(name, trial, lists[-1], metrics))
    used = max(one.megabytes - one.idle_megabytes for one in lists)
    return Entry(joined(parts), True, used, _settings(lists))


def _judged(name: str, trial: Trial, found: PeerLists, metrics: MetricChoice) -> Backtest:
    lists = with_benefit(found.ranked, trial.judge, trial.split, trial.rows)
    return judge_lists(
        trial, name, lists, metrics, (found.tune_seconds + found.fit_seconds, found.rank_seconds)
    )


def _settings(lists: Iterable[PeerLists]) -> str:
    """Return the settings chosen, all different ones where the cuts differ."""
    said = [", ".join(f"{key} {value}" for key, value in one.parameters.items()) for one in lists]
    return "; ".join(dict.fromkeys(filter(None, said)))


def order_of(entries: Mapping[str, Entry], metric: str) -> list[str]:
    """Return the names, the best first; whoever has no value is last."""
    means = {name: entry.backtest.interval(metric).mean for name, entry in entries.items()}
    return sorted(means, key=lambda name: -np.nan_to_num(means[name], nan=-np.inf))
