"""What the contract's tables become: frozen arrays, one class per table, rows in the file's order.

References between tables are row numbers (`MISSING` where empty or where the table is absent), dates are days
(NaT where empty), numbers are NaN and texts "" where empty. `n` stands for the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from recommender.domain import BoolArray, DateArray, FloatArray, IntArray, TextArray, Vocabulary


@dataclass(frozen=True, slots=True)
class Competencies:
    """Competencies; also those that only other tables name, so that nothing is lost."""

    ids: Vocabulary
    name: TextArray
    name_id: TextArray
    kind: TextArray
    description: TextArray


@dataclass(frozen=True, slots=True)
class Positions:
    """Job roles and what they require; `level` and `weight` have shape (positions, competencies).

    `level` is NaN and `weight` 0 where a competency is not required.
    """

    ids: Vocabulary
    title: TextArray
    tier: TextArray
    description: TextArray
    next_position: IntArray
    level: FloatArray
    weight: FloatArray


@dataclass(frozen=True, slots=True)
class Units:
    """The organisation as a forest: `parent` is a row of units, `manager` a row of employees."""

    ids: Vocabulary
    name: TextArray
    parent: IntArray
    manager: IntArray


@dataclass(frozen=True, slots=True)
class Employees:
    """The people, without names. `birth_year` and `sex` are for eligibility and audits only."""

    ids: Vocabulary
    position: IntArray
    unit: IntArray
    employment_type: TextArray
    grade: TextArray
    hired_on: DateArray
    target_position: IntArray
    active: BoolArray
    birth_year: FloatArray
    sex: TextArray


@dataclass(frozen=True, slots=True)
class Programs:
    """The catalogue and what each program teaches; `entry` and `target` (programs, competencies).

    `target` is NaN where a program does not teach a competency. `prerequisites` has one row
    (program, program to complete before) per rule, shape (rules, 2).
    """

    ids: Vocabulary
    title: TextArray
    description: TextArray
    provider: TextArray
    provider_type: TextArray
    form: TextArray
    hours: FloatArray
    cost: FloatArray
    language: TextArray
    active: BoolArray
    entry: FloatArray
    target: FloatArray
    prerequisites: IntArray


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Who may attend, one entry per program of the catalogue; an empty set or NaN lifts the rule.

    `grade_rank_min` is the policy's rank number of the lowest grade admitted.
    """

    tiers: tuple[frozenset[str], ...]
    employment_types: tuple[frozenset[str], ...]
    grade_rank_min: FloatArray
    service_years_min: FloatArray
    years_to_retirement_min: FloatArray


@dataclass(frozen=True, slots=True)
class Sessions:
    """Dated runs of programs."""

    ids: Vocabulary
    program: IntArray
    starts_on: DateArray
    ends_on: DateArray
    seats: FloatArray


@dataclass(frozen=True, slots=True)
class Mandates:
    """Who must attend what: `MISSING` position or unit and "" tier bind everybody."""

    ids: Vocabulary
    program: IntArray
    position: IntArray
    tier: TextArray
    unit: IntArray
    due_on: DateArray
    repeat_months: FloatArray


@dataclass(frozen=True, slots=True)
class History:
    """Training records, sorted by employee, then by moment, then by row of the file.

    `moment` is the day a record counts from: started_on, else completed_on, else the day of the record
    before it in the same person's rows, else that of the first dated record after it (NaT where the person
    has no date at all).
    `row` is the record's place in the table as read, from 0.
    """

    employee: IntArray
    program: IntArray
    moment: DateArray
    started_on: DateArray
    completed_on: DateArray
    status: TextArray
    score: FloatArray
    pre_score: FloatArray
    post_score: FloatArray
    hours: FloatArray
    row: IntArray

    def __len__(self) -> int:
        return len(self.employee)


@dataclass(frozen=True, slots=True)
class Assessments:
    """Judgements of levels, in the table's order."""

    employee: IntArray
    competency: IntArray
    level: FloatArray
    source: TextArray
    assessed_on: DateArray
    assessor: TextArray

    def __len__(self) -> int:
        return len(self.employee)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Performance reviews; words turned into the policy's numbers, NaN where empty."""

    employee: IntArray
    period_end: DateArray
    result: FloatArray
    behaviour: FloatArray
    predicate: FloatArray
    score: FloatArray

    def __len__(self) -> int:
        return len(self.employee)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What participants and others say of programs."""

    employee: IntArray
    program: IntArray
    phase: TextArray
    respondent: TextArray
    aspect: TextArray
    rating: FloatArray
    comment: TextArray
    submitted_on: DateArray

    def __len__(self) -> int:
        return len(self.employee)
