"""Odd and bad data: a sound answer, or a message that helps."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from recommender.competency import Beliefs, CompetencyEstimator
from recommender.competency.evidence import gather_evidence
from recommender.errors import DataError
from tests.cities import Tables, assessed, attended, bare, load, office
from tests.competency.known import known_estimator


def agreeing(people: int, assessors: int) -> Tables:
    """Return people whose assessors all say the same of each of them, and different things of each."""
    rows = [
        assessed(
            "C", person % 6, employee_id=f"E{person}", assessor_id=f"X{one}", assessed_on=f"2023-0{one}-01"
        )
        for person in range(people)
        for one in range(1, assessors + 1)
    ]
    return {**bare(people), "assessments": rows}


ODD: dict[str, Tables] = {
    "nothing but ids": bare(),
    "no assessments": {name: rows for name, rows in office().items() if name != "assessments"},
    "one source, once": {**bare(), "assessments": [assessed("C", 5)]},
    "sources empty": {**bare(), "assessments": [assessed("C", 2, source="")] * 3},
    "all levels alike": {
        **bare(9),
        "assessments": [assessed("C", 3, employee_id=f"E{one}") for one in range(9)],
    },
    "levels at the end of the scale": {**bare(), "assessments": [assessed("C", 5)] * 20},
    "all levels alike for years": {
        **bare(),
        "assessments": [assessed("C", 3, assessed_on=f"{year}-01-01") for year in range(1970, 2024)],
    },
    "all assessors agree": agreeing(30, 9),
    "a competency that nobody requires": {
        **office(),
        "competencies": [*office()["competencies"], {"competency_id": "CHESS"}],
    },
    "a record of no weight only": {**bare(), "assessments": [assessed("C", 5, assessor_id="E0")]},
    "no dates": {
        **bare(),
        "assessments": [assessed("C", level, assessed_on="") for level in (1, 4)],
        "training_records": [attended("E0", "P0")],
        "program_outcomes": [{"program_id": "P0", "competency_id": "C", "target_level": 5}],
    },
    "one review": {**bare(), "performance_reviews": [{"employee_id": "E0", "score": 70}]},
    "nobody holds a position": {
        **office(),
        "employees": [{"employee_id": f"E{number}"} for number in range(10)],
    },
}


@pytest.mark.parametrize("tables", ODD.values(), ids=ODD.keys())
def test_odd_data_give_finite_beliefs_on_the_scale_without_a_warning(tables: Tables) -> None:
    city = load(tables)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator = CompetencyEstimator().fit(city)
        found, foreseen = estimator.estimate(city), np.array(estimator.predict(city))
    assert found.mean.shape == (len(city.employees.ids), len(city.competencies.ids))
    assert np.isfinite(found.mean).all()
    assert (found.sd > 0).all()
    assert np.isfinite(foreseen).all()
    assert ((found.mean >= -1) & (found.mean <= 6)).all()


def test_a_person_without_evidence_is_believed_as_the_prior_says() -> None:
    city = load({**agreeing(30, 3), "employees": [{"employee_id": f"E{one}"} for one in range(31)]})
    estimator = CompetencyEstimator().fit(city)
    found = estimator.estimate(city)
    assert found.evidence[-1, 0] == 0
    assert found.mean[-1, 0] == pytest.approx(estimator.model_.prior.means(city, np.array([30]))[0, 0])
    assert (found.sd[-1] > found.sd[:-1]).all()


def test_of_a_source_seen_once_little_is_known() -> None:
    rows = [assessed("C", 5, source="rumour"), *agreeing(30, 3)["assessments"]]
    supervised = [{**row, "source": "supervisor"} for row in rows[1:]]
    known = CompetencyEstimator().fit(load({**bare(30), "assessments": [*rows, *supervised]})).model_
    rumour, supervisor = known.sources.index("rumour"), known.sources.index("supervisor")
    sd = known.parameters.bias_sd
    assert sd[rumour] > 2 * sd[supervisor] > 0
    assert abs(known.parameters.bias[rumour]) < 1.0


def test_where_all_assessors_agree_they_are_believed() -> None:
    city = load(agreeing(60, 5))
    found = CompetencyEstimator().fit(city).estimate(city)
    assert found.mean[:, 0] == pytest.approx(np.arange(60) % 6, abs=0.2)


def test_of_a_competency_that_nobody_requires_or_judges_little_is_known() -> None:
    found = estimated(ODD["a competency that nobody requires"])
    place = found.competency_ids.row("CHESS")
    assert (np.delete(found.sd, place, axis=1) < found.sd[:, [place]]).all()


def estimated(tables: Tables) -> Beliefs:
    city = load(tables)
    return CompetencyEstimator().fit(city).estimate(city)


def test_one_level_again_and_again_is_believed() -> None:
    """Without noise to speak of, its likelihood has no end."""
    rows = [
        assessed("C", 3, assessor_id=f"X{one}", assessed_on=f"2023-01-0{1 + one % 3}") for one in range(96)
    ]
    assert estimated({**bare(), "assessments": rows}).mean[0, 0] == pytest.approx(3, abs=0.3)


def test_one_person_with_200_000_rows_is_believed() -> None:
    rng = np.random.default_rng(0)
    days = np.datetime64("2020-01-01") + rng.integers(0, 300, 200_000)
    rows = [
        assessed("C", level, assessor_id=f"X{one}", assessed_on=day)
        for one, (level, day) in enumerate(
            zip(rng.integers(2, 5, 200_000).tolist(), days.astype(str), strict=True)
        )
    ]
    city = load({**bare(), "assessments": rows})
    found = CompetencyEstimator().fit(city).estimate(city)
    assert found.evidence[0, 0] == 200_000
    assert found.mean[0, 0] == pytest.approx(3, abs=0.2)
    assert np.isfinite(found.sd).all()
    assert (found.sd > 0).all()


@pytest.mark.parametrize(
    ("table", "row", "column", "message"),
    [
        ("assessments", assessed("C", 3, assessed_on="2999-01-01"), "assessed_on", "is after today"),
        ("training_records", attended("E0", "P0", "2999-01-01"), "completed_on", "is after today"),
        (
            "performance_reviews",
            {"employee_id": "E0", "period_end": "2999-12-31", "score": 70},
            "period_end",
            "is after today",
        ),
        ("assessments", assessed("C", 6), "level", "outside the policy's scale"),
        ("assessments", assessed("C", -1), "level", "outside the policy's scale"),
    ],
)
def test_what_cannot_be_is_refused_and_named_by_its_row(
    table: str, row: dict[str, object], column: str, message: str
) -> None:
    sound = {**row, column: {"level": 3}.get(column, "2023-01-01"), "started_on": "2022-01-01"}
    rows = [{key: value for key, value in one.items() if key in row} for one in (sound, row)]
    with pytest.raises(DataError) as caught:
        load({**bare(), table: rows})
    (fault,) = (fault for fault in caught.value.faults if fault.column == column)
    assert (fault.file, fault.row) == (f"{table}", 3)
    assert message in str(fault)


def test_a_person_with_many_undated_rows_is_believed_within_few_turns() -> None:
    rows = [assessed("C", 1 + one % 4, assessed_on="", assessor_id=f"A{one}") for one in range(5000)]
    city = load({**bare(), "assessments": [*rows, assessed("C", 2, employee_id="E1", assessed_on="")]})
    evidence = gather_evidence(city, np.arange(3), ("test",))
    turns = np.diff(evidence.turn_starts)
    assert len(turns) == 1000
    assert np.bincount(evidence.judgements.turn[evidence.judgements.person == 0]).max() == 5
    found = known_estimator(city).estimate(city)
    assert found.evidence[0, 0] == 5000
    assert 0 < found.sd[0, 0] < found.sd[1, 0]
