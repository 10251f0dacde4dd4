"""A town where what three programs change is known, and where nobody is sent to them by lot."""

from __future__ import annotations

import numpy as np

from recommender.competency import planned_lift
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.policy import Levels, load_policy
from tests.cities import assessed, attended

SHARES = {"P0": 0.6, "P1": 0.0, "P2": 0.3}  # P1 is for the able, P0 for the weak, P2 for anybody
ENTRY, TARGET = 1.0, 5.0
LOWEST, HIGHEST = -1.0, 9.0  # of a scale so wide that nothing falls off it: a step is 2 levels
PEOPLE = 300
SOURCES = ("assessment_centre", "test")
NOISE = 0.3


def school(seed: int = 0, *, forgetting: float = 0.0, scale: float = 1.0) -> Dataset:
    """Return people judged in two competencies in 2020 and three times from 2022 on, trained in 2021.

    Parameters
    ----------
    forgetting : rate per year at which what was learnt is lost.
    scale : size of a level; the policy's scale goes with it.
    """
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal(PEOPLE)
    own = 0.4 * rng.standard_normal((PEOPLE, 2))
    held = 2.5 + 0.6 * factor[:, None] + own
    draw = rng.standard_normal((3, PEOPLE))
    pull = {"P0": -1.5 * held[:, 0] + draw[0], "P1": 1.5 * factor + draw[1], "P2": draw[2]}
    goes = {program: value > np.quantile(value, 0.7) for program, value in pull.items()}
    lift = np.zeros(PEOPLE)
    for program, share in SHARES.items():
        planned = planned_lift(held[:, 0] + lift, np.array(ENTRY), np.array(TARGET), 2.0)
        lift += np.where(goes[program], share * planned, 0.0)
    judged = []
    for year in (2020, 2022, 2024, 2026):
        kept = np.exp(-forgetting * (year - 2021)) if year > 2021 else 0.0
        level = held + np.stack([kept * lift, np.zeros(PEOPLE)], axis=1)
        seen = {one: scale * (level + NOISE * rng.standard_normal(held.shape)) for one in SOURCES}
        judged += _assessments(year, seen)
    trained = [
        attended(f"E{one}", program, f"2021-{month:02d}-01")
        for month, program in enumerate(SHARES, start=1)
        for one in np.flatnonzero(goes[program]).tolist()
    ]
    policy = load_policy().model_copy(
        update={"levels": Levels(minimum=LOWEST * scale, maximum=HIGHEST * scale)}
    )
    outcomes = [
        {
            "program_id": one,
            "competency_id": "A",
            "entry_level": scale * ENTRY,
            "target_level": scale * TARGET,
        }
        for one in SHARES
    ]
    return Dataset.from_tables(
        {
            "employees": [{"employee_id": f"E{one}"} for one in range(PEOPLE)],
            "competencies": [{"competency_id": "A"}, {"competency_id": "B"}],
            "programs": [{"program_id": one} for one in SHARES],
            "program_outcomes": outcomes,
            "training_records": trained,
            "assessments": judged,
        },
        policy,
    )


def _assessments(year: int, by_source: dict[str, FloatArray]) -> list[dict[str, object]]:
    return [
        assessed(
            competency,
            round(float(seen[person, place]), 6),
            employee_id=f"E{person}",
            assessed_on=f"{year}-06-01",
            source=source,
        )
        for source, seen in by_source.items()
        for person in range(PEOPLE)
        for place, competency in enumerate("AB")
    ]
