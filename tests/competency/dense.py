"""The model of levels once more, written out as one large normal distribution per person: slow and plain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from math import exp, hypot

import numpy as np

from recommender.competency.evidence import Evidence
from recommender.competency.model import Model, Start
from recommender.domain import FloatArray


@dataclass(frozen=True)
class Quantity:
    """Something normal: a judgement, a review (`competency` -1), or a level on a day (`turn` beyond all).

    `response` is how much it shows of what a level differs from what is expected.
    """

    competency: int
    turn: float
    year: float
    mean: float
    loading: FloatArray
    noise: float = 0.0
    seen: float = np.nan
    response: float = 1.0


@dataclass(frozen=True)
class Dense:
    """All that is known of one person; `planned` are the lifts of the trainings of the evidence."""

    model: Model
    start: Start
    evidence: Evidence
    planned: FloatArray
    person: int

    def judgements(self) -> list[int]:
        """Return the places of this person's judgements in the evidence."""
        return np.flatnonzero(self.evidence.judgements.person == self.person).tolist()

    def judgement(self, place: int) -> Quantity:
        known, of = self.model.parameters, self.evidence.judgements
        source, competency, turn = int(of.source[place]), int(of.competency[place]), int(of.turn[place])
        severity, variance = self._severity(self.evidence.assessors[of.assessor[place]], source)
        above = float(self.start.above_centre[self.person, competency])
        year = float(np.nan_to_num(self.evidence.turn_year[turn]))
        response = float(known.response[source])
        level = self.level(competency, year, turn, response)
        loading = response * level.loading
        loading[known.loading.shape[1] + source] += hypot(known.habit[source], variance**0.5)
        bias = float(known.bias[source] + known.bias_slope[source] * above)
        noise = float(known.noise[source] / of.weight[place]) if of.weight[place] > 0 else np.inf
        mean = level.mean + bias + severity
        return replace(level, mean=mean, loading=loading, noise=noise, seen=float(of.level[place]))

    def reviews(self) -> list[Quantity]:
        known, of = self.model.parameters, self.evidence.appraisals
        loading = np.append(known.review_slope, known.review_habit)
        mine = np.flatnonzero(of.person == self.person).tolist()
        return [
            Quantity(-1, int(of.turn[one]), 0.0, 0.0, loading, known.review_noise, float(of.z[one]))
            for one in mine
        ]

    def seen(self) -> list[Quantity]:
        """Return all that was seen of this person and has weight."""
        judged = [self.judgement(place) for place in self.judgements()]
        return [one for one in judged if np.isfinite(one.noise)] + self.reviews()

    def level(self, competency: int, year: float, turn: float = np.inf, response: float = 1.0) -> Quantity:
        known = self.model.parameters
        loading = np.zeros(known.factors)
        loading[: known.loading.shape[1]] = known.loading[competency] * self.start.scale[self.person]
        mean = float(self.start.mean[self.person, competency])
        mean += float(self.start.by_service(np.array([self.person]), np.array([year]))[0])
        for training, _ in enumerate(self.planned):
            mean += response * known.share * self._left(training, competency, turn, year)
        return Quantity(competency, turn, year, mean, loading, response=response)

    def covariance(self, one: Quantity, two: Quantity) -> float:
        known = self.model.parameters
        total = float(one.loading @ two.loading) + (one.noise if one is two else 0.0)
        if one.competency != two.competency or one.competency < 0:
            return total
        spread = known.spread * float(self.start.scale[self.person])
        shown = spread**2 * exp(-known.fading * abs(one.year - two.year))
        for training, _ in enumerate(self.planned):
            left = [self._left(training, which.competency, which.turn, which.year) for which in (one, two)]
            shown += known.share_sd**2 * left[0] * left[1]
        return total + one.response * two.response * shown

    def matrix(self, rows: list[Quantity], columns: list[Quantity]) -> FloatArray:
        values = [self.covariance(one, two) for one, two in product(rows, columns)]
        return np.array(values).reshape(len(rows), len(columns))

    def given(self, wanted: Quantity, seen: list[Quantity]) -> tuple[float, float]:
        """Return mean and variance of a quantity given what was seen."""
        between, within = self.matrix([wanted], seen), self.matrix(seen, seen)
        surprise = np.array([one.seen - one.mean for one in seen])
        gain = np.linalg.solve(within, between.T).T if seen else between
        mean = wanted.mean + float((gain @ surprise)[0])
        return mean, self.covariance(wanted, wanted) - float((gain @ between.T)[0, 0])

    def _left(self, training: int, competency: int, turn: float, year: float) -> float:
        """Return what is left of a training's planned lift in a competency after a turn."""
        of = self.evidence.trainings
        if of.person[training] != self.person or of.competency[training] != competency:
            return 0.0
        if of.turn[training] >= turn:
            return 0.0
        since = year - float(np.nan_to_num(self.evidence.turn_year[of.turn[training]]))
        return float(self.planned[training]) * exp(-self.model.parameters.fading * since)

    def _severity(self, assessor: str, source: int) -> tuple[float, float]:
        severities = self.model.severities
        place = severities.assessors.row(assessor)
        if place >= 0:
            return float(severities.value[place]), float(severities.variance[place])
        return 0.0, float(self.model.parameters.severity[source]) ** 2
