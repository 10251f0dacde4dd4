"""The data contract, version 1: every table, column and rule that a single value must keep.

This file is the only place where a table or a column is named for reading; the readers, the checks, the
data dictionary and the simulator all follow it. Rules that span tables live in `dataset/rules.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

VERSION = 1
EARLIEST = date(1950, 1, 1)  # nobody in service has a day before it: an earlier one is a slip of the pen


class Kind(StrEnum):
    """What a cell holds, and so how its text is read."""

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    LEVEL = "level"  # a number on the policy's level scale
    RATING = "rating"  # a number on the policy's feedback scale
    DATE = "date"
    FLAG = "flag"  # true or false
    LIST = "list"  # texts separated by semicolons


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    choices : the only texts allowed; empty means any.
    minimum, maximum : bounds of a number, both inclusive.
    earliest : the first day allowed; None means any.
    recorded : a day of what has happened, so that it cannot lie after today.
    references : the table whose key this id must be found in, when that table is there.
    about : one line for the data dictionary.
    """

    name: str
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    references: str | None = None
    earliest: date | None = None
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes
    ----------
    key : columns that must be present and filled; together they are unique if `unique`.
    filled : further columns that must be present and filled.
    switches_off : what the engine cannot do when the table is absent.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    filled: tuple[str, ...] = ()
    unique: bool = True
    required: bool = False
    switches_off: str = ""

    def column(self, name: str) -> Column:
        """Return the column called `name`."""
        return next(column for column in self.columns if column.name == name)


def _id(name: str, about: str, references: str | None = None) -> Column:
    return Column(name, Kind.ID, about, references=references)


def _text(name: str, about: str, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, Kind.TEXT, about, choices=choices)


def _number(name: str, about: str, minimum: float | None = 0.0, maximum: float | None = None) -> Column:
    return Column(name, Kind.NUMBER, about, minimum=minimum, maximum=maximum)


def _level(name: str, about: str) -> Column:
    return Column(name, Kind.LEVEL, about)


def _date(name: str, about: str) -> Column:
    return Column(name, Kind.DATE, about)


def _recorded(name: str, about: str) -> Column:
    return Column(name, Kind.DATE, about, earliest=EARLIEST, recorded=True)


COMPETENCY_KINDS = ("technical", "managerial", "sociocultural", "governmental")
EMPLOYMENT_TYPES = ("PNS", "PPPK")
TRAINING_STATUSES = ("completed", "dropped", "failed")
FEEDBACK_PHASES = ("reaction", "learning", "behaviour", "result")

_ALL = (
    Table(
        "competencies",
        "what a person can be good at",
        (
            _id("competency_id", "the competency's code"),
            _text("name", "name in English"),
            _text("name_id", "name in Indonesian"),
            _text("kind", "what sort of competency it is", COMPETENCY_KINDS),
            _text("description", "what it means"),
        ),
        key=("competency_id",),
        switches_off="the names and kinds of competencies; ids named by other tables are kept",
    ),
    Table(
        "positions",
        "job roles",
        (
            _id("position_id", "the position's code"),
            _text("title", "the position's title"),
            _text("tier", "rank group of the position, as the policy names it"),
            _text("description", "what the holder does"),
            _id("next_position_id", "the usual next position", references="positions"),
        ),
        key=("position_id",),
        switches_off="everything that depends on the job role",
    ),
    Table(
        "position_requirements",
        "the level of each competency a position asks for",
        (
            _id("position_id", "the position", references="positions"),
            _id("competency_id", "the competency", references="competencies"),
            _level("required_level", "the level asked for"),
            _number("weight", "importance; empty means 1"),
        ),
        key=("position_id", "competency_id"),
        filled=("required_level",),
        switches_off="gaps, benefit and the gap ranker",
    ),
    Table(
        "units",
        "the organisation",
        (
            _id("unit_id", "the unit's code"),
            _text("name", "the unit's name"),
            _id("parent_unit_id", "the unit above", references="units"),
            _id("manager_id", "the employee who leads it", references="employees"),
        ),
        key=("unit_id",),
        switches_off="unit features",
    ),
    Table(
        "employees",
        "the people",
        (
            _id("employee_id", "the person's id; 18 digits are read as an NIP and checked as one"),
            _text("name", "the person's name; never enters a model or a log"),
            _id("position_id", "the position held", references="positions"),
            _id("unit_id", "the unit worked in", references="units"),
            _text("employment_type", "kind of employment", EMPLOYMENT_TYPES),
            _text("grade", "rank (golongan), as the policy names it"),
            Column("hired_on", Kind.DATE, "first day of service", earliest=EARLIEST),
            _id("target_position_id", "the position aimed at", references="positions"),
            _text("status", "empty or one of the policy's active statuses = active"),
        ),
        key=("employee_id",),
        required=True,
    ),
    Table(
        "employee_audit",
        "what only eligibility (age) and fairness audits may read; never a feature",
        (
            _id("employee_id", "the person", references="employees"),
            _text("sex", "as recorded"),
            _number("birth_year", "year of birth", minimum=1900.0, maximum=2100.0),
        ),
        key=("employee_id",),
        switches_off="the years-to-retirement rule and fairness audits",
    ),
    Table(
        "programs",
        "what can be attended",
        (
            _id("program_id", "the program's code"),
            _text("title", "the program's title"),
            _text("description", "what it teaches"),
            _text("provider", "who gives it"),
            _text("provider_type", "government, university, professional_body, private ..."),
            _text("form", "form of training, as the policy names it"),
            _number("hours", "length in JP (45 minutes)"),
            _number("cost", "cost per participant"),
            _text("language", "language of teaching"),
            Column("active", Kind.FLAG, "whether it is offered; empty means yes"),
        ),
        key=("program_id",),
        required=True,
    ),
    Table(
        "program_outcomes",
        "what each program is meant to teach",
        (
            _id("program_id", "the program", references="programs"),
            _id("competency_id", "the competency", references="competencies"),
            _level("entry_level", "the level a participant should bring; empty means the scale's minimum"),
            _level("target_level", "the level a participant should leave with"),
        ),
        key=("program_id", "competency_id"),
        filled=("target_level",),
        switches_off="benefit and the gap ranker",
    ),
    Table(
        "program_prerequisites",
        "what must be completed before",
        (
            _id("program_id", "the program", references="programs"),
            _id("prerequisite_program_id", "what must be completed first", references="programs"),
        ),
        key=("program_id", "prerequisite_program_id"),
        switches_off="the prerequisite rule",
    ),
    Table(
        "program_eligibility",
        "who may attend; an empty cell lifts that rule",
        (
            _id("program_id", "the program", references="programs"),
            Column("tiers", Kind.LIST, "tiers admitted, separated by ;"),
            Column("employment_types", Kind.LIST, "kinds of employment admitted, separated by ;"),
            _text("grade_min", "lowest grade admitted"),
            _number("service_years_min", "least years of service"),
            _number("years_to_retirement_min", "least years left before retirement"),
        ),
        key=("program_id",),
        switches_off="the eligibility rule",
    ),
    Table(
        "program_sessions",
        "dated runs with seats",
        (
            _id("session_id", "the session's code"),
            _id("program_id", "the program", references="programs"),
            _date("starts_on", "first day"),
            _date("ends_on", "last day"),
            _number("seats", "places"),
        ),
        key=("session_id",),
        filled=("program_id",),
        switches_off="dates and seats",
    ),
    Table(
        "mandates",
        "who must attend what; an empty position, tier or unit means all",
        (
            _id("mandate_id", "the mandate's code"),
            _id("program_id", "the program", references="programs"),
            _id("position_id", "the position it binds", references="positions"),
            _text("tier", "the tier it binds"),
            _id("unit_id", "the unit it binds", references="units"),
            _date("due_on", "to be done by"),
            _number("repeat_months", "to be repeated after so many months", minimum=1),
        ),
        key=("mandate_id",),
        filled=("program_id",),
        switches_off="mandatory programs and the validity of a completion",
    ),
    Table(
        "training_records",
        "who attended what; row order counts where dates tie or are missing",
        (
            _id("employee_id", "the person", references="employees"),
            _id("program_id", "the program", references="programs"),
            _recorded("started_on", "first day"),
            _recorded("completed_on", "day of completion"),
            _text("status", "how it ended; empty means completed", TRAINING_STATUSES),
            _number("score", "final score, 0-100", maximum=100.0),
            _number("pre_score", "test before, 0-100", maximum=100.0),
            _number("post_score", "test after, 0-100", maximum=100.0),
            _number("hours", "hours credited in JP"),
        ),
        key=("employee_id", "program_id"),
        unique=False,
        switches_off="every ranker that learns from histories; nothing can be backtested",
    ),
    Table(
        "assessments",
        "judgements of a person's level",
        (
            _id("employee_id", "the person", references="employees"),
            _id("competency_id", "the competency", references="competencies"),
            _level("level", "the level judged"),
            _text("source", "assessment_centre, supervisor, peer, self, test ...; case does not count"),
            _recorded("assessed_on", "day of the judgement"),
            _id("assessor_id", "who judged; 18 digits are checked as an NIP"),
        ),
        key=("employee_id", "competency_id"),
        filled=("level",),
        unique=False,
        switches_off="measured levels; beliefs rest on the position's tier and on training alone",
    ),
    Table(
        "performance_reviews",
        "yearly or periodic appraisal, both eras",
        (
            _id("employee_id", "the person", references="employees"),
            _recorded("period_end", "last day of the period"),
            _text("result_rating", "work result against expectation, as the policy names it"),
            _text("behaviour_rating", "work behaviour against expectation, as the policy names it"),
            _text("predicate", "overall predicate, as the policy names it"),
            _number("score", "0-120 score of the older rules", maximum=120.0),
        ),
        key=("employee_id",),
        unique=False,
        switches_off="performance as weak evidence",
    ),
    Table(
        "feedback",
        "what participants and supervisors say of a program",
        (
            _id("feedback_id", "the answer's code"),
            _id("employee_id", "the participant", references="employees"),
            _id("program_id", "the program", references="programs"),
            _text("phase", "which of the four evaluation levels", FEEDBACK_PHASES),
            _text("respondent", "self, supervisor, peer ..."),
            _text("aspect", "what is rated"),
            Column("rating", Kind.RATING, "rating on the policy's feedback scale"),
            _text("comment", "free text"),
            _recorded("submitted_on", "day of the answer"),
        ),
        key=("feedback_id",),
        switches_off="feedback features",
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
