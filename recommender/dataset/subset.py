"""Which records were known on a given day."""

from __future__ import annotations

from dataclasses import fields
from typing import TypeVar

import numpy as np

from recommender.dataset.tables import Assessments, Feedback, History, Reviews
from recommender.domain import BoolArray, DateArray

Records = TypeVar("Records", History, Assessments, Reviews, Feedback)


def take(records: Records, keep: BoolArray) -> Records:
    """Return the records where `keep` is true."""
    return type(records)(*(getattr(records, field.name)[keep] for field in fields(records)))


def joined(first: Records, second: Records) -> Records:
    """Return the records of both, those of `second` last."""
    names = [field.name for field in fields(first)]
    return type(first)(*(np.concatenate([getattr(first, name), getattr(second, name)]) for name in names))


def before(
    day: np.datetime64, history: History, assessments: Assessments, reviews: Reviews, feedback: Feedback
) -> tuple[History, Assessments, Reviews, Feedback]:
    """Return the records known when `day` began; those without a date are kept."""
    over = _known(history.moment, day) & _known(history.completed_on, day)
    return (
        take(history, over),
        take(assessments, _known(assessments.assessed_on, day)),
        take(reviews, _known(reviews.period_end, day)),
        take(feedback, _known(feedback.submitted_on, day)),
    )


def latest_day(
    history: History, assessments: Assessments, reviews: Reviews, feedback: Feedback
) -> np.datetime64:
    """Return the latest day in any record, NaT where there is none."""
    days = np.concatenate(
        [
            history.started_on,
            history.completed_on,
            assessments.assessed_on,
            reviews.period_end,
            feedback.submitted_on,
        ]
    )
    known = days[~np.isnat(days)]
    return known.max() if len(known) else np.datetime64("NaT", "D")


def _known(days: DateArray, day: np.datetime64) -> BoolArray:
    return np.isnat(days) | (days < day)
