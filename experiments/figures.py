"""Pictures of a backtest, beside those of the popularity baseline on the same people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.backtest import Backtest

Drawing = Callable[[Axes, list[Backtest]], None]

_SHOWN = ("ndcg", "recall", "precision", "reciprocal_rank", "hit")


def save_figures(folder: Path, result: Backtest, baseline: Backtest | None) -> None:
    """Write `intervals.png` and `ndcg_by_length.png` into a folder."""
    series = [result] if baseline is None else [result, baseline]
    _save(folder / "intervals.png", _draw_intervals, series)
    _save(folder / "ndcg_by_length.png", _draw_curves, series)


def _save(path: Path, draw: Drawing, series: list[Backtest]) -> None:
    # No pyplot: it would look for a screen, and keeps every figure in memory.
    figure = Figure(figsize=(7, 4), layout="constrained")
    draw(figure.add_subplot(), series)
    figure.savefig(path, dpi=120)


def _draw_intervals(axes: Axes, series: list[Backtest]) -> None:
    k = max(series[0].metrics.at)
    places = np.arange(len(_SHOWN), dtype=float)
    for shift, one in zip((-0.12, 0.12), series, strict=False):
        found = [one.interval(f"{name}_{k}") for name in _SHOWN]
        means = np.array([interval.mean for interval in found])
        below = means - np.array([interval.lower for interval in found])
        above = np.array([interval.upper for interval in found]) - means
        axes.errorbar(
            means, places + shift, xerr=np.stack([below, above]), fmt="o", capsize=3, label=one.ranker
        )
    axes.set_yticks(places, [f"{name.replace('_', ' ')}@{k}" for name in _SHOWN])
    axes.invert_yaxis()
    axes.set_xlabel(f"mean over {series[0].people:,} people, 95 % interval")
    axes.legend()


def _draw_curves(axes: Axes, series: list[Backtest]) -> None:
    for one in series:
        axes.plot(np.arange(1, len(one.curve) + 1), one.curve, marker=".", label=one.ranker)
    axes.set_xlabel("programs recommended")
    axes.set_ylabel("NDCG")
    axes.set_ylim(bottom=0)
    axes.legend()
