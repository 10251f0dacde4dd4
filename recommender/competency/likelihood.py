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

from dataclasses import dataclass

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
    response: FloatArray
    tier_scale: FloatArray


@dataclass(frozen=True, slots=True)
class Doubt:
    """Variances of the means of the rows, shape (n,); without them, noise that the means took up is lost.

    Attributes
    ----------
    assessor, severity : assessor, `MISSING` where not known, and variance that all its rows share.
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
    unknown : standard deviation of the severity of each judgement's assessor where it is not known, else 0.
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
        return np.asarray(noise)

    def covariance(
        self, parameters: Parameters, block: Block, loading: FloatArray, noise: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return S, T and V of a block; people with fewer rows get rows of the identity."""
        spread = parameters.spread * self._scale(parameters, block.row)
        own = spread[:, :, None] * spread[:, None, :] * np.exp(-parameters.fading * block.apart) * block.alike
        taught = self._left(parameters, block, np.sqrt(parameters.lift_variance(self._weight)))
        there = block.row != MISSING
        h = loading[block.row] * there[:, :, None]
        diagonal = np.where(there, noise[block.row], 1.0)
        total = h @ h.transpose(0, 2, 1) + own + taught @ taught.transpose(0, 2, 1)
        total += diagonal[:, :, None] * np.eye(there.shape[1])
        return own, taught, total

    def lifts(self, parameters: Parameters, block: Block) -> FloatArray:
        """Return what is left of each training's planned lift at each row, shape (P, N, M)."""
        return self._left(parameters, block, self._weight)

    def _of(self, values: FloatArray, block: Block) -> FloatArray:
        """Return the values of a block's trainings, shape (P, M); 0 where there are fewer."""
        return np.where(block.training == MISSING, 0.0, values[block.training])

    @property
    def _weight(self) -> FloatArray:
        return self.evidence.trainings.weight

    def _left(self, parameters: Parameters, block: Block, part: FloatArray) -> FloatArray:
        """Return what each row shows of a part of each training's planned lift, shape (P, N, M)."""
        planned = self._of(self.planned * part, block)
        left = np.nan_to_num(planned[:, None, :] * np.exp(-parameters.fading * block.taught))
        return np.asarray(left * self._response(parameters, block.row)[:, :, None])

    def value(self, parameters: Parameters) -> tuple[float, Gradient]:
        """Return the log-likelihood, up to a constant, and its gradient."""
        slopes = _Slopes(self.loadings(parameters), self.noises(parameters))
        for block in self.rows.blocks:
            self._add(parameters, block, slopes)
        return slopes.value, self._gradient(parameters, slopes)

    def _add(self, parameters: Parameters, block: Block, slopes: _Slopes) -> None:
        """Add what a block of people says."""
        there = block.row != MISSING
        row = block.row[there]
        own, taught, total = self.covariance(parameters, block, slopes.loading, slopes.noise)
        lifts, since = self.lifts(parameters, block), np.nan_to_num(block.taught)
        residual = np.where(there, self.residual[block.row], 0.0) - parameters.share * lifts.sum(axis=2)
        inverse = np.linalg.inv(total)
        drawn = np.einsum("pij,pj->pi", inverse, residual)
        spare = inverse @ self.doubt.covariance(block) @ inverse
        g = drawn[:, :, None] * drawn[:, None, :] + spare - inverse
        half_logdet = np.log(np.diagonal(np.linalg.cholesky(total), axis1=1, axis2=2)).sum()
        slopes.value -= float(half_logdet + 0.5 * (np.sum(residual * drawn) + np.sum(spare * total)))
        by_taught = (g @ taught) * taught
        certain = self._weight * parameters.share_sd**2 / parameters.lift_variance(self._weight)
        slopes.by_share_sd += float(np.sum(by_taught.sum(axis=1) * self._of(certain, block)))
        slopes.by_fading -= float(0.5 * np.sum(g * own * block.apart) + np.sum(by_taught * since))
        slopes.by_fading -= parameters.share * float(np.sum(drawn * (lifts * since).sum(axis=2)))
        slopes.by_spread[row] = (g * own).sum(axis=2)[there]
        slopes.by_lift[row] = (by_taught.sum(axis=2) + parameters.share * drawn * lifts.sum(axis=2))[there]
        slopes.by_loading[row] = (g @ (slopes.loading[block.row] * there[:, :, None]))[there]
        slopes.by_noise[row] = 0.5 * np.diagonal(g, axis1=1, axis2=2)[there]

    def _gradient(self, parameters: Parameters, slopes: _Slopes) -> Gradient:
        judged, judgements = self.rows.judged, self.evidence.judgements
        which, factors = self.rows.judgement[judged], parameters.loading.shape[1]
        source, sources = judgements.source[which], len(parameters.bias)
        competency, competencies = judgements.competency[which], len(parameters.loading)
        reviewed = np.flatnonzero(self.rows.review != MISSING)
        habit = np.maximum(np.hypot(parameters.habit[source], self.unknown[which]), 1e-12)
        by_habit = slopes.by_loading[judged, factors + source] * parameters.habit[source] / habit
        by_scale = self._by_scale(parameters, slopes)
        by_loading = slopes.by_loading[judged, :factors] * self._scale(parameters)[judged, None]
        return Gradient(
            spread=float(slopes.by_spread.sum()) / parameters.spread,
            fading=slopes.by_fading,
            loading=np.stack([_sums(competency, one, competencies) for one in by_loading.T], axis=1),
            share_sd=slopes.by_share_sd / parameters.share_sd,
            noise=_sums(source, slopes.by_noise[judged] / judgements.weight[which], sources),
            habit=_sums(source, by_habit, sources),
            review_slope=slopes.by_loading[reviewed, :-1].sum(axis=0),
            review_habit=float(slopes.by_loading[reviewed, -1].sum()),
            review_noise=float(slopes.by_noise[reviewed].sum()),
            response=_sums(source, (slopes.by_lift + by_scale)[judged], sources) / parameters.response,
            tier_scale=self._by_tier(parameters, by_scale),
        )

    def _by_scale(self, parameters: Parameters, slopes: _Slopes) -> FloatArray:
        """Return the derivative by the logarithm of each row's scale."""
        factors = parameters.loading.shape[1]
        through = np.sum(slopes.by_loading[:, :factors] * slopes.loading[:, :factors], axis=1)
        return np.asarray(slopes.by_spread + np.where(self.rows.judgement == MISSING, 0.0, through))

    def _by_tier(self, parameters: Parameters, by_scale: FloatArray) -> FloatArray:
        has = self.tier != MISSING
        total = _sums(self.tier[has], by_scale[has], len(parameters.tier_scale))
        return np.asarray(total / parameters.tier_scale)

    def _scale(self, parameters: Parameters, rows: IntArray | slice = slice(None)) -> FloatArray:
        """Return the scale of the deviations of rows: of the person's tier times the source's response."""
        tier_scale = np.append(parameters.tier_scale, 1.0)[self.tier[rows]]
        return np.asarray(tier_scale * self._response(parameters, rows))

    def _response(self, parameters: Parameters, rows: IntArray | slice) -> FloatArray:
        judgement = self.rows.judgement[rows]
        if not len(parameters.response):
            return np.ones(judgement.shape)
        source = (
            self.evidence.judgements.source[judgement] if len(self.evidence.judgements.source) else judgement
        )
        return np.asarray(np.where(judgement == MISSING, 1.0, parameters.response[source]))


class _Slopes:
    """The likelihood so far, and its derivatives by what the parameters make of each row."""

    def __init__(self, loading: FloatArray, noise: FloatArray) -> None:
        self.loading, self.noise = loading, noise
        self.value = self.by_fading = self.by_share_sd = 0.0
        self.by_loading, self.by_noise = np.zeros_like(loading), np.zeros_like(noise)
        # By the logarithms of each row's spread, and of what it shows of trainings.
        self.by_spread, self.by_lift = np.zeros_like(noise), np.zeros_like(noise)


def _sums(group: IntArray, value: FloatArray, groups: int) -> FloatArray:
    return np.bincount(group, value, groups).astype(float)
