"""What a recommendation is worth: the chance that a program is taken and completed, times what it brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.rankers.base import Contributions
from recommender.rankers.completion import fit_completion
from recommender.rankers.hours import lengths, usual_length
from recommender.rankers.learned import LearnedRanker, LearnsUptake
from recommender.rankers.people import People

RANK_BY = ("value", "uptake", "benefit")

_LEAST_SHARE = 0.1  # keeps the logarithm of "no benefit" finite: it counts as a tenth of the least benefit


@dataclass(eq=False, repr=False)
class ValueRanker(LearnsUptake):
    """Logarithm of value = taken ^ uptake_weight x completed x benefit / hours ^ per_hour.

    Taken are the calibrated odds of `LearnedRanker`. Odds and not the chance: TreeSHAP shares out log-odds
    exactly, and where one of many programs is taken the two are nearly the same. Completed is the chance
    that who begins it completes it (`completion`), beside the usual share: 1 where the data know of no other
    ending. Benefit is the expected gap closed, in units of the least worth recommending; hours are
    beside those of the median program. So a score is a sum whose parts each are a reason.

    The weight is on taken alone: habit may be left for what is needed, but what is not completed brings
    nothing, whoever was sent.

    Parameters
    ----------
    rank_by : "value"; "uptake" leaves benefit out (and weighs taken by 1), "benefit" taken and completed.
        See `RANK_BY`.
    uptake_weight : how much past habit counts beside benefit.
    per_hour : exponent on the hours: 0 ranks by what a program brings, 1 by what an hour of it brings;
        programs of unknown length count as the catalogue's median.

    The others are those of `LearnsUptake`.
    """

    rank_by: str = "value"
    uptake_weight: float = 1.0
    per_hour: float = 0.0

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        """Learn what is taken and what is completed; without a history only benefits are ranked by.

        Raises
        ------
        ValueError
            `rank_by`, or a word that the learner is told, is not known.
        """
        if self.rank_by not in RANK_BY:
            raise ValueError(f"rank_by {self.rank_by!r} is not known; use one of {', '.join(RANK_BY)}.")
        told = {field.name: getattr(self, field.name) for field in fields(LearnsUptake)}
        self.learned_ = LearnedRanker(**told).fit(dataset, estimator)
        self.completion_ = fit_completion(dataset)
        self.usual_hours_ = usual_length(dataset)
        return self

    def score(self, people: People) -> FloatArray:
        """Return the logarithm of value, shape (n, P)."""
        score = np.zeros((len(people), len(people.dataset.programs.ids)))
        if self._habit:
            score += self._habit * self.learned_.score(people)
        for _, part in self._parts(people):
            score += part
        return score

    def uptake(self, people: People) -> FloatArray:
        """Return the chance that each person takes each program in the next window, shape (n, P).

        Whatever is ranked by; see `LearnedRanker.uptake`.
        """
        return self.learned_.uptake(people)

    def completes(self, people: People) -> FloatArray:
        """Return the chance that each person completes each program once it is begun, shape (n, P)."""
        return self.completion_.chance(people)

    def covers(self, people: People) -> BoolArray:
        """Those whom the learner covers; where benefit alone counts, those whose needs are known."""
        return people.have_needs if self.rank_by == "benefit" else self.learned_.covers(people)

    def contributions(self, people: People, who: IntArray, program: IntArray) -> Contributions:
        """Return the learner's parts, weighed, and what benefit, completion and hours add, by kind."""
        by_kind: dict[str, FloatArray] = {}
        if self._habit:  # what counts for nothing is no reason
            learned = self.learned_.contributions(people, who, program)
            by_kind |= zip(learned.kinds, self._habit * learned.values.T, strict=True)
        for kind, part in self._parts(people):
            by_kind[kind] = by_kind.get(kind, 0.0) + part[who, program]
        return Contributions(tuple(by_kind), np.stack(list(by_kind.values()), axis=1))

    def feature_shares(
        self, people: People, who: IntArray, program: IntArray
    ) -> tuple[tuple[str, ...], FloatArray]:
        """Return the names of the learner's features and each one's share of the score, (pairs, features)."""
        names, shares = self.learned_.feature_shares(people, who, program)
        return names, self._habit * shares

    def witness(self, people: People, who: IntArray, program: IntArray) -> IntArray:
        """Return the past program that speaks most for each pair, as the learner names it."""
        return self.learned_.witness(people, who, program)

    @property
    def _habit(self) -> float:
        """What the log-odds of taking are weighed with."""
        return {"value": self.uptake_weight, "uptake": 1.0, "benefit": 0.0}[self.rank_by]

    def _parts(self, people: People) -> Iterator[tuple[str, FloatArray]]:
        """Yield kind of reason and part of the score, (n, P), of all that is not learnt habit."""
        if self.rank_by != "uptake":
            benefit, known = _log_benefit(people), people.have_needs[:, None]
            yield "gap", np.where(known, benefit, 0.0)
            yield "base", np.where(known, 0.0, benefit)  # the same for every program: no reason
        if self.rank_by != "benefit" and not self.completion_.certain:
            yield "completion", np.log(self.completes(people) / self.completion_.usual)
        if self.per_hour:
            hours = lengths(people.dataset, self.usual_hours_)
            per_hour = -self.per_hour * np.log(hours / self.usual_hours_)
            yield "hours", np.broadcast_to(per_hour, (len(people), len(hours)))


def _log_benefit(people: People) -> FloatArray:
    """Return the logarithm of the benefit in units of the policy's least benefit: 0 is barely worth it."""
    step = people.held.effects.step
    unit = max(people.dataset.policy.recommendation.minimum_benefit * step, 1e-6)
    return np.asarray(np.log(people.benefit / unit + _LEAST_SHARE))
