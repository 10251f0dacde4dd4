"""The leaderboard as rows, sentences and a picture, the same for the screen and for pages of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments.judging.gains import OF_GAINS, TRUE_GAIN
from experiments.leaderboard.entries import Entry, order_of
from experiments.show import number, of_metric, title_of, with_bounds

_WIDTH, _LINE = 7.5, 0.3  # inches: of the picture, and of a line in it
_OURS, _THEIRS = "tab:blue", "tab:gray"


def rows_of(
    entries: Mapping[str, Entry], ours: str, metrics: Sequence[str], overall: Sequence[str]
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows, the best first by the first metric.

    Parameters
    ----------
    ours : the entry that all others are held against, case by case.
    metrics : with intervals. overall : one value for all lists.
    """
    first = metrics[0]
    names = {name: f"{name} (peer)" if entry.peer else name for name, entry in entries.items()}
    header = [
        "recommender",
        title_of(first),
        f"{ours} is ahead by",
        *map(title_of, [*metrics[1:], *overall]),
        "served",
        "s to fit",
        "s to rank",
        "MB",
    ]
    rows = []
    for name in order_of(entries, first):
        entry, one = entries[name], entries[name].backtest
        ahead = "–" if name == ours else _ahead(entries[ours], entry, first)
        cells = [of_metric(metric, one.interval(metric)) for metric in metrics]
        costs = [number(one.fit_seconds, 1), number(one.rank_seconds, 1), number(entry.megabytes, 0)]
        whole = [number(one.overall[metric]) for metric in overall]
        served = f"{one.overall['covered']:.0%}"
        rows.append([names[name], cells[0], ahead, *cells[1:], *whole, served, *costs])
    return header, rows


def _ahead(ours: Entry, other: Entry, metric: str) -> str:
    return with_bounds(ours.backtest.difference(other.backtest, metric), sign=True)


def verdict(entries: Mapping[str, Entry], ours: str, metric: str) -> str:
    """Return where `ours` stands: against the best of our other rankers, and of the peers."""
    mine = entries[ours].backtest
    value = with_bounds(mine.interval(metric))
    said = [f"`{ours}` reaches {title_of(metric)} {value} for {mine.people:,} people"]
    for whose, peer in (("other ranker of ours", False), ("peer", True)):
        others = {name: one for name, one in entries.items() if one.peer is peer and name != ours}
        if others:
            best = order_of(others, metric)[0]
            ahead = _ahead(entries[ours], others[best], metric)
            said.append(f"{ahead} against `{best}`, the best {whose}")
    return "; ".join(said) + "."


def remarks_of(entries: Mapping[str, Entry]) -> list[str]:
    """Return what a reader of the rows must know."""
    remarks = [
        "Whom a ranker of ours does not cover gets an empty list, which counts as missed; a peer lists what "
        "most people take.",
        "Seconds are of one thread. MB is the peak while fitting and ranking, beyond data and libraries.",
    ]
    if any(entry.peer for entry in entries.values()):
        remarks.append(
            "Peers are tuned on the same past (experiments/peers/README.md), and `s to fit` includes that."
        )
    if any(TRUE_GAIN[0] in entry.backtest.by_case for entry in entries.values()):
        remarks.append(OF_GAINS)
    chosen = [f"{name}: {entry.settings}" for name, entry in entries.items() if entry.settings]
    return [*remarks, *([f"Settings chosen for peers: {' | '.join(chosen)}."] if chosen else [])]


def draw(path: Path, entries: Mapping[str, Entry], metrics: Sequence[str], title: str) -> None:
    """Draw every recommender with its intervals, a panel for each metric, the best by the first on top."""
    names = order_of(entries, metrics[0])
    figure = Figure(figsize=(_WIDTH, 1.6 + _LINE * len(names)), layout="constrained")
    panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=True):
        for place, name in enumerate(names):
            entry = entries[name]
            found = entry.backtest.interval(metric)
            off = np.array([[found.mean - found.lower], [found.upper - found.mean]])
            colour = _THEIRS if entry.peer else _OURS
            axes.errorbar(found.mean, place, xerr=np.nan_to_num(off), fmt="o", capsize=3, color=colour)
        axes.set_xlim(left=0)
        axes.set_xlabel(title_of(metric))
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(names)), names)
    panels[0].invert_yaxis()
    figure.suptitle(f"{title}\n95 % intervals over people; blue: ours, grey: peers", fontsize="medium")
    figure.savefig(path, dpi=120)
