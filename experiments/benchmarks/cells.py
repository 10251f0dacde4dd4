"""What simple rules say of levels: one value per employee and competency, from the assessments alone."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray

ROLE_MEAN = "role mean"
_MANAGER, _SELF = "supervisor", "self"


def read_levels(path: Path, dataset: Dataset) -> FloatArray:
    """Return the true level of each employee in each competency, shape (n, C); NaN where none is given."""
    levels = np.full((len(dataset.employees.ids), len(dataset.competencies.ids)), np.nan)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = dataset.employees.ids.row(row["employee_id"])
            levels[place, dataset.competencies.ids.row(row["competency_id"])] = float(row["level"])
    return levels


def required(dataset: Dataset) -> FloatArray:
    """Return the level that each employee's position requires, shape (n, C); NaN where it requires none."""
    position = dataset.employees.position
    level = np.full((len(position), len(dataset.competencies.ids)), np.nan)
    level[position != MISSING] = dataset.positions.level[position[position != MISSING]]
    return np.where(level > 0, level, np.nan)


def assessment_counts(dataset: Dataset) -> IntArray:
    """Return how many assessments there are of each employee in each competency, shape (n, C)."""
    counts = np.zeros((len(dataset.employees.ids), len(dataset.competencies.ids)), dtype=np.int64)
    np.add.at(counts, (dataset.assessments.employee, dataset.assessments.competency), 1)
    return counts


def simple_levels(dataset: Dataset) -> Mapping[str, FloatArray]:
    """Return what each rule says, all of shape (n, C); where a rule has nothing, the role mean stands in."""
    role = role_means(dataset)
    source = dataset.assessments.source.astype(str)
    anyone = np.ones(len(source), dtype=bool)
    last = latest(dataset, anyone)
    found = {
        "last assessment": last,
        "mean of assessments": _means(dataset),
        "manager over self": _first_known(
            latest(dataset, source == _MANAGER), latest(dataset, source == _SELF), last
        ),
    }
    return {name: _first_known(values, role) for name, values in found.items()} | {ROLE_MEAN: role}


def role_means(dataset: Dataset) -> FloatArray:
    """Return the mean assessment of all holders of each employee's position, shape (n, C).

    Where a position has none it is that of the competency, and where that has none the level required.
    """
    judged, position = dataset.assessments, dataset.employees.position
    columns, level = len(dataset.competencies.ids), judged.level
    positions = len(dataset.positions.ids)
    role = np.where(position == MISSING, positions, position)  # those without one together
    by_role = _cell_means(role[judged.employee], judged.competency, level, (positions + 1, columns))
    nobody = np.zeros(len(level), dtype=np.int64)
    by_competency = _cell_means(nobody, judged.competency, level, (1, columns))
    return _first_known(by_role[role], np.repeat(by_competency, len(role), axis=0), required(dataset))


def latest(dataset: Dataset, chosen: BoolArray) -> FloatArray:
    """Return the latest of the chosen assessments, shape (n, C); of one day the last in the table counts."""
    judged = dataset.assessments
    rows = np.flatnonzero(chosen)
    order = rows[np.argsort(judged.assessed_on[rows].astype("datetime64[D]"), kind="stable")]
    undated = np.isnat(judged.assessed_on[order])  # NaT sorts last
    order = np.concatenate([order[undated], order[~undated]])
    levels = np.full((len(dataset.employees.ids), len(dataset.competencies.ids)), np.nan)
    levels[judged.employee[order], judged.competency[order]] = judged.level[order]
    return levels


def _means(dataset: Dataset) -> FloatArray:
    judged = dataset.assessments
    shape = (len(dataset.employees.ids), len(dataset.competencies.ids))
    return _cell_means(judged.employee, judged.competency, judged.level, shape)


def _cell_means(row: IntArray, column: IntArray, values: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Return the mean of the values in each cell, NaN in empty ones."""
    cell = row * shape[1] + column
    count = np.bincount(cell, minlength=shape[0] * shape[1])
    total = np.bincount(cell, values, minlength=shape[0] * shape[1])
    means = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return np.asarray(means.reshape(shape))


def _first_known(*choices: FloatArray) -> FloatArray:
    """Return in each cell the first of the choices that is not NaN."""
    found = choices[0]
    for choice in choices[1:]:
        found = np.where(np.isnan(found), choice, found)
    return found
