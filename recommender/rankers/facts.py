"""Plain facts of programs, people and what the two have in common, as the learned ranker sees them.

Each function returns named arrays that broadcast to (n, P); NaN where the data do not say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.competency import expected_shortfall
from recommender.dataset import Dataset, Programs
from recommender.dataset.norms_of import program_norms
from recommender.domain import MISSING, FloatArray, IntArray, TextArray, Vocabulary
from recommender.rankers.once import once
from recommender.rankers.people import People

Facts = list[tuple[str, FloatArray]]

_DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Codes:
    """The forms, provider types and competencies met in fitting, so that facts mean the same later."""

    forms: Vocabulary
    providers: Vocabulary
    competencies: Vocabulary


def learn_codes(dataset: Dataset) -> Codes:
    """Return the catalogue's forms and provider types in alphabetical order, and the competencies."""
    programs = dataset.programs
    return Codes(
        Vocabulary(sorted(set(programs.form))),
        Vocabulary(sorted(set(programs.provider_type))),
        dataset.competencies.ids,
    )


def program_facts(people: People, codes: Codes) -> Facts:
    """Return what a program is, how it went for those who took it, and whether the way to it is open."""
    dataset = people.dataset
    programs, norms = dataset.programs, program_norms(dataset)
    return [
        ("hours", programs.hours),
        ("cost", programs.cost),
        ("form", _codes(codes.forms, programs, programs.form).astype(float)),
        ("provider_type", _codes(codes.providers, programs, programs.provider_type).astype(float)),
        ("completed_share", norms.completed_share),
        ("mean_score", norms.score),
        ("mean_gain", norms.gain),
        ("mean_rating", norms.rating),
        ("prerequisites_met", _prerequisites_met(people)),
    ]


def need_facts(people: People) -> Facts:
    """Return how short a person is of what the position asks, and how much of that a program teaches."""
    teaches = (~np.isnan(people.dataset.programs.target)).astype(float).T
    shortfall = expected_shortfall(people.beliefs.mean, people.beliefs.sd, people.required)
    needed = np.nan_to_num(people.weight * shortfall)
    asked, asked_next = ~np.isnan(people.required), ~np.isnan(people.next_required)
    return [
        ("shortfall", needed.sum(axis=1, keepdims=True)),
        ("shortfall_taught", needed @ teaches),
        ("asked_taught", asked.astype(float) @ teaches),
        ("asked_next_taught", asked_next.astype(float) @ teaches),
    ]


def person_facts(people: People, codes: Codes) -> Facts:
    """Return who a person is to training: how much, how long, how lately, how well, and of which kind."""
    dataset, programs = people.dataset, people.dataset.programs
    weights = people.past.weights(1.0)
    taken = weights.sum(axis=1, keepdims=True)
    return [
        ("programs_taken", taken),
        ("service_years", _years(dataset.as_of - dataset.employees.hired_on[people.rows])[:, None]),
        ("years_since_last", _years_since_last(people)[:, None]),
        ("mean_level", _mean_level(people, codes.competencies)),
        ("same_form_share", _share_alike(weights, taken, _codes(codes.forms, programs, programs.form))),
        (
            "same_provider_share",
            _share_alike(weights, taken, _codes(codes.providers, programs, programs.provider_type)),
        ),
    ]


def _prerequisites_met(people: People) -> FloatArray:
    """Return the share of each program's prerequisites that a person has taken, NaN where it has none."""
    programs, rules = len(people.dataset.programs.ids), people.dataset.programs.prerequisites
    asked = np.bincount(rules[:, 0], minlength=programs)
    met = np.zeros((programs, len(people)))
    if len(rules):
        taken = (people.past.weights(1.0) > 0).astype(float)
        np.add.at(met, rules[:, 0], taken[:, rules[:, 1]].T)
    met = met.T
    share: FloatArray = np.divide(met, asked, out=np.full(met.shape, np.nan), where=asked > 0)
    return share


def _mean_level(people: People, known: Vocabulary) -> FloatArray:
    """Return the mean level in the competencies met in fitting, shape (n, 1)."""
    there = known.rows(people.dataset.competencies.ids) != MISSING
    if not there.any():
        return np.full((len(people), 1), np.nan)
    return np.asarray(people.beliefs.mean[:, there].mean(axis=1, keepdims=True))


def _codes(known: Vocabulary, programs: Programs, label: TextArray) -> IntArray:
    """Return the place of each program's label among the known ones, `MISSING` where it is new."""
    return once(known, programs, lambda: known.rows(label))


def _share_alike(weights: FloatArray, taken: FloatArray, code: IntArray) -> FloatArray:
    """Return the share of each person's past whose label has the code of each program, shape (n, P)."""
    code = code - MISSING  # labels that fitting did not meet count as one
    shares = np.stack(
        [weights[:, code == one].sum(axis=1) for one in range(int(code.max(initial=0)) + 1)], axis=1
    )
    return np.asarray((shares / np.maximum(taken, 1.0))[:, code])


def _years_since_last(people: People) -> FloatArray:
    history = people.dataset.history
    last = np.full(len(people.dataset.employees.ids), np.datetime64("NaT", "D"))
    last[history.employee] = history.moment  # sorted by moment, so the last one stays
    return _years(people.dataset.as_of - last[people.rows])


def _years(span: NDArray[np.timedelta64]) -> FloatArray:
    days = span.astype("timedelta64[D]")
    return np.asarray(np.where(np.isnat(days), np.nan, days.astype(float) / _DAYS_PER_YEAR))
