"""Hard rules: which programs a person cannot be sent to, each rule with its reason code.

To add a rule, write a function from people to a mask (n, P), name it in `RULES`, and give its code a phrase
in `explain/phrases.toml`. A rule about a fact that the data know of nobody is off; where the data know it of
others but not of this person, the person cannot be shown to be eligible and is kept out as `unknown_fact`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from recommender.dataset import Dataset, Programs
from recommender.dataset.norms_of import known_facts
from recommender.domain import MISSING, BoolArray, DateArray, FloatArray, TextArray
from recommender.rankers import People
from recommender.rankers.mandates import bound_by
from recommender.rankers.once import once

_DAYS_PER_YEAR = 365.25
_DAYS_PER_MONTH = _DAYS_PER_YEAR / 12.0
_FOR_GOOD = 1e6  # days: more than anybody serves


def _not_active(people: People) -> BoolArray:
    active = people.dataset.employees.active[people.rows]
    return _everywhere(people, ~active[:, None])


def _closed(people: People) -> BoolArray:
    return _everywhere(people, closed_programs(people.dataset)[None, :])


def completed_and_valid(people: People) -> BoolArray:
    """Return which programs each person completed and need not take again yet, shape (n, P).

    A completion runs out by the months of a mandate that binds the person, or by the policy's.
    """
    return np.asarray(_completions(people) & ~(people.dataset.as_of > valid_until(people)))


def valid_until(people: People) -> DateArray:
    """Return the last day on which each person's latest completion holds, shape (n, P).

    NaT where there is none, where it has no day (nobody can say that it has run out), or where it holds for
    good.
    """
    dataset = people.dataset
    latest = _latest_completions(people)
    lasting = dataset.policy.recommendation.completion_valid_months or np.inf
    months = np.full(latest.shape, lasting)
    for mandate, program in enumerate(dataset.mandates.program):
        repeat = np.where(bound_by(people, mandate), dataset.mandates.repeat_months[mandate], np.nan)
        months[:, program] = np.fmin(months[:, program], repeat)
    lasts = months * _DAYS_PER_MONTH
    ends = lasts < _FOR_GOOD
    days = np.where(ends, lasts, 0.0).astype("timedelta64[D]")  # whole days: a part of one is none
    return np.where(ends, latest + days, np.datetime64("NaT", "D"))


def _prerequisite(people: People) -> BoolArray:
    completed = _completions(people)
    program, before = people.dataset.programs.prerequisites.T
    out = np.zeros_like(completed)
    np.logical_or.at(out.T, program, ~completed[:, before].T)
    return out


def _tier(people: People) -> BoolArray:
    return _not_admitted(people, _tiers(people.dataset), people.dataset.eligibility.tiers)


def _employment_type(people: People) -> BoolArray:
    dataset = people.dataset
    return _not_admitted(people, dataset.employees.employment_type, dataset.eligibility.employment_types)


def _grade(people: People) -> BoolArray:
    return _too_low(people, _grade_ranks(people.dataset), people.dataset.eligibility.grade_rank_min)


def _service(people: People) -> BoolArray:
    return _too_low(people, _service_years(people.dataset), people.dataset.eligibility.service_years_min)


def _retirement(people: People) -> BoolArray:
    return _too_low(people, _years_left(people.dataset), people.dataset.eligibility.years_to_retirement_min)


def _unknown_fact(people: People) -> BoolArray:
    """Programs with a condition on a fact that the data know of others, but not of this person."""
    dataset, rule, known = people.dataset, people.dataset.eligibility, known_facts(people.dataset)
    out = np.zeros((len(people), len(dataset.programs.ids)), dtype=bool)
    for name, fact, admitted in (
        ("tier", _tiers(dataset), rule.tiers),
        ("employment_type", dataset.employees.employment_type, rule.employment_types),
    ):
        if name in known:
            out |= np.outer(fact[people.rows] == "", [bool(allowed) for allowed in admitted])
    for name, value, least in (
        ("grade", _grade_ranks(dataset), rule.grade_rank_min),
        ("service", _service_years(dataset), rule.service_years_min),
        ("retirement", _years_left(dataset), rule.years_to_retirement_min),
    ):
        if name in known:
            out |= np.outer(np.isnan(value[people.rows]), ~np.isnan(least))
    return out


def _hours_ceiling(people: People) -> BoolArray:
    """Programs longer than all the hours that the person's kind of employment may use in a year."""
    dataset, ceilings = people.dataset, people.dataset.policy.hours.yearly_ceiling
    kinds = dataset.employees.employment_type[people.rows]
    ceiling = np.array([ceilings.get(str(kind), np.inf) for kind in kinds])
    return np.asarray(np.nan_to_num(credited_hours(people))[None, :] > ceiling[:, None])


RULES: dict[str, Callable[[People], BoolArray]] = {
    "not_active": _not_active,
    "closed": _closed,
    "completed": completed_and_valid,
    "prerequisite": _prerequisite,
    "tier": _tier,
    "employment_type": _employment_type,
    "grade": _grade,
    "service": _service,
    "retirement": _retirement,
    "unknown_fact": _unknown_fact,
    "hours_ceiling": _hours_ceiling,
}


def exclusions(people: People) -> dict[str, BoolArray]:
    """Return for each reason code which programs it keeps from whom, shape (n, P)."""
    return {code: rule(people) for code, rule in RULES.items()}


def not_admitted(people: People) -> BoolArray:
    """Return which programs do not admit whom by their conditions on tier, employment and so on, (n, P)."""
    rules = (_tier, _employment_type, _grade, _service, _retirement)
    return np.asarray(np.logical_or.reduce([rule(people) for rule in rules]))


def credited_hours(people: People) -> FloatArray:
    """Return the JP each program counts for, shape (P,): the form's fixed JP, else its own hours."""
    return credited_in(people.dataset)


def credited_in(dataset: Dataset) -> FloatArray:
    """Return the JP each program of a catalogue counts for, shape (P,)."""
    programs, policy = dataset.programs, dataset.policy
    return once(policy, programs, lambda: _credited(programs, policy.hours_by_form))


def _credited(programs: Programs, by_form: Mapping[str, float]) -> FloatArray:
    fixed = np.array([by_form.get(str(form), np.nan) for form in programs.form], dtype=float)
    return np.where(np.isnan(fixed), programs.hours, fixed)


def closed_programs(dataset: Dataset) -> BoolArray:
    """Return programs not offered, and those whose sessions have all begun before the data's date, (P,)."""
    programs, sessions = len(dataset.programs.ids), dataset.sessions
    has_sessions = np.bincount(sessions.program, minlength=programs) > 0
    has_ahead = np.bincount(sessions.program[sessions_ahead(dataset)], minlength=programs) > 0
    return np.asarray(~dataset.programs.active | (has_sessions & ~has_ahead))


def sessions_ahead(dataset: Dataset) -> BoolArray:
    """Return which sessions have not begun before the data's date, or have no date, shape (sessions,)."""
    starts_on = dataset.sessions.starts_on
    return np.asarray(np.isnat(starts_on) | ~(starts_on < dataset.as_of))


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


def _grade_ranks(dataset: Dataset) -> FloatArray:
    ranks = dataset.policy.grades.ranks
    return np.array([ranks.get(str(grade), np.nan) for grade in dataset.employees.grade], dtype=float)


def _service_years(dataset: Dataset) -> FloatArray:
    span = (dataset.as_of - dataset.employees.hired_on).astype("timedelta64[D]")
    return np.where(np.isnat(span), np.nan, span.astype(float) / _DAYS_PER_YEAR)


def _years_left(dataset: Dataset) -> FloatArray:
    """Return each employee's years before retirement, NaN where the year of birth is unknown."""
    ages = np.array([dataset.policy.retirement_age(str(tier)) for tier in _tiers(dataset)])
    as_of = dataset.as_of
    year = np.nan if np.isnat(as_of) else as_of.astype("datetime64[Y]").astype(int) + 1970
    return np.asarray(dataset.employees.birth_year + ages - year)


def _not_admitted(people: People, fact: TextArray, admitted: tuple[frozenset[str], ...]) -> BoolArray:
    out = np.zeros((len(people), len(people.dataset.programs.ids)), dtype=bool)
    held = [str(value) for value in fact[people.rows]]
    for program, allowed in enumerate(admitted):
        if allowed:
            out[:, program] = [bool(value) and value not in allowed for value in held]
    return out


def _too_low(people: People, value: FloatArray, least: FloatArray) -> BoolArray:
    return np.asarray(value[people.rows][:, None] < least[None, :])  # false where either is unknown
