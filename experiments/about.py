"""The facts of a run: what stands in the bundle's manifest and, flattened, in the tracked run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from experiments.judging.cases import Champion, cases_of, difference
from experiments.judging.findings import BASELINE, Findings
from experiments.provenance import git_commit, source_name, versions
from experiments.recipe import Recipe
from recommender.dataset import Dataset
from recommender.evaluation.bootstrap import Interval


def about_of(
    recipe: Recipe, dataset: Dataset, data: str, found: Findings, champion: Champion | None
) -> dict[str, Any]:
    """Return all facts but the time to answer and the digest of the cases, JSON-able.

    Parameters
    ----------
    data : where the data were read from; only the last name is kept.
    """
    about = {
        "recipe": recipe.model_dump(mode="json", exclude={"text"}),
        "data": _data(dataset, source_name(data)),
        "commit": git_commit(),
        "versions": versions(),
        "cut": "" if found.result is None else found.result.cut,
        "trial": found.trial,
        "leak": found.leak,
        "champion": "" if champion is None else champion.bundle,
        "metrics": {key: value for key, value in _metrics(found, champion) if math.isfinite(value)},
        "slices": found.slices.plain(),
        "fairness": [one.plain() for one in found.fairness],
        "uncompared": [one.plain() for one in found.uncompared],
        "suppressed": found.suppressed,
    }
    return about if found.calibration is None else {**about, "calibration": found.calibration.plain()}


def _data(dataset: Dataset, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "digest": dataset.digest,
        "as_of": "" if np.isnat(dataset.as_of) else str(dataset.as_of),
        "employees": len(dataset.employees.ids),
        "programs": len(dataset.programs.ids),
        "training_records": len(dataset.history),
    }


def _metrics(found: Findings, champion: Champion | None) -> Iterator[tuple[str, float]]:
    """Yield every number that was found, by name."""
    result = found.result
    if result is None:
        return
    yield from {"people": float(result.people), "pairs": float(result.pairs), **result.overall}.items()
    yield from (("fit_seconds", result.fit_seconds), ("rank_seconds", result.rank_seconds))
    for metric in result.by_case:
        yield from _bounds(metric, result.interval(metric))
        if found.baseline is not None:
            yield from _bounds(f"{BASELINE}_{metric}", found.baseline.interval(metric))
            yield from _bounds(f"{metric}_over_{BASELINE}", result.difference(found.baseline, metric))
    for metric in result.ratios:
        yield from _bounds(metric, result.interval(metric))
        if found.baseline is not None:
            yield from _bounds(f"{BASELINE}_{metric}", found.baseline.interval(metric))
    for metric, lead in leads(found, champion).items():
        yield from _bounds(f"{metric}_over_champion", lead)
    for one in found.fairness:
        yield f"fairness_{one.attribute}_{one.measure}", one.ratio
    if found.calibration is not None:
        yield from (("calibration_error", found.calibration.error), ("brier", found.calibration.brier))
        yield "brier_skill", found.calibration.skill


def leads(found: Findings, champion: Champion | None) -> dict[str, Interval]:
    """Return how much higher each metric is than the champion's, case by case, where they share cases."""
    if found.result is None or champion is None or champion.cases is None:
        return {}
    mine, theirs, settings = cases_of(found.result), champion.cases, found.result.metrics
    return {
        metric: difference(mine, theirs, metric, draws=settings.draws, seed=settings.seed)
        for metric in found.result.by_case
        if metric in theirs
    }


def _bounds(name: str, interval: Interval) -> Iterator[tuple[str, float]]:
    yield from (
        (name, float(interval.mean)),
        (f"{name}_lower", interval.lower),
        (f"{name}_upper", interval.upper),
    )
