"""Slices: how well parts of the people are served, who may fare differently from the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from experiments.judging.backtest import Backtest
from experiments.judging.trials import Trial
from recommender.domain import MISSING, IntArray, TextArray
from recommender.engine.small_groups import hidden_groups
from recommender.evaluation.bootstrap import Interval

Labels = Callable[[Trial], TextArray]
UNKNOWN = "not stated"


@dataclass(frozen=True, slots=True)
class Slice:
    """A metric over the people of one group; means and bounds are those of an `Interval`."""

    attribute: str
    group: str
    metric: str
    mean: float
    lower: float
    upper: float
    people: int


@dataclass(frozen=True, slots=True)
class Slices:
    """All slices of a backtest, and how many groups were too small to be shown."""

    shown: tuple[Slice, ...]
    suppressed: int

    def plain(self) -> list[dict[str, object]]:
        """Return the slices as JSON-able rows."""
        return [asdict(one) for one in self.shown]


def slice_cases(result: Backtest, trials: Sequence[Trial], metrics: Sequence[str]) -> Slices:
    """Return the metrics of a backtest for each group of each attribute.

    Groups with fewer people than the policy's `privacy.small_group` are counted and not shown, nor is a group
    from which the only hidden one could be worked out. An attribute
    of which the data know one group only says nothing and is left out.
    """
    least = trials[0].split.past.policy.privacy.small_group
    shown: list[Slice] = []
    suppressed = 0
    for attribute, labels in labels_of(trials).items():
        groups = _in_order(labels)
        hidden = hidden_groups({one: len(np.unique(result.case[labels == one, 0])) for one in groups}, least)
        suppressed += len(hidden)
        for group in groups:
            if group not in hidden:
                cases = labels == group
                shown += [_slice(attribute, group, one, result.interval(one, cases)) for one in metrics]
    return Slices(tuple(shown), suppressed)


def labels_of(trials: Sequence[Trial]) -> dict[str, TextArray]:
    """Return the group of each case, shape (cases,), by attribute; only attributes with several groups."""
    found = {name: np.concatenate([label(one) for one in trials]) for name, label in ATTRIBUTES.items()}
    return {name: labels for name, labels in found.items() if len(set(labels)) > 1}


def _slice(attribute: str, group: str, metric: str, found: Interval) -> Slice:
    return Slice(attribute, group, metric, found.mean, found.lower, found.upper, found.people)


def _in_order(labels: TextArray) -> list[str]:
    """Return the groups with those of ranges first, upwards, and the others by their names."""
    groups = sorted(set(labels) - set(_RANGES))
    return [one for one in _RANGES if one in set(labels)] + groups


def _history(trial: Trial) -> TextArray:
    return _ranged(_records(trial, trial.split.past.history.employee), _OF_RECORDS)


def _assessed(trial: Trial) -> TextArray:
    some = _records(trial, trial.split.past.assessments.employee) > 0
    return np.where(some, "some", _NONE).astype(object)


def _new_program(trial: Trial) -> TextArray:
    """Return whether something that the person took had no takers in the past."""
    split = trial.split
    fresh = ~np.isin(split.program, split.past.history.program)
    return np.where(np.isin(trial.rows, split.employee[fresh]), "yes", "no").astype(object)


def _tier(trial: Trial) -> TextArray:
    past = trial.split.past
    return _stated(np.append(past.positions.tier, "")[past.employees.position[trial.rows]])


def employment_type(trial: Trial) -> TextArray:
    """Return the kind of employment of the people judged."""
    return _stated(trial.split.past.employees.employment_type[trial.rows])


def _unit_size(trial: Trial) -> TextArray:
    unit = trial.split.past.employees.unit
    people = np.bincount(unit[unit != MISSING], minlength=1)
    size = np.where(unit == MISSING, 0, people[unit])[trial.rows]
    labels = _ranged(size, _OF_PEOPLE)
    labels[size == 0] = UNKNOWN
    return labels


def _cut(trial: Trial) -> TextArray:
    return np.full(len(trial.rows), trial.cut, dtype=object)


ATTRIBUTES: Mapping[str, Labels] = {
    "records before": _history,
    "assessments before": _assessed,
    "new program taken": _new_program,
    "tier": _tier,
    "employment type": employment_type,
    "people in the unit": _unit_size,
    "cut": _cut,
}


def _records(trial: Trial, employee: IntArray) -> IntArray:
    return np.bincount(employee, minlength=len(trial.split.past.employees.ids))[trial.rows]


def _stated(labels: TextArray) -> TextArray:
    return np.where(labels == "", UNKNOWN, labels)


_NONE = "none"
# The name of each range by its least number.
_OF_RECORDS = {0: _NONE, 1: "1-2", 3: "3-5", 6: "6 or more"}
_OF_PEOPLE = {0: "under 10", 10: "10-29", 30: "30-99", 100: "100 or more"}
_RANGES = (*_OF_RECORDS.values(), *_OF_PEOPLE.values())


def _ranged(numbers: IntArray, ranges: Mapping[int, str]) -> TextArray:
    place = np.searchsorted(np.array(list(ranges)), numbers, side="right") - 1
    return np.array(list(ranges.values()), dtype=object)[place]
