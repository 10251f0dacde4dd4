"""`CompetencyEstimator`: from positions, training, assessments and reviews to what each person can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recommender.competency.evidence import gather_evidence, years
from recommender.competency.filter import Parameters, forward, let_time_pass
from recommender.competency.learning import learn
from recommender.competency.prior import Prior
from recommender.dataset import Dataset
from recommender.domain import FloatArray, IntArray, Vocabulary


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is believed of n people in C competencies at one date; arrays of shape (n, C).

    Attributes
    ----------
    mean, sd : mean and standard deviation of the level, on the policy's scale.
    evidence : how many assessments and trainings the belief rests on.
    """

    employee_ids: Vocabulary
    competency_ids: Vocabulary
    mean: FloatArray
    sd: FloatArray
    evidence: IntArray


@dataclass(eq=False, repr=False)
class CompetencyEstimator(BaseEstimator):
    """Gaussian beliefs about levels, with the bias and noise of each source learnt from the data.

    Parameters
    ----------
    sweeps : rounds of learning; each takes one forward pass over the evidence.
    sample : at most so many people are used to learn the parameters; all are estimated.
    random_state : seed of that sample.

    Attributes
    ----------
    sources_ : the assessment sources met, in alphabetical order.
    parameters_ : biases, noises, spread, fading and realised share of training.
    prior_ : prior means by level asked, competency and tier.

    Examples
    --------
    >>> estimator = CompetencyEstimator().fit(dataset)  # doctest: +SKIP
    >>> estimator.estimate(dataset).mean.shape  # doctest: +SKIP
    (300, 71)
    """

    sweeps: int = 3
    sample: int = 2000
    random_state: int = 0

    def fit(self, dataset: Dataset) -> CompetencyEstimator:
        """Learn how much each source is worth; data without assessments leave the plain prior."""
        names = sorted({str(source) for source in np.unique(dataset.assessments.source.astype(str))})
        references = dataset.policy.assessments.reference_sources
        self.sources_: tuple[str, ...] = tuple(names)
        is_reference = np.array([name in references for name in names], dtype=bool)
        rows = self._people_to_learn_from(dataset)
        evidence = gather_evidence(dataset, rows, self.sources_)
        learnt = learn(dataset, rows, evidence, is_reference, self.sweeps)
        self.prior_: Prior = learnt.prior
        self.parameters_: Parameters = learnt.parameters
        return self

    def estimate(
        self, dataset: Dataset, as_of: np.datetime64 | None = None, rows: IntArray | None = None
    ) -> Beliefs:
        """Return beliefs at a date.

        Parameters
        ----------
        as_of : the date; evidence after it is not used. None means the data's own date.
        rows : employees to estimate; None means all.
        """
        check_is_fitted(self, "prior_")
        if as_of is None:
            known, day = dataset, dataset.as_of
        else:
            day = as_of.astype("datetime64[D]")
            known = dataset if day >= dataset.as_of else dataset.before(day + np.timedelta64(1, "D"))
        chosen = np.arange(len(dataset.employees.ids)) if rows is None else rows
        sources, parameters = self._with_new_sources(dataset)
        evidence = gather_evidence(known, chosen, sources)
        prior = self.prior_.means(dataset, chosen)
        passed = forward(evidence, prior, parameters)
        year = float(years(np.array([day], dtype="datetime64[D]"))[0])
        mean, variance = let_time_pass(passed, prior, parameters, year)
        return Beliefs(
            dataset.employees.ids if rows is None else Vocabulary(dataset.employees.ids[r] for r in chosen),
            dataset.competencies.ids,
            mean,
            np.sqrt(variance),
            passed.count,
        )

    def predict(self, dataset: Dataset) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation foreseen for each assessment, shape (rows,), table order.

        Each row is foreseen from strictly earlier evidence only; rows of one day do not see each other.
        """
        check_is_fitted(self, "prior_")
        sources, parameters = self._with_new_sources(dataset)
        rows = np.arange(len(dataset.employees.ids))
        evidence = gather_evidence(dataset, rows, sources)
        passed = forward(evidence, self.prior_.means(dataset, rows), parameters)
        source = evidence.judgements.source
        mean, sd = np.empty((2, len(dataset.assessments)))
        mean[evidence.judgements.row] = passed.before_mean + parameters.bias[source]
        sd[evidence.judgements.row] = np.sqrt(passed.before_variance + parameters.noise[source])
        return mean, sd

    def _with_new_sources(self, dataset: Dataset) -> tuple[tuple[str, ...], Parameters]:
        """Add sources that `fit` did not meet: unbiased, and as noisy as the noisiest known one."""
        names = {str(name) for name in dataset.assessments.source}
        new = tuple(sorted(names.difference(self.sources_)))
        known = self.parameters_
        worst = float(known.noise.max()) if len(known.noise) else (0.6 * known.step) ** 2
        parameters = known.with_(
            bias=np.append(known.bias, np.zeros(len(new))),
            noise=np.append(known.noise, np.full(len(new), worst)),
        )
        return self.sources_ + new, parameters

    def _people_to_learn_from(self, dataset: Dataset) -> IntArray:
        people = np.unique(dataset.assessments.employee)
        if len(people) <= self.sample:
            return people
        rng = np.random.default_rng(self.random_state)
        return np.sort(rng.choice(people, self.sample, replace=False))
