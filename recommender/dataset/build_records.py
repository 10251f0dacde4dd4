"""Training records, assessments, reviews and feedback as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.dataset.cells import CheckedTable, Tables
from recommender.dataset.links import linked
from recommender.dataset.tables import Assessments, Feedback, History, Reviews
from recommender.domain import DateArray, FloatArray, IntArray, TextArray, Vocabulary

Ids = Mapping[str, Vocabulary]


def build_history(tables: Tables, ids: Ids) -> History:
    """Return the training records by employee, moment and row."""
    table = tables["training_records"]
    employee = linked(tables, ids, "training_records", "employee_id")
    started, completed = table.values("started_on"), table.values("completed_on")
    status = table.texts("status")
    status[status == ""] = "completed"
    moment = moments(employee, np.where(np.isnat(started), completed, started))
    order = np.lexsort((np.arange(len(table)), moment, employee))
    return History(
        employee=employee[order],
        program=linked(tables, ids, "training_records", "program_id")[order],
        moment=moment[order],
        started_on=started[order],
        completed_on=completed[order],
        status=status[order],
        score=table.values("score")[order],
        pre_score=table.values("pre_score")[order],
        post_score=table.values("post_score")[order],
        hours=table.values("hours")[order],
        row=order,
    )


def moments(employee: IntArray, day: DateArray) -> DateArray:
    """Give a record without a day the day of the record before it in the same person's rows.

    Undated rows that stand before the person's first dated one get that one's day, which keeps them in
    front of it; a person without any date keeps NaT.
    """
    order = np.argsort(employee, kind="stable")
    people, days = employee[order], day[order]
    place = np.arange(len(days))
    dated = ~np.isnat(days)
    before = np.maximum.accumulate(np.where(dated, place, -1))
    after = np.minimum.accumulate(np.where(dated, place, len(days))[::-1])[::-1]
    starts, ends = np.searchsorted(people, people, "left"), np.searchsorted(people, people, "right")
    source = np.where(before >= starts, before, np.where(after < ends, after, place))
    filled = np.empty_like(day)
    filled[order] = days[source]
    return filled


def build_assessments(tables: Tables, ids: Ids) -> Assessments:
    """Return the judgements of levels."""
    table = tables["assessments"]
    return Assessments(
        employee=linked(tables, ids, "assessments", "employee_id"),
        competency=linked(tables, ids, "assessments", "competency_id"),
        level=table.values("level"),
        source=_folded(table, "source"),
        assessed_on=table.values("assessed_on"),
        assessor=table.texts("assessor_id"),
    )


def _folded(table: CheckedTable, column: str) -> TextArray:
    """Return a column's texts in small letters, so that `Self` and `self` are one source."""
    cells = table.columns[column]
    words = np.empty(len(cells.words), dtype=object)
    words[:] = [word.strip().casefold() for word in cells.words]
    return words[cells.codes]


def build_reviews(tables: Tables, ids: Ids) -> Reviews:
    """Return the performance reviews with the policy's numbers for their words."""
    table, words = tables["performance_reviews"], tables.policy.performance
    return Reviews(
        employee=linked(tables, ids, "performance_reviews", "employee_id"),
        period_end=table.values("period_end"),
        result=_numbers(table, "result_rating", words.ratings),
        behaviour=_numbers(table, "behaviour_rating", words.ratings),
        predicate=_numbers(table, "predicate", words.predicates),
        score=table.values("score"),
    )


def _numbers(table: CheckedTable, column: str, numbers: Mapping[str, float]) -> FloatArray:
    folded = {word.casefold(): number for word, number in numbers.items()}
    cells = table.columns[column]
    return np.array([folded.get(word.casefold(), np.nan) for word in cells.words])[cells.codes]


def build_feedback(tables: Tables, ids: Ids) -> Feedback:
    """Return what people say of programs."""
    table = tables["feedback"]
    return Feedback(
        employee=linked(tables, ids, "feedback", "employee_id"),
        program=linked(tables, ids, "feedback", "program_id"),
        phase=table.texts("phase"),
        respondent=table.texts("respondent"),
        aspect=table.texts("aspect"),
        rating=table.values("rating"),
        comment=table.texts("comment"),
        submitted_on=table.values("submitted_on"),
    )
