"""The model of levels: what is learnt, and what it says of people and readings before any evidence.

Person e has factors F ~ N(0, I): one or more *person factors*, shared by all competencies; one *habit* per
source, what that source always sees too high or too low in this person; and one habit of performance reviews.

    level(e, c, t) = prior(e, c) + shift by service(e, t) + loading_c · F + own deviation(e, c, t)
    judgement      = expected level + bias of the source + severity of the assessor
                     + response of the source · (level - expected level) + habit + noise
    review         = slope · (person factors, habits) + habit of reviews + noise

Loadings and own deviations are larger in some tiers than in others, by a factor learnt for each tier. The own
deviation is a mean-reverting Gaussian process (Ornstein-Uhlenbeck) with standard deviation `spread`
and rate `fading`. Given F the competencies of a person are independent, which is what keeps the filter
(`filter.py`) in closed form and linear in the evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from recommender.competency.evidence import Evidence, years
from recommender.competency.prior import KNOTS, Prior, asked_levels, tiers_of
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray, Vocabulary


@dataclass(frozen=True, slots=True)
class Parameters:
    """Numbers learnt from the data; J sources, C competencies, R person factors.

    Attributes
    ----------
    spread : standard deviation of a person's own deviation in a competency, in levels.
    fading : rate of return to the prior, per year.
    loading : standard deviation that each person factor adds to a level, shape (C, R).
    tier_scale : by how much deviations in each of the prior's tiers exceed the usual, shape (tiers,).
    share, share_sd : mean and standard deviation of the part of a planned lift that is realised.
    bias, bias_sd : bias of each source where `centre` is asked, and its standard error, shape (J,).
    bias_slope : rise of the bias with the level asked, shape (J,): the weak may flatter themselves more.
    centre : average level asked where people were judged.
    response : how much of a difference in level a source shows, shape (J,); 1 for the reference sources. Who
        judges himself shows less than all of it.
    noise : noise variance of one judgement of each source, shape (J,).
    habit : standard deviation of a source's habit with a person, shape (J,).
    severity : standard deviation of the assessors of each source, shape (J,).
    review_slope : what each person factor and each habit adds to a review's standing, shape (R + J,); the
        superior who writes the review often is the one who judges.
    review_habit, review_noise : standard deviation of the habit of reviews, variance of their noise.
    step : a fifth of the level scale.
    """

    spread: float
    fading: float
    loading: FloatArray
    tier_scale: FloatArray
    share: float
    share_sd: float
    bias: FloatArray
    bias_sd: FloatArray
    bias_slope: FloatArray
    centre: float
    response: FloatArray
    noise: FloatArray
    habit: FloatArray
    severity: FloatArray
    review_slope: FloatArray
    review_habit: float
    review_noise: float
    step: float

    @property
    def factors(self) -> int:
        """Number of factors of a person: person factors, habits of the sources, habit of reviews."""
        return int(self.loading.shape[1]) + len(self.bias) + 1

    def lift_variance(self, weight: FloatArray) -> FloatArray:
        """Return the variance of what is realised of a planned lift of one level, by the record's weight."""
        return lift_variance(weight, self.share, self.share_sd)

    def with_(self, **changes: float | FloatArray) -> Parameters:
        """Return a copy with some values changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def lift_variance(weight: FloatArray, share: FloatArray | float, share_sd: FloatArray | float) -> FloatArray:
    """Return the variance of what is realised of a planned lift of one level; shapes broadcast.

    A record of weight w taught something with probability w, and nothing else.
    """
    return np.asarray(weight * np.square(share_sd) + weight * (1.0 - weight) * np.square(share))


@dataclass(frozen=True, slots=True)
class Shares:
    """What part of its planned lift each program realises in each competency, on average and in one training.

    Attributes
    ----------
    programs, competencies : the programs and competencies that `mean` and `sd`, shape (P, C), belong to.
    mean : part realised on average; NaN where the program does not teach the competency.
    sd : standard deviation of the part realised by one training.
    usual, usual_sd : both for whatever is not among these.
    forgetting : rate at which what was learnt is lost, per year.
    """

    programs: Vocabulary
    competencies: Vocabulary
    mean: FloatArray
    sd: FloatArray
    usual: float
    usual_sd: float
    forgetting: float

    def of(self, program: IntArray, competency: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of some pairs of rows."""
        mean, sd = self.mean[program, competency], self.sd[program, competency]
        known = ~np.isnan(mean)
        return np.where(known, mean, self.usual), np.where(known, sd, self.usual_sd)

    def for_catalogue(self, programs: Vocabulary, competencies: Vocabulary) -> Shares:
        """Return the same in the rows of another catalogue."""
        if (programs, competencies) == (self.programs, self.competencies):
            return self
        mean, sd = np.full((2, len(programs), len(competencies)), np.nan)
        row, column = self.programs.rows(programs.ids), self.competencies.rows(competencies.ids)
        to = np.ix_(np.flatnonzero(row != MISSING), np.flatnonzero(column != MISSING))
        at = np.ix_(row[row != MISSING], column[column != MISSING])
        mean[to], sd[to] = self.mean[at], self.sd[at]
        return replace(self, programs=programs, competencies=competencies, mean=mean, sd=sd)


@dataclass(frozen=True, slots=True)
class Severities:
    """How severe each known assessor is: what is added to the source's bias, and its variance.

    `assessors` holds "source|assessor"; an assessor may be severe as a supervisor and mild as a peer. Where
    they are stored as pseudonyms, `pseudonym` turns the ids of plain data into them.
    """

    assessors: Vocabulary
    value: FloatArray
    variance: FloatArray
    pseudonym: Callable[[str], str] | None = None

    def rows(self, assessors: tuple[str, ...]) -> IntArray:
        """Return the place of each "source|assessor", `MISSING` where not known."""
        if self.pseudonym is not None:
            assessors = tuple(_renamed(key, self.pseudonym) for key in assessors)
        return self.assessors.rows(assessors)

    def stored_as(self, pseudonym: Callable[[str], str]) -> Severities:
        """Return the severities under pseudonyms, to be looked up by pseudonyms."""
        if self.pseudonym is not None:
            return replace(self, pseudonym=None)
        return replace(self, assessors=Vocabulary(_renamed(key, pseudonym) for key in self.assessors))


def _renamed(key: str, pseudonym: Callable[[str], str]) -> str:
    """Return "source|pseudonym" for "source|assessor"; what names nobody stays."""
    source, bar, assessor = key.partition("|")
    return f"{source}{bar}{pseudonym(assessor) if assessor else ''}"


@dataclass(frozen=True, slots=True)
class Start:
    """What is believed of n people before any evidence.

    Attributes
    ----------
    mean : prior means without the shift by service, shape (n, C).
    loading : what each factor adds to a level of a person of the usual scale, shape (C, K).
    scale : of the deviations of each person, shape (n,).
    variance : of the own deviations and of the prior means, shape (n, C).
    above_centre : level asked above the centre of the biases, shape (n, C); 0 where nothing is asked.
    hired : day of hiring in years, shape (n,), NaN where unknown.
    service_shift : shift at the years of service `prior.KNOTS`.
    shares : what each program of the catalogue realises of its planned lift.
    """

    mean: FloatArray
    loading: FloatArray
    scale: FloatArray
    variance: FloatArray
    above_centre: FloatArray
    hired: FloatArray
    service_shift: FloatArray
    shares: Shares

    def before(self, person: IntArray, competency: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return prior mean, variance and loadings of some cells."""
        scale = self.scale[person]
        loading = self.loading[competency] * scale[:, None]
        return self.mean[person, competency], self.variance[person, competency], loading

    def by_service(self, people: IntArray | slice, year: FloatArray | float) -> FloatArray:
        """Return the shift of the levels of some people at a day, in years."""
        service = np.maximum(year - self.hired[people], 0.0)
        return np.asarray(np.where(np.isnan(service), 0.0, np.interp(service, KNOTS, self.service_shift)))


@dataclass(frozen=True, slots=True)
class Readings:
    """Judgements as the filter reads them, arrays of shape (J,).

    Attributes
    ----------
    offset : bias and severity; what remains of the judgement is a reading of the level.
    service : shift of the level by service on the day.
    response : how much of a difference in level is seen.
    noise : variance of the reading, larger where hygiene takes weight from it, infinite without weight.
    habit : loading on the habit of the source, `habit_factor` the factor it belongs to.
    """

    offset: FloatArray
    service: FloatArray
    response: FloatArray
    noise: FloatArray
    habit: FloatArray
    habit_factor: IntArray


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that `CompetencyEstimator.fit` learns."""

    sources: tuple[str, ...]
    competencies: Vocabulary
    prior: Prior
    parameters: Parameters
    severities: Severities
    shares: Shares | None = None

    def shares_for(self, dataset: Dataset) -> Shares:
        """Return what each program realises: as measured, else what trainings realise together."""
        programs, competencies = dataset.programs.ids, dataset.competencies.ids
        if self.shares is not None:
            return self.shares.for_catalogue(programs, competencies)
        nothing = np.full((len(programs), len(competencies)), np.nan)
        plain = self.parameters
        usual = (plain.share, plain.share_sd, plain.fading)
        return Shares(programs, competencies, nothing, nothing, *usual)

    def start(self, dataset: Dataset, rows: IntArray) -> Start:
        """Return what is believed of the employees in `rows` before any evidence."""
        parameters = self.parameters
        known = self.competencies.rows(dataset.competencies.ids)
        usual = parameters.loading.mean(axis=0) if len(parameters.loading) else 0.0
        loading = np.zeros((len(known), parameters.factors))
        factors = parameters.loading.shape[1]
        loading[:, :factors] = usual
        loading[known != MISSING, :factors] = parameters.loading[known[known != MISSING]]
        scale = np.append(parameters.tier_scale, 1.0)[self.prior.tiers.rows(tiers_of(dataset, rows))]
        return Start(
            self.prior.means(dataset, rows),
            loading,
            scale,
            (parameters.spread * scale[:, None]) ** 2 + self.prior.variances(dataset, rows),
            np.nan_to_num(asked_levels(dataset, rows) - parameters.centre),
            years(dataset.employees.hired_on[rows]),
            self.prior.service_shift,
            self.shares_for(dataset),
        )

    def read(self, evidence: Evidence, start: Start) -> Readings:
        """Return the judgements as readings of levels."""
        judgements, parameters = evidence.judgements, self.parameters
        source, weight = judgements.source, judgements.weight
        assessor = self.severities.rows(evidence.assessors)[judgements.assessor]
        known = assessor != MISSING
        severity = np.zeros(len(source))
        severity[known] = self.severities.value[assessor[known]]
        variance = parameters.severity[source] ** 2
        variance[known] = self.severities.variance[assessor[known]]
        tilt = parameters.bias_slope[source] * start.above_centre[judgements.person, judgements.competency]
        service = start.by_service(judgements.person, evidence.turn_year[judgements.turn])
        return Readings(
            parameters.bias[source] + tilt + severity,
            service,
            parameters.response[source],
            np.divide(parameters.noise[source], weight, where=weight > 0, out=np.full(len(weight), np.inf)),
            np.sqrt(parameters.habit[source] ** 2 + variance),
            parameters.loading.shape[1] + source,
        )

    def with_sources(self, names: set[str]) -> Model:
        """Return the model with sources it did not meet: unbiased, and as noisy as the noisiest known one."""
        new = tuple(sorted(names.difference(self.sources)))
        if not new:
            return self
        known = self.parameters
        guess = (0.6 * known.step) ** 2

        def longer(values: FloatArray, value: float) -> FloatArray:
            return np.append(values, np.full(len(new), value))

        parameters = known.with_(
            bias=longer(known.bias, 0.0),
            bias_sd=longer(known.bias_sd, 0.5 * known.step),
            bias_slope=longer(known.bias_slope, 0.0),
            response=longer(known.response, 1.0),
            noise=longer(known.noise, known.noise.max(initial=0.0) or guess),
            # What is not known of the bias of a new source is, within one person, a habit of it.
            habit=longer(known.habit, float(np.hypot(known.habit.max(initial=0.0), 0.5 * known.step))),
            severity=longer(known.severity, known.severity.max(initial=0.0)),
            review_slope=longer(known.review_slope, 0.0),
        )
        return replace(self, sources=self.sources + new, parameters=parameters)
