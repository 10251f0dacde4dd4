"""What is compared of two data sets: people, evidence, catalogue and outcomes, a line each.

Employee ids must be of one kind on both sides: plain ids, or pseudonyms by one key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.drift.measures import LEAST, Line, Sample, mean, mix, per_person, spread, unknown
from recommender.dataset import Assessments, Dataset
from recommender.dataset.subset import take
from recommender.domain import MISSING, BoolArray, DateArray, FloatArray, IntArray, TextArray, Vocabulary

_YEAR = np.timedelta64(365, "D")
_SLACK = np.timedelta64(15, "D")  # a period shorter than a year by no more counts as a whole one


@dataclass(frozen=True, slots=True)
class Side:
    """One of two data sets.

    Attributes
    ----------
    lately : the data with the records of the period only.
    day : when the age of evidence is taken, at one season on both sides.
    """

    data: Dataset
    lately: Dataset
    day: np.datetime64


@dataclass(frozen=True, slots=True)
class Pair:
    """What was, what is, and in words which records of the two are compared."""

    then: Side
    now: Side
    periods: str


def pair_of(then: Dataset, now: Dataset) -> Pair:
    """Choose the records to compare: those after the earlier data's date, if there are enough.

    They are set against the earlier records of the same months a year before, since assessments and courses
    have their seasons; of more than a year, the last year is set against the earlier data's last year. With
    fewer than 30 new training records and assessments, and without dates, all are set against all.
    """
    start, end = then.as_of + 1, now.as_of + 1
    if end > start:  # not so where one of them is NaT
        first = max(start, end - _YEAR)
        lately = _between(now, first, end)
        if len(lately.history) + len(lately.assessments) >= LEAST:
            whole = end - first >= _YEAR - _SLACK
            last = start if whole else end - _YEAR
            before = _between(then, last - (end - first), last)
            words = f"records of {first} to {now.as_of} against those of {last - (end - first)} to {last - 1}"
            years = max(1, int(np.ceil((end - start - _SLACK) / _YEAR)))
            return Pair(Side(then, before, now.as_of - years * _YEAR), Side(now, lately, now.as_of), words)
    return Pair(Side(then, then, then.as_of), Side(now, now, now.as_of), "all records against all records")


def _between(data: Dataset, first: np.datetime64, end: np.datetime64) -> Dataset:
    """Return the data with only the records dated from `first` to the day before `end`."""

    def within(days: DateArray) -> BoolArray:
        return np.asarray((days >= first) & (days < end))

    return replace(
        data,
        history=take(data.history, within(data.history.moment)),
        assessments=take(data.assessments, within(data.assessments.assessed_on)),
        feedback=take(data.feedback, within(data.feedback.submitted_on)),
    )


def compare(pair: Pair) -> list[Line]:
    """Return the comparisons that the data allow; what neither side has is left out."""
    topics = (_people, _evidence, _catalogue, _outcomes)
    return [line for topic in topics for line in topic(pair) if any(line.people)]


def _people(pair: Pair) -> Iterator[Line]:
    then, now = pair.then.data, pair.now.data
    before, after = then.employees, now.employees

    def both(what: str, of: Callable[[Dataset], NDArray[Any]]) -> Line:
        sides = [per_person(of(data)[data.employees.active]) for data in (then, now)]
        return mix("people", what, *_named(*sides))

    yield both("tiers", lambda data: _text(data.positions.tier, data.employees.position))
    yield both("employment types", lambda data: data.employees.employment_type)
    position = after.position[after.active & (after.position != MISSING)]
    yield unknown(
        "people",
        "in positions unknown to the model",
        _not_in(then.positions.ids, now.positions.ids)[position],
    )
    yield spread("people", "years of service", _service(then), _service(now))
    yield spread("people", "people in a unit", _unit_sizes(then), _unit_sizes(now))
    yield unknown("people", "joined", _not_in(before.ids, after.ids)[after.active])
    row = after.ids.rows(before.ids)
    yield unknown("people", "left", ~np.append(after.active, False)[row][before.active])


def _evidence(pair: Pair) -> Iterator[Line]:
    topic, sides = "evidence", (pair.then, pair.now)
    records = [side.lately.assessments for side in sides]
    if any(map(len, records)):
        counts = [_per_active(side.data, of.employee) for side, of in zip(sides, records, strict=True)]
        yield mean(topic, "assessments per person", *counts)
    occasions = [_occasions(of) for of in records]
    yield mix(topic, "sources", *_named(*occasions))
    known = np.unique(pair.then.data.assessments.source.astype(str))
    yield unknown(topic, "by sources unknown to the model", ~np.isin(occasions[1].values.astype(str), known))
    yield from _by_kind(topic, "level by", [(of.source, of.level, of.employee) for of in records])
    yield spread(topic, "years since the last assessment", *(_age(side) for side in sides))


def _catalogue(pair: Pair) -> Iterator[Line]:
    topic, then, now = "catalogue", pair.then.data.programs, pair.now.data.programs
    yield unknown(topic, "programs unknown to the model", _not_in(then.ids, now.ids)[now.active])
    row = now.ids.rows(then.ids)
    yield unknown(topic, "programs withdrawn", ~np.append(now.active, False)[row][then.active])
    for name, of in (("forms", "form"), ("provider types", "provider_type")):
        sides = [per_person(getattr(side, of)[side.active]) for side in (then, now)]
        yield mix(topic, name, *_named(*sides))
    yield spread(topic, "hours of a program", then.hours[then.active], now.hours[now.active])


def _outcomes(pair: Pair) -> Iterator[Line]:
    topic, then, now = "outcomes", pair.then.lately, pair.now.lately
    records = [then.history, now.history]
    if any(map(len, records)):
        counts = [_per_active(side, side.history.employee) for side in (then, now)]
        yield mean(topic, "trainings per person", *counts)
    strange = _not_in(then.programs.ids, now.programs.ids)
    yield unknown(topic, "trainings unknown to the model", strange[now.history.program])
    yield mix(topic, "what people take", _taken(then, now.programs.ids), _taken(now, then.programs.ids))
    done = [Sample(of.status == "completed", of.employee) for of in records]
    yield mean(topic, "share completed", *done)
    yield mean(topic, "score", *(Sample(of.score, of.employee) for of in records))
    said = [then.feedback, now.feedback]
    yield from _by_kind(topic, "rating,", [(of.phase, of.rating, of.employee) for of in said])


def _by_kind(topic: str, name: str, sides: list[tuple[TextArray, FloatArray, IntArray]]) -> Iterator[Line]:
    """Compare the means of each kind that both sides have, from (kind, value, person) of the records."""
    for kind in sorted(set(sides[0][0]) & set(sides[1][0])):
        yield mean(topic, f"{name} {kind}", *(Sample(v[k == kind], who[k == kind]) for k, v, who in sides))


def _named(then: Sample, now: Sample) -> tuple[Sample, Sample]:
    """Return the two sides, or nothing of both where all labels are empty: there is no such column."""
    if any((side.values != "").any() for side in (then, now)):
        return then, now
    return Sample(then.values[:0], then.who[:0]), Sample(now.values[:0], now.who[:0])


def _text(texts: TextArray, row: IntArray) -> TextArray:
    """Return the text in each row, "" where it is `MISSING`."""
    return np.append(texts, "")[row]


def _not_in(known: Vocabulary, ids: Vocabulary) -> BoolArray:
    """Return which of the ids are not known."""
    return np.asarray(known.rows(ids) == MISSING)


def _service(data: Dataset) -> FloatArray:
    people = data.employees
    return _years(data.as_of - people.hired_on[people.active])


def _years(lengths: NDArray[np.timedelta64]) -> FloatArray:
    """Return years, NaN where a day is unknown."""
    return np.where(np.isnat(lengths), np.nan, lengths.astype("timedelta64[D]").astype(float) / 365.25)


def _unit_sizes(data: Dataset) -> FloatArray:
    unit = data.employees.unit[data.employees.active]
    sizes = np.bincount(unit[unit != MISSING])
    return sizes[sizes > 0].astype(float)


def _per_active(data: Dataset, employee: IntArray) -> Sample:
    """Return how many records each active person has."""
    count = np.bincount(employee, minlength=len(data.employees.ids))
    return per_person(count[data.employees.active])


def _occasions(records: Assessments) -> Sample:
    """Return the source of each occasion: a person's assessments by one source on one day."""
    sources, source = np.unique(records.source.astype(str), return_inverse=True)
    day = records.assessed_on.astype(int)  # NaT is a day of its own
    one = np.unique(np.stack([records.employee, source, day], axis=1), axis=0)
    return Sample(sources[one[:, 1]] if len(sources) else records.source, one[:, 0])


def _age(side: Side) -> FloatArray:
    """Return the years from a person's last assessment to the period's end, for all ever assessed by then."""
    records = side.data.assessments
    known = records.assessed_on <= side.day
    latest = np.full(len(side.data.employees.ids), np.datetime64("1900-01-01"))
    np.maximum.at(latest, records.employee[known], records.assessed_on[known])
    return _years(side.day - latest[np.unique(records.employee[known])])


def _taken(data: Dataset, other: Vocabulary) -> Sample:
    """Return the programs taken that the other side's catalogue has too."""
    ids = np.array(data.programs.ids.ids, dtype=object)
    shared = ~_not_in(other, data.programs.ids)[data.history.program]
    return Sample(ids[data.history.program[shared]], data.history.employee[shared])
