"""A town drawn from the model of levels itself, so that what should be learnt is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency.prior import KNOTS
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray
from recommender.policy import Levels, load_policy
from tests.cities import Rows, Tables, assessed, attended

PEOPLE, ASSESSORS = 400, 20
COMPETENCIES = ("A", "B", "C")
LOADING = {"A": 0.8, "B": 0.5, "C": 0.1}
BIAS = {"self": 0.8, "supervisor": -0.4, "test": 0.0}
NOISE = {"self": 0.5, "supervisor": 0.3, "test": 0.3}
HABIT = {"self": 0.5, "supervisor": 0.5, "test": 0.0}
RESPONSE = {"self": 0.7, "supervisor": 1.0, "test": 1.0}
SPREAD, SEVERITY, SHARE = 0.4, 0.5, 0.7
SERVICE = -1.0, -0.75, -0.5, 0.0, 0.0, 0.0  # newcomers stand a level lower
REVIEW = {"factor": 0.3, "habit": 0.5, "own habit": 0.4, "noise": 0.5}
TARGET = 5.0


@dataclass(frozen=True)
class World:
    """The town and the truth: `factor` of each person, `level` in 2023, `severity` by assessor."""

    city: Dataset
    factor: FloatArray
    level: FloatArray
    severity: dict[str, float]


def drawn(seed: int = 1) -> World:
    """Return a town of 400, each judged on up to three days by a test, a supervisor and themselves.

    Each third lacks every judgement in one competency; half were trained in A before the last day.
    """
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal(PEOPLE)
    own = SPREAD * rng.standard_normal((PEOPLE, len(COMPETENCIES)))
    habits = {source: sd * rng.standard_normal(PEOPLE) for source, sd in HABIT.items()}
    severity = SEVERITY * rng.standard_normal(ASSESSORS)
    severity -= severity.mean()
    hired = 2023.0 - rng.uniform(3.5, 14.0, PEOPLE)
    trained = rng.random(PEOPLE) < 0.5
    base = 2.5 + factor[:, None] * np.array(list(LOADING.values())) + own
    lift = np.zeros_like(base)
    before = base[:, 0] + np.interp(2022.0 - hired, KNOTS, SERVICE)
    lift[trained, 0] = SHARE * np.maximum(TARGET - before[trained], 0.0)
    judged: list[dict[str, object]] = []

    def judge(year: int, source: str) -> None:
        expected = 2.5 + np.interp(year - hired, KNOTS, SERVICE)[:, None]
        boss = rng.integers(ASSESSORS, size=PEOPLE)
        seen = expected + RESPONSE[source] * (base - 2.5 + lift * (year == 2023)) + BIAS[source]
        seen += habits[source][:, None] + NOISE[source] * rng.standard_normal(base.shape)
        seen += severity[boss][:, None] if source == "supervisor" else 0.0
        judged.extend(
            assessed(
                competency,
                float(np.clip(seen[person, place], -1.0, 6.0)),
                employee_id=f"E{person}",
                source=source,
                assessed_on=f"{year}-01-01",
                assessor_id=f"S{boss[person]}" if source == "supervisor" else "",
            )
            for person in range(PEOPLE)
            for place, competency in enumerate(COMPETENCIES)
            if person % 3 != place
        )

    for year in (2020, 2021, 2023):
        judge(year, "supervisor")
    judge(2020, "test")
    judge(2023, "test")
    judge(2021, "self")
    return World(
        city_of(hired, trained, judged, reviewed(rng, factor, habits["supervisor"] / HABIT["supervisor"])),
        factor,
        base + lift + np.interp(2023.0 - hired, KNOTS, SERVICE)[:, None],
        {f"S{one}": float(severity[one]) for one in range(ASSESSORS)},
    )


def reviewed(rng: np.random.Generator, factor: FloatArray, habit: FloatArray) -> Rows:
    """Return two reviews of each person by the superior who also judges."""
    own = REVIEW["own habit"] * rng.standard_normal(PEOPLE)
    fair = REVIEW["factor"] * factor + REVIEW["habit"] * habit + own
    return [
        {
            "employee_id": f"E{person}",
            "period_end": f"{year}-12-31",
            "score": float(70 + 8 * (fair[person] + REVIEW["noise"] * rng.standard_normal())),
        }
        for year in (2020, 2021)
        for person in range(PEOPLE)
    ]


def city_of(hired: FloatArray, trained: BoolArray, judged: Rows, reviews: Rows) -> Dataset:
    """Return the town's data, on a scale so wide that nothing falls off it."""
    policy = load_policy().model_copy(update={"levels": Levels(minimum=-1.0, maximum=6.0)})
    first = [np.datetime64("1970-01-01") + round((year - 1970.0) * 365.25) for year in hired.tolist()]
    tables: Tables = {
        "employees": [
            {"employee_id": f"E{one}", "hired_on": str(day), "position_id": "J"}
            for one, day in enumerate(first)
        ],
        "competencies": [{"competency_id": one} for one in COMPETENCIES],
        "positions": [{"position_id": "J", "tier": "pelaksana"}],
        "position_requirements": [
            {"position_id": "J", "competency_id": one, "required_level": 3} for one in COMPETENCIES
        ],
        "programs": [{"program_id": "P0"}],
        "program_outcomes": [
            {"program_id": "P0", "competency_id": "A", "entry_level": 0, "target_level": TARGET}
        ],
        "training_records": [attended(f"E{one}", "P0", "2022-01-01") for one in np.flatnonzero(trained)],
        "assessments": judged,
        "performance_reviews": reviews,
    }
    return Dataset.from_tables(tables, policy)
