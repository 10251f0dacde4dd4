"""What the learned ranker looks at: scores of other rankers, places in their lists, facts of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, TextArray, Vocabulary
from recommender.rankers.base import Ranker
from recommender.rankers.mandates import mandated
from recommender.rankers.people import People

_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Features:
    """Features of all pairs: `values` has shape (n, P, F); each feature belongs to a kind of reason."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Codes:
    """The forms and provider types met in fitting, so that codes mean the same later."""

    forms: Vocabulary
    providers: Vocabulary


def learn_codes(dataset: Dataset) -> Codes:
    """Return the catalogue's forms and provider types in alphabetical order."""
    programs = dataset.programs
    return Codes(Vocabulary(sorted(set(programs.form))), Vocabulary(sorted(set(programs.provider_type))))


def pair_features(people: People, bases: Sequence[tuple[str, Ranker]], codes: Codes) -> Features:
    """Return the features of every person with every program of the catalogue."""
    scores = [(name, base.kind, base.score(people)) for name, base in bases]
    taken = people.past.weights(1.0) > 0
    columns = scores + [(f"{name}:place", kind, _places(score, taken)) for name, kind, score in scores]
    columns += [(name, "program", values[None, :]) for name, values in _program_facts(people, codes)]
    columns += [(name, "person", values) for name, values in _person_facts(people)]
    columns.append(("mandated", "mandate", mandated(people).astype(float)))
    shape = (len(people), len(people.dataset.programs.ids), len(columns))
    values = np.empty(shape, dtype=np.float32)
    for place, (_, _, column) in enumerate(columns):
        values[:, :, place] = column
    return Features(tuple(c[0] for c in columns), tuple(c[1] for c in columns), values)


def _places(score: FloatArray, taken: BoolArray) -> FloatArray:
    """Return each program's place in a person's list: 0 = first, ties share one, programs taken come last.

    Scores grow with the amount of history behind them, so a threshold learnt on a cut through the past
    misleads later; a place means the same at any time.
    """
    return np.asarray(rankdata(np.where(taken, np.inf, -score), method="min", axis=1) - 1.0)


def _program_facts(people: People, codes: Codes) -> list[tuple[str, FloatArray]]:
    programs = people.dataset.programs
    return [
        ("hours", programs.hours),
        ("cost", programs.cost),
        ("form", codes.forms.rows(programs.form).astype(float)),
        ("provider_type", codes.providers.rows(programs.provider_type).astype(float)),
    ]


def _person_facts(people: People) -> list[tuple[str, FloatArray]]:
    dataset = people.dataset
    weights = people.past.weights(1.0)
    taken = weights.sum(axis=1, keepdims=True)
    return [
        ("programs_taken", taken),
        ("service_years", _years(dataset.as_of - dataset.employees.hired_on[people.rows])[:, None]),
        ("years_since_last", _years_since_last(people)[:, None]),
        ("same_form_share", _share_alike(weights, taken, dataset.programs.form)),
        ("same_provider_share", _share_alike(weights, taken, dataset.programs.provider_type)),
    ]


def _share_alike(weights: FloatArray, taken: FloatArray, label: TextArray) -> FloatArray:
    """Return the share of each person's past whose label equals each program's, shape (n, P)."""
    _, code = np.unique(label.astype(str), return_inverse=True)
    onehot = np.eye(code.max() + 1)[code]
    return np.asarray((weights @ onehot @ onehot.T) / np.maximum(taken, 1.0))


def _years_since_last(people: People) -> FloatArray:
    history = people.dataset.history
    last = np.full(len(people.dataset.employees.ids), np.datetime64("NaT", "D"))
    last[history.employee] = history.moment  # sorted by moment, so the last one stays
    return _years(people.dataset.as_of - last[people.rows])


def _years(span: NDArray[np.timedelta64]) -> FloatArray:
    days = span.astype("timedelta64[D]")
    return np.asarray(np.where(np.isnat(days), np.nan, days.astype(float) / _DAYS_PER_YEAR))
