"""The leaderboard: tracked runs side by side, those on the same data and cut together."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table

from experiments.show import number, output, plain_table
from experiments.tracking import Found, Store, store_exists

_RANKED_BY = "ndcg_10"
_COLUMNS = {
    "ndcg_10": "NDCG@10",
    "recall_10": "recall@10",
    "reciprocal_rank_10": "MRR@10",
    "gap_closed_10": "gap closed",
    "coverage_10": "coverage",
}


def compare(data_digest: str, *, as_json: bool) -> None:
    """Print the newest run of each recipe, for all data or for those whose digest begins so."""
    errors, out = Console(stderr=True), output()
    runs: list[Found] = []
    if store_exists():
        with errors.status("Reading the store of runs ..."):
            runs = newest_per_recipe(Store().runs())
    runs = [one for one in runs if one.tags.get("data.digest", "").startswith(data_digest)]
    if as_json:
        out.print_json(json.dumps([_plain(one) for one in runs]))
    elif not runs:
        errors.print(
            "There are no runs to compare; `python -m experiments run RECIPE --data DATA` makes one."
        )
    else:
        for group, members in groupby(filter(_is_backtested, runs), _group):
            out.print(_table(group, members))
        others = [_in_words(one) for one in runs if not _is_backtested(one)]
        if others:
            out.print(f"not backtested: {', '.join(others)}", soft_wrap=True, markup=False)


def newest_per_recipe(runs: Iterable[Found]) -> list[Found]:
    """Return the newest run of each recipe on each data and cut, group by group, the best first."""
    newest: dict[tuple[object, ...], Found] = {}
    for one in runs:
        newest.setdefault((_group(one), one.tags.get("recipe")), one)
    return sorted(newest.values(), key=lambda one: (_group(one), -one.metrics.get(_RANKED_BY, -1.0)))


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


def _table(group: tuple[str, str, str], runs: Iterable[Found]) -> Table:
    name, digest, cut = group
    title = f"{name} ({digest}), cut {cut}"
    table = plain_table(title, ["recipe", *_COLUMNS.values(), "people", "bundle"])
    for one in runs:
        cells = [_with_bounds(one, metric) for metric in _COLUMNS]
        people = f"{one.metrics.get('people', 0):,.0f}"
        table.add_row(one.tags.get("recipe"), *cells, people, one.tags.get("bundle"))
    return table


def _with_bounds(one: Found, metric: str) -> str:
    value, lower, upper = (one.metrics.get(metric + end, float("nan")) for end in ("", "_lower", "_upper"))
    bounds = f" [{lower:.3f}, {upper:.3f}]" if lower == lower else ""
    return number(value) + bounds


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
        "backtested": _is_backtested(one),
        "bundle": one.tags.get("bundle"),
        "commit": one.tags.get("commit"),
        "metrics": dict(one.metrics),
    }
