"""What one person is to attend in a year, and which session of a program comes next."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Literal

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import MISSING
from recommender.engine.exclusions import credited_in
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
    ledger_id : of the answer that suggests it, of suggestions only.
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
    ledger_id: str = ""
    is_compulsory: bool = False
    counts: bool = False


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """The plan of one person for one year.

    Attributes
    ----------
    items : accepted ones by their first day, then suggested ones, the best first, then declined ones.
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
    def seen(self) -> str:
        """By what an approval names that this was seen."""
        return seen_of([self])

    @property
    def verdict(self) -> Verdict:
        """Where the hours done and planned lie: "below" the floor, "above" the ceiling, or "within" both."""
        return replace(self.hours, done=self.hours.done + self.planned_hours).verdict

    def in_state(self, state: State) -> tuple[Item, ...]:
        """Return the items that are accepted, suggested or declined."""
        return tuple(one for one in self.items if one.state == state)


def seen_of(plans: Iterable[PersonPlan]) -> str:
    """Return a digest of what an approval of these plans would keep: accepted programs, and of whom.

    Who approves names by it what he saw: where it differs at that moment, something was decided meanwhile.
    """
    told = [
        (one.employee_id, one.name, one.position, asdict(one.hours), [asdict(item) for item in accepted])
        for one in plans
        if (accepted := one.in_state("accepted"))
    ]
    return sha256(json.dumps(told, default=str).encode()).hexdigest()


class Year:
    """The programs of a catalogue as plans of one year show them, each looked up once.

    Parameters
    ----------
    from_day : sessions that begin before it are over for a plan; NaT = none is.
    """

    def __init__(self, dataset: Dataset, year: int, from_day: np.datetime64) -> None:
        self._dataset, self.year, self._from_day = dataset, year, from_day
        self._items: dict[str, Item] = {}

    def item(self, program_id: str) -> Item:
        """Return a program as a suggestion; of one that the catalogue does not have only the id is known."""
        if program_id not in self._items:
            self._items[program_id] = self._looked_up(program_id)
        return self._items[program_id]

    def _looked_up(self, program_id: str) -> Item:
        dataset = self._dataset
        row, programs = dataset.programs.ids.row(program_id), dataset.programs
        if row == MISSING:
            return Item(program_id, program_id, "", "", None, None, None, None, "suggested")
        session = next_session(dataset, row, self._from_day, self.year) or (None, None)
        return Item(
            program_id=program_id,
            title=str(programs.title[row] or program_id),
            provider=str(programs.provider[row]),
            form=str(programs.form[row]),
            hours=_known(credited_in(dataset)[row]),
            cost=_known(programs.cost[row]),
            starts_on=session[0],
            ends_on=session[1],
            state="suggested",
        )


def next_session(
    dataset: Dataset, program_row: int, from_day: np.datetime64, year: int
) -> tuple[date, date | None] | None:
    """Return first and last day of a program's first session of a year that begins on or after a day.

    Without a day (NaT) it is the first of the year. The last day is None where it is not known.
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


def plan_of(
    items: tuple[Item, ...], hours: Hours, person: tuple[str, str, str], *, hidden: bool = False
) -> PersonPlan:
    """Return a person's plan with its sums; `person` is employee_id, name and position."""
    counted = [one for one in items if one.counts]
    return PersonPlan(
        *person,
        items=items,
        hours=hours,
        planned_hours=sum((one.hours or 0.0 for one in counted), 0.0),
        planned_cost=sum((one.cost or 0.0 for one in counted), 0.0),
        hidden=hidden,
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
