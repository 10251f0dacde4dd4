"""Crossed random effects by GPBoost, a library that is not ours; the extra `benchmark` installs it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import numpy as np

from experiments.benchmarks.forecasts import Forecast
from recommender.domain import BoolArray, FloatArray, TextArray


def crossed_effects(groups: TextArray, level: FloatArray, known: BoolArray) -> Forecast | None:
    """Return what a mean and one random effect per column of `groups` foresee of the rows not known.

    Variances are found by maximum likelihood. None where the library is not installed.

    Parameters
    ----------
    groups : the groups that each row belongs to, shape (rows, kinds of groups).
    """
    if find_spec("gpboost") is None:
        return None
    model = import_module("gpboost").GPModel(group_data=groups[known], likelihood="gaussian")
    model.fit(y=level[known], X=np.ones((int(known.sum()), 1)))
    foreseen = model.predict(
        group_data_pred=groups[~known],
        X_pred=np.ones((int((~known).sum()), 1)),
        predict_var=True,
        predict_response=True,
    )
    return Forecast(np.asarray(foreseen["mu"]), np.sqrt(np.asarray(foreseen["var"])))
