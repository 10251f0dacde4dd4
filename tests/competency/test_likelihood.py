"""The filter and the likelihood against the same model written out as one normal distribution per person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from recommender.competency import CompetencyEstimator
from recommender.competency.evidence import Evidence, gather_evidence, years
from recommender.competency.filter import Foreseen, forward
from recommender.competency.likelihood import Doubt, Likelihood
from recommender.competency.model import Model, Parameters, Readings, Severities, Start
from recommender.competency.prior import tiers_of
from recommender.competency.rows import lay_out
from recommender.competency.scales import Scales, first_model
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray, Vocabulary
from tests.cities import Rows, Tables, assessed, attended, load
from tests.competency.dense import Dense

PEOPLE, COMPETENCIES, SOURCES = 6, ("A", "B", "C"), ("peer", "self", "test")
CITIES = range(4)
NOBODY = np.zeros(len(SOURCES), dtype=bool)  # no source is the standard of the others


def generated(seed: int, *, one_a_day: bool = False) -> Tables:
    """Return people of two tiers and of none, with judgements, trainings and reviews on few or many days."""
    rng = np.random.default_rng(seed)
    days = iter(rng.permutation(2000) if one_a_day else rng.integers(0, 12, 2000) * 150)
    first = np.datetime64("2018-01-01")

    def day() -> str:
        return str(first + int(next(days)))

    people = [f"E{number}" for number in range(PEOPLE)]
    judged = [
        assessed(
            str(rng.choice(COMPETENCIES)),
            float(rng.uniform(0, 5)),
            employee_id=person,
            source=str(rng.choice(SOURCES)),
            assessed_on=day(),
            assessor_id=str(rng.choice(["", "X", "Y"])),
        )
        for person in people
        for _ in range(9)
    ]
    if not one_a_day:
        judged += [assessed("A", 2.5, employee_id=person, assessed_on="") for person in people[:3]]
    records = [attended(person, f"P{one}", day()) for person in people[:5] for one in range(2)]
    return {
        **roles(),
        "employees": [
            {
                "employee_id": id_,
                "position_id": ("", "J0", "J1")[one % 3],
                "hired_on": ("", "2016-05-01")[one % 2],
            }
            for one, id_ in enumerate(people)
        ],
        "assessments": judged,
        "training_records": records,
        "performance_reviews": reviews(rng, 2015 if one_a_day else 2018),
    }


def roles() -> Tables:
    return {
        "competencies": [{"competency_id": one} for one in COMPETENCIES],
        "positions": [{"position_id": f"J{one}", "tier": ("pelaksana", "pengawas")[one]} for one in range(2)],
        "position_requirements": [
            {"position_id": f"J{one}", "competency_id": competency, "required_level": 2 + one}
            for one in range(2)
            for competency in ("A", "B")
        ],
        "programs": [{"program_id": f"P{one}"} for one in range(2)],
        "program_outcomes": [
            {"program_id": "P0", "competency_id": "A", "target_level": 5},
            {"program_id": "P0", "competency_id": "B", "target_level": 4},
            {"program_id": "P1", "competency_id": "A", "entry_level": 2, "target_level": 5},
        ],
    }


def reviews(rng: np.random.Generator, first: int) -> Rows:
    """Return the yearly reviews of everybody, three years from `first` on."""
    return [
        {"employee_id": f"E{one}", "period_end": f"{year}-12-31", "score": int(rng.integers(50, 100))}
        for one in range(PEOPLE)
        for year in range(first, first + 3)
    ]


def some_parameters(rng: np.random.Generator, like: Parameters) -> Parameters:
    """Return parameters that are all at work."""
    sources, tiers, competencies = len(like.bias), len(like.tier_scale), len(like.loading)
    return like.with_(
        loading=rng.normal(0, 0.5, (competencies, 2)),
        tier_scale=rng.uniform(0.5, 2, tiers),
        fading=0.3,
        share=0.6,
        share_sd=0.5,
        bias=rng.normal(0, 0.5, sources),
        bias_slope=rng.normal(0, 0.2, sources),
        centre=2.0,
        response=rng.uniform(0.5, 1.2, sources),
        noise=rng.uniform(0.1, 0.6, sources),
        habit=rng.uniform(0.1, 0.6, sources),
        severity=rng.uniform(0.1, 0.6, sources),
        review_slope=rng.normal(0, 0.5, 2 + sources),
        review_habit=0.4,
        review_noise=0.5,
    )


@dataclass(frozen=True)
class Case:
    """A generated city and what the filter makes of it."""

    city: Dataset
    model: Model
    evidence: Evidence
    start: Start
    readings: Readings
    foreseen: Foreseen

    def dense(self, person: int) -> Dense:
        return Dense(self.model, self.start, self.evidence, self.foreseen.planned, person)


def case(seed: int, *, one_a_day: bool = False) -> Case:
    city, rng = load(generated(seed, one_a_day=one_a_day)), np.random.default_rng(seed)
    first = first_model(city, SOURCES, 2, seed)
    severities = Severities(Vocabulary(("test|X", "peer|X")), np.array([0.4, -0.3]), np.zeros(2))
    parameters = some_parameters(rng, first.parameters)
    service = rng.normal(0, 0.3, len(first.prior.service_shift))
    prior = replace(first.prior, service_shift=service)
    model = replace(first, prior=prior, parameters=parameters, severities=severities)
    people = np.arange(PEOPLE)
    evidence = gather_evidence(city, people, SOURCES)
    start = model.start(city, people)
    readings = model.read(evidence, start)
    _, foreseen = forward(evidence, start, readings, parameters, foresee=True)
    return Case(city, model, evidence, start, readings, foreseen)


@pytest.mark.parametrize("seed", CITIES)
def test_the_filter_foresees_each_judgement_as_the_joint_distribution_does(seed: int) -> None:
    found = case(seed)
    assert (found.foreseen.planned > 0).sum() >= 5
    for person in range(PEOPLE):
        dense = found.dense(person)
        for place in dense.judgements():
            judgement = dense.judgement(place)
            known = replace(judgement, noise=0.0)
            mean, variance = dense.given(known, [one for one in dense.seen() if one.turn < judgement.turn])
            foreseen = found.foreseen.mean[place] + found.readings.offset[place]
            assert foreseen == pytest.approx(mean)
            assert found.foreseen.variance[place] == pytest.approx(variance)


@pytest.mark.parametrize("seed", CITIES)
@pytest.mark.parametrize("day", ["2023-06-01", "2030-01-01"])
def test_the_filter_believes_of_the_levels_what_the_joint_distribution_does(seed: int, day: str) -> None:
    found, year = case(seed), float(years(np.array([day], "datetime64[D]"))[0])
    estimator = CompetencyEstimator()
    estimator.model_ = found.model
    beliefs = estimator.estimate(found.city, np.datetime64(day))
    for person in range(PEOPLE):
        dense = found.dense(person)
        for competency in range(len(COMPETENCIES)):
            expected = dense.given(dense.level(competency, year), dense.seen())
            mean, sd = beliefs.mean[person, competency], beliefs.sd[person, competency]
            assert (mean, sd**2) == pytest.approx(expected)


def likelihood_of(found: Case, *, doubt: bool = False) -> Likelihood:
    """Return the likelihood of all rows, with the residuals the model itself leaves."""
    rows, of = lay_out(found.evidence), found.evidence.judgements
    judged, reviewed = rows.judged, np.flatnonzero(rows.review != MISSING)
    which, count = rows.judgement[judged], len(rows.judgement)
    residual, tier = np.zeros(count), np.full(count, MISSING)
    expected = found.start.mean[of.person, of.competency] + found.readings.offset + found.readings.service
    residual[judged] = (of.level - expected)[which]
    residual[reviewed] = found.evidence.appraisals.z[rows.review[reviewed]]
    tiers = found.model.prior.tiers.rows(tiers_of(found.city, np.arange(PEOPLE)))
    tier[judged] = tiers[of.person[which]]
    known = found.model.severities.rows(found.evidence.assessors)[of.assessor]
    unknown = np.where(known == MISSING, found.model.parameters.severity[of.source], 0.0)
    nothing: FloatArray = np.zeros(count)
    doubts = Doubt(np.full(count, MISSING), nothing, nothing, nothing)
    if doubt:
        assessor = np.full(count, MISSING)
        assessor[judged] = of.assessor[which]
        doubts = doubts_of(assessor, of.competency[which], of.person[which], judged)
    return Likelihood(found.evidence, rows, residual, found.foreseen.planned, tier, unknown, doubts)


def doubts_of(assessor: IntArray, competency: IntArray, person: IntArray, judged: IntArray) -> Doubt:
    """Return variances that differ by assessor, competency and person."""
    by_competency, by_person = np.zeros((2, len(assessor)))
    by_competency[judged], by_person[judged] = 0.05 + 0.1 * competency, 0.1 + 0.05 * person
    return Doubt(
        assessor, np.where(assessor == MISSING, 0.0, 0.1 + 0.05 * assessor), by_competency, by_person
    )


@pytest.mark.parametrize("seed", CITIES)
def test_the_likelihood_is_the_density_of_all_rows(seed: int) -> None:
    found, density = case(seed), 0.0
    for person in range(PEOPLE):
        dense = found.dense(person)
        seen = dense.seen()
        surprise = [one.seen - one.mean for one in seen]
        density += float(multivariate_normal.logpdf(surprise, cov=dense.matrix(seen, seen)))
    likelihood = likelihood_of(found)
    constant = 0.5 * len(likelihood.residual) * np.log(2 * np.pi)
    assert likelihood.value(found.model.parameters)[0] - constant == pytest.approx(density)


@pytest.mark.parametrize("seed", CITIES)
def test_the_filter_multiplies_up_to_the_likelihood(seed: int) -> None:
    found = case(seed, one_a_day=True)  # and all reviews before all judgements
    of, readings, foreseen = found.evidence.judgements, found.readings, found.foreseen
    sd = np.sqrt(foreseen.variance + readings.noise)
    density = float(np.sum(norm.logpdf(of.level, foreseen.mean + readings.offset, sd)))
    for person in range(PEOPLE):
        dense = found.dense(person)
        seen = dense.reviews()
        cov = dense.matrix(seen, seen)
        density += float(multivariate_normal.logpdf([one.seen for one in seen], cov=cov))
    likelihood = likelihood_of(found)
    constant = 0.5 * len(likelihood.residual) * np.log(2 * np.pi)
    assert likelihood.value(found.model.parameters)[0] - constant == pytest.approx(density)


@pytest.mark.parametrize("doubt", [False, True])
@pytest.mark.parametrize("seed", CITIES)
def test_the_gradient_is_the_slope_of_the_likelihood(seed: int, doubt: bool) -> None:
    found = case(seed)
    likelihood, parameters = likelihood_of(found, doubt=doubt), found.model.parameters
    scales = Scales(parameters, NOBODY)
    at = scales.pack(parameters)

    def value(vector: FloatArray) -> float:
        return likelihood.value(scales.unpack(vector, parameters))[0]

    gradient = scales.gradient(likelihood.value(parameters)[1], parameters)
    slopes = [(value(at + step) - value(at - step)) / 2e-5 for step in 1e-5 * np.eye(len(at))]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-4, atol=1e-4)


def test_the_pull_of_the_prior_is_the_slope_of_its_density() -> None:
    found = case(0)
    scales = Scales(first_model(found.city, SOURCES, 2, 0).parameters, NOBODY)
    at = scales.pack(found.model.parameters)
    steps = 1e-5 * np.eye(len(at))
    slopes = [(scales.held(at + step)[0] - scales.held(at - step)[0]) / 2e-5 for step in steps]
    np.testing.assert_allclose(scales.held(at)[1], slopes, rtol=1e-4, atol=1e-6)


def test_parameters_survive_being_packed() -> None:
    found = case(0)
    scales = Scales(first_model(found.city, SOURCES, 2, 0).parameters, NOBODY)
    at = scales.pack(found.model.parameters)
    np.testing.assert_allclose(scales.pack(scales.unpack(at, found.model.parameters)), at)
    assert scales.unpack(at, found.model.parameters).loading == pytest.approx(found.model.parameters.loading)


def test_the_response_of_a_standard_stays_as_it_is() -> None:
    found, parameters = case(0), case(0).model.parameters
    gradient = likelihood_of(found).value(parameters)[1]
    free = Scales(parameters, NOBODY).gradient(gradient, parameters)
    held = Scales(parameters, np.array([False, False, True])).gradient(gradient, parameters)
    assert np.flatnonzero(free != held).tolist() == [2]
    assert held[2] == 0.0
