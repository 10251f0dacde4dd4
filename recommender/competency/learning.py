"""Learning the model from the judgements themselves, by maximum likelihood.

Three steps take turns for a few rounds: the filter says what lift each training promised at the level of
its day; one regression (`means.py`) finds prior, biases, severities and the realised share of training; and
L-BFGS climbs the likelihood (`likelihood.py`) of what remains in spread, fading, loadings, noises and habits.

Where data are few, a stated prior speaks: each standard deviation starts from a guess in steps of the scale
and is held there as by a normal prior of deviation 1 on its logarithm; it yields to dozens of judgements.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags_array

from recommender.competency.evidence import Evidence, gather_evidence
from recommender.competency.filter import forward
from recommender.competency.likelihood import Doubt, Likelihood
from recommender.competency.means import (
    Apply,
    Design,
    Expected,
    Solution,
    Whitening,
    design,
    solve,
    variance_of,
    with_share,
)
from recommender.competency.model import Model, Severities
from recommender.competency.prior import asked_levels, tiers_of
from recommender.competency.rows import lay_out
from recommender.competency.scales import Scales
from recommender.competency.training import SHARE, SHARE_SD
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray, Vocabulary

_LEAST_JUDGED = 2  # an assessor of fewer people is not told apart from the others
_STEPS = 12  # of L-BFGS in each round
_LINE = (0.5, 0.3, 1.0)  # how surely the plain prior is expected: steps, steps per step, steps
_BIAS = 0.5  # standard deviation of the biases of sources, in steps
_TILT = 0.2  # standard deviation of the rise of a bias with the level asked
_SHIFT = 0.3  # where the standard deviation of the shifts starts, in steps


def learn(
    dataset: Dataset, few: IntArray, many: IntArray, first: Model, is_reference: BoolArray, *, rounds: int
) -> Model:
    """Return the model fitted to the evidence on some employees.

    Parameters
    ----------
    few, many : rows of the employees that variances are learnt from, and that means are learnt from.
    is_reference : for each source, whether its bias is zero by definition, shape (sources,).
    rounds : how often the three steps are taken.
    """
    learner = Learner(dataset, few, first, is_reference)
    if not len(learner.rows.judged):
        return first
    for _ in range(rounds):
        learner.foresee()
        learner.regress()
        learner.climb()
    if len(many) > len(few):
        learner = learner.among(many)
    learner.foresee()
    learner.regress()
    learner.weigh_biases()
    return learner.model


class Learner:
    """The state of learning: a model, improved step by step."""

    def __init__(self, dataset: Dataset, people: IntArray, first: Model, is_reference: BoolArray) -> None:
        self.dataset, self.people, self.is_reference = dataset, people, is_reference
        self.evidence = evidence = gather_evidence(dataset, people, first.sources)
        self.known, self.assessor_source = repeated_assessors(evidence)
        self.untouched = first
        first = _centred(first, dataset, people, evidence)
        first = _without_strangers(first, self.assessor_source)
        self.first = self.model = first
        # Responses are measured against the reference sources; without any, all are taken to show everything.
        self.is_standard = is_reference if is_reference.any() else np.ones(len(is_reference), dtype=bool)
        self.rows = lay_out(evidence)
        self.columns = self._columns()
        self.tier = self._tiers()
        self.y: FloatArray = self._above_the_line()
        self.residual: FloatArray = self.y
        self.shift_sd = dict.fromkeys(
            ("competency", "tier", "position", "service"), _SHIFT * first.parameters.step
        )
        self.planned: FloatArray = np.zeros(len(evidence.trainings.person))
        self.entering: FloatArray = self.planned
        nothing: FloatArray = np.zeros(len(self.y))
        self.doubt = Doubt(np.full(len(self.y), MISSING), nothing, nothing, nothing)

    def among(self, people: IntArray) -> Learner:
        """Return a learner over more people that starts from what this one has learnt."""
        learner = Learner(self.dataset, people, self.untouched, self.is_reference)
        parameters = self.model.parameters.with_(centre=learner.first.parameters.centre)
        learner.model = replace(self.model, parameters=parameters)
        learner.shift_sd = self.shift_sd
        return learner

    def foresee(self) -> None:
        """Find the level believed on the day of each training, and the lift planned at it."""
        start = self.model.start(self.dataset, self.people)
        readings = self.model.read(self.evidence, start)
        _, foreseen = forward(self.evidence, start, readings, self.model.parameters)
        self.planned, self.entering = foreseen.planned, foreseen.level

    def regress(self) -> None:
        """Find prior, biases, severities and the share of training, given the covariance of the rows."""
        whitening, lifted = self._whiten()
        columns = with_share(self.columns, lifted)
        means = self.expected_means()
        expected = Expected(np.append(means.value, SHARE), np.append(means.precision, SHARE_SD**-2))
        found = solve(columns, self.y, whitening, expected)
        at, value = columns.group, found.value
        self.residual = self.y - self.columns.matrix @ value[: at["share"].start]
        prior = self.first.prior
        self.model = replace(
            self.model,
            prior=replace(
                prior,
                line=prior.line + value[at["line"]],
                competency_shift=value[at["competency"]],
                tier_shift=value[at["tier"]].reshape(prior.tier_shift.shape),
                position_shift=value[at["position"]],
                service_shift=value[at["service"]],
                competency_variance=found.variance[at["competency"]],
                tier_variance=found.variance[at["tier"]].reshape(prior.tier_shift.shape),
                position_variance=found.variance[at["position"]],
            ),
            parameters=self.model.parameters.with_(
                bias=np.where(self.is_reference, 0.0, value[at["bias"]]),
                bias_slope=np.where(self.is_reference, 0.0, value[at["tilt"]]),
                share=float(np.clip(value[at["share"]][0], 0.0, 1.5)),
                severity=self._severity_sd(found, at["assessor"]),
            ),
            severities=self._severities(found, at["assessor"]),
        )
        for name, sd in self.shift_sd.items():
            self.shift_sd[name] = _common_sd(found, at[name], sd)
        self.equations, self.doubt = (columns, whitening, expected), self._doubt(found)

    def climb(self) -> None:
        """Climb the likelihood in everything that makes up the covariance."""
        likelihood, scales = self.likelihood(), Scales(self.first.parameters, self.is_standard)

        def downhill(vector: FloatArray) -> tuple[float, FloatArray]:
            parameters = scales.unpack(vector, self.model.parameters)
            value, gradient = likelihood.value(parameters)
            held, pull = scales.held(vector)
            return -(value + held), -(scales.gradient(gradient, parameters) + pull)

        found = minimize(
            downhill,
            scales.pack(self.model.parameters),
            jac=True,
            method="L-BFGS-B",
            bounds=scales.bounds(),
            options={"maxiter": _STEPS},
        )
        self.model = replace(self.model, parameters=scales.unpack(found.x, self.model.parameters))

    def weigh_biases(self) -> None:
        """Find how surely each source's bias is known, with everything else of the mean unknown too."""
        first = self.columns.group["bias"].start
        variances = [
            0.0 if known else variance_of(first + source, *self.equations)
            for source, known in enumerate(self.is_reference)
        ]
        sd = np.sqrt(np.maximum(variances, 0.0))
        self.model = replace(self.model, parameters=self.model.parameters.with_(bias_sd=sd))

    def _columns(self) -> Design:
        """Return the regression's columns for all rows; a review has no mean of its own."""
        whole = design(self.dataset, self.people, self.evidence, self.first, self.known)
        judged = self.rows.judgement != MISSING
        matrix = diags_array(judged.astype(float)) @ whole.matrix[np.where(judged, self.rows.judgement, 0)]
        return Design(csr_matrix(matrix), whole.group)

    def _tiers(self) -> IntArray:
        """Return the place of each row's tier."""
        tier = self.first.prior.tiers.rows(tiers_of(self.dataset, self.people))
        judged = self.rows.judgement != MISSING
        place = np.full(len(judged), MISSING)
        place[judged] = tier[self.evidence.judgements.person[self.rows.judgement[judged]]]
        return place

    def _above_the_line(self) -> FloatArray:
        """Return each row without what the plain prior expects of it, shape (rows,)."""
        judged, y = self.rows.judged, np.zeros(len(self.rows.judgement))
        reviewed = np.flatnonzero(self.rows.review != MISSING)
        y[reviewed] = self.evidence.appraisals.z[self.rows.review[reviewed]]
        y[judged] = self.evidence.judgements.level[self.rows.judgement[judged]]
        line = self.columns.matrix[:, self.columns.group["line"]]
        return np.asarray(y - line @ self.first.prior.line)

    def likelihood(self) -> Likelihood:
        """Return the likelihood of the rows, given what is expected of each."""
        judgements = self.evidence.judgements
        unknown = self.model.parameters.severity[judgements.source]
        unknown = np.where(self.known[judgements.assessor] == MISSING, unknown, 0.0)
        return Likelihood(
            self.evidence, self.rows, self.residual, self.planned, self.tier, unknown, self.doubt
        )

    def _whiten(self) -> tuple[Whitening, FloatArray]:
        """Return what the covariance of the rows does, and what planned lifts would add to each row."""
        likelihood, parameters = self.likelihood(), self.model.parameters
        loading, noise = likelihood.loadings(parameters), likelihood.noises(parameters)
        lifted, diagonal = np.zeros((2, len(self.y)))
        inverses = []
        for block in self.rows.blocks:
            there = block.row != MISSING
            inverse = np.linalg.inv(likelihood.covariance(parameters, block, loading, noise)[2])
            lifted[block.row[there]] = likelihood.lifts(parameters, block).sum(axis=2)[there]
            diagonal[block.row[there]] = np.diagonal(inverse, axis1=1, axis2=2)[there]
            inverses.append(inverse)
        roots = [np.linalg.cholesky(inverse) for inverse in inverses]
        return Whitening(self._by_block(inverses), self._by_block(roots), diagonal), lifted

    def _by_block(self, matrices: list[FloatArray]) -> Apply:
        """Return the function that multiplies a vector of rows by the matrices of the blocks."""

        def times(vector: FloatArray) -> FloatArray:
            out = np.zeros(len(vector))
            for block, matrix in zip(self.rows.blocks, matrices, strict=True):
                there = block.row != MISSING
                seen = np.where(there, vector[block.row], 0.0)
                out[block.row[there]] = (matrix @ seen[:, :, None])[:, :, 0][there]
            return out

        return times

    def expected_means(self) -> Expected:
        """Return what is expected of each column; the line's plain prior is already taken off."""
        at, step = self.columns.group, self.model.parameters.step
        value, sd = np.zeros((2, at["assessor"].stop))
        sd[at["line"]] = np.array(_LINE) * [step, 1.0, step]
        for name, one in self.shift_sd.items():
            sd[at[name]] = one
        sd[at["bias"]] = np.where(self.is_reference, 0.0, _BIAS * step)
        sd[at["tilt"]] = np.where(self.is_reference, 0.0, _TILT)
        sd[at["assessor"]] = self.model.parameters.severity[self.assessor_source]
        return Expected(value, 1.0 / np.maximum(sd, 1e-4 * step) ** 2)

    def _doubt(self, found: Solution) -> Doubt:
        """Return what the regression leaves unknown of each row's mean."""
        at, judged = self.columns.group, self.rows.judged
        assessor = np.full(len(self.y), MISSING)
        assessor[judged] = self.known[self.evidence.judgements.assessor[self.rows.judgement[judged]]]

        def variance(*names: str) -> FloatArray:
            parts = [self.columns.matrix[:, at[name]] @ found.variance[at[name]] for name in names]
            return np.asarray(sum(parts))

        return Doubt(assessor, variance("assessor"), variance("competency", "tier"), variance("position"))

    def _severity_sd(self, found: Solution, at: slice) -> FloatArray:
        """Return the standard deviation of severities of each source; it stays where no assessor repeats."""
        sd = self.model.parameters.severity.copy()
        square = found.value[at] ** 2 + found.variance[at]
        for source in np.unique(self.assessor_source):
            mine = self.assessor_source == source
            guess = self.first.parameters.severity[source]
            sd[source] = np.sqrt((square[mine].sum() + guess**2) / (mine.sum() + 1.0))
        return np.asarray(sd)

    def _severities(self, found: Solution, at: slice) -> Severities:
        assessors = zip(self.evidence.assessors, self.known, strict=True)
        named = [key for key, place in assessors if place != MISSING]
        return Severities(Vocabulary(named), found.value[at], found.variance[at])


def _centred(model: Model, dataset: Dataset, people: IntArray, evidence: Evidence) -> Model:
    """Return the model with the biases stated at the level that is asked of the judged on average."""
    judgements = evidence.judgements
    asked = asked_levels(dataset, people)[judgements.person, judgements.competency]
    asked = asked[~np.isnan(asked)]
    centre = float(asked.mean()) if len(asked) else 0.0
    return replace(model, parameters=model.parameters.with_(centre=centre))


def _without_strangers(model: Model, assessor_source: IntArray) -> Model:
    """Return the model without severities where no assessor repeats: there they are part of the habit."""
    told_apart = np.isin(np.arange(len(model.sources)), assessor_source)
    severity = np.where(told_apart, model.parameters.severity, 0.0)
    return replace(model, parameters=model.parameters.with_(severity=severity))


def repeated_assessors(evidence: Evidence) -> tuple[IntArray, IntArray]:
    """Return each assessor's place among those of several people, else `MISSING`, and these ones' sources."""
    judgements = evidence.judgements
    pairs = np.unique(np.stack([judgements.assessor, judgements.person], axis=1), axis=0)
    people = np.bincount(pairs[:, 0], minlength=len(evidence.assessors))
    named = np.array([key != "" for key in evidence.assessors], dtype=bool)
    repeated = named & (people >= _LEAST_JUDGED)
    place = np.where(repeated, np.cumsum(repeated) - 1, MISSING)
    source = np.zeros(len(evidence.assessors), dtype=np.int64)
    source[judgements.assessor] = judgements.source
    return place, source[repeated]


def _common_sd(found: Solution, at: slice, guess: float) -> float:
    """Return the standard deviation that shifts of one kind have in common (a step of EM)."""
    square = found.value[at] ** 2 + found.variance[at]
    return float(np.sqrt((square.sum() + guess**2) / (len(square) + 1.0)))
