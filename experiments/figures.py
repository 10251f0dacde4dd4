"""Pictures of a run: how good, for whom, how honest about chances, and what the scores are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.judging.backtest import Backtest
from experiments.judging.calibration import Calibration
from experiments.judging.contributions import PEOPLE
from experiments.judging.findings import Findings
from experiments.judging.slices import Slice
from experiments.show import title_of
from recommender.evaluation.bootstrap import Interval

_SHOWN = ("ndcg", "recall", "precision", "reciprocal_rank", "hit")
_WIDTH, _HEIGHT = 7.5, 4.2  # inches
_LINE = 0.24  # inches that a line of text needs
_FEATURES = 15  # drawn, the largest
_SHIFT = 0.14  # apart from the middle, where two intervals share a line


def save_figures(folder: Path, found: Findings) -> None:
    """Write a picture of everything that was found into a folder, none of what was not looked at."""
    result = found.result
    if result is None:
        return
    series = [result] if found.baseline is None else [result, found.baseline]
    _save(folder / "intervals.png", lambda axes: _draw_intervals(axes, series))
    _save(folder / "ndcg_by_length.png", lambda axes: _draw_curves(axes, series))
    _save_slices(folder, result, found.slices.shown)
    if found.calibration is not None:
        calibration = found.calibration
        _save(folder / "calibration.png", lambda axes: _draw_calibration(axes, calibration), size=(5.5, 5.2))
    if len(found.contributions) > 1:
        _save(
            folder / "contributions.png",
            lambda axes: _draw_shares(axes, found.contributions, "kind of reason"),
        )
    if found.features:
        first = dict(list(found.features.items())[:_FEATURES])
        size = (_WIDTH + 2, 1.2 + _LINE * len(first))
        _save(folder / "features.png", lambda axes: _draw_shares(axes, first, "feature"), size=size)
    if found.learning:
        _save(folder / "learning_curve.png", lambda axes: _draw_learning(axes, found.learning))


def _save(path: Path, draw: Callable[[Axes], None], size: tuple[float, float] = (_WIDTH, _HEIGHT)) -> None:
    # No pyplot: it would look for a screen, and keeps every figure in memory.
    figure = Figure(figsize=size, layout="constrained")
    draw(figure.add_subplot())
    figure.savefig(path, dpi=120)


def _title(axes: Axes, result: Backtest, what: str) -> None:
    axes.set_title(f"{what}\n{result.people:,} people, cut {_shortly(result.cut)}", fontsize="medium")


def _shortly(cut: str) -> str:
    return cut if len(cut) <= 60 else cut[:57] + "..."


def _errors(found: Sequence[Interval]) -> tuple[np.ndarray, np.ndarray]:
    """Return means, shape (n,), and how far the bounds lie below and above them, shape (2, n)."""
    means = np.array([one.mean for one in found])
    bounds = np.array([[one.mean - one.lower, one.upper - one.mean] for one in found]).reshape(-1, 2)
    return means, np.nan_to_num(np.maximum(bounds.T, 0.0))


def _draw_intervals(axes: Axes, series: list[Backtest]) -> None:
    k = max(series[0].metrics.at)
    places = np.arange(len(_SHOWN), dtype=float)
    for shift, one in zip((-_SHIFT, _SHIFT), series, strict=False):
        means, bounds = _errors([one.interval(f"{name}_{k}") for name in _SHOWN])
        axes.errorbar(means, places + shift, xerr=bounds, fmt="o", capsize=3, label=one.ranker)
    axes.set_yticks(places, [title_of(f"{name}_{k}") for name in _SHOWN])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("mean over people, 95 % interval")
    axes.grid(axis="x", alpha=0.3)
    _title(axes, series[0], "How good the lists are")
    _legend(axes)


def _draw_curves(axes: Axes, series: list[Backtest]) -> None:
    for one in series:
        axes.plot(np.arange(1, len(one.curve) + 1), one.curve, marker=".", label=one.ranker)
    axes.set_xlabel("programs recommended")
    axes.set_ylabel("mean NDCG")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    _title(axes, series[0], "NDCG by length of the list")
    _legend(axes)


def _legend(axes: Axes) -> None:
    axes.figure.legend(loc="outside lower center", ncols=2, frameon=False)


def _save_slices(folder: Path, result: Backtest, slices: Sequence[Slice]) -> None:
    """Draw a panel per metric; each line is a group, and the dashed line the mean of all people."""
    if not slices:
        return
    groups = list(dict.fromkeys((one.attribute, one.group) for one in slices))
    metrics = list(dict.fromkeys(one.metric for one in slices))
    figure = Figure(figsize=(_WIDTH + 2, 1.2 + _LINE * len(groups)), layout="constrained")
    panels = figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0]
    people: dict[tuple[str, str], int] = {}
    for panel, metric in zip(panels, metrics, strict=True):
        mine = [one for one in slices if one.metric == metric]
        places = [groups.index((one.attribute, one.group)) for one in mine]
        means, bounds = _errors([Interval(one.mean, one.lower, one.upper, one.people) for one in mine])
        panel.errorbar(means, places, xerr=bounds, fmt="o", markersize=4, capsize=2)
        panel.axvline(result.interval(metric).mean, linestyle="--", color="gray", linewidth=1)
        panel.set_xlabel(title_of(metric))
        panel.set_xlim(left=0)
        panel.grid(axis="x", alpha=0.3)
        for one in mine:
            key = one.attribute, one.group
            people[key] = max(people.get(key, 0), one.people)
    labels = [f"{' = '.join(key)} ({people[key]:,})" for key in groups]
    panels[0].set_yticks(range(len(groups)), labels, fontsize="small")
    for place in range(1, len(groups)):
        if groups[place][0] != groups[place - 1][0]:
            for panel in panels:
                panel.axhline(place - 0.5, color="lightgray", linewidth=0.8)
    panels[0].set_ylim(len(groups) - 0.5, -0.5)
    figure.suptitle("Parts of the people (how many), 95 % intervals; dashed: all people", fontsize="medium")
    figure.savefig(folder / "slices.png", dpi=120)


def _draw_calibration(axes: Axes, found: Calibration) -> None:
    foretold = np.array([one.foretold for one in found.bins])
    happened = np.array([one.happened for one in found.bins])
    most = 1.1 * float(max(foretold.max(), happened.max()))
    for scale in (axes.set_xscale, axes.set_yscale):  # most chances are small: the square root spreads them
        scale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0.0)), np.square))
    axes.plot([0, most], [0, most], linestyle="--", color="gray", label="what is said comes true")
    axes.plot(foretold, happened, marker="o", label=f"a tenth of {sum(b.pairs for b in found.bins):,} pairs")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    axes.set_xlabel("chance stated (square-root scale)")
    axes.set_ylabel("share that was taken (square-root scale)")
    axes.set_title(f"Chances of uptake: off by {found.error:.4f} on average", fontsize="medium")
    axes.grid(alpha=0.3)
    _legend(axes)


def _draw_shares(axes: Axes, found: Mapping[str, float], of_what: str) -> None:
    bars = axes.barh(list(found), list(found.values()))
    axes.bar_label(bars, [f"{share:.1%}" for share in found.values()], padding=3)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * max(found.values()))
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.set_xlabel(f"share of all contributions (mean absolute), by {of_what}")
    axes.set_title(f"What puts programs into the lists of up to {PEOPLE} people", fontsize="medium")


def _draw_learning(axes: Axes, learning: Mapping[float, Backtest]) -> None:
    last = list(learning.values())[-1]
    metric = f"ndcg_{max(last.metrics.at)}"
    means, bounds = _errors([one.interval(metric) for one in learning.values()])
    axes.errorbar(list(learning), means, yerr=bounds, marker="o", capsize=3)
    axes.set_xticks(list(learning), [f"{share:.0%}" for share in learning])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("share of the people whose histories were learnt from")
    axes.set_ylabel(f"{title_of(metric)}, 95 % interval")
    axes.grid(alpha=0.3)
    _title(axes, last, f"Would more people help {last.ranker}?")
