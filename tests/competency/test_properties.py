"""What must hold of beliefs whatever the evidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.competency import Beliefs, CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.policy import Levels, load_policy
from tests.cities import Tables, assessed, attended, load
from tests.competency.known import known_estimator

Row = dict[str, object]

PEOPLE, COMPETENCIES, SOURCES = ("E0", "E1", "E2"), ("A", "B", "C"), ("peer", "self", "test")
DAYS = tuple(f"2023-0{month}-01" for month in range(1, 5))
judgements = st.builds(
    assessed,
    st.sampled_from(COMPETENCIES),
    st.floats(0, 5),
    employee_id=st.sampled_from(PEOPLE),
    source=st.sampled_from(SOURCES),
    assessed_on=st.sampled_from(DAYS),
    assessor_id=st.uuids().map(str),  # the same judge twice a day is a matter for hygiene
)
trainings = st.builds(attended, st.sampled_from(PEOPLE), st.sampled_from(("P0", "P1")), st.sampled_from(DAYS))
reviews = st.builds(
    lambda person, day, score: {"employee_id": person, "period_end": day, "score": score},
    st.sampled_from(PEOPLE),
    st.sampled_from(DAYS),
    st.integers(0, 100),
)
few = settings(max_examples=25, deadline=None, derandomize=True)


def town(judged: list[Row], records: list[Row], reviewed: list[Row]) -> Tables:
    return {
        "employees": [{"employee_id": person} for person in PEOPLE],
        "competencies": [{"competency_id": one} for one in COMPETENCIES],
        "programs": [{"program_id": "P0"}, {"program_id": "P1"}],
        "program_outcomes": [
            {"program_id": "P0", "competency_id": "A", "target_level": 4},
            {"program_id": "P1", "competency_id": "A", "entry_level": 2, "target_level": 5},
            {"program_id": "P1", "competency_id": "B", "target_level": 3},
        ],
        "assessments": judged,
        "training_records": records,
        "performance_reviews": reviewed,
    }


def believed(
    judged: list[Row], records: list[Row], reviewed: list[Row], *, fading: float = 0.2
) -> tuple[FloatArray, FloatArray]:
    """Return mean and sd of everybody at the end, with everything at work in the model."""
    city = load(town(judged, records, reviewed))
    sources = len({str(row["source"]) for row in judged})
    estimator = known_estimator(
        city,
        fading=fading,
        loading=np.array([[0.6], [0.4], [-0.2]]),
        habit=0.4,
        severity=0.3,
        review_slope=np.array([0.5] + [0.3] * sources),
        review_habit=0.4,
    )
    found = estimator.estimate(city, np.datetime64("2024-01-01"))
    return found.mean, found.sd


@few
@given(st.lists(judgements, max_size=8), judgements)
def test_more_judgements_widen_no_interval(judged: list[Row], more: Row) -> None:
    _, before = believed(judged, [], [], fading=0.0)
    _, after = believed([*judged, more], [], [], fading=0.0)
    assert (after <= before + 1e-9).all()
    person, competency = (
        PEOPLE.index(str(more["employee_id"])),
        COMPETENCIES.index(str(more["competency_id"])),
    )
    assert after[person, competency] < before[person, competency]


@few
@given(st.lists(judgements, max_size=6))
def test_reviews_widen_no_interval(judged: list[Row]) -> None:
    standing = [{"employee_id": one, "period_end": DAYS[1], "score": 60 + len(one)} for one in PEOPLE]
    standing[0]["score"] = 90
    _, before = believed(judged, [], [], fading=0.0)
    _, after = believed(judged, [], standing, fading=0.0)
    assert (after < before).all()


@few
@given(
    st.data(),
    st.lists(judgements, max_size=8),
    st.lists(trainings, max_size=4),
    st.lists(reviews, max_size=8),
)
def test_the_order_of_rows_is_of_no_matter(
    data: st.DataObject, judged: list[Row], records: list[Row], reviewed: list[Row]
) -> None:
    turned = [data.draw(st.permutations(rows)) for rows in (judged, records, reviewed)]
    straight, other = believed(judged, records, reviewed), believed(*turned)
    np.testing.assert_allclose(straight, other, rtol=1e-9, atol=1e-9)


@few
@given(st.lists(judgements, max_size=8), st.lists(trainings, max_size=4), judgements, trainings)
def test_records_of_one_person_change_no_belief_about_another(
    judged: list[Row], records: list[Row], more: Row, course: Row
) -> None:
    more, course = {**more, "employee_id": "E0"}, {**course, "employee_id": "E0"}
    one = assessed("A", 1, employee_id="E1")
    judged = [*judged, one, {**one, "source": more["source"], "assessor_id": "X"}]  # no source is new
    alone, together = believed(judged, records, []), believed([*judged, more], [*records, course], [])
    np.testing.assert_allclose(np.array(alone)[:, 1:], np.array(together)[:, 1:], rtol=1e-9)
    assert (np.array(alone)[:, 0] != np.array(together)[:, 0]).any()


def on_scale(factor: float, shift: float) -> Beliefs:
    """Return what is learnt and believed where every level x is written as factor * x + shift."""
    rng = np.random.default_rng(5)

    def at(level: float) -> float:
        return round(factor * level + shift, 6)

    rows = [
        assessed(
            competency,
            at(float(rng.uniform(0.5, 4.5))),
            employee_id=f"E{person}",
            source=source,
            assessor_id=f"X{rng.integers(4)}",
            assessed_on=f"20{rng.integers(18, 24)}-0{rng.integers(1, 10)}-01",
        )
        for person in range(30)
        for competency in COMPETENCIES[:2]
        for source in SOURCES
    ]
    tables = town(rows, [attended(f"E{one}", "P1", "2021-01-01") for one in range(15)], [])
    tables["positions"] = [{"position_id": "J", "tier": "pelaksana"}]
    asked = {"position_id": "J", "competency_id": "A", "required_level": at(3)}
    tables["employees"] = [{"employee_id": f"E{one}", "position_id": "J"} for one in range(30)]
    levels = ("entry_level", "target_level")
    outcomes = [
        {key: at(float(str(value))) if key in levels else value for key, value in row.items()}
        for row in tables["program_outcomes"]
    ]
    policy = load_policy().model_copy(update={"levels": Levels(minimum=at(0), maximum=at(5))})
    everything = {**tables, "position_requirements": [asked], "program_outcomes": outcomes}
    city = Dataset.from_tables(everything, policy)
    return CompetencyEstimator().fit(city).estimate(city)


@pytest.mark.parametrize(("factor", "shift"), [(1.0, 3.0), (2.0, 10.0), (0.2, -1.0), pytest.param(20.0, 0.0)])
def test_beliefs_go_with_the_scale_on_which_levels_are_written(factor: float, shift: float) -> None:
    plain, other = on_scale(1.0, 0.0), on_scale(factor, shift)
    np.testing.assert_allclose((other.mean - shift) / factor, plain.mean, atol=1e-3)
    np.testing.assert_allclose(other.sd / factor, plain.sd, rtol=1e-3)
