"""Competencies, positions, units and employees as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.dataset.cells import CheckedTable, Tables
from recommender.dataset.links import linked
from recommender.dataset.tables import Competencies, Employees, Positions, Units
from recommender.domain import MISSING, BoolArray, IntArray, TextArray, Vocabulary
from recommender.policy import Policy

Ids = Mapping[str, Vocabulary]


def build_competencies(tables: Tables, ids: Ids) -> Competencies:
    """Return the competencies."""
    table, vocabulary = tables["competencies"], ids["competencies"]
    names = ("name", "name_id", "kind", "description")
    return Competencies(vocabulary, *(_texts(table, name, vocabulary) for name in names))


def build_positions(tables: Tables, ids: Ids) -> Positions:
    """Return the positions with their requirements as two matrices."""
    table, vocabulary = tables["positions"], ids["positions"]
    shape = (len(vocabulary), len(ids["competencies"]))
    level, weight = np.full(shape, np.nan), np.zeros(shape)
    required = tables["position_requirements"]
    cells = (
        linked(tables, ids, "position_requirements", "position_id"),
        linked(tables, ids, "position_requirements", "competency_id"),
    )
    given = required.values("weight")
    level[cells] = required.values("required_level")
    weight[cells] = np.where(np.isnan(given), 1.0, given)
    return Positions(
        ids=vocabulary,
        title=_texts(table, "title", vocabulary),
        tier=_texts(table, "tier", vocabulary),
        description=_texts(table, "description", vocabulary),
        next_position=_rows(tables, ids, "positions", "next_position_id"),
        level=level,
        weight=weight,
    )


def build_units(tables: Tables, ids: Ids) -> Units:
    """Return the organisation."""
    return Units(
        ids=ids["units"],
        name=_texts(tables["units"], "name", ids["units"]),
        parent=_rows(tables, ids, "units", "parent_unit_id"),
        manager=_rows(tables, ids, "units", "manager_id"),
    )


def build_employees(tables: Tables, ids: Ids) -> Employees:
    """Return the people; names stay behind."""
    table, audit = tables["employees"], tables["employee_audit"]
    birth_year = np.full(len(table), np.nan)
    sex = _blank(len(table))
    audited = linked(tables, ids, "employee_audit", "employee_id")
    birth_year[audited] = audit.values("birth_year")
    sex[audited] = audit.texts("sex")
    return Employees(
        ids=ids["employees"],
        position=linked(tables, ids, "employees", "position_id"),
        unit=linked(tables, ids, "employees", "unit_id"),
        employment_type=table.texts("employment_type"),
        grade=_grades(table, tables.policy),
        hired_on=table.values("hired_on"),
        target_position=linked(tables, ids, "employees", "target_position_id"),
        active=_active(table, tables.policy),
        birth_year=birth_year,
        sex=sex,
    )


def _grades(table: CheckedTable, policy: Policy) -> TextArray:
    """Return the grades in the policy's spelling."""
    spelled = {grade.casefold(): grade for grade in policy.grades.ranks} | {"": ""}
    cells = table.columns["grade"]
    words = _blank(len(cells.words))
    words[:] = [spelled[word.casefold()] for word in cells.words]
    return words[cells.codes]


def _active(table: CheckedTable, policy: Policy) -> BoolArray:
    cells = table.columns["status"]
    return np.array([policy.is_active(word) for word in cells.words])[cells.codes]


def _texts(table: CheckedTable, column: str, vocabulary: Vocabulary) -> TextArray:
    """Return a column of the table, or empty texts where only other tables name its ids."""
    return table.texts(column) if len(table) else _blank(len(vocabulary))


def _rows(tables: Tables, ids: Ids, table: str, column: str) -> IntArray:
    if len(tables[table]):
        return linked(tables, ids, table, column)
    return np.full(len(ids[table]), MISSING, dtype=np.int64)


def _blank(length: int) -> TextArray:
    return np.full(length, "", dtype=object)
