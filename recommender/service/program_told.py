"""What pages of programs show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.explain import Verdict

Sort = Literal["title", "hours", "cost", "takers", "rating", "effect", "session"]
Only = Literal["", "open", "compulsory", "works", "little", "unknown"]


@dataclass(frozen=True, slots=True)
class ProgramsWanted:
    """Which programs are listed, and in which order; a page beyond the last is the last.

    Attributes
    ----------
    search : words that must all stand in title, id or provider; case does not count.
    sort : takers, rating and effect the highest first, all else the lowest; what is not known comes last.
    only : offered with a session to come or without dates, compulsory for somebody, or of one verdict.
    form, competency : a form of training; the id of a competency that is taught. "" = all.
    """

    search: str = ""
    sort: Sort = "title"
    only: Only = ""
    form: str = ""
    competency: str = ""
    page: int = 1
    size: int = 25


@dataclass(frozen=True, slots=True)
class Taught:
    """One competency that a program teaches, and what attending was found to change.

    The effect is the rise in levels of somebody who enters at the entry level: share times promised rise.

    Attributes
    ----------
    kind : of the competency; "" where it is not known.
    promised : target less entry level.
    share : part of the promise that is kept; `effect` in levels, with its 95 % interval.
    measured : whether the figure is mainly the program's own; else it is borrowed from programs like it, or
        is the usual share of all.
    judged : how many were assessed in it after attending; None where they are too few to be shown.
    borrowed : part of what is known that comes from elsewhere, 0 to 1; None until it was measured.
    verdict, verdict_text : as `explain/findings.py` defines them; "unknown" until it was measured.
    warnings : what to keep in mind, in words.
    """

    competency_id: str
    name: str
    kind: str
    entry: float
    target: float
    promised: float
    share: float
    effect: float
    lower: float
    upper: float
    measured: bool
    judged: int | None
    borrowed: float | None
    verdict: Verdict
    verdict_text: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SessionAhead:
    """A run that has not begun on the data's date; days are ISO, "" where none is given."""

    session_id: str
    starts_on: str
    ends_on: str
    seats: int | None


@dataclass(frozen=True, slots=True)
class ProgramRow:
    """A program in the list.

    Attributes
    ----------
    hours : length in JP; `credited` what counts for the year. None where unknown.
    is_open : offered, and not all of its sessions have begun.
    takers : people who ever took it; None where they are too few to be shown (0 is shown).
    rating : mean of all ratings; None without any, or with too few.
    next_session : first day of the next run, ISO; "" where none is ahead.
    best : what it teaches best: the outcome of the largest effect; None where it declares nothing.
    is_compulsory : whether a mandate asks it of somebody.
    """

    program_id: str
    title: str
    provider: str
    form: str
    hours: float | None
    credited: float | None
    cost: float | None
    is_open: bool
    takers: int | None
    rating: float | None
    next_session: str
    taught: tuple[Taught, ...]
    best: Taught | None
    is_compulsory: bool


@dataclass(frozen=True, slots=True)
class ProgramList:
    """A page of the list.

    Attributes
    ----------
    total, shown : programs in all, and after search and filters.
    forms : all forms there are. competencies : (id, name) of all that are taught, by name.
    effects_ready : whether effects were measured; if not, verdicts say "unknown" and intervals are wider.
    rating_scale : least and highest rating of the policy.
    """

    rows: tuple[ProgramRow, ...]
    total: int
    shown: int
    page: int
    pages: int
    forms: tuple[str, ...]
    competencies: tuple[tuple[str, str], ...]
    effects_ready: bool
    rating_scale: tuple[float, float]
    as_of: str


@dataclass(frozen=True, slots=True)
class Group:
    """How many people of a group took a program; name "" = not stated. Units have ids, others their name."""

    id: str
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Reach:
    """Who took a program, by one attribute, the largest group first.

    Attributes
    ----------
    hidden : groups that are too small to be shown, or that a small one could be worked out from.
    """

    groups: tuple[Group, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class PhaseRating:
    """Ratings of one phase of evaluation by one kind of respondent; too few are left out.

    Attributes
    ----------
    phase : "reaction", "learning", "behaviour", "result", or "" where it is not stated; `name` in words.
    respondent : in words.
    """

    phase: str
    name: str
    respondent: str
    ratings: int
    mean: float


@dataclass(frozen=True, slots=True)
class Mandated:
    """Whom a program is compulsory for: those of position, tier and unit; "" binds all. `due_on` is ISO."""

    mandate_id: str
    position: str
    tier: str
    unit: str
    due_on: str
    repeat_months: float | None


@dataclass(frozen=True, slots=True)
class Admits:
    """Whom a program admits; (), "" and None admit all.

    Attributes
    ----------
    grade_min : the lowest grades admitted, by name. prerequisites : (program_id, title) to complete before.
    """

    tiers: tuple[str, ...]
    employment_types: tuple[str, ...]
    grade_min: str
    service_years_min: float | None
    years_to_retirement_min: float | None
    prerequisites: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """Whom a program reached.

    Attributes
    ----------
    begun, completed, completed_share : how often it was begun and completed; None where few took it.
    by_tier, by_employment_type, by_unit : people who took it.
    """

    begun: int | None
    completed: int | None
    completed_share: float | None
    by_tier: Reach
    by_employment_type: Reach
    by_unit: Reach


@dataclass(frozen=True, slots=True)
class ProgramPage:
    """All about one program; `row` is what the list says of it, `row.taught` what it teaches."""

    row: ProgramRow
    description: str
    provider_type: str
    language: str
    admits: Admits
    reached: Reached
    ratings: tuple[PhaseRating, ...]
    sessions: tuple[SessionAhead, ...]
    mandates: tuple[Mandated, ...]
    effects_ready: bool
    rating_scale: tuple[float, float]
    as_of: str
