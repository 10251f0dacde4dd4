"""Tiny cities with known answers, built from Python rows; every test may change a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from recommender.dataset import Dataset

Rows = Sequence[Mapping[str, object]]
Tables = dict[str, Rows]


def load(tables: Mapping[str, Rows], *without: str) -> Dataset:
    """Return the dataset of these tables, less those named."""
    return Dataset.from_tables({name: rows for name, rows in tables.items() if name not in without})


def bare(people: int = 3, programs: int = 2) -> Tables:
    """Return the least a city may have: ids of people and programs."""
    return {
        "employees": [{"employee_id": f"E{number}"} for number in range(people)],
        "programs": [{"program_id": f"P{number}"} for number in range(programs)],
    }


def assessed(competency: str, level: float, **cells: object) -> dict[str, object]:
    """Return one assessment of E0 by a test on 1 January 2024, unless said otherwise."""
    row = {"employee_id": "E0", "competency_id": competency, "level": level}
    return {**row, "source": "test", "assessed_on": "2024-01-01", **cells}


def attended(employee: str, program: str, day: str = "", **cells: object) -> dict[str, object]:
    """Return one completed training of a day."""
    row = {"employee_id": employee, "program_id": program, "started_on": day, "completed_on": day}
    return {**row, "status": "completed", **cells}


def office() -> Tables:
    """Return ten clerks who lack two levels of DATA, nothing of LAW, and have one program for each.

    `basics` closes the gap in DATA and is the known answer for everybody; `deepening` needs it first.
    """
    people = [f"E{number}" for number in range(10)]
    return {
        "competencies": [
            {"competency_id": "DATA", "name": "Data analysis", "name_id": "Analisis data"},
            {"competency_id": "LAW", "name": "Public law", "name_id": "Hukum publik"},
        ],
        "positions": [
            {"position_id": "CLERK", "title": "Clerk", "tier": "pelaksana", "next_position_id": "HEAD"},
            {"position_id": "HEAD", "title": "Head of office", "tier": "pengawas"},
        ],
        "position_requirements": [
            {"position_id": "CLERK", "competency_id": "DATA", "required_level": 3},
            {"position_id": "CLERK", "competency_id": "LAW", "required_level": 1},
            {"position_id": "HEAD", "competency_id": "DATA", "required_level": 4},
            {"position_id": "HEAD", "competency_id": "LAW", "required_level": 4},
        ],
        "employees": [
            {"employee_id": id_, "name": f"Siti Rahayu {id_}", "position_id": "CLERK"} for id_ in people
        ],
        "programs": [
            {"program_id": "cooking", "title": "Cooking for festivals", "hours": 10},
            {"program_id": "law", "title": "Public law in practice", "hours": 20},
            {"program_id": "basics", "title": "Data analysis basics", "hours": 20},
            {"program_id": "deepening", "title": "Data analysis deepened", "hours": 30},
        ],
        "program_outcomes": [
            {"program_id": "law", "competency_id": "LAW", "target_level": 4},
            {"program_id": "basics", "competency_id": "DATA", "target_level": 3},
            {"program_id": "deepening", "competency_id": "DATA", "entry_level": 3, "target_level": 5},
        ],
        "program_prerequisites": [{"program_id": "deepening", "prerequisite_program_id": "basics"}],
        "assessments": [
            {**assessed(competency, level), "employee_id": id_}
            for id_ in people
            for competency, level in (("DATA", 1), ("LAW", 4))
        ],
    }


def chain(people: int = 60) -> Tables:
    """Return people who all take A, then B, then C a month apart, the first ten not yet C; D-F are strays."""
    records = []
    for number in range(people):
        year = 2020 + number % 4
        taken = "AB" if number < 10 else "ABC"
        records += [attended(f"E{number}", id_, f"{year}-0{1 + step}-10") for step, id_ in enumerate(taken)]
        records.append(attended(f"E{number}", "DEF"[number % 3], f"{year - 1}-06-01"))
    return {
        **bare(people),
        "programs": [{"program_id": id_} for id_ in "FEDCBA"],
        "training_records": records,
    }


def checkerboard(people: int = 40) -> Tables:
    """Return two tastes: even people take P0 P2 P4 P6, odd ones P1 P3 P5 P7, each all but one of them."""
    records = [
        attended(f"E{number}", f"P{program}")
        for number in range(people)
        for place, program in enumerate(range(number % 2, 8, 2))
        if place != number // 2 % 4
    ]
    return {**bare(people, 8), "training_records": records}


def town(people: int = 60, seed: int = 0) -> Tables:
    """Return a city in which every table that rankers look at has something to say."""
    rng = np.random.default_rng(seed)
    ids = [f"E{number}" for number in range(people)]
    records, judged = [], []
    for number, id_ in enumerate(ids):
        judged += [
            {**assessed(f"C{one}", int(rng.integers(0, 6))), "employee_id": id_, "source": source}
            for one, source in ((0, "test"), (1, "supervisor"), (int(rng.integers(2, 4)), "self"))
        ]
        for step, program in enumerate(rng.permutation(8)[: 2 + number % 4]):
            records.append(attended(id_, f"P{program}", f"{2020 + step}-{1 + number % 12:02d}-05"))
    return {
        "competencies": [
            {"competency_id": f"C{one}", "name": name, "kind": kind}
            for one, (name, kind) in enumerate(
                [
                    ("budget planning", "technical"),
                    ("teamwork", "managerial"),
                    ("archives", "technical"),
                    ("public speaking", "sociocultural"),
                ]
            )
        ],
        "positions": [
            {"position_id": f"J{one}", "title": title, "tier": tier}
            for one, (title, tier) in enumerate(
                [("Budget analyst", "pelaksana"), ("Archivist", "pelaksana"), ("Head of unit", "pengawas")]
            )
        ],
        "position_requirements": [
            {
                "position_id": f"J{one}",
                "competency_id": f"C{two}",
                "required_level": 2 + one,
                "weight": 1 + two,
            }
            for one in range(3)
            for two in range(1, 4)
        ],
        "units": [{"unit_id": "U0"}, {"unit_id": "U1"}],
        "employees": [
            {
                "employee_id": id_,
                "position_id": f"J{number % 3}",
                "unit_id": f"U{number % 2}",
                "hired_on": f"20{10 + number % 9}-01-01",
            }
            for number, id_ in enumerate(ids)
        ],
        "programs": [
            {
                "program_id": f"P{one}",
                "title": f"Course on {('budget', 'teamwork', 'archives', 'speaking')[one % 4]}",
                "form": ("classroom", "online")[one % 2],
                "provider_type": ("government", "private")[one // 4],
                "hours": 10 + 5 * one,
                "cost": 100 * one,
            }
            for one in range(8)
        ],
        "program_outcomes": [
            {"program_id": f"P{one}", "competency_id": f"C{one % 4}", "target_level": 3 + one % 3}
            for one in range(8)
        ],
        "mandates": [{"mandate_id": "M", "program_id": "P7", "tier": "pengawas", "repeat_months": 24}],
        "training_records": records,
        "assessments": judged,
        "performance_reviews": [
            {"employee_id": id_, "period_end": "2023-12-31", "score": 60 + int(rng.integers(0, 50))}
            for id_ in ids
        ],
    }
