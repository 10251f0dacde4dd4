"""The effect on those who were treated, from records of who attended and what became of them.

Doubly robust: right if either the guess of who attends or the guess of the outcome without is right, and
nearly right if both nearly are. It assumes that people alike in the covariates who did not attend show what
would have become of those who did; `robustness` says how wrong that may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.effects.checks import (
    FEWEST,
    checked_covariates,
    checked_outcome,
    checked_treatment,
    covariate_cautions,
    refuse_outcome_among,
)
from recommender.effects.nuisance import Foreseen, folds, propensities, untreated_outcomes
from recommender.effects.overlap import effective_number, overlap, propensity_cut
from recommender.effects.sensitivity import balanced_people, robustness
from recommender.errors import EffectError

LEVEL = 0.95
POOR_SHARE = 0.05  # of the treated left out
POOR_CONTROLS = 20  # effective
FEWEST_LEFT, LEAST_SHARE_LEFT = FEWEST // 2, 0.1  # of the treated, after the others are left out

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TreatedEffect:
    """The effect on the treated, and what a reader needs to judge it.

    Attributes
    ----------
    effect, standard_error, interval : in units of the outcome; the interval holds 95 %.
    warnings : what speaks against believing it; that there is none does not show that no cause is hidden.
    treated, trimmed : treated people used, and left out because nobody untreated is like them.
    controls, effective_controls : untreated people used, and how many equally weighted ones know as much.
    naive : treated less untreated, nothing accounted for.
    placebo, placebo_interval : the effect found on the placebo outcome, which should be 0; None without one.
    overlap : how alike the groups are, from 1 (as if by lot) to 0 (told apart for sure).
    robustness : share that a hidden cause would have to explain, both of what is left of who is treated and
        of the outcome, to explain all of the effect.
    robustness_interval : the same, to bring the nearer end of the interval to 0; 0 if it is there already.
    learners : what foresaw who is treated, and the outcome without.
    """

    effect: float
    standard_error: float
    interval: Interval
    warnings: tuple[str, ...]
    treated: int
    trimmed: int
    controls: int
    effective_controls: float
    naive: float
    placebo: float | None
    placebo_interval: Interval | None
    overlap: float
    robustness: float
    robustness_interval: float
    learners: tuple[str, str]


def estimate_effect(
    treated: ArrayLike, outcome: ArrayLike, covariates: ArrayLike, placebo_outcome: ArrayLike | None = None
) -> TreatedEffect:
    """Return the effect of a treatment on those who had it.

    Parameters
    ----------
    treated : 1 or True for who attended, shape (n,); at least 30 of either.
    outcome : measured after, shape (n,).
    covariates : known before, shape (n, k); NaN where unknown: the median stands in, and a column says so.
    placebo_outcome : an outcome from before the treatment, shape (n,), not among the covariates: a treatment
        cannot change the past, so that an effect on it shows what the covariates miss.

    Raises
    ------
    EffectError
        Nobody or everybody attended, fewer than 30 did or did not, nobody comparable is left, shapes differ,
        values are not numbers, or the outcome stands among the covariates.

    Notes
    -----
    Difference of the mean residuals from what is foreseen without treatment, the untreated weighted by their
    odds of treatment (Sant'Anna & Zhao, Journal of Econometrics 219, 2020, eq. 3.1), from cross-fitted
    learners; median over several ways of cutting into folds, its variance with the spread between them
    (Chernozhukov et al. 2018, definition 3.3). Left out is who has nine times as many treated as untreated
    people like them (`propensity_cut`). The same input gives the same answer.
    """
    who = checked_treatment(treated)
    people = len(who)
    known = checked_covariates(covariates, people)
    after = checked_outcome("outcome", outcome, people)
    refuse_outcome_among(covariates, after)
    before = None if placebo_outcome is None else checked_outcome("placebo_outcome", placebo_outcome, people)
    with threadpool_limits(1):  # so few people are learnt from that threads would wait for one another
        comparison = _compare(who, known)
        found = comparison.effect_on(after)
        placebo = None if before is None else comparison.effect_on(before)
    warnings = [*comparison.warnings(), *_constant(after, who), *covariate_cautions(covariates, people)]
    if before is not None and placebo is not None:
        warnings += _failed_placebo(before, placebo, covariates)
    balanced = balanced_people(comparison.used, comparison.effective)
    return TreatedEffect(
        effect=found.effect,
        standard_error=found.standard_error,
        interval=found.interval,
        warnings=tuple(warnings),
        treated=comparison.used,
        trimmed=comparison.trimmed,
        controls=comparison.controls,
        effective_controls=comparison.effective,
        naive=float(after[who].mean() - after[~who].mean()),
        placebo=None if placebo is None else placebo.effect,
        placebo_interval=None if placebo is None else placebo.interval,
        overlap=overlap(comparison.propensity, who),
        robustness=robustness(found.effect, found.standard_error, balanced),
        robustness_interval=robustness(found.effect, found.standard_error, balanced, 1 - LEVEL),
        learners=(comparison.foreseen.learner, found.learner),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    effect: float
    standard_error: float
    interval: Interval
    learner: str


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Who is compared with whom: the same for every outcome.

    Attributes
    ----------
    treated : shape (n,); `covariates` (n, k); `cuts` into folds.
    foreseen : propensities by cut; `propensity` is their mean, shape (n,).
    highest : the propensity above which people are left out.
    """

    treated: BoolArray
    covariates: FloatArray
    cuts: Sequence[IntArray]
    foreseen: Foreseen
    propensity: FloatArray
    highest: float

    @property
    def kept(self) -> BoolArray:
        fits: BoolArray = self.propensity <= self.highest
        return fits

    @property
    def used(self) -> int:
        return int((self.treated & self.kept).sum())

    @property
    def trimmed(self) -> int:
        return int(self.treated.sum()) - self.used

    @property
    def controls(self) -> int:
        return int((~self.treated & self.kept).sum())

    @property
    def effective(self) -> float:
        return effective_number(self.weights(self.propensity)[~self.treated])

    def weights(self, propensity: FloatArray) -> FloatArray:
        """Return 1 for the treated, the odds of treatment for others, 0 for who is left out, shape (n,)."""
        # One cut's propensity may pass the limit where the mean does not.
        capped = np.minimum(propensity, self.highest)
        weights: FloatArray = np.where(self.treated, 1.0, capped / (1 - capped))
        return np.where(self.kept, weights, 0.0)

    def effect_on(self, outcome: FloatArray) -> _Found:
        """Return the effect on one outcome, the median over the cuts."""
        if np.ptp(outcome) == 0:
            return _Found(0.0, 0.0, (0.0, 0.0), "constant")
        without = untreated_outcomes(self.covariates, outcome, self.treated, self.cuts)
        weights = map(self.weights, self.foreseen.values)
        cuts = [
            _difference(self.treated, outcome - one, w)
            for one, w in zip(without.values, weights, strict=True)
        ]
        effects, variances, degrees = np.array(cuts).T
        effect = float(np.median(effects))
        error = float(np.sqrt(np.median(variances + (effects - effect) ** 2)))
        margin = float(student.ppf((1 + LEVEL) / 2, np.median(degrees))) * error
        return _Found(effect, error, (effect - margin, effect + margin), without.learner)

    def warnings(self) -> Iterator[str]:
        treated = self.used + self.trimmed
        if self.trimmed > POOR_SHARE * treated:
            yield (
                f"poor overlap: {self.trimmed:,} of {treated:,} treated people are left out, since hardly "
                f"anybody untreated is like them (propensity above {self.highest:.2f}); the effect is that "
                "on the others."
            )
        if self.effective < POOR_CONTROLS:
            yield (
                f"poor overlap: the {self.controls:,} untreated people are worth only {self.effective:.0f}, "
                "since few of them are like the treated."
            )


def _compare(treated: BoolArray, covariates: FloatArray) -> _Comparison:
    cuts = folds(treated)
    foreseen = propensities(covariates, treated, cuts)
    propensity = foreseen.values.mean(axis=0)
    comparison = _Comparison(treated, covariates, cuts, foreseen, propensity, propensity_cut(treated))
    people = int(treated.sum())
    if comparison.used < max(FEWEST_LEFT, LEAST_SHARE_LEFT * people):
        raise EffectError(
            f"only {comparison.used:,} of {people:,} treated people have anybody untreated like them "
            f"(propensity up to {comparison.highest:.2f}): the covariates all but decide who attends, so "
            "that no effect can be told from theirs. Leave out covariates that only say who attended, or "
            "find people who could have attended."
        )
    return comparison


def _difference(treated: BoolArray, residual: FloatArray, weight: FloatArray) -> tuple[float, float, float]:
    """Return treated less untreated, its variance, and the degrees of freedom (Satterthwaite 1946)."""
    means, variances, degrees = [], [], []
    for group in (treated, ~treated):
        share = weight[group] / weight[group].sum()
        mean = share @ residual[group]
        left = effective_number(share) - 1
        # The factor is n / (n - 1) where all weigh the same.
        variance = share**2 @ (residual[group] - mean) ** 2 * (left + 1) / max(left, 1.0)
        means.append(mean)
        variances.append(variance)
        degrees.append(variance**2 / max(left, 1.0))
    variance = sum(variances)
    return means[0] - means[1], variance, variance**2 / sum(degrees) if variance else np.inf


def _constant(outcome: FloatArray, treated: BoolArray) -> Iterator[str]:
    if np.ptp(outcome) == 0:
        yield (
            f"the outcome is {outcome[0]:g} for all {len(outcome):,} people: no effect is seen, and none "
            "could be; measure something that differs."
        )
    elif np.ptp(outcome[treated]) == 0 and np.ptp(outcome[~treated]) == 0:
        yield (
            f"the outcome is {outcome[treated][0]:g} for all who attended and {outcome[~treated][0]:g} for "
            "all others: the interval knows of no chance; do not read it."
        )


def _failed_placebo(before: FloatArray, placebo: _Found, covariates: ArrayLike) -> Iterator[str]:
    columns = np.asarray(covariates, dtype=float).reshape(len(before), -1)
    for number, column in enumerate(columns.T):
        if np.array_equal(column, before):
            yield (
                f"column {number} of the covariates is the placebo outcome: its effect is 0 whatever is "
                "missed; leave the column out to test the others."
            )
            return
    lower, upper = placebo.interval
    if lower > 0 or upper < 0:
        yield (
            f"failed placebo: the treatment seems to have changed the outcome from before it by "
            f"{placebo.effect:.3g} (95 % interval {lower:.3g} to {upper:.3g}), so that the covariates miss "
            "something; do not trust the effect either."
        )
