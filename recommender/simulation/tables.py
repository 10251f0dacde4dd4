"""The tables that describe the city: competencies, positions, units, employees and programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from recommender.domain import IntArray, TextArray
from recommender.simulation.courses import Courses
from recommender.simulation.frames import frame, iso, numbered, pick
from recommender.simulation.layout import Layout
from recommender.simulation.mandates import Mandate
from recommender.simulation.people import People
from recommender.simulation.reference import competency_ids, read
from recommender.simulation.roles import Roles

_COST_STEP = 50_000  # rupiah; prices are round


def employee_ids(count: int) -> TextArray:
    """Return the ids of `count` employees."""
    return numbered("E", count, 5)


def unit_ids(layout: Layout) -> TextArray:
    """Return the ids of the units."""
    return numbered("U", len(layout.sites), 3)


def role_tables(roles: Roles) -> dict[str, pd.DataFrame]:
    """Return competencies, positions and position_requirements."""
    rows = read("competencies")["rows"]
    row, column = np.nonzero(roles.level)
    return {
        "competencies": frame(
            "competencies",
            {
                "competency_id": [r[0] for r in rows],
                "kind": [r[1] for r in rows],
                "name": [r[2] for r in rows],
                "name_id": [r[3] for r in rows],
                "description": [r[4] for r in rows],
            },
        ),
        "positions": frame(
            "positions",
            {
                "position_id": roles.ids,
                "title": roles.titles,
                "tier": roles.tiers,
                "description": roles.texts,
                "next_position_id": pick(roles.ids, roles.next),
            },
        ),
        "position_requirements": frame(
            "position_requirements",
            {
                "position_id": pick(roles.ids, row),
                "competency_id": pick(competency_ids(), column),
                "required_level": roles.level[row, column],
                "weight": roles.weight[row, column],
            },
        ),
    }


def people_tables(people: People, layout: Layout, roles: Roles) -> dict[str, pd.DataFrame]:
    """Return units, employees and employee_audit."""
    employees, units = employee_ids(len(people)), unit_ids(layout)
    unit = {
        "unit_id": units,
        "name": [site.name for site in layout.sites],
        "parent_unit_id": pick(units, layout.parent),
        "manager_id": employees[people.unit_head],
    }
    employee = {
        "employee_id": employees,
        "name": numbered("Pegawai ", len(people), 5),
        "position_id": pick(roles.ids, people.role),
        "unit_id": units[people.unit],
        "employment_type": np.where(people.pppk, "PPPK", "PNS"),
        "grade": people.grade,
        "hired_on": iso(people.hired_on),
        "target_position_id": pick(roles.ids, people.target),
        "status": people.status,
    }
    audit = {
        "employee_id": employees,
        "sex": np.where(people.woman, "female", "male"),
        "birth_year": people.birth_year,
    }
    return {
        "units": frame("units", unit),
        "employees": frame("employees", employee),
        "employee_audit": frame("employee_audit", audit),
    }


def program_tables(courses: Courses) -> dict[str, pd.DataFrame]:
    """Return programs, program_outcomes, program_prerequisites and program_eligibility."""
    ids = [spec.id for spec in courses.specs]
    row, column = np.nonzero(courses.teaches)
    pairs = courses.prerequisites
    return {
        "programs": frame("programs", _program_columns(courses)),
        "program_outcomes": frame(
            "program_outcomes",
            {
                "program_id": pick(ids, row),
                "competency_id": pick(competency_ids(), column),
                "entry_level": courses.entry[row, column],
                "target_level": courses.target[row, column],
            },
        ),
        "program_prerequisites": frame(
            "program_prerequisites",
            {
                "program_id": [ids[program] for program, _ in pairs],
                "prerequisite_program_id": [ids[before] for _, before in pairs],
            },
        ),
        "program_eligibility": _eligibility(courses),
    }


def mandate_table(mandates: list[Mandate], courses: Courses, roles: Roles, layout: Layout) -> pd.DataFrame:
    """Return the mandates."""

    def rows(name: str) -> IntArray:
        return np.array([getattr(mandate, name) for mandate in mandates], dtype=np.int64)

    columns = {
        "mandate_id": numbered("W", len(mandates), 2),
        "program_id": pick([spec.id for spec in courses.specs], rows("program")),
        "position_id": pick(roles.ids, rows("position")),
        "tier": [mandate.tier for mandate in mandates],
        "unit_id": pick(unit_ids(layout), rows("unit")),
        "due_on": [mandate.due_on for mandate in mandates],
        "repeat_months": [mandate.repeat_months for mandate in mandates],
    }
    return frame("mandates", columns)


def _program_columns(courses: Courses) -> dict[str, Any]:
    providers = read("providers")["providers"]
    specs = courses.specs
    given = [providers[spec.provider] for spec in specs]
    price = np.array([provider["cost_per_jp"] for provider in given]) * np.minimum(courses.hours, 300)
    return {
        "program_id": [spec.id for spec in specs],
        "title": [spec.title for spec in specs],
        "description": [spec.text for spec in specs],
        "provider": [provider["name"] for provider in given],
        "provider_type": [provider["type"] for provider in given],
        "form": [spec.form for spec in specs],
        "hours": courses.hours,
        "cost": np.round(price / _COST_STEP) * _COST_STEP,
        "language": [spec.language for spec in specs],
        "active": ["true" if spec.active else "false" for spec in specs],
    }


def _eligibility(courses: Courses) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {
        "program_id": [spec.id for spec in courses.specs],
        "tiers": [";".join(spec.tiers) for spec in courses.specs],
        "employment_types": [";".join(spec.employment_types) for spec in courses.specs],
        "grade_min": [spec.grade_min for spec in courses.specs],
        "service_years_min": [spec.service_years_min for spec in courses.specs],
        "years_to_retirement_min": [spec.years_to_retirement_min for spec in courses.specs],
    }
    table = frame("program_eligibility", columns)
    rules = table.drop(columns="program_id").replace("", np.nan)
    return table[rules.notna().any(axis=1)].reset_index(drop=True)
