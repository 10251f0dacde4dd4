"""Ratios of a backtest: what lists bring beside the most that any could, and beside the hours they take.

They are ratios of sums over people, not means of ratios: who has next to nothing to gain would else count as
much as everybody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from recommender.domain import FloatArray

Values = Mapping[str, FloatArray]  # one value per case for each metric, as in `Backtest.by_case`
Parts = tuple[FloatArray, FloatArray]


def _gap_share(values: Values, k: str) -> Parts:
    return gap_per_place(values, k), values[f"gap_possible_{k}"]


def _gap_per_hour(values: Values, k: str) -> Parts:
    """Return both per place; programs without hours count like the others of their list."""
    return gap_per_place(values, k), values[f"hours_{k}"] * values[f"filled_{k}"]


def _gain_share(values: Values, k: str) -> Parts:
    return values[f"gain_{k}"], values[f"gain_possible_{k}"]


def _gain_per_hour(values: Values, k: str) -> Parts:
    return values[f"gain_{k}"], values[f"gain_hours_{k}"]


RATIOS: Mapping[str, Callable[[Values, str], Parts]] = {
    "gap_share": _gap_share,
    "gap_per_hour": _gap_per_hour,
    "gain_share": _gain_share,
    "gain_per_hour": _gain_per_hour,
}


def ratios_of(values: Values) -> list[str]:
    """Return the ratios that can be made of these values, such as `gap_share_10`."""
    lengths = {"gap": "gap_possible_", "gain": "gain_possible_"}
    return [
        f"{name}_{metric.rpartition('_')[2]}"
        for name in RATIOS
        for metric in values
        if metric.startswith(lengths[name.partition("_")[0]])
    ]


def parts_of(values: Values, metric: str) -> Parts:
    """Return the part and the whole of a ratio such as `gap_share_10`, one value per case each."""
    name, _, k = metric.rpartition("_")
    return RATIOS[name](values, k)


def gap_per_place(values: Values, k: str | int) -> FloatArray:
    """Return the gap closed per place of the list, where an empty place closes none; NaN without needs."""
    closed = np.nan_to_num(values[f"gap_closed_{k}"]) * values[f"filled_{k}"]
    return np.where(np.isnan(values[f"gap_possible_{k}"]), np.nan, closed)
