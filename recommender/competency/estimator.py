"""`CompetencyEstimator`: from positions, training, assessments and reviews to what each person can do."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recommender.competency.evidence import Evidence, gather_evidence, years
from recommender.competency.filter import forward, levels_at
from recommender.competency.learning import learn
from recommender.competency.model import Model
from recommender.competency.scales import first_model
from recommender.dataset import Dataset
from recommender.domain import FloatArray, IntArray, Vocabulary

_BATCH = 2000  # people at a time: bounds memory to some 100 MB with 100 competencies


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
    rounds : rounds of learning; each takes one pass over the evidence, one regression and some steps uphill.
    factors : person factors: how many ways there are in which a person's competencies go together.
    sample : at most so many people are used to learn the model; all are estimated.
    random_state : seed of that sample.

    Attributes
    ----------
    model_ : prior, parameters and severities; `model_.parameters.bias` belongs to `model_.sources`.

    Examples
    --------
    >>> estimator = CompetencyEstimator().fit(dataset)  # doctest: +SKIP
    >>> estimator.estimate(dataset).mean.shape  # doctest: +SKIP
    (300, 71)
    """

    rounds: int = 3
    factors: int = 1
    sample: int = 2000
    random_state: int = 0

    def fit(self, dataset: Dataset) -> CompetencyEstimator:
        """Learn how much each source is worth; data without assessments leave the plain prior."""
        names = tuple(sorted({str(source) for source in np.unique(dataset.assessments.source.astype(str))}))
        references = dataset.policy.assessments.reference_sources
        is_reference = np.array([name in references for name in names], dtype=bool)
        people = self._people_to_learn_from(dataset)
        evidence = gather_evidence(dataset, people, names)
        first = first_model(dataset, names, self.factors, self.random_state)
        self.model_: Model = learn(dataset, people, evidence, first, is_reference, rounds=self.rounds)
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
        check_is_fitted(self, "model_")
        if as_of is None:
            known, day = dataset, dataset.as_of
        else:
            day = as_of.astype("datetime64[D]")
            known = dataset if day >= dataset.as_of else dataset.before(day + np.timedelta64(1, "D"))
        chosen = np.arange(len(dataset.employees.ids)) if rows is None else rows
        year = float(years(np.array([day], dtype="datetime64[D]"))[0])
        parts = [self._levels(known, chosen[at : at + _BATCH], year) for at in range(0, len(chosen), _BATCH)]
        mean, variance, count = (np.concatenate(part) for part in zip(*parts, strict=True))
        return Beliefs(
            dataset.employees.ids if rows is None else Vocabulary(dataset.employees.ids[r] for r in chosen),
            dataset.competencies.ids,
            mean,
            np.sqrt(variance),
            count,
        )

    def with_pseudonyms(self, pseudonym: Callable[[str], str], *, plain_data: bool) -> CompetencyEstimator:
        """Return the same estimator with assessors known by pseudonyms, not ids.

        Parameters
        ----------
        plain_data : whether it will read data with plain ids; else data whose ids are pseudonyms too.
        """
        check_is_fitted(self, "model_")
        known = copy(self)
        severities = self.model_.severities.stored_as(pseudonym)
        if plain_data:
            severities = replace(self.model_.severities, pseudonym=pseudonym)
        known.model_ = replace(self.model_, severities=severities)
        return known

    def predict(self, dataset: Dataset) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation foreseen for each assessment, shape (rows,), table order.

        Each row is foreseen from strictly earlier evidence only; rows of one day do not see each other.
        """
        check_is_fitted(self, "model_")
        mean, sd = np.empty((2, len(dataset.assessments)))
        people = len(dataset.employees.ids)
        for at in range(0, people, _BATCH):
            rows = np.arange(at, min(at + _BATCH, people))
            model, evidence = self._gathered(dataset, rows)
            start = model.start(dataset, rows)
            readings = model.read(evidence, start)
            _, foreseen = forward(evidence, start, readings, model.parameters, foresee=True)
            row = evidence.judgements.row
            mean[row] = foreseen.mean + readings.offset
            sd[row] = np.sqrt(foreseen.variance + model.parameters.noise[evidence.judgements.source])
        return mean, sd

    def _levels(
        self, dataset: Dataset, rows: IntArray, year: float
    ) -> tuple[FloatArray, FloatArray, IntArray]:
        """Return mean, variance and evidence of some people's levels at a day."""
        model, evidence = self._gathered(dataset, rows)
        start = model.start(dataset, rows)
        state, _ = forward(evidence, start, model.read(evidence, start), model.parameters)
        return *levels_at(state, start, model.parameters, year), state.count

    def _gathered(self, dataset: Dataset, rows: IntArray) -> tuple[Model, Evidence]:
        """Return the evidence on some people and the model, widened by the sources it did not meet."""
        names = np.unique(dataset.assessments.source.astype(str))
        model = self.model_.with_sources({str(name) for name in names})
        return model, gather_evidence(dataset, rows, model.sources)

    def _people_to_learn_from(self, dataset: Dataset) -> IntArray:
        people = np.unique(dataset.assessments.employee)
        if len(people) <= self.sample:
            return people
        rng = np.random.default_rng(self.random_state)
        return np.sort(rng.choice(people, self.sample, replace=False))
