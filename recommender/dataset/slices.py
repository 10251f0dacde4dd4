"""Datasets of a few people, made from rows that were checked when they were kept.

A catalogue is a dataset without people; `with_people` adds some of them at the cost of their own records.
With the city's norms (`norms.py`) an engine answers these few as if everybody were there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from recommender.dataset.build_programs import (
    build_eligibility,
    build_mandates,
    build_programs,
    build_sessions,
)
from recommender.dataset.build_records import build_assessments, build_feedback, build_history, build_reviews
from recommender.dataset.build_roles import build_competencies, build_employees, build_positions, build_units
from recommender.dataset.cells import Cells, CheckedTable, Tables
from recommender.dataset.dataset import Dataset
from recommender.dataset.norms import Norms
from recommender.dataset.subset import latest_day
from recommender.dataset.tables import Assessments, Feedback, History, Reviews
from recommender.domain import Vocabulary
from recommender.policy import Policy
from recommender.schema import TABLES, Kind, Table

Rows = Sequence[Sequence[object]]  # one value per column of the contract, None where empty
OF_PEOPLE = (
    *("employees", "employee_audit", "training_records", "assessments"),
    *("performance_reviews", "feedback"),
)
CATALOGUE = tuple(name for name in TABLES if name not in OF_PEOPLE)
_NAMED_ELSEWHERE = ("competencies", "positions", "units")
_NEVER = date.max  # rows that were checked are not checked against today again


def catalogue_of(policy: Policy, rows: Mapping[str, Rows], named: Mapping[str, Iterable[str]]) -> Dataset:
    """Return a dataset of everything but people.

    Parameters
    ----------
    rows : rows of the tables of `CATALOGUE`.
    named : ids of competencies, positions and units that other tables name, for tables without rows.
    """
    tables = _tables(policy, rows)
    ids = {
        name: Vocabulary(tables[name].texts(TABLES[name].key[0])) for name in ("programs", *_NAMED_ELSEWHERE)
    }
    for name in _NAMED_ELSEWHERE:
        if not len(tables[name]):
            ids[name] = Vocabulary(dict.fromkeys(named.get(name, ())))
    ids["employees"] = Vocabulary(())
    history, assessments, reviews, feedback = _records(tables, ids)
    return Dataset(
        policy,
        build_competencies(tables, ids),
        build_positions(tables, ids),
        build_units(tables, ids),
        build_employees(tables, ids),
        build_programs(tables, ids),
        build_eligibility(tables, ids),
        build_sessions(tables, ids),
        build_mandates(tables, ids),
        history,
        assessments,
        reviews,
        feedback,
        absent=tables.absent,
        as_of=np.datetime64("NaT", "D"),
        digest="",
    )


def with_people(catalogue: Dataset, rows: Mapping[str, Rows], norms: Norms | None) -> Dataset:
    """Return the catalogue with some people, each with all of their records.

    Parameters
    ----------
    rows : rows of `employees`, `employee_audit` and the tables of records, in the order they were kept.
    norms : of the whole city; None where these people are all.
    """
    tables = _tables(catalogue.policy, rows)
    ids = {
        "employees": Vocabulary(tables["employees"].texts("employee_id")),
        "programs": catalogue.programs.ids,
        "competencies": catalogue.competencies.ids,
        "positions": catalogue.positions.ids,
        "units": catalogue.units.ids,
    }
    history, assessments, reviews, feedback = _records(tables, ids)
    latest = latest_day(history, assessments, reviews, feedback)
    known = [day for day in (latest, catalogue.as_of if norms is None else norms.as_of) if not np.isnat(day)]
    return replace(
        catalogue,
        employees=build_employees(tables, ids),
        history=history,
        assessments=assessments,
        reviews=reviews,
        feedback=feedback,
        as_of=max(known) if known else latest,
        norms=norms,
    )


def _records(tables: Tables, ids: Mapping[str, Vocabulary]) -> tuple[History, Assessments, Reviews, Feedback]:
    return (
        build_history(tables, ids),
        build_assessments(tables, ids),
        build_reviews(tables, ids),
        build_feedback(tables, ids),
    )


def _tables(policy: Policy, rows: Mapping[str, Rows]) -> Tables:
    return Tables(policy, {name: typed_table(TABLES[name], rows.get(name, ())) for name in TABLES}, _NEVER)


def typed_table(table: Table, rows: Rows) -> CheckedTable:
    """Return rows of typed values as a checked table."""
    count = len(rows)
    places = np.arange(count)
    columns = {}
    by_column = zip(*rows, strict=True) if count else ((),) * len(table.columns)
    for column, values in zip(table.columns, by_column, strict=True):
        columns[column.name] = _cells(column.kind, values, places)
    given = tuple(column.name for column in table.columns)
    return CheckedTable(table, table.name, places + 2, columns, given if count else (), whole=True)


def _cells(kind: Kind, values: Sequence[object], places: np.ndarray) -> Cells:
    words = np.empty(len(values) + 1, dtype=object)
    if kind in (Kind.ID, Kind.TEXT, Kind.LIST):
        words[:-1] = ["" if value is None else value for value in values]
        words[-1] = ""
        return Cells(places, words, words)
    words[:] = ""
    if kind is Kind.DATE:
        return Cells(places, words, np.array([*values, None], dtype="datetime64[D]"))
    numbers = np.array([np.nan if value is None else value for value in (*values, None)], dtype=float)
    return Cells(places, words, numbers)
