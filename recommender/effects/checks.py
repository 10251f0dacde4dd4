"""What an estimate is made of, checked before anything is computed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.impute import SimpleImputer

from recommender.domain import BoolArray, FloatArray
from recommender.errors import EffectError

_MANY_UNKNOWN = 0.05  # of the people: beyond that a covariate's gaps are told
FEWEST = 30  # people of either group; fewer say nothing about a program


def checked_treatment(treated: ArrayLike) -> BoolArray:
    """Return who is treated, shape (n,).

    Raises
    ------
    EffectError
        It is not a list of 0 and 1 or False and True, or a group is empty or has fewer than `FEWEST` people.
    """
    values = _numbers("treated", treated)
    if values.ndim != 1:
        raise EffectError(f"treated has the shape {values.shape}: give one value per person.")
    odd = values[~np.isin(values, (0.0, 1.0))]
    if len(odd):
        raise EffectError(
            f"treated is {odd[0]:g} for {len(odd):,} of {len(values):,}: give 1 (attended) or 0 (not)."
        )
    who: BoolArray = values == 1
    for people, group in ((int(who.sum()), "attended"), (int((~who).sum()), "did not attend")):
        if people == 0:
            raise EffectError(f"nobody {group}, so there is nobody to compare: no effect can be measured.")
        if people < FEWEST:
            raise EffectError(
                f"only {people} of {len(who):,} people {group}; an effect needs {FEWEST} at least: wait for "
                "more, or measure several programs together."
            )
    return who


def checked_outcome(name: str, values: ArrayLike, people: int) -> FloatArray:
    """Return an outcome, shape (n,).

    Raises
    ------
    EffectError
        The shape is another, or some values are missing or infinite.
    """
    outcome = _numbers(name, values)
    if outcome.shape != (people,):
        raise EffectError(
            f"{name} has the shape {outcome.shape}, treated has {people:,} people: give one value each."
        )
    absent = int((~np.isfinite(outcome)).sum())
    if absent:
        raise EffectError(
            f"{name} is missing or infinite for {absent:,} of {people:,} people: leave them out of all "
            "arrays, and say so."
        )
    return outcome


def checked_covariates(covariates: ArrayLike, people: int) -> FloatArray:
    """Return covariates with equal spread, shape (n, k), k at least 1.

    Missing values become the column's median with a further column that says so; columns without any
    difference are dropped.

    Raises
    ------
    EffectError
        The number of people is another, or some values are infinite.
    """
    values = _numbers("covariates", covariates)
    if values.ndim == 1:
        values = values.reshape(-1, 1) if len(values) else values.reshape(people, 0)
    if values.ndim != 2 or len(values) != people:
        raise EffectError(
            f"covariates have the shape {values.shape}, treated has {people:,} people: give a row each."
        )
    if np.isinf(values).any():
        column = int(np.isinf(values).any(axis=0).argmax())
        raise EffectError(
            f"column {column} of the covariates is infinite: give a number, or NaN where unknown."
        )
    unknown = np.isnan(values).all(axis=0)
    if unknown.any():
        raise EffectError(
            f"column {int(unknown.argmax())} of the covariates is unknown for everybody: leave it out."
        )
    if values.shape[1]:
        values = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True).fit_transform(
            values
        )
    spread = values.std(axis=0)
    told = spread > 1e-9 * np.abs(values).max(axis=0, initial=0)
    if not told.any():
        return np.zeros((people, 1))
    values, spread = values[:, told], spread[told]
    centred: FloatArray = (values - values.mean(axis=0)) / spread
    return centred


def covariate_cautions(covariates: ArrayLike, people: int) -> list[str]:
    """Return what to keep in mind of covariates that passed the checks."""
    values = _numbers("covariates", covariates).reshape(people, -1)
    if not values.shape[1]:
        return ["no covariates were given: nothing is accounted for, the effect is the plain difference."]
    absent = np.isnan(values).sum(axis=0)
    return [
        f"column {column} of the covariates is unknown for {count:,} of {people:,} people: the median stands "
        "in, so that what it would have explained may be taken for effect."
        for column, count in enumerate(absent.tolist())
        if count >= _MANY_UNKNOWN * people
    ]


def refuse_outcome_among(covariates: ArrayLike, outcome: FloatArray) -> None:
    """Raise if a column of the covariates is the outcome itself, which would explain all of the effect away.

    Raises
    ------
    EffectError
        It is.
    """
    values = _numbers("covariates", covariates).reshape(len(outcome), -1)
    for column, known in enumerate(values.T):
        if np.ptp(outcome) > 0 and np.array_equal(known, outcome):
            raise EffectError(
                f"column {column} of the covariates is the outcome itself: leave it out; covariates must be "
                "known before."
            )


def _numbers(name: str, values: ArrayLike) -> FloatArray:
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise EffectError(f"{name}: {error}; give numbers.") from error
