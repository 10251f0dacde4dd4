"""The likelihood of all rows of a person at once, and its gradient in closed form.

The rows y of one person are jointly normal around their mean. With H what each factor adds to each row, S the
covariance of the own deviations and T what an uncertain share of training adds,

    V = H Hᵀ + S + T Tᵀ + diag(noise),     S = spread² e^(-fading · years apart)   within a competency
    2 log L = -log|V| - tr(V⁻¹ R),         R = E[(y - mean)(y - mean)ᵀ]
    ∂ log L / ∂V = G / 2,                  G = V⁻¹ R V⁻¹ - V⁻¹

(Rasmussen & Williams, Gaussian Processes for Machine Learning, 5.4.1; R holds the variance of assessors'
severities besides the residuals, as in variational EM). The filter computes the same likelihood step by step;
a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recommender.competency.evidence import Evidence
from recommender.competency.model import Parameters
from recommender.competency.rows import Block, Rows
from recommender.domain import MISSING, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Gradient:
    """Derivatives of the log-likelihood by the parameters of the same name."""

    spread: float
    fading: float
    loading: FloatArray
    share_sd: float
    noise: FloatArray
    habit: FloatArray
    review_slope: FloatArray
    review_habit: float
    review_noise: float
    tier_scale: FloatArray


@dataclass(frozen=True, slots=True)
class Doubt:
    """Variances of the means of the rows, shape (n,); without them what the means overfit would be lost.

    Attributes
    ----------
    assessor, severity : assessor (`MISSING` where not known) and variance that all rows of the assessor share.
    competency : variance that all rows of a person on one competency share.
    person : variance that all rows of a person share.
    """

    assessor: IntArray
    severity: FloatArray
    competency: FloatArray
    person: FloatArray

    def covariance(self, block: Block) -> FloatArray:
        """Return the covariance of the means of a block's rows, shape (P, N, N)."""
        there = block.row != MISSING
        assessor = np.where(there, self.assessor[block.row], MISSING)
        same = (assessor[:, :, None] == assessor[:, None, :]) & (assessor != MISSING)[:, :, None]
        total = np.where(same, self.severity[block.row][:, :, None], 0.0)
        total += np.where(block.alike, self.competency[block.row][:, :, None], 0.0)
        common = np.sqrt(self.person[block.row]) * there
        return np.asarray(total + common[:, :, None] * common[:, None, :])


@dataclass(slots=True)
class Likelihood:
    """Log-likelihood of `rows` as a function of the parameters.

    Attributes
    ----------
    residual : rows minus their mean without what training adds, shape (n,).
    planned : planned lift of each training of the evidence.
    tier : place of each row's tier, shape (n,), `MISSING` without one.
    unknown : standard deviation of the severity of each judgement's assessor where that assessor is not known,
        0 where he is.
    doubt : what is not known of the means.
    """

    evidence: Evidence
    rows: Rows
    residual: FloatArray
    planned: FloatArray
    tier: IntArray
    unknown: FloatArray
    doubt: Doubt

    def loadings(self, parameters: Parameters) -> FloatArray:
        """Return what each factor adds to each row, shape (n, K)."""
        judged, judgements = self.rows.judged, self.evidence.judgements
        which, factors = self.rows.judgement[judged], parameters.loading.shape[1]
        loading = np.zeros((len(self.rows.judgement), parameters.factors))
        loading[:, :-1] = parameters.review_slope
        loading[:, -1] = parameters.review_habit
        loading[judged] = 0.0
        scale = self._scale(parameters)[judged, None]
        loading[judged, :factors] = parameters.loading[judgements.competency[which]] * scale
        source = judgements.source[which]
        loading[judged, factors + source] = np.hypot(parameters.habit[source], self.unknown[which])
        return loading

    def noises(self, parameters: Parameters) -> FloatArray:
        """Return the noise variance of each row, shape (n,)."""
        judged, judgements = self.rows.judged, self.evidence.judgements
        which = self.rows.judgement[judged]
        noise = np.full(len(self.rows.judgement), parameters.review_noise)
        noise[judged] = parameters.noise[judgements.source[which]] / judgements.weight[which]
        return noise

    def covariance(
        self, parameters: Parameters, block: Block, loading: FloatArray, noise: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return S, T and V of a block; people with fewer rows get rows of the identity."""
        spread = parameters.spread * self._scale(parameters)[block.row]
        own = spread[:, :, None] ** 2 * np.exp(-parameters.fading * block.apart) * block.alike
        taught = parameters.share_sd * self.lifts(parameters, block)
        there = block.row != MISSING
        h = loading[block.row] * there[:, :, None]
        diagonal = np.where(there, noise[block.row], 1.0)
        total = h @ h.transpose(0, 2, 1) + own + taught @ taught.transpose(0, 2, 1)
        total += diagonal[:, :, None] * np.eye(there.shape[1])
        return own, taught, total

    def lifts(self, parameters: Parameters, block: Block) -> FloatArray:
        """Return what is left of each training's planned lift at each row, shape (P, N, M)."""
        weight = self.evidence.trainings.weight
        planned = np.where(block.training == MISSING, 0.0, (self.planned * weight)[block.training])
        return np.nan_to_num(planned[:, None, :] * np.exp(-parameters.fading * block.taught))

    def value(self, parameters: Parameters) -> tuple[float, Gradient]:
        """Return the log-likelihood, up to a constant, and its gradient."""
        loading, noise = self.loadings(parameters), self.noises(parameters)
        by_loading, by_noise = np.zeros_like(loading), np.zeros_like(noise)
        by_spread = np.zeros(len(noise))  # by the logarithm of each row's spread
        sums = np.zeros(3)  # log-likelihood; derivatives by fading and by log share_sd
        for block in self.rows.blocks:
            there = block.row != MISSING
            own, taught, total = self.covariance(parameters, block, loading, noise)
            inverse = np.linalg.inv(total)
            lifts = self.lifts(parameters, block)
            late = lifts * np.nan_to_num(block.taught)
            residual = np.where(there, self.residual[block.row], 0.0) - parameters.share * lifts.sum(axis=2)
            drawn = np.einsum("pij,pj->pi", inverse, residual)
            spare = inverse @ self.doubt.covariance(block) @ inverse
            g = drawn[:, :, None] * drawn[:, None, :] + spare - inverse
            logdet = 2.0 * np.log(np.diagonal(np.linalg.cholesky(total), axis1=1, axis2=2)).sum()
            quadratic = float(np.sum(residual * drawn)) + float(np.sum(spare * total))
            by_taught = (g @ taught) * taught
            fade = -0.5 * np.sum(g * own * block.apart) - np.sum(by_taught * np.nan_to_num(block.taught))
            fade -= parameters.share * np.sum(drawn * late.sum(axis=2))
            sums += [-0.5 * (logdet + quadratic), fade, np.sum(by_taught)]
            by_spread[block.row[there]] = (g * own).sum(axis=2)[there]
            h = loading[block.row] * there[:, :, None]
            by_loading[block.row[there]] = (g @ h)[there]
            by_noise[block.row[there]] = 0.5 * np.diagonal(g, axis1=1, axis2=2)[there]
        by_scale = by_spread + self._by_scale(loading, by_loading)
        gradient = self._gradient(parameters, by_loading, by_noise)
        return float(sums[0]), replace(
            gradient,
            spread=float(by_spread.sum()) / parameters.spread,
            fading=sums[1],
            share_sd=sums[2] / parameters.share_sd,
            tier_scale=self._by_tier(parameters, by_scale),
        )

    def _by_scale(self, loading: FloatArray, by_loading: FloatArray) -> FloatArray:
        """Return the derivative by the logarithm of each row's scale, through the person factors."""
        factors = loading.shape[1] - len(self.evidence.sources) - 1
        through = np.sum(by_loading[:, :factors] * loading[:, :factors], axis=1)
        return np.where(self.rows.judgement == MISSING, 0.0, through)

    def _by_tier(self, parameters: Parameters, by_scale: FloatArray) -> FloatArray:
        has = self.tier != MISSING
        tiers = len(parameters.tier_scale)
        return np.bincount(self.tier[has], by_scale[has], tiers) / parameters.tier_scale

    def _scale(self, parameters: Parameters) -> FloatArray:
        """Return the scale of the deviations of each row's person."""
        return np.asarray(np.append(parameters.tier_scale, 1.0)[self.tier])

    def _gradient(self, parameters: Parameters, by_loading: FloatArray, by_noise: FloatArray) -> Gradient:
        judged, judgements = self.rows.judged, self.evidence.judgements
        which, factors = self.rows.judgement[judged], parameters.loading.shape[1]
        source, sources = judgements.source[which], len(parameters.bias)
        competency, competencies = judgements.competency[which], len(parameters.loading)
        reviewed = np.flatnonzero(self.rows.review != MISSING)
        habit = np.hypot(parameters.habit[source], self.unknown[which])
        by_habit = by_loading[judged, factors + source] * parameters.habit[source] / np.maximum(habit, 1e-12)
        scale = self._scale(parameters)[judged]
        by_competency = [
            np.bincount(competency, by_loading[judged, one] * scale, competencies) for one in range(factors)
        ]
        return Gradient(
            spread=0.0,
            fading=0.0,
            loading=np.stack(by_competency, axis=1),
            share_sd=0.0,
            noise=np.bincount(source, by_noise[judged] / judgements.weight[which], sources),
            habit=np.bincount(source, by_habit, sources),
            review_slope=by_loading[reviewed, :-1].sum(axis=0),
            review_habit=float(by_loading[reviewed, -1].sum()),
            review_noise=float(by_noise[reviewed].sum()),
            tier_scale=np.zeros(0),
        )
