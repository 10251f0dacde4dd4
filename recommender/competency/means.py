"""What is expected of each judgement, learnt by one penalised regression over all of them.

The mean of a judgement is linear in the line of the prior, its shifts, the biases of the sources, the
severities of the assessors and the realised share of training. Given the covariance V of the rows, all of
them together are the solution of Henderson's mixed model equations (XᵀV⁻¹X + Λ) b = XᵀV⁻¹y + Λ b₀
(Henderson 1975; Searle, Casella & McCulloch, Variance Components, 7.4), solved by conjugate gradients, so
that thousands of assessors cost no matrix of their number squared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack
from scipy.sparse.linalg import LinearOperator, cg

from recommender.competency.evidence import Evidence
from recommender.competency.model import Model
from recommender.competency.prior import line_design, positions_of, service_weights, tiers_of
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray

Apply = Callable[[FloatArray], FloatArray]

_DRAWS = 6  # draws of all coefficients by which variances are set right
_ROUGHLY, _EXACTLY = 1e-3, 1e-8  # relative residual of the solver


@dataclass(frozen=True, slots=True)
class Design:
    """Columns of the regression: a sparse matrix (rows, columns) and which group each stretch belongs to.

    The groups are line, competency, tier, position, service, bias, tilt (bias by level asked), assessor and
    share.
    """

    matrix: csr_matrix
    group: dict[str, slice]


@dataclass(frozen=True, slots=True)
class Expected:
    """Prior knowledge of the columns: their expected values and precisions, shape (columns,)."""

    value: FloatArray
    precision: FloatArray


@dataclass(frozen=True, slots=True)
class Whitening:
    """The covariance V of the rows, known by what it does to a vector of rows.

    Attributes
    ----------
    inverse : multiplies by V⁻¹.
    root : multiplies by a K with K Kᵀ = V⁻¹.
    diagonal : of V⁻¹, shape (rows,).
    """

    inverse: Apply
    root: Apply
    diagonal: FloatArray


@dataclass(frozen=True, slots=True)
class Solution:
    """Coefficients and their variances, shape (columns,).

    A variance is that of the coefficient with the other columns known, corrected from draws: times what not
    knowing the others costs its group on average; shifts of the prior by what they come to together.
    """

    value: FloatArray
    variance: FloatArray


def design(dataset: Dataset, people: IntArray, evidence: Evidence, model: Model, known: IntArray) -> Design:
    """Return the columns for all judgements of the evidence, without the share of training.

    Parameters
    ----------
    known : for each of `evidence.assessors`, its place among the assessors that get a severity, or `MISSING`.
    """
    judgements, prior, start = evidence.judgements, model.prior, model.start(dataset, people)
    served = np.maximum(evidence.turn_year[judgements.turn] - start.hired[judgements.person], 0.0)
    above = start.above_centre[judgements.person, judgements.competency]
    tiers, competencies = prior.tier_shift.shape
    tier = prior.tiers.rows(tiers_of(dataset, people))[judgements.person]
    in_tier = np.where(tier == MISSING, MISSING, tier * competencies + judgements.competency)
    position = positions_of(dataset, people, prior.positions)[judgements.person]
    line = line_design(dataset, people)[judgements.person, judgements.competency]
    parts = {
        "line": csr_matrix(line),
        "competency": _indicator(judgements.competency, competencies),
        "tier": _indicator(in_tier, tiers * competencies),
        "position": _indicator(position, len(prior.positions)),
        "service": csr_matrix(service_weights(served)),
        "bias": _indicator(judgements.source, len(evidence.sources)),
        "tilt": csr_matrix(_indicator(judgements.source, len(evidence.sources)).multiply(above[:, None])),
        "assessor": _indicator(known[judgements.assessor], int(known.max(initial=-1)) + 1),
    }
    edges = np.concatenate([[0], np.cumsum([part.shape[1] for part in parts.values()])])
    group = {name: slice(edges[one], edges[one + 1]) for one, name in enumerate(parts)}
    return Design(csr_matrix(hstack(list(parts.values()))), group)


def with_share(columns: Design, lifted: FloatArray) -> Design:
    """Return the design with what full realisation of the planned lifts would add to each row."""
    width = columns.matrix.shape[1]
    matrix = csr_matrix(hstack([columns.matrix, csr_matrix(lifted[:, None])]))
    return Design(matrix, {**columns.group, "share": slice(width, width + 1)})


def solve(columns: Design, y: FloatArray, whitening: Whitening, expected: Expected) -> Solution:
    """Return the coefficients of the regression of y."""
    x = columns.matrix
    diagonal = np.asarray(x.multiply(x).T @ whitening.diagonal).ravel() + expected.precision
    equations = _Equations(columns, whitening, expected, diagonal)
    value = equations.solve(x.T @ whitening.inverse(y) + expected.precision * expected.value, _EXACTLY)
    variance = 1.0 / diagonal
    draws = [equations.draw(np.random.default_rng(seed)) for seed in range(_DRAWS)]
    for name in ("line", "service", "bias", "tilt", "assessor", "share"):
        group = columns.group[name]
        drawn = sum(float(np.sum(off[group] ** 2)) for off in draws) / _DRAWS
        if group.stop > group.start:
            variance[group] *= max(drawn / variance[group].sum(), 1.0)
    variance[columns.group["competency"]] += _in_common(columns, variance, draws)
    return Solution(value, variance)


def _in_common(columns: Design, variance: FloatArray, draws: list[FloatArray]) -> float:
    """Return the variance of prior means that the variances of their shifts, added up, leave out.

    The errors of the shifts of competency, tier and position partly cancel each other and those of the line
    and of the biases, so that what they come to together is measured on the rows.
    """
    first, end = columns.group["competency"].start, columns.group["position"].stop
    x, last = columns.matrix, columns.group["tilt"].stop
    judged = np.asarray(abs(x).sum(axis=1)).ravel() > 0  # a review has no mean of its own
    together = np.mean([np.mean((x[judged, :last] @ off[:last]) ** 2) for off in draws])
    apart = np.mean(x[judged, first:end] @ variance[first:end])
    return max(float(together - apart), 0.0)


def variance_of(column: int, columns: Design, whitening: Whitening, expected: Expected) -> float:
    """Return the variance of one coefficient with all the others unknown."""
    x = columns.matrix
    diagonal = np.asarray(x.multiply(x).T @ whitening.diagonal).ravel() + expected.precision
    unit = np.zeros(len(diagonal))
    unit[column] = 1.0
    return float(_Equations(columns, whitening, expected, diagonal).solve(unit, _EXACTLY)[column])


@dataclass(frozen=True, slots=True)
class _Equations:
    """The mixed model equations, solved by conjugate gradients in units of the diagonal's root."""

    columns: Design
    whitening: Whitening
    expected: Expected
    diagonal: FloatArray

    def solve(self, right: FloatArray, exactness: float) -> FloatArray:
        width = len(right)
        root = np.sqrt(self.diagonal)  # in units in which the columns are alike, whatever the scale of levels
        left = LinearOperator((width, width), matvec=lambda b: self._times(b / root) / root, dtype=float)
        found, _ = cg(left, right / root, rtol=exactness, maxiter=1000)
        return np.asarray(found / root)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return by how much the coefficients of one draw from what is known of them lie off."""
        x, precision = self.columns.matrix, self.expected.precision
        noise = x.T @ self.whitening.root(rng.standard_normal(x.shape[0]))
        return self.solve(noise + np.sqrt(precision) * rng.standard_normal(len(precision)), _ROUGHLY)

    def _times(self, b: FloatArray) -> FloatArray:
        x = self.columns.matrix
        return np.asarray(x.T @ self.whitening.inverse(x @ b) + self.expected.precision * b)


def _indicator(place: IntArray, width: int) -> csr_matrix:
    """Return a matrix with a one in column `place` of each row; none where it is `MISSING`."""
    rows = np.flatnonzero(place != MISSING)
    return csr_matrix((np.ones(len(rows)), (rows, place[rows])), shape=(len(place), width))
