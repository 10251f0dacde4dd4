"""What one person is to attend in a year, and which session of a program comes next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from recommender.dataset import Dataset
from recommender.planning.hours import Hours, Verdict

State = Literal["accepted", "suggested", "declined"]


@dataclass(frozen=True, slots=True)
class Item:
    """One program in a person's plan.

    Attributes
    ----------
    hours : JP it is credited with; None where unknown, as `cost`.
    starts_on, ends_on : of the next session in the year; None where none is known.
    state : decided for, proposed and not decided, or decided against.
    decided_by, decided_at, reason : of the decision; "" and None for a suggestion.
    benefit, benefit_low, benefit_high : expected weighted gap closed and its 80 % interval, of suggestions
        only: who decided may have seen other figures.
    is_compulsory : whether a mandate asks it of the person and no completion covers it.
    counts : whether its hours and cost are still to come: accepted, and not completed in the year already.
    """

    program_id: str
    title: str
    provider: str
    form: str
    hours: float | None
    cost: float | None
    starts_on: date | None
    ends_on: date | None
    state: State
    decided_by: str = ""
    decided_at: str = ""
    reason: str | None = None
    benefit: float | None = None
    benefit_low: float | None = None
    benefit_high: float | None = None
    is_compulsory: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """The plan of one person for one year.

    Attributes
    ----------
    items : accepted first, then suggested, then declined.
    hours : JP done in the year of the plan, and what the policy asks.
    planned_hours, planned_cost : sums over the accepted programs that are not completed in the year already;
        what is unknown counts as nothing.
    hidden : whether an objection keeps suggestions back.
    """

    employee_id: str
    name: str
    position: str
    items: tuple[Item, ...]
    hours: Hours
    planned_hours: float
    planned_cost: float
    hidden: bool = False

    @property
    def verdict(self) -> Verdict:
        """Where the hours done and planned lie: "below" the floor, "above" the ceiling, or "within"."""
        return replace(self.hours, done=self.hours.done + self.planned_hours).verdict


def next_session(
    dataset: Dataset, program_row: int, from_day: np.datetime64, year: int
) -> tuple[date, date | None] | None:
    """Return first and last day of a program's first session of a year that begins on or after a day.

    Without a day (NaT) every session of the year may be it. The last day is None where it is not known.
    """
    sessions = dataset.sessions
    begins = sessions.starts_on
    fits = (sessions.program == program_row) & (
        begins.astype("datetime64[Y]") == np.datetime64(str(year), "Y")
    )
    if not np.isnat(from_day):
        fits &= begins >= from_day
    rows = np.flatnonzero(fits)
    if not len(rows):
        return None
    first = rows[np.argmin(begins[rows])]
    last = sessions.ends_on[first]
    return begins[first].item(), None if np.isnat(last) else last.item()
