"""Forecasts of levels by several methods, side by side over the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from experiments.benchmarks.clusters import coverage, pooled_rmse, rmse_difference
from experiments.show import with_bounds
from recommender.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import Interval

OURS = "estimator"
SHARES = (0.80, 0.95)
HEADER = (
    "forecast",
    "RMSE",
    f"RMSE less that of `{OURS}`",
    *(f"% in the {share:.0%} interval" for share in SHARES),
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is foreseen of each row: mean and standard deviation, shape (rows,)."""

    mean: FloatArray
    sd: FloatArray

    def of(self, rows: BoolArray) -> Forecast:
        """Return the forecast of some of the rows."""
        return Forecast(self.mean[rows], self.sd[rows])


def compared(
    found: Mapping[str, Forecast], level: FloatArray, person: IntArray, digits: int = 3
) -> list[list[str]]:
    """Return a row of the table under `HEADER` for each forecast, `OURS` being one of them."""
    ours = found[OURS].mean - level
    rows = []
    for name, one in found.items():
        error = one.mean - level
        difference = rmse_difference(error, ours, person)
        lead = "–" if name == OURS else with_bounds(difference, digits, sign=True)
        shares = [with_bounds(coverage(error, one.sd, person, share), 1) for share in SHARES]
        rows.append([name, with_bounds(pooled_rmse(error, person), digits), lead, *shares])
    return rows


def best_rival(found: Mapping[str, Forecast], level: FloatArray) -> str:
    """Return the forecast of least RMSE, `OURS` left out."""
    rivals = [name for name in found if name != OURS]
    return min(rivals, key=lambda name: float(np.mean((found[name].mean - level) ** 2)))


def ahead(
    found: Mapping[str, Forecast], level: FloatArray, person: IntArray
) -> tuple[str, Interval, Interval]:
    """Return the best rival, the RMSE of `OURS`, and how much higher that is than the rival's."""
    best = best_rival(found, level)
    ours = found[OURS].mean - level
    return best, pooled_rmse(ours, person), rmse_difference(ours, found[best].mean - level, person)


def with_usual_miss(mean: FloatArray, level: FloatArray, known: BoolArray) -> Forecast:
    """Return a mean as a forecast whose interval is what it misses, on average, among the known rows."""
    miss = float(np.sqrt(np.mean((mean - level)[known] ** 2)))
    return Forecast(mean, np.full(len(mean), miss))


def with_assessments(dataset: Dataset, keep: BoolArray) -> Dataset:
    """Return the same data with only the assessments where `keep` is true."""
    return replace(dataset, assessments=take(dataset.assessments, keep))


def means_by(
    group: IntArray, values: FloatArray, known: BoolArray, otherwise: FloatArray | float
) -> FloatArray:
    """Return for each row the mean of the known values of its group, `otherwise` where there are none."""
    size = int(group.max(initial=-1)) + 1
    count = np.bincount(group[known], minlength=size)[group]
    total = np.bincount(group[known], values[known], minlength=size)[group]
    fallback = np.array(np.broadcast_to(otherwise, len(group)), dtype=float)
    return np.asarray(np.divide(total, count, out=fallback, where=count > 0))
