"""Hard rules: which programs a person cannot be sent to, each rule with its reason code.

To add a rule, write a function from people to a mask (n, P), name it in `RULES`, and give its code a phrase
in `explain/phrases.toml`. A rule about a fact that the data know of nobody is off; where the data know it of
others but not of this person, the person cannot be shown to be eligible and is kept out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, DateArray, FloatArray, TextArray
from recommender.rankers import People
from recommender.rankers.mandates import bound_by

_DAYS_PER_YEAR = 365.25
_DAYS_PER_MONTH = _DAYS_PER_YEAR / 12.0


def _not_active(people: People) -> BoolArray:
    active = people.dataset.employees.active[people.rows]
    return _everywhere(people, ~active[:, None])


def _closed(people: People) -> BoolArray:
    """Programs not offered, and those whose sessions have all begun before the data's date."""
    dataset = people.dataset
    programs, sessions = len(dataset.programs.ids), dataset.sessions
    ahead = np.isnat(sessions.starts_on) | ~(sessions.starts_on < dataset.as_of)
    has_sessions = np.bincount(sessions.program, minlength=programs) > 0
    has_ahead = np.bincount(sessions.program[ahead], minlength=programs) > 0
    return _everywhere(people, (~dataset.programs.active | (has_sessions & ~has_ahead))[None, :])


def _completed(people: People) -> BoolArray:
    """Programs completed, unless the completion has run out by a mandate's or the policy's months."""
    dataset = people.dataset
    latest = _latest_completions(people)
    lasting = dataset.policy.recommendation.completion_valid_months or np.inf
    months = np.full(latest.shape, lasting)
    for mandate, program in enumerate(dataset.mandates.program):
        repeat = np.where(bound_by(people, mandate), dataset.mandates.repeat_months[mandate], np.nan)
        months[:, program] = np.fmin(months[:, program], repeat)
    age = (dataset.as_of - latest).astype("timedelta64[D]")
    days = np.where(np.isnat(age), -np.inf, age.astype(float))  # an undated completion has not run out
    return _completions(people) & ~(days > months * _DAYS_PER_MONTH)


def _prerequisite(people: People) -> BoolArray:
    completed = _completions(people)
    out = np.zeros_like(completed)
    for program, before in people.dataset.programs.prerequisites:
        out[:, program] |= ~completed[:, before]
    return out


def _tier(people: People) -> BoolArray:
    return _not_admitted(people, _tiers(people.dataset), people.dataset.eligibility.tiers)


def _employment_type(people: People) -> BoolArray:
    kinds = people.dataset.employees.employment_type
    return _not_admitted(people, kinds, people.dataset.eligibility.employment_types)


def _grade(people: People) -> BoolArray:
    dataset = people.dataset
    ranks = dataset.policy.grades.ranks
    rank = np.array([ranks.get(str(grade), np.nan) for grade in dataset.employees.grade])
    return _too_low(people, rank, dataset.eligibility.grade_rank_min)


def _service(people: People) -> BoolArray:
    dataset = people.dataset
    return _too_low(
        people, _years_until(dataset.employees.hired_on, dataset.as_of), dataset.eligibility.service_years_min
    )


def _retirement(people: People) -> BoolArray:
    dataset, policy = people.dataset, people.dataset.policy
    ages = np.array([policy.retirement_age(str(tier)) for tier in _tiers(dataset)])
    year = np.nan if np.isnat(dataset.as_of) else dataset.as_of.astype("datetime64[Y]").astype(int) + 1970
    left = dataset.employees.birth_year + ages - year
    return _too_low(people, left, dataset.eligibility.years_to_retirement_min)


def _hours_ceiling(people: People) -> BoolArray:
    """Programs longer than all the hours that the person's kind of employment may use in a year."""
    dataset, ceilings = people.dataset, people.dataset.policy.hours.yearly_ceiling
    kinds = dataset.employees.employment_type[people.rows]
    ceiling = np.array([ceilings.get(str(kind), np.inf) for kind in kinds])
    return np.asarray(np.nan_to_num(credited_hours(people))[None, :] > ceiling[:, None])


RULES: dict[str, Callable[[People], BoolArray]] = {
    "not_active": _not_active,
    "closed": _closed,
    "completed": _completed,
    "prerequisite": _prerequisite,
    "tier": _tier,
    "employment_type": _employment_type,
    "grade": _grade,
    "service": _service,
    "retirement": _retirement,
    "hours_ceiling": _hours_ceiling,
}


def exclusions(people: People) -> dict[str, BoolArray]:
    """Return for each reason code which programs it keeps from whom, shape (n, P)."""
    return {code: rule(people) for code, rule in RULES.items()}


def credited_hours(people: People) -> FloatArray:
    """Return the JP each program counts for, shape (P,): the form's fixed JP, else its own hours."""
    programs, by_form = people.dataset.programs, people.dataset.policy.hours_by_form
    fixed = np.array([by_form.get(str(form), np.nan) for form in programs.form])
    return np.where(np.isnan(fixed), programs.hours, fixed)


def _everywhere(people: People, mask: BoolArray) -> BoolArray:
    return np.broadcast_to(mask, (len(people), len(people.dataset.programs.ids)))


def _completions(people: People) -> BoolArray:
    """Return which programs each person has completed at any time, shape (n, P)."""
    history = people.dataset.history
    place = np.full(len(people.dataset.employees.ids), MISSING)
    place[people.rows] = np.arange(len(people))
    counted = (place[history.employee] != MISSING) & (history.status == "completed")
    out = np.zeros((len(people), len(people.dataset.programs.ids)), dtype=bool)
    out[place[history.employee[counted]], history.program[counted]] = True
    return out


def _latest_completions(people: People) -> DateArray:
    history = people.dataset.history
    place = np.full(len(people.dataset.employees.ids), MISSING)
    place[people.rows] = np.arange(len(people))
    day = np.where(np.isnat(history.completed_on), history.moment, history.completed_on)
    counted = (place[history.employee] != MISSING) & (history.status == "completed") & ~np.isnat(day)
    out = np.full((len(people), len(people.dataset.programs.ids)), np.datetime64("NaT", "D"))
    order = np.argsort(day[counted], kind="stable")
    rows, programs = place[history.employee[counted]][order], history.program[counted][order]
    out[rows, programs] = day[counted][order]
    return out


def _tiers(dataset: Dataset) -> TextArray:
    return np.asarray(np.append(dataset.positions.tier, "")[dataset.employees.position])


def _not_admitted(people: People, fact: TextArray, admitted: tuple[frozenset[str], ...]) -> BoolArray:
    out = np.zeros((len(people), len(people.dataset.programs.ids)), dtype=bool)
    if not fact.any():
        return out
    for program, allowed in enumerate(admitted):
        if allowed:
            out[:, program] = [str(value) not in allowed for value in fact[people.rows]]
    return out


def _too_low(people: People, value: FloatArray, least: FloatArray) -> BoolArray:
    if np.isnan(value).all():
        return _everywhere(people, np.zeros((1, 1), dtype=bool))
    own = np.nan_to_num(value[people.rows], nan=-np.inf)
    return np.asarray(own[:, None] < np.nan_to_num(least, nan=-np.inf)[None, :])


def _years_until(days: DateArray, as_of: np.datetime64) -> FloatArray:
    span = (as_of - days).astype("timedelta64[D]")
    return np.where(np.isnat(span), np.nan, span.astype(float) / _DAYS_PER_YEAR)
