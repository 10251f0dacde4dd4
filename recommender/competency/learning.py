"""Learning the filter's parameters from the judgements themselves.

Biases, noises and prior means are found by repeating closed-form steps on the one-step-ahead residuals
(scoring for a variance: Harvey, Forecasting, Structural Time Series Models, 3.4); spread, fading and the
realised share of training by the one-step-ahead likelihood over a small grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.competency.evidence import Evidence
from recommender.competency.filter import Parameters, Pass, forward
from recommender.competency.prior import Prior, asked_levels, learn_prior, plain_prior, tiers_of
from recommender.competency.training import scale_step
from recommender.dataset import Dataset
from recommender.domain import BoolArray, IntArray

_PRIOR_COUNT = 5.0  # a source's noise starts from the common one with the weight of this many judgements
_SPREADS = (0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.3)  # steps of the scale
_FINER = (0.75, 0.87, 1.0, 1.15, 1.3)  # of the best of these
_FADINGS = (0.01, 0.03, 0.1, 0.3, 1.0)  # per year
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_NEARER = (-0.16, -0.08, 0.0, 0.08, 0.16)  # from the best of these
_SHARE_SD = 0.45  # programs differ, and some do nothing: a wide guess until effects are measured


@dataclass(frozen=True, slots=True)
class Learnt:
    """Prior and filter parameters learnt from one dataset."""

    prior: Prior
    parameters: Parameters


def first_parameters(dataset: Dataset, sources: int) -> Parameters:
    """Return where learning starts, in units of the scale's step."""
    step = scale_step(dataset)
    return Parameters(
        spread=0.8 * step,
        fading=0.1,
        share=0.5,
        share_sd=_SHARE_SD,
        bias=np.zeros(sources),
        noise=np.full(sources, (0.6 * step) ** 2),
        review_slope=0.0,
        step=step,
    )


def learn(
    dataset: Dataset, rows: IntArray, evidence: Evidence, is_reference: BoolArray, sweeps: int
) -> Learnt:
    """Return prior and parameters fitted to the evidence on the employees in `rows`.

    Parameters
    ----------
    is_reference : for each source, whether its bias is zero by definition, shape (sources,).
    sweeps : how often the closed-form steps are repeated before the grid.
    """
    learner = _Learner(dataset, rows, evidence, is_reference)
    if not len(evidence.judgements.person):
        return learner.learnt()
    for _ in range(sweeps):
        learner.sweep()
    learner.choose("spread", [factor * learner.parameters.step for factor in _SPREADS])
    learner.choose("fading", _FADINGS)
    if len(evidence.trainings.person):
        learner.choose("share", _SHARES)
        learner.choose("share", [min(max(learner.parameters.share + one, 0.0), 1.0) for one in _NEARER])
    learner.sweep()
    learner.choose("spread", [factor * learner.parameters.spread for factor in _FINER])
    learner.sweep()
    return learner.learnt()


class _Learner:
    """The state of learning: prior and parameters, improved step by step."""

    def __init__(self, dataset: Dataset, rows: IntArray, evidence: Evidence, is_reference: BoolArray) -> None:
        self.dataset, self.rows, self.evidence = dataset, rows, evidence
        self.is_reference = is_reference
        self.start = plain_prior(dataset)
        self.prior = self.start
        self.asked = asked_levels(dataset, rows)
        self.tier = self.start.tiers.rows(tiers_of(dataset, rows))
        self.parameters = first_parameters(dataset, len(is_reference))
        self.means = self.prior.means(dataset, rows)

    def learnt(self) -> Learnt:
        return Learnt(self.prior, self.parameters)

    def sweep(self) -> None:
        """One round of closed-form steps from the residuals of one forward pass."""
        passed = forward(self.evidence, self.means, self.parameters)
        self.parameters = self._with_sources(self.parameters, passed)
        self._learn_prior(passed)
        self._learn_reviews(passed)

    def choose(self, name: str, values: Sequence[float]) -> None:
        """Set one parameter to the value of the grid with the highest one-step-ahead likelihood.

        Biases and noises settle anew for each value: what the levels do not explain must be noise.
        """
        tried = [self._settled(self.parameters.with_(**{name: value})) for value in values]
        self.parameters = max(tried, key=self._likelihood)

    def _settled(self, parameters: Parameters) -> Parameters:
        return self._with_sources(parameters, forward(self.evidence, self.means, parameters))

    def _likelihood(self, parameters: Parameters) -> float:
        passed = forward(self.evidence, self.means, parameters)
        source = self.evidence.judgements.source
        variance = passed.before_variance + parameters.noise[source]
        residual = self.evidence.judgements.level - passed.before_mean - parameters.bias[source]
        return float(-0.5 * np.sum(np.log(variance) + residual**2 / variance))

    def _with_sources(self, parameters: Parameters, passed: Pass) -> Parameters:
        judgements, step = self.evidence.judgements, parameters.step
        source, codes = judgements.source, len(parameters.bias)
        gap = judgements.level - passed.before_mean
        weight = 1.0 / (passed.before_variance + parameters.noise[source])
        total = np.bincount(source, weight, minlength=codes)
        bias = np.bincount(source, weight * gap, minlength=codes) / (total + 1.0 / (0.5 * step) ** 2)
        if self.is_reference.any():
            bias[self.is_reference] = 0.0
        else:
            bias -= float(total @ bias / total.sum())
        squared = (gap - bias[source]) ** 2 - passed.before_variance
        top = np.bincount(source, weight**2 * squared, minlength=codes)
        bottom = np.bincount(source, weight**2, minlength=codes)
        common = max(float(top.sum() / bottom.sum()), (0.05 * step) ** 2)
        shrink = _PRIOR_COUNT * float(np.mean(weight**2))
        noise = np.maximum((top + shrink * common) / (bottom + shrink), (0.05 * step) ** 2)
        return parameters.with_(bias=bias, noise=noise)

    def _learn_prior(self, passed: Pass) -> None:
        judgements = self.evidence.judgements
        first = passed.is_first
        if not first.any():
            return
        level = (judgements.level - self.parameters.bias[judgements.source])[first]
        cell = (judgements.person[first], judgements.competency[first])
        self.prior = learn_prior(self.start, self.asked, self.tier, cell, level)
        self.means = self.prior.means(self.dataset, self.rows)

    def _learn_reviews(self, passed: Pass) -> None:
        """Regress how far first judgements lie above the prior on the person's mean review standing."""
        appraisals, judgements = self.evidence.appraisals, self.evidence.judgements
        if len(appraisals.person) < 2:
            return
        count = np.bincount(appraisals.person, minlength=self.evidence.people)
        standing = np.bincount(appraisals.person, appraisals.z, minlength=self.evidence.people)
        first = passed.is_first & (count[judgements.person] > 0)
        if first.sum() < 2:
            return
        person = judgements.person[first]
        z = standing[person] / count[person]
        above = (judgements.level - self.parameters.bias[judgements.source])[first]
        above = above - self.means[person, judgements.competency[first]]
        slope = float(z @ above / (len(z) + _PRIOR_COUNT)) / self.parameters.spread**2
        most = 0.9 / self.parameters.spread
        self.parameters = self.parameters.with_(review_slope=float(np.clip(slope, 0.0, most)))
