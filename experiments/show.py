"""Numbers as people read them, and the table of a backtest."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from experiments.judging.backtest import Backtest
from experiments.judging.gains import OF_GAINS, TRUE_GAIN
from recommender.evaluation.bootstrap import Interval

Say = Callable[[str], None]  # tells the user what is being done

ABSENT = "–"
# What a cut in time cannot turn back, said wherever dated backtests are shown.
OF_DATED = "Eligibility rules are not applied; positions and units are those of the data's date."
_DIGITS = {"gap_per_hour": 4, "gain_per_hour": 4, "gain_hours": 0}  # of the others 3 are shown
_WIDTH = 170  # of what is not a terminal, such as a log
TITLES = {
    "ndcg": "NDCG",
    "recall": "recall",
    "precision": "precision",
    "average_precision": "average precision",
    "reciprocal_rank": "reciprocal rank",
    "hit": "hit rate",
    "gap_closed": "gap closed per program",
    "gap_possible": "gap closed per place, at best",
    "gap_share": "gap closed, share of the best",
    "gap_per_hour": "gap closed per hour (JP)",
    "gain": "true gain",
    "gain_possible": "true gain, at best",
    "gain_share": "true gain, share of the best",
    "gain_per_hour": "true gain per hour (JP)",
    "gain_hours": "hours (JP) for the true gain",
    "hours": "hours (JP) per program",
    "novelty": "novelty (bits)",
    "filled": "places filled",
    "coverage": "catalogue covered",
    "concentration": "concentration (Gini)",
}


def output() -> Console:
    """Return the console for results, on stdout."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH)


def plain_table(title: str, columns: Sequence[str]) -> Table:
    """Return an empty table: the first column is text, the others are numbers."""
    table = Table(title=title, title_justify="left", box=SIMPLE, pad_edge=False)
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def number(value: float, digits: int = 3) -> str:
    """Return a number as text, a dash where there is none."""
    return ABSENT if math.isnan(value) else f"{value:.{digits}f}"


def with_bounds(interval: Interval, digits: int = 3, *, sign: bool = False) -> str:
    """Return `mean [lower, upper]`; `sign` writes the plus of a positive difference."""
    if math.isnan(interval.mean):
        return ABSENT
    mean = f"{interval.mean:+.{digits}f}" if sign else f"{interval.mean:.{digits}f}"
    if math.isnan(interval.lower):
        return mean
    return f"{mean} [{interval.lower:.{digits}f}, {interval.upper:.{digits}f}]"


def title_of(metric: str) -> str:
    """Return the title of a metric such as `ndcg_10`."""
    name, _, k = metric.rpartition("_")
    return f"{TITLES[name]}@{k}"


def of_metric(metric: str, interval: Interval, *, sign: bool = False) -> str:
    """Return `mean [lower, upper]` with as many digits as tell something of the metric."""
    return with_bounds(interval, _DIGITS.get(metric.rpartition("_")[0], 3), sign=sign)


def print_backtest(
    console: Console, result: Backtest, baseline: Backtest | None, leads: Mapping[str, Interval] | None = None
) -> None:
    """Print all metrics of a backtest, beside those of the baseline and the differences.

    Parameters
    ----------
    leads : how much higher each metric is than the champion's, if there is one to compare with.
    """
    beside = [] if baseline is None else [baseline.ranker, "difference"]
    served = ["to the champion"] if leads else []
    title = f"Backtest of {result.ranker}, cut {result.cut}"
    table = plain_table(title, ["metric", result.ranker, *beside, *served, "people"])
    for metric in [*result.by_case, *result.ratios]:
        lead = [of_metric(metric, leads[metric], sign=True) if metric in leads else ABSENT] if leads else []
        own, *others, people = _cells(metric, result, baseline)
        table.add_row(title_of(metric), own, *others, *lead, people)
    for metric in result.overall:
        if metric != "covered":
            both = [result] if baseline is None else [result, baseline]
            table.add_row(title_of(metric), *(number(one.overall[metric]) for one in both))
    console.print(table)
    console.print(" ".join(_caption(result)), soft_wrap=True, markup=False)


def _caption(result: Backtest) -> Iterator[str]:
    yield "In brackets: 95 % intervals over people (bootstrap)."
    missed = 1 - result.overall["covered"]
    if missed > 0:
        share = f"{missed:.0%}" if missed >= 0.01 else "under 1%"
        yield f"People whom {result.ranker} does not cover ({share}) count as missed."
    if result.dated:
        yield OF_DATED
    if TRUE_GAIN[0] in result.by_case:
        yield OF_GAINS


def _cells(metric: str, result: Backtest, baseline: Backtest | None) -> list[str]:
    own = result.interval(metric)
    shown, people = of_metric(metric, own), f"{own.people:,}"
    if baseline is None:
        return [shown, people]
    theirs, difference = of_metric(metric, baseline.interval(metric)), ABSENT
    if metric in result.by_case:
        difference = of_metric(metric, result.difference(baseline, metric), sign=True)
    return [shown, theirs, difference, people]
