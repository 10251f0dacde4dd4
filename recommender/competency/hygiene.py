"""Evidence hygiene: records that cannot be quite what they say lose weight, by stated rules, and are listed.

A weight of 1 is full evidence, 0 is none, 0.25 a quarter of the information. The rules look only at one
person's own records, so that a new record of one person never changes what is believed of another.

| reason | which records | weight |
|---|---|---|
| duplicate | the same judgement or completion, entered again on the same day | 0; the first keeps its own |
| contradiction | one judge and day, different levels; a completion also recorded as not completed | 1 / n |
| self_judged | a judgement in another's name whose assessor is the person judged | 0 |
| too_fast | a course with more hours than its days can hold | 0 |
| backdated | a day before the person was hired | `[evidence] backdated_weight` |

A record that meets several rules keeps the smallest weight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import BoolArray, DateArray, FloatArray, IntArray, TextArray

SELF = "self"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One record that lost weight; `row` counts the table's rows from 0."""

    table: str
    row: int
    reason: str
    weight: float


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of some records, shape (n,), and the rule that set each ("" where full)."""

    value: FloatArray
    reason: TextArray

    def lower(self, rows: BoolArray, reason: str, weight: FloatArray | float) -> None:
        """Lower the weight of the records where `rows` is true; a smaller weight stays."""
        chosen = np.flatnonzero(rows)
        new = np.broadcast_to(weight, len(rows))[chosen]
        less = new < self.value[chosen]
        self.value[chosen[less]] = new[less]
        self.reason[chosen[less]] = reason


def doubts(dataset: Dataset) -> Iterator[Doubt]:
    """Yield every record that lost weight, table by table, in the order of its rows."""
    judged = judgement_weights(dataset, np.arange(len(dataset.assessments)))
    for row in np.flatnonzero(judged.value < 1.0).tolist():
        yield Doubt("assessments", row, str(judged.reason[row]), float(judged.value[row]))
    trained = training_weights(dataset, np.arange(len(dataset.history)))
    in_order = np.argsort(dataset.history.row, kind="stable")
    for record in in_order[trained.value[in_order] < 1.0].tolist():
        row = int(dataset.history.row[record])
        yield Doubt("training_records", row, str(trained.reason[record]), float(trained.value[record]))


def judgement_weights(dataset: Dataset, rows: IntArray) -> Weights:
    """Return the weights of the assessments in `rows`, which must hold all of a person's or none."""
    judged, policy = dataset.assessments, dataset.policy.evidence
    weights = _full(len(rows))
    employee, day = judged.employee[rows], judged.assessed_on[rows]
    source, assessor = judged.source[rows].astype(str), judged.assessor[rows].astype(str)
    # Several colleagues may judge on one day without their names; one boss or one test may not.
    told_apart = ~np.isnat(day) & ((assessor != "") | ~np.isin(source, policy.sources_of_many))
    occasion = [employee, judged.competency[rows], _codes(source), _codes(assessor), day.astype(np.int64)]
    _judge_twice(weights, occasion, judged.level[rows], told_apart)
    by_oneself = (source != SELF) & (assessor == _ids_of(dataset, employee)) & (assessor != "")
    weights.lower(by_oneself, "self_judged", 0.0)
    weights.lower(_before_service(dataset, employee, day), "backdated", policy.backdated_weight)
    return weights


def training_weights(dataset: Dataset, records: IntArray) -> Weights:
    """Return the weights of the training records in `records`, which must hold all of a person's or none."""
    history = dataset.history
    weights = _full(len(records))
    employee, day = history.employee[records], history.completed_on[records]
    done = (history.status[records] == "completed").astype(float)
    occasion = [employee, history.program[records], day.astype(np.int64)]
    _judge_twice(weights, occasion, done, ~np.isnat(day))
    weights.lower(_too_fast(dataset, records), "too_fast", 0.0)
    service = _before_service(dataset, employee, day)
    weights.lower(service, "backdated", dataset.policy.evidence.backdated_weight)
    return weights


def _full(count: int) -> Weights:
    return Weights(np.ones(count), np.full(count, "", dtype=object))


def _codes(words: TextArray) -> IntArray:
    return np.unique(words, return_inverse=True)[1]


def _ids_of(dataset: Dataset, employee: IntArray) -> TextArray:
    rows, place = np.unique(employee, return_inverse=True)
    ids = np.array([dataset.employees.ids[row] for row in rows], dtype=str)
    return ids[place] if len(rows) else ids


def _judge_twice(weights: Weights, occasion: list[IntArray], said: FloatArray, told_apart: BoolArray) -> None:
    """Lower repeated records of one occasion to 0, and let those that contradict each other share one."""
    chosen = np.flatnonzero(told_apart)
    if len(chosen) < 2:
        return
    keys = np.stack(occasion, axis=1)[chosen]
    _, group = np.unique(keys, axis=0, return_inverse=True)
    statement = np.stack([group, said[chosen]], axis=1)
    _, first, place = np.unique(statement, axis=0, return_index=True, return_inverse=True)
    again = np.zeros(len(told_apart), dtype=bool)
    again[chosen] = first[place] != np.arange(len(chosen))
    weights.lower(again, "duplicate", 0.0)
    statements = np.bincount(group[first])[group]
    share, contradicted = np.ones(len(told_apart)), np.zeros(len(told_apart), dtype=bool)
    share[chosen], contradicted[chosen] = 1.0 / statements, statements > 1
    weights.lower(contradicted, "contradiction", share)


def _too_fast(dataset: Dataset, records: IntArray) -> BoolArray:
    history = dataset.history
    planned = dataset.programs.hours[history.program[records]]
    hours = np.where(np.isnan(history.hours[records]), planned, history.hours[records])
    begun, done = history.started_on[records], history.completed_on[records]
    days = (done - begun).astype("timedelta64[D]").astype(float) + 1.0
    dated = ~(np.isnat(begun) | np.isnat(done))
    most = dataset.policy.evidence.hours_per_day * days
    return np.asarray(dated & ~np.isnan(hours) & (hours > most))


def _before_service(dataset: Dataset, employee: IntArray, day: DateArray) -> BoolArray:
    allowed = np.timedelta64(dataset.policy.evidence.days_before_hiring, "D")
    return np.asarray(day < dataset.employees.hired_on[employee] - allowed)  # NaT compares false
