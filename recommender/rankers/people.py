"""`People`: a batch of employees as every ranker sees them, resolved once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.competency import Beliefs, CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, Horizon, IntArray
from recommender.effects import Benefit, Effects, benefit, known_effects, requirements_of


@dataclass(frozen=True, slots=True)
class Past:
    """Programs taken by n people, each person's in order: person k's lie in starts[k] : starts[k + 1]."""

    starts: IntArray
    program: IntArray
    programs: int

    @property
    def counts(self) -> IntArray:
        """How many programs each person took, shape (n,)."""
        return np.diff(self.starts)

    @property
    def person(self) -> IntArray:
        """Whose each taken program is, shape (records,)."""
        return np.repeat(np.arange(len(self.starts) - 1), self.counts)

    def weights(self, recency: float) -> FloatArray:
        """Return recency^k for the program taken k steps before the last, 0 if never, shape (n, P)."""
        person = self.person
        steps_back = self.starts[1:][person] - 1 - np.arange(len(self.program))
        out = np.zeros((len(self.starts) - 1, self.programs))
        np.maximum.at(out, (person, self.program), recency**steps_back)
        return out


@dataclass(frozen=True, slots=True)
class People:
    """n employees of a dataset with P programs and C competencies.

    Attributes
    ----------
    rows : their rows in the employees table, shape (n,).
    position : position held, shape (n,), `MISSING` where unknown.
    next_position : position aimed at, else the usual next one, shape (n,), `MISSING` where unknown.
    beliefs : what is believed of their levels.
    required, weight : levels asked by the position held, NaN where none, and weights, shape (n, C).
    next_required, next_weight : the same for the next position.
    held, onward : what each outcome closes of the gap to the position held and to the next one.
    horizon : the position whose gap is to be closed.
    wanted : pairs whose scores will be looked at, (n, P); None = all. A ranker may leave the others at 0.
    memo : what was worked out for these people, by whom, to be used again; nothing depends on it.
    """

    dataset: Dataset
    rows: IntArray
    position: IntArray
    next_position: IntArray
    past: Past
    beliefs: Beliefs
    required: FloatArray
    weight: FloatArray
    next_required: FloatArray
    next_weight: FloatArray
    held: Benefit
    onward: Benefit
    horizon: Horizon = "current"
    wanted: BoolArray | None = None
    memo: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def benefit(self) -> FloatArray:
        """Expected weighted gap closed by each program, (n, P).

        To the position held, the next one counted in part; or, where that is the horizon, to the next one.
        """
        return self._joined(self.held, self.onward)

    def benefit_at(self, mean: FloatArray) -> FloatArray:
        """Return `benefit` as it would be at other mean levels, shape (n, C)."""
        return self._benefit(self.held.effects, mean)

    def benefit_by(self, effects: Effects) -> FloatArray:
        """Return `benefit` as it would be by other effects of the same programs, (n, P)."""
        return self._benefit(effects, self.beliefs.mean)

    def benefit_of(self, place: int, mean: FloatArray, sd: FloatArray) -> FloatArray:
        """Return `benefit` of one of the people under m other beliefs, (m, C) to (m, P)."""

        def repeated(values: FloatArray) -> FloatArray:
            return np.broadcast_to(values[place], mean.shape)

        effects = self.held.effects
        held = benefit(effects, mean, sd, repeated(self.required), repeated(self.weight))
        onward = benefit(effects, mean, sd, repeated(self.next_required), repeated(self.next_weight))
        return self._joined(held, onward)

    def _benefit(self, effects: Effects, mean: FloatArray) -> FloatArray:
        held = benefit(effects, mean, self.beliefs.sd, self.required, self.weight)
        onward = benefit(effects, mean, self.beliefs.sd, self.next_required, self.next_weight)
        return self._joined(held, onward)

    def _joined(self, held: Benefit, onward: Benefit) -> FloatArray:
        if self.horizon == "next":
            return onward.by_program()
        share = self.dataset.policy.recommendation.next_position_weight
        return held.by_program() + share * onward.by_program()

    @property
    def asked(self) -> tuple[FloatArray, FloatArray]:
        """Levels asked by the position of the horizon, NaN where none, and weights, (n, C)."""
        if self.horizon == "next":
            return self.next_required, self.next_weight
        return self.required, self.weight

    @property
    def aimed(self) -> Benefit:
        """What each outcome closes of the gap to the position of the horizon."""
        return self.onward if self.horizon == "next" else self.held

    @property
    def have_needs(self) -> BoolArray:
        """Whether the data say what the position of the horizon asks of each person, shape (n,)."""
        return np.asarray(~np.isnan(self.asked[0]).all(axis=1)) & (len(self.held.effects.program) > 0)


def gather_people(
    dataset: Dataset, estimator: CompetencyEstimator, rows: IntArray, horizon: Horizon = "current"
) -> People:
    """Return the employees in `rows` with their histories, beliefs and benefits."""
    beliefs = estimator.estimate(dataset, rows=rows)
    effects = known_effects(dataset, estimator)
    position = dataset.employees.position[rows]
    next_position = _next_positions(dataset, rows, position)
    required, weight = requirements_of(dataset, position)
    next_required, next_weight = requirements_of(dataset, next_position)
    return People(
        dataset,
        rows,
        position,
        next_position,
        _past_of(dataset, rows),
        beliefs,
        required,
        weight,
        next_required,
        next_weight,
        benefit(effects, beliefs.mean, beliefs.sd, required, weight),
        benefit(effects, beliefs.mean, beliefs.sd, next_required, next_weight),
        horizon,
    )


def _next_positions(dataset: Dataset, rows: IntArray, position: IntArray) -> IntArray:
    usual = np.full(len(rows), MISSING)
    held = position != MISSING
    usual[held] = dataset.positions.next_position[position[held]]
    target = dataset.employees.target_position[rows]
    return np.where(target != MISSING, target, usual)


def _past_of(dataset: Dataset, rows: IntArray) -> Past:
    employee = dataset.history.employee
    first = np.searchsorted(employee, rows, side="left")
    counts = np.searchsorted(employee, rows, side="right") - first
    starts = np.concatenate([[0], np.cumsum(counts)])
    within = np.arange(starts[-1]) - np.repeat(starts[:-1], counts)
    record = np.repeat(first, counts) + within
    return Past(starts, dataset.history.program[record], len(dataset.programs.ids))
