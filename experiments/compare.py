"""The leaderboard: tracked runs side by side, those on the same data and cut together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from experiments.judging.cases import difference, kept_cases
from experiments.show import ABSENT, TITLES, number, of_metric, output, plain_table, title_of, with_bounds
from experiments.tracking import Found, Store, store_exists
from recommender.errors import RecommenderError
from recommender.evaluation.bootstrap import Interval

RANKED_BY = "ndcg_10"
_COLUMNS = {
    "ndcg_10": "NDCG@10",
    "gap_closed_10": "gap closed",
    "coverage_10": "coverage",
}
_TRUE = {"gain_5": "true gain@5", "gain_per_hour_5": "per hour", "gain_share_5": "of the best"}
_COSTS = {"fit_seconds": "fit s", "latency_ms": "answer ms"}
# Of these less is better, of all others more.
_LESS = ("calibration_error", "brier", "concentration", "fit_seconds", "rank_seconds", "latency_ms")


class NoSuchMetric(RecommenderError):  # noqa: N818 - reads as what it says
    """No run that is compared has measured this."""


def compare(data_digest: str, metric: str = RANKED_BY, *, as_json: bool) -> None:
    """Print the newest run of each recipe, for all data or for those whose digest begins so.

    Parameters
    ----------
    metric : by which the runs are put in order, such as `gap_closed_10`.

    Raises
    ------
    NoSuchMetric
        No run has this metric.
    """
    errors, out = Console(stderr=True), output()
    store, runs = None, list[Found]()
    if store_exists():
        with errors.status("Reading the store of runs ..."):
            store = Store()
            runs = newest_per_recipe(store.runs(), metric)
    runs = [one for one in runs if one.tags.get("data.digest", "").startswith(data_digest)]
    _check_metric(metric, runs)
    if as_json:
        out.print_json(json.dumps([_plain(one) for one in runs]))
    elif store is None or not runs:
        here = (
            f"No run is on data whose digest begins with {data_digest}"
            if data_digest
            else "There are no runs to compare"
        )
        errors.print(f"{here}; `python -m experiments run RECIPE --data DATA` makes one.", soft_wrap=True)
    else:
        for _, members in groupby(filter(_is_backtested, runs), _group):
            group = list(members)
            out.print(_table(group, metric, store))
            for one in group:  # on lines of their own, or a narrow screen would cut what `promote` asks for
                out.print(_called(one), soft_wrap=True, markup=False)
        others = [_in_words(one) for one in runs if not _is_backtested(one)]
        if others:
            out.print(f"not backtested: {', '.join(others)}", soft_wrap=True, markup=False)


def newest_per_recipe(runs: Iterable[Found], metric: str = RANKED_BY) -> list[Found]:
    """Return the newest run of each recipe on each data and cut, group by group, the best first."""
    newest: dict[tuple[object, ...], Found] = {}
    for one in runs:
        newest.setdefault((_group(one), one.tags.get("recipe")), one)
    sign = 1.0 if metric.startswith(_LESS) else -1.0

    def place(one: Found) -> float:
        return sign * one.metrics[metric] if metric in one.metrics else math.inf

    return sorted(newest.values(), key=lambda one: (_group(one), place(one)))


def _check_metric(metric: str, runs: Sequence[Found]) -> None:
    known = {name for one in runs for name in one.metrics}
    if known and metric != RANKED_BY and metric not in known:
        some = ", ".join(sorted(name for name in known if _is_of_lists(name) or name.startswith(_LESS)))
        raise NoSuchMetric(f"no run has the metric {metric!r}; use one of {some}.")


def _is_of_lists(metric: str) -> bool:
    """Return whether it is a metric of lists of some length, such as `ndcg_10`."""
    name, _, k = metric.rpartition("_")
    return name in TITLES and k.isdigit()


def _group(one: Found) -> tuple[str, str, str]:
    """Return name and digest of the data and the cut: only within these are numbers comparable."""
    tags = one.tags
    cut = tags.get("cut", "") if _is_backtested(one) else ""
    return tags.get("data.name", ""), tags.get("data.digest", "")[:8], cut


def _is_backtested(one: Found) -> bool:
    return one.tags.get("backtested") != "no"


def _in_words(one: Found) -> str:
    name, digest, _ = _group(one)
    return f"{one.tags.get('recipe')} on {name} ({digest}), bundle {one.tags.get('bundle')}"


def _called(one: Found) -> str:
    return f"  {one.tags.get('recipe')}: {one.tags.get('bundle')} (run {one.run_id[:8]})"


def _table(runs: Sequence[Found], metric: str, store: Store) -> Table:
    """Return one group of runs, the best first, each beside its difference to the best, case by case."""
    name, digest, cut = _group(runs[0])
    ordered = {metric: title_of(metric) if _is_of_lists(metric) else metric.replace("_", " ")}
    true = _TRUE if any(key in one.metrics for one in runs for key in _TRUE) else {}
    columns = {key: title for key, title in (ordered | _COLUMNS | true).items() if key not in _COSTS}
    header = ["recipe", *columns.values(), "to the best", *_COSTS.values(), "people"]
    table = plain_table(f"{name} ({digest}), cut {cut}", header)
    best = kept_cases(store, runs[0].run_id)
    for one in runs:
        cells = [_with_bounds(one, key) for key in columns]
        lead = _to_best(one, runs[0], best, metric, store)
        costs = [number(one.metrics.get(key, math.nan), 1) for key in _COSTS]
        mark = " (leaks)" if one.tags.get("leak") else ""
        people = f"{one.metrics.get('people', 0):,.0f}"
        table.add_row(f"{one.tags.get('recipe')}{mark}", *cells, lead, *costs, people)
    return table


def _to_best(one: Found, best: Found, cases: pd.DataFrame | None, metric: str, store: Store) -> str:
    """Return the paired difference to the best run, a dash where the two were not judged on one trial."""
    trial = one.tags.get("trial")
    if one is best or cases is None or metric not in cases or not trial or trial != best.tags.get("trial"):
        return ABSENT
    mine = kept_cases(store, one.run_id)
    if mine is None or metric not in mine:
        return ABSENT
    return with_bounds(difference(mine, cases, metric), sign=True)


def _with_bounds(one: Found, metric: str) -> str:
    value, lower, upper = (one.metrics.get(metric + end, math.nan) for end in ("", "_lower", "_upper"))
    return of_metric(metric, Interval(value, lower, upper, 0))


def _plain(one: Found) -> dict[str, Any]:
    name, _, cut = _group(one)
    return {
        "run": one.name,
        "run_id": one.run_id,
        "recipe": one.tags.get("recipe"),
        "ranker": one.tags.get("ranker"),
        "data": name,
        "data_digest": one.tags.get("data.digest"),
        "cut": cut,
        "trial": one.tags.get("trial", ""),
        "leak": one.tags.get("leak", ""),
        "backtested": _is_backtested(one),
        "bundle": one.tags.get("bundle"),
        "commit": one.tags.get("commit"),
        "metrics": dict(one.metrics),
    }
