"""The model's own figure: what it foretold in its backtest, and what it foretells of the records since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from experiments.drift.measures import Line, fall
from experiments.judging.ranking import rank_people
from experiments.judging.trials import new_only
from recommender.dataset import Dataset
from recommender.dataset.split import split_by_time
from recommender.engine import Engine
from recommender.evaluation.bootstrap import Interval, interval
from recommender.evaluation.metrics import METRICS

TOO_SHORT = "too short to tell"
_TITLES = {"ndcg": "NDCG", "recall": "recall"}


def foretelling(engine: Engine, about: Mapping[str, Any], now: Dataset) -> tuple[list[Line], str]:
    """Judge a bundle's model on what people took after its data, without training it again.

    Its lists are of the day after its data ended or, where more has passed since than the time its backtest
    judged, of the day so long ago. Where less has passed, NDCG is shown but not judged: it rises with the
    number of programs that people take in the time. Recall hardly does, and is judged in any case.

    Parameters
    ----------
    about : facts of the bundle's manifest.
    now : the new data, with employee ids as in the engine's.

    Returns
    -------
    The lines, or none and the reason why.
    """
    cut, trained = str(about.get("cut", ""))[:10], engine.dataset.as_of
    k = max(about.get("recipe", {}).get("metrics", {}).get("at", [10]))
    figures = about.get("metrics", {})
    if not cut[:1].isdigit() or f"ndcg_{k}" not in figures:
        return [], "the bundle holds no figure of a backtest by time."
    time = trained + 1 - np.datetime64(cut)
    first = max(trained + 1, now.as_of + 1 - time)
    split = new_only(split_by_time(now, first))
    rows = np.unique(split.employee)
    if not len(rows):
        return [], "nobody took a new program since."
    ranked = rank_people(engine.rankers[0][1], engine.estimator, split, rows, k).ranked
    relevant = split.relevant(rows)
    lines = [
        fall(
            "model",
            f"{title}@{k}",
            _recorded(figures, f"{name}_{k}"),
            interval(METRICS[name](ranked, relevant, k)),
        )
        for name, title in _TITLES.items()
    ]
    if now.as_of + 1 - first < 0.9 * time:
        lines[0] = replace(lines[0], p=float("nan"), effect=float("nan"), verdict=TOO_SHORT)
    return lines, ""


def _recorded(figures: Mapping[str, float], metric: str) -> Interval:
    mean, lower, upper = (float(figures.get(metric + end, "nan")) for end in ("", "_lower", "_upper"))
    return Interval(mean, lower, upper, int(figures.get("people", 0)))
