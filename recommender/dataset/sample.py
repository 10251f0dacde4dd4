"""The data of some people alone."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.dataset.subset import Records, take
from recommender.dataset.tables import Employees, History
from recommender.domain import MISSING, IntArray, Vocabulary


def of_people(dataset: Dataset, rows: IntArray) -> Dataset:
    """Return the data of these employees alone, in the order given; catalogue, roles and units stay whole.

    Managers who are not among them are no longer known. The date stays that of all the data.

    Parameters
    ----------
    rows : distinct rows of employees.
    """
    place = np.full(len(dataset.employees.ids) + 1, MISSING)  # one more: what MISSING itself turns into
    place[rows] = np.arange(len(rows))
    return replace(
        dataset,
        employees=_employees(dataset.employees, rows),
        units=replace(dataset.units, manager=place[dataset.units.manager]),
        history=_by_person(_of(dataset.history, place)),
        assessments=_of(dataset.assessments, place),
        reviews=_of(dataset.reviews, place),
        feedback=_of(dataset.feedback, place),
    )


def _employees(employees: Employees, rows: IntArray) -> Employees:
    columns = [getattr(employees, field.name)[rows] for field in fields(employees)[1:]]
    return Employees(Vocabulary(employees.ids[row] for row in rows), *columns)


def _of(records: Records, place: IntArray) -> Records:
    """Return the records of those who have a place, their row of employees replaced by it."""
    known = take(records, place[records.employee] != MISSING)
    return replace(known, employee=place[known.employee])


def _by_person(history: History) -> History:
    order = np.argsort(history.employee, kind="stable")
    return History(*(getattr(history, field.name)[order] for field in fields(history)))
