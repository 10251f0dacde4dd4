"""The forward pass: evidence moves each belief in the order of time, all people at once.

Given a person's factors F, each competency is a scalar Gaussian state on its own, so what is believed is

    level_c | F ~ N(own_c + slope_c · F, variance_c)        F ~ N(information⁻¹ pull, information⁻¹)

which is the augmented Kalman filter (de Jong, The diffuse Kalman filter, Annals of Statistics 19, 1991;
Durbin & Koopman, Time Series Analysis by State Space Methods, 5.7). Every step keeps this form exactly, at a
cost linear in the evidence, whatever the number of competencies:

* time dt: own, slope and variance return to the prior with e^(-k dt), e^(-k dt), e^(-2 k dt); what trainings
  added is forgotten with e^(-f dt), where effects were measured, else like the rest;
* a judgement is a scalar update of its competency, and an observation of F through the level and the habit of
  its source (information of a day is added up, so the order within it does not matter);
* a review observes F alone;
* a completed training adds share × expected planned lift, and the variance of that share to variance.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from recommender.competency.evidence import Evidence
from recommender.competency.model import Parameters, Readings, Start, lift_variance
from recommender.competency.training import expected_lift
from recommender.domain import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class State:
    """What is known of n people; C competencies, K factors.

    Attributes
    ----------
    own, variance : level given F = 0, without the shift by service and what trainings added, and the variance
        of all of it given F, shape (n, C).
    lifted : what is left of what trainings added, shape (n, C).
    slope : what each factor adds to a level, shape (n, C, K).
    year : day of a competency's last evidence in years, shape (n, C); NaN without.
    information, pull : F ~ N(information⁻¹ pull, information⁻¹), shapes (n, K, K) and (n, K).
    count : pieces of evidence, shape (n, C).
    """

    own: FloatArray
    variance: FloatArray
    lifted: FloatArray
    slope: FloatArray
    year: FloatArray
    information: FloatArray
    pull: FloatArray
    count: IntArray

    def copy(self) -> State:
        """Return a state of its own: a pass changes the arrays it is given."""
        return State(*(getattr(self, field.name).copy() for field in fields(self)))

    def factors(self, people: IntArray | slice) -> tuple[FloatArray, FloatArray]:
        """Return mean (n, K) and covariance (n, K, K) of the factors of some people."""
        covariance = np.linalg.inv(self.information[people])
        return np.einsum("nij,nj->ni", covariance, self.pull[people]), covariance


def first_state(start: Start, people: int) -> State:
    """Return the state before any evidence."""
    competencies, factors = start.loading.shape
    cells = (people, competencies)
    return State(
        start.mean.copy(),
        start.variance.copy(),
        np.zeros(cells),
        start.loading * start.scale[:, None, None],
        np.full(cells, np.nan),
        np.broadcast_to(np.eye(factors), (people, factors, factors)).copy(),
        np.zeros((people, factors)),
        np.zeros(cells, dtype=np.int64),
    )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What was believed just before each judgement and training.

    Attributes
    ----------
    mean, variance : of the reading (level and habit, without offset and noise), shape (judgements,).
    planned, level : planned lift of each training, and the level believed then, shape (trainings,).
    """

    mean: FloatArray
    variance: FloatArray
    planned: FloatArray
    level: FloatArray


def forward(
    evidence: Evidence,
    start: Start,
    readings: Readings,
    parameters: Parameters,
    *,
    state: State | None = None,
    foresee: bool = False,
) -> tuple[State, Foreseen]:
    """Take in all evidence in order of time.

    Parameters
    ----------
    state : what is known already, all of it older; it is changed. None starts from nothing.
    foresee : whether to say what was foreseen of each judgement; trainings always are.
    """
    run = Run(state or first_state(start, evidence.people), start, parameters)
    by_turn = _sorted_by_turn(evidence)
    unseen = np.full(len(readings.offset), np.nan)
    foreseen = Foreseen(unseen, unseen.copy(), *np.zeros((2, len(evidence.trainings.person))))
    for rank in range(len(evidence.turn_starts) - 1):
        judged, trained, reviewed = (order[bounds[rank] : bounds[rank + 1]] for order, bounds in by_turn)
        turns = slice(evidence.turn_starts[rank], evidence.turn_starts[rank + 1])
        run.wait(evidence, evidence.turn_year[turns], evidence.turn_starts[rank], judged, trained)
        if foresee and len(judged):
            foreseen.mean[judged], foreseen.variance[judged] = run.foresee(evidence, readings, judged)
        run.observe(evidence, readings, judged)
        run.review(evidence, reviewed)
        foreseen.planned[trained], foreseen.level[trained] = run.train(evidence, trained)
    return run.state, foreseen


@dataclass(frozen=True, slots=True)
class Levels:
    """What is believed of n people's levels at a day; C competencies, K factors.

    Attributes
    ----------
    mean, variance : of the levels, shape (n, C).
    own_variance, slope : variance given the factors, shape (n, C), and what each adds, shape (n, C, K).
    factors : covariance of the factors, shape (n, K, K).
    """

    mean: FloatArray
    variance: FloatArray
    own_variance: FloatArray
    slope: FloatArray
    factors: FloatArray


def levels_at(state: State, start: Start, parameters: Parameters, year: float) -> Levels:
    """Return what is believed of the levels at `year` (years since 1970)."""
    waited = np.nan_to_num(np.maximum(year - state.year, 0.0), nan=0.0)
    keep = np.exp(-parameters.fading * waited)
    first = first_state(start, len(state.own))
    own = start.mean + (state.own - start.mean) * keep
    own += state.lifted * np.exp(-start.shares.forgetting * waited)
    own_variance = first.variance + (state.variance - first.variance) * keep**2
    slope = first.slope + (state.slope - first.slope) * keep[:, :, None]
    factors, covariance = state.factors(slice(None))
    mean = own + np.einsum("nck,nk->nc", slope, factors) + start.by_service(slice(None), year)[:, None]
    variance = own_variance + np.sum(slope @ covariance * slope, axis=2)
    return Levels(mean, variance, own_variance, slope, covariance)


def _sorted_by_turn(evidence: Evidence) -> list[tuple[IntArray, IntArray]]:
    """Return, for judgements, trainings and reviews, their order by turn and where each rank begins."""
    judgements = evidence.judgements
    found: list[tuple[IntArray, IntArray]] = []
    for items in (judgements, evidence.trainings, evidence.appraisals):
        within = items.competency if items is judgements else np.zeros(len(items.turn), dtype=np.int64)
        order = np.lexsort((within, items.turn))
        found.append((order, np.searchsorted(items.turn[order], evidence.turn_starts)))
    return found


class Run:
    """A forward pass under way: takes the evidence of one day of each of many people into the state."""

    def __init__(self, state: State, start: Start, parameters: Parameters) -> None:
        self.state, self.start, self.parameters = state, start, parameters

    def wait(
        self, evidence: Evidence, year: FloatArray, first: int, judged: IntArray, trained: IntArray
    ) -> None:
        """Let time pass up to this turn in the competencies that it touches; the others wait."""
        state, start = self.state, self.start
        judgements, trainings = evidence.judgements, evidence.trainings
        columns = state.own.shape[1]
        cells = [judgements.person[judged] * columns + judgements.competency[judged]]
        cells.append(trainings.person[trained] * columns + trainings.competency[trained])
        when = [year[judgements.turn[judged] - first], year[trainings.turn[trained] - first]]
        flat, first_of, item_of = np.unique(np.concatenate(cells), return_index=True, return_inverse=True)
        if not len(flat):
            return
        cell, now = np.divmod(flat, columns), np.concatenate(when)[first_of]
        waited = np.nan_to_num(now - state.year[cell], nan=0.0)
        # A record without weight tells nothing, and so not from when the undated ones are.
        counts = np.concatenate([judgements.weight[judged] > 0, np.ones(len(trained), dtype=bool)])
        dated = (np.bincount(item_of, counts) > 0) | ~np.isnan(state.year[cell])
        state.year[cell] = np.where(dated, now, np.nan)
        touched = waited > 0
        if not touched.any():
            return
        lifted = np.exp(-start.shares.forgetting * waited[touched])
        cell, keep = (cell[0][touched], cell[1][touched]), np.exp(-self.parameters.fading * waited[touched])
        mean, variance, loading = start.before(*cell)
        state.own[cell] = mean + (state.own[cell] - mean) * keep
        state.lifted[cell] *= lifted
        state.variance[cell] = variance + (state.variance[cell] - variance) * keep**2
        state.slope[cell] = loading + (state.slope[cell] - loading) * keep[:, None]

    def foresee(
        self, evidence: Evidence, readings: Readings, judged: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of the readings, before any of this turn is taken in."""
        person, loading = evidence.judgements.person[judged], self._loading(evidence, readings, judged)
        people, place = np.unique(person, return_inverse=True)
        mean, covariance = self.state.factors(people)
        cell = (person, evidence.judgements.competency[judged])
        spread = np.einsum("ni,nij,nj->n", loading, covariance[place], loading, optimize=True)
        centre = self._expected(evidence, readings, judged) + np.einsum("ni,ni->n", loading, mean[place])
        return centre, readings.response[judged] ** 2 * self.state.variance[cell] + spread

    def observe(self, evidence: Evidence, readings: Readings, judged: IntArray) -> None:
        """Take in the judgements of one day; `judged` is sorted by turn and competency."""
        judged = judged[np.isfinite(readings.noise[judged])]  # no weight, no information
        if not len(judged):
            return
        state, judgements = self.state, evidence.judgements
        person, competency = judgements.person[judged], judgements.competency[judged]
        loading, precision = self._loading(evidence, readings, judged), 1.0 / readings.noise[judged]
        response = readings.response[judged]
        reading = judgements.level[judged] - readings.offset[judged]
        surprise = reading - self._expected(evidence, readings, judged)
        is_new = np.ones(len(judged), dtype=bool)
        is_new[1:] = (person[1:] != person[:-1]) | (competency[1:] != competency[:-1])
        first = np.flatnonzero(is_new)
        cell = (person[first], competency[first])

        def by_cell(values: FloatArray) -> FloatArray:
            return np.asarray(np.add.reduceat(values, first, axis=0))

        loaded, pulled = loading * precision[:, None], surprise * precision
        total, drawn = by_cell(response**2 * precision), by_cell(response * pulled)
        seen = by_cell(response[:, None] * loaded)
        variance = 1.0 / (1.0 / state.variance[cell] + total)
        state.own[cell] += variance * drawn
        state.slope[cell] -= variance[:, None] * seen
        state.variance[cell] = variance
        state.count[cell] += np.diff(np.append(first, len(judged)))
        self._learn_factors(person, loading, loaded, pulled)
        self._unlearn(cell[0], seen, drawn, variance)

    def review(self, evidence: Evidence, reviewed: IntArray) -> None:
        """Take in the reviews of one day: each observes the factors alone."""
        parameters = self.parameters
        if not len(reviewed) or not (parameters.review_slope.any() or parameters.review_habit):
            return
        loading = np.append(parameters.review_slope, parameters.review_habit)
        all_alike = np.broadcast_to(loading, (len(reviewed), len(loading)))
        loaded = all_alike / parameters.review_noise
        z = evidence.appraisals.z[reviewed] / parameters.review_noise
        self._learn_factors(evidence.appraisals.person[reviewed], all_alike, loaded, z)

    def train(self, evidence: Evidence, trained: IntArray) -> tuple[FloatArray, FloatArray]:
        """Take in the trainings of one day and return their planned lifts and the levels believed."""
        if not len(trained):
            return np.zeros(0), np.zeros(0)
        trainings, parameters, state = evidence.trainings, self.parameters, self.state
        person, weight = trainings.person[trained], trainings.weight[trained]
        cell = (person, trainings.competency[trained])
        people, place = np.unique(person, return_inverse=True)
        mean, covariance = state.factors(people)
        slope = state.slope[cell]
        level = state.own[cell] + state.lifted[cell] + np.einsum("nk,nk->n", slope, mean[place])
        level += self.start.by_service(person, evidence.turn_year[trainings.turn[trained]])
        sd = np.sqrt(state.variance[cell] + np.einsum("ni,nij,nj->n", slope, covariance[place], slope))
        entry, target = trainings.entry[trained], trainings.target[trained]
        planned = expected_lift(level, sd, entry, target, parameters.step)
        share, share_sd = self.start.shares.of(trainings.program[trained], cell[1])
        np.add.at(state.lifted, cell, weight * share * planned)
        np.add.at(state.variance, cell, lift_variance(weight, share, share_sd) * planned**2)
        np.add.at(state.count, cell, 1)
        return planned, level

    def _loading(self, evidence: Evidence, readings: Readings, judged: IntArray) -> FloatArray:
        """Return what each factor adds to each reading: through the level and through the habit."""
        cell = (evidence.judgements.person[judged], evidence.judgements.competency[judged])
        loading = readings.response[judged, None] * self.state.slope[cell]
        loading[np.arange(len(judged)), readings.habit_factor[judged]] += readings.habit[judged]
        return np.asarray(loading)

    def _expected(self, evidence: Evidence, readings: Readings, judged: IntArray) -> FloatArray:
        """Return what each reading is expected to be where F = 0."""
        cell = (evidence.judgements.person[judged], evidence.judgements.competency[judged])
        prior = self.start.mean[cell]
        deviation = readings.response[judged] * (self.state.own[cell] + self.state.lifted[cell] - prior)
        return np.asarray(prior + readings.service[judged] + deviation)

    def _learn_factors(
        self, person: IntArray, loading: FloatArray, loaded: FloatArray, pulled: FloatArray
    ) -> None:
        """Add observations of F: loadings (n, K), the same by precision, and surprises by precision."""
        order = np.argsort(person, kind="stable")
        who, first = np.unique(person[order], return_index=True)
        squares = loading[order, :, None] * loaded[order, None, :]
        self.state.information[who] += np.add.reduceat(squares, first, axis=0)
        self.state.pull[who] += np.add.reduceat((loading * pulled[:, None])[order], first, axis=0)

    def _unlearn(self, person: IntArray, seen: FloatArray, drawn: FloatArray, variance: FloatArray) -> None:
        """Take back from F what the own deviations of the competencies may explain."""
        self._learn_factors(person, seen, -seen * variance[:, None], -variance * drawn)
