"""`CompetencyEstimator`: from positions, training, assessments and reviews to what each person can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from recommender.competency.anticipation import moves
from recommender.competency.evidence import Evidence, gather_evidence, years
from recommender.competency.filter import Levels, forward, levels_at
from recommender.competency.following import Follower, days_of_evidence
from recommender.competency.learning import Learner, learn
from recommender.competency.lifts import Lifts, measure_lifts, no_lifts
from recommender.competency.model import Model, Shares
from recommender.competency.rows import MOST_ROWS
from recommender.competency.scales import first_model
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray, Vocabulary
from recommender.errors import UnknownEmployee, UnknownSource

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
    sample : about so many assessments teach the variances, unit by unit in random order; ten times as many
        prior, biases and severities. All people are estimated.
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
    sample: int = 30_000
    random_state: int = 0

    def fit(self, dataset: Dataset) -> CompetencyEstimator:
        """Learn how much each source is worth; data without assessments leave the plain prior."""
        self._check_parameters()
        names = tuple(sorted({str(source) for source in np.unique(dataset.assessments.source.astype(str))}))
        is_reference = _references(dataset, names)
        first = first_model(dataset, names, self.factors, self.random_state)
        few, many = (self._people_to_learn_from(dataset, rows) for rows in (self.sample, 10 * self.sample))
        self.model_: Model = learn(dataset, few, many, first, is_reference, rounds=self.rounds)
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
        known, day = _known_at(dataset, as_of)
        wanted = np.arange(len(dataset.employees.ids)) if rows is None else np.asarray(rows, dtype=np.int64)
        chosen, place = np.unique(wanted, return_inverse=True)  # a person may be asked for twice
        batches = range(0, max(len(chosen), 1), _BATCH)
        found = [self._levels(known, chosen[at : at + _BATCH], day) for at in batches]
        count = np.concatenate([count for _, count in found])
        mean = np.concatenate([levels.mean for levels, _ in found])
        variance = np.concatenate([levels.variance for levels, _ in found])
        return Beliefs(
            dataset.employees.ids if rows is None else Vocabulary(dataset.employees.ids[r] for r in wanted),
            dataset.competencies.ids,
            mean[place],
            np.sqrt(variance)[place],
            count[place],
        )

    def follow(self, dataset: Dataset, employee_id: str) -> Follower:
        """Return the belief about one employee, to be kept up to date record by record.

        Raises
        ------
        UnknownEmployee
            No employee has this id.
        """
        check_is_fitted(self, "model_")
        row = dataset.employees.ids.row(employee_id)
        if row == MISSING:
            raise UnknownEmployee([employee_id], [0], len(dataset.employees.ids))
        mine = np.array([row])
        model, evidence = self._gathered(dataset, mine)
        start = model.start(dataset, mine)
        state, _ = forward(evidence, start, model.read(evidence, start), model.parameters)
        days = days_of_evidence(dataset, row)
        dated = days[~np.isnat(days)]
        latest = dated.max() if len(dated) else np.datetime64("NaT", "D")
        return Follower(model, start, state, row, latest)

    def measure_lifts(self, dataset: Dataset, *, by_entry: bool = False) -> Lifts:
        """Return what all judgements of the data that it was fitted to say of each program.

        Parameters
        ----------
        by_entry : whether to tell apart those who entered below the entry level.
        """
        check_is_fitted(self, "model_")
        if not len(dataset.assessments):
            return no_lifts(dataset, self.model_.parameters.fading)
        names = self.model_.sources
        first = first_model(dataset, names, self.factors, self.random_state)
        everybody = np.arange(len(dataset.employees.ids))
        learner = Learner(dataset, everybody, first, _references(dataset, names))
        learner.model = replace(self.model_, shares=None)  # what was measured before is no evidence
        return measure_lifts(learner, by_entry=by_entry)

    def with_shares(self, shares: Shares) -> CompetencyEstimator:
        """Return the same estimator, to which a training adds what its program was measured to realise."""
        check_is_fitted(self, "model_")
        known = copy(self)
        known.model_ = replace(self.model_, shares=shares)
        return known

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

    def anticipate(self, dataset: Dataset, source: str, rows: IntArray) -> FloatArray:
        """Return how far a judgement by `source` would move what is believed, shape (n, C judged, C).

        `[e, c, d]` is the standard deviation, seen from today, of the move of the mean of level d when e is
        judged in c; the variance of d falls by its square.

        Raises
        ------
        UnknownSource
            Neither these data nor those learnt from hold an assessment by this source.
        """
        return np.asarray(self.anticipate_each(dataset, [source], rows)[0])

    def anticipate_each(self, dataset: Dataset, sources: Sequence[str], rows: IntArray) -> FloatArray:
        """Return the same for each of some sources, shape (sources, n, C judged, C).

        Raises
        ------
        UnknownSource
            Neither these data nor those learnt from hold an assessment by some source.
        """
        check_is_fitted(self, "model_")
        model = self._model_for(dataset)
        for source in sources:
            if source not in model.sources:
                raise UnknownSource(source, model.sources)
        levels, _ = self._levels(dataset, rows, dataset.as_of)
        return np.stack([moves(levels, model.parameters, model.sources.index(one)) for one in sources])

    def _check_parameters(self) -> None:
        for name in ("rounds", "factors", "sample"):
            value = getattr(self, name)
            if value < 1:
                raise ValueError(f"{name} = {value!r} will not do; it must be at least 1.")

    def _levels(self, dataset: Dataset, rows: IntArray, day: np.datetime64) -> tuple[Levels, IntArray]:
        """Return some people's levels at a day, and the evidence they rest on."""
        model, evidence = self._gathered(dataset, rows)
        start = model.start(dataset, rows)
        state, _ = forward(evidence, start, model.read(evidence, start), model.parameters)
        year = float(years(np.array([day], dtype="datetime64[D]"))[0])
        return levels_at(state, start, model.parameters, year), state.count

    def _gathered(self, dataset: Dataset, rows: IntArray) -> tuple[Model, Evidence]:
        """Return the evidence on some people and the model, widened by the sources it did not meet."""
        model = self._model_for(dataset)
        return model, gather_evidence(dataset, rows, model.sources)

    def _model_for(self, dataset: Dataset) -> Model:
        names = np.unique(dataset.assessments.source.astype(str))
        return self.model_.with_sources({str(name) for name in names})

    def _people_to_learn_from(self, dataset: Dataset, rows: int) -> IntArray:
        """Return people with about so many rows of evidence, unit by unit.

        Assessors judge the people of a unit: drawn one by one, hardly two people would share an assessor.
        """
        count = np.bincount(dataset.assessments.employee, minlength=len(dataset.employees.ids))
        count = np.minimum(count, MOST_ROWS)
        judged = np.flatnonzero(count)
        if count.sum() <= rows:
            return judged
        unit = dataset.employees.unit[judged]
        _, cluster = np.unique(np.where(unit == MISSING, -1 - judged, unit), return_inverse=True)
        place = np.random.default_rng(self.random_state).permutation(cluster.max(initial=0) + 1)
        order = judged[np.argsort(place[cluster], kind="stable")]
        enough = int(np.searchsorted(np.cumsum(count[order]), rows)) + 1
        return np.sort(order[:enough])


def _references(dataset: Dataset, sources: tuple[str, ...]) -> BoolArray:
    """Return for each source whether the others are measured against it."""
    references = dataset.policy.assessments.reference_sources
    return np.array([name in references for name in sources], dtype=bool)


def _known_at(dataset: Dataset, as_of: np.datetime64 | None) -> tuple[Dataset, np.datetime64]:
    """Return what was known on a day, that day's records included, and the day."""
    if as_of is None:
        return dataset, dataset.as_of
    day = np.datetime64(str(as_of), "D")  # a date or its ISO text will do
    return dataset if day >= dataset.as_of else dataset.before(day + np.timedelta64(1, "D")), day
