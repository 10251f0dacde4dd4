"""The forward pass: evidence moves each belief in the order of time (a Kalman filter, all people at once).

For one person and competency the true level is a mean-reverting Gaussian state around the prior m0 with
stationary variance s0² (Ornstein-Uhlenbeck), so between two days dt years apart

    mean <- m0 + (mean - m0) e^(-k dt)          variance <- s0² + (variance - s0²) e^(-2 k dt)

A judgement y of source j sees level + bias_j with noise variance_j; a review standing z sees
slope (level - m0) with noise variance 1 - slope² s0², further reviews of a person adding less and less; a
completed training adds share x planned lift and the variance of that share. See Särkkä, Bayesian
Filtering and Smoothing, ch. 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recommender.competency.evidence import Evidence
from recommender.competency.training import planned_lift
from recommender.domain import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Parameters:
    """What the filter needs to know besides the evidence; learnt by `learning.learn`.

    Attributes
    ----------
    spread : prior standard deviation of a level.
    fading : rate of return to the prior, per year.
    share, share_sd : mean and standard deviation of the part of a planned lift that is realised.
    bias, noise : bias and noise variance of each source, shape (sources,).
    review_slope : standard deviations of a review's standing per level above the prior.
    step : a fifth of the level scale.
    """

    spread: float
    fading: float
    share: float
    share_sd: float
    bias: FloatArray
    noise: FloatArray
    review_slope: float
    step: float

    def with_(self, **changes: float | FloatArray) -> Parameters:
        """Return a copy with some values changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Pass:
    """Result of a forward pass over n people and C competencies, J judgements.

    Attributes
    ----------
    mean, variance : beliefs after all evidence, shape (n, C).
    year : day of each person's last evidence, in years, shape (n,); NaN without evidence.
    count : pieces of evidence, shape (n, C).
    before_mean, before_variance : belief about the level just before each judgement, shape (J,).
    is_first : whether nothing was known of that cell before the judgement, shape (J,).
    """

    mean: FloatArray
    variance: FloatArray
    year: FloatArray
    count: IntArray
    before_mean: FloatArray
    before_variance: FloatArray
    is_first: IntArray


def forward(evidence: Evidence, prior: FloatArray, parameters: Parameters) -> Pass:
    """Take in all evidence in order of time, starting from prior means of shape (n, C)."""
    run = _Run(evidence, prior, parameters)
    for rank in range(len(evidence.turn_starts) - 1):
        run.take_turn(rank)
    return run.result()


def let_time_pass(
    passed: Pass, prior: FloatArray, parameters: Parameters, year: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance at `year` (years since 1970), both (n, C); NaN lets no time pass."""
    waited = np.nan_to_num(np.maximum(year - passed.year, 0.0), nan=0.0)
    return _faded(passed.mean, passed.variance, prior, parameters, waited)


def _faded(
    mean: FloatArray, variance: FloatArray, prior: FloatArray, parameters: Parameters, waited: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance after `waited` years, shape (n,)."""
    keep = np.exp(-parameters.fading * waited)[:, None]
    stationary = parameters.spread**2
    return prior + (mean - prior) * keep, stationary + (variance - stationary) * keep**2


class _Run:
    """One forward pass under way: the state arrays and the evidence sorted by turn."""

    def __init__(self, evidence: Evidence, prior: FloatArray, parameters: Parameters) -> None:
        self.evidence, self.prior, self.parameters = evidence, prior, parameters
        self.mean = prior.copy()
        self.variance = np.full(prior.shape, parameters.spread**2)
        self.year = np.full(len(prior), np.nan)
        self.count = np.zeros(prior.shape, dtype=np.int64)
        judgements = evidence.judgements
        self.before_mean = np.empty(len(judgements.person))
        self.before_variance = np.empty(len(judgements.person))
        self.is_first = np.zeros(len(judgements.person), dtype=bool)
        turns = (judgements.turn, evidence.trainings.turn, evidence.appraisals.turn)
        self.by_turn = [np.argsort(turn, kind="stable") for turn in turns]
        self.bounds = [
            np.searchsorted(turn[order], evidence.turn_starts)
            for turn, order in zip(turns, self.by_turn, strict=True)
        ]

    def take_turn(self, rank: int) -> None:
        """Let time pass up to each person's turn of this rank, then take in its evidence."""
        turns = slice(self.evidence.turn_starts[rank], self.evidence.turn_starts[rank + 1])
        people = self.evidence.turn_person[turns]
        self._wait(people, self.evidence.turn_year[turns])
        judged, trained, reviewed = (
            order[bounds[rank] : bounds[rank + 1]]
            for order, bounds in zip(self.by_turn, self.bounds, strict=True)
        )
        self._observe(people, judged, reviewed)
        self._train(trained)

    def _wait(self, people: IntArray, year: FloatArray) -> None:
        waited = np.nan_to_num(year - self.year[people], nan=0.0)
        self.year[people] = year
        if not waited.any():
            return
        self.mean[people], self.variance[people] = _faded(
            self.mean[people], self.variance[people], self.prior[people], self.parameters, waited
        )

    def _observe(self, people: IntArray, judged: IntArray, reviewed: IntArray) -> None:
        """Add the precisions of all judgements and reviews of one day, so that their order is nothing."""
        if not len(judged) and not len(reviewed):
            return
        precision, pull = np.zeros((2, len(people), self.prior.shape[1]))
        place = np.empty(len(self.prior), dtype=np.int64)
        place[people] = np.arange(len(people))
        self._add_judgements(judged, place, precision, pull)
        self._add_reviews(people, reviewed, place, precision, pull)
        mean, variance = self.mean[people], self.variance[people]
        self.variance[people] = 1.0 / (1.0 / variance + precision)
        self.mean[people] = (mean / variance + pull) * self.variance[people]

    def _add_judgements(
        self, judged: IntArray, place: IntArray, precision: FloatArray, pull: FloatArray
    ) -> None:
        judgements, parameters = self.evidence.judgements, self.parameters
        person, competency = judgements.person[judged], judgements.competency[judged]
        source = judgements.source[judged]
        self.before_mean[judged] = self.mean[person, competency]
        self.before_variance[judged] = self.variance[person, competency]
        self.is_first[judged] = self.count[person, competency] == 0
        weight = 1.0 / parameters.noise[source]
        cell = (place[person], competency)
        np.add.at(precision, cell, weight)
        np.add.at(pull, cell, weight * (judgements.level[judged] - parameters.bias[source]))
        np.add.at(self.count, (person, competency), 1)

    def _add_reviews(
        self, people: IntArray, reviewed: IntArray, place: IntArray, precision: FloatArray, pull: FloatArray
    ) -> None:
        slope = self.parameters.review_slope
        if slope == 0.0 or not len(reviewed):
            return
        appraisals = self.evidence.appraisals
        rows = place[appraisals.person[reviewed]]
        one = max(1.0 - slope**2 * self.parameters.spread**2, 0.1)
        noise = one / appraisals.information[reviewed][:, None]
        np.add.at(precision, rows, slope**2 / noise)
        z = appraisals.z[reviewed][:, None]
        np.add.at(pull, rows, slope**2 / noise * self.prior[people[rows]] + slope * z / noise)

    def _train(self, trained: IntArray) -> None:
        trainings, parameters = self.evidence.trainings, self.parameters
        cell = (trainings.person[trained], trainings.competency[trained])
        entry, target = trainings.entry[trained], trainings.target[trained]
        planned = planned_lift(self.mean[cell], entry, target, parameters.step)
        np.add.at(self.mean, cell, parameters.share * planned)
        np.add.at(self.variance, cell, (parameters.share_sd * planned) ** 2)
        np.add.at(self.count, cell, 1)

    def result(self) -> Pass:
        """Return what the pass has come to."""
        return Pass(
            self.mean,
            self.variance,
            self.year,
            self.count,
            self.before_mean,
            self.before_variance,
            self.is_first,
        )
