"""`Dataset`: all tables of one city, checked, linked by row numbers, at one date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recommender.dataset.build_programs import (
    build_eligibility,
    build_mandates,
    build_programs,
    build_sessions,
)
from recommender.dataset.build_records import (
    build_assessments,
    build_feedback,
    build_history,
    build_reviews,
)
from recommender.dataset.build_roles import (
    build_competencies,
    build_employees,
    build_positions,
    build_units,
)
from recommender.dataset.check import Checked, check
from recommender.dataset.digest import digest
from recommender.dataset.links import vocabularies
from recommender.dataset.norms import Norms
from recommender.dataset.opening import open_data, policy_for
from recommender.dataset.subset import before, latest_day, take
from recommender.dataset.tables import (
    Assessments,
    Competencies,
    Eligibility,
    Employees,
    Feedback,
    History,
    Mandates,
    Positions,
    Programs,
    Reviews,
    Sessions,
    Units,
)
from recommender.domain import BoolArray
from recommender.errors import DataError
from recommender.policy import Policy, load_policy
from recommender.sources import source_from_rows


@dataclass(frozen=True, slots=True)
class Dataset:
    """Validated tables of one city.

    Attributes
    ----------
    absent : contract tables that were not given (or are empty), in the contract's order.
    as_of : the data's own date: the latest day in training records, assessments, reviews and feedback;
        NaT where the data carry no date.
    digest : SHA-256 over the policy and the tables as read, hexadecimal.
    notes : what was ignored, what is absent and what that switches off, each said once.
    norms : what the records of everybody say, where only some people are here (`slices.py`); None = these
        are all.
    """

    policy: Policy
    competencies: Competencies
    positions: Positions
    units: Units
    employees: Employees
    programs: Programs
    eligibility: Eligibility
    sessions: Sessions
    mandates: Mandates
    history: History
    assessments: Assessments
    reviews: Reviews
    feedback: Feedback
    absent: tuple[str, ...]
    as_of: np.datetime64
    digest: str
    notes: tuple[str, ...] = ()
    norms: Norms | None = None

    @classmethod
    def load(cls, source: str | Path, *, policy: Policy | None = None) -> Dataset:
        """Read, check and link the tables of a folder, or of a database such as `sqlite:///city.db`.

        Parameters
        ----------
        policy : by default the ASN policy, overridden by the `policy.toml` of the folder or the last import.

        Raises
        ------
        DataError
            The tables break the contract; it carries every fault of every table.
        PolicyError
            The `policy.toml` cannot be followed.
        StoreError
            The database cannot be read.
        """
        opened = open_data(source)
        return cls._built(check(opened, policy or policy_for(opened)))

    @classmethod
    def from_tables(
        cls, tables: Mapping[str, Sequence[Mapping[str, object]]], policy: Policy | None = None
    ) -> Dataset:
        """Check and link tables given as rows; they pass the same checks as files.

        Examples
        --------
        >>> people, catalogue = [{"employee_id": "E1"}], [{"program_id": "P1"}]
        >>> city = Dataset.from_tables({"employees": people, "programs": catalogue})
        >>> city.programs.ids.row("P1")
        0
        """
        return cls._built(check(source_from_rows(tables), policy or load_policy()))

    @classmethod
    def _built(cls, checked: Checked) -> Dataset:
        if checked.faults:
            raise DataError(checked.faults)
        tables = checked.tables
        ids = vocabularies(tables)
        records = (
            build_history(tables, ids),
            build_assessments(tables, ids),
            build_reviews(tables, ids),
            build_feedback(tables, ids),
        )
        return cls(
            tables.policy,
            build_competencies(tables, ids),
            build_positions(tables, ids),
            build_units(tables, ids),
            build_employees(tables, ids),
            build_programs(tables, ids),
            build_eligibility(tables, ids),
            build_sessions(tables, ids),
            build_mandates(tables, ids),
            *records,
            absent=tables.absent,
            as_of=latest_day(*records),
            digest=digest(tables),
            notes=checked.notes,
        )

    def before(self, day: np.datetime64) -> Dataset:
        """Return what was known when `day` began: records strictly before it, and those without a date.

        A training record that had started but not ended is left out whole, since its end was not known.
        """
        history, assessments, reviews, feedback = before(
            day, self.history, self.assessments, self.reviews, self.feedback
        )
        return replace(
            self, history=history, assessments=assessments, reviews=reviews, feedback=feedback, as_of=day
        )

    def with_history(self, keep: BoolArray) -> Dataset:
        """Return the same data with only the training records where `keep` is true.

        What a person said of a program whose records are all gone goes with them.
        """
        programs = len(self.programs.ids)
        pair = self.history.employee * programs + self.history.program
        told = self.feedback.employee * programs + self.feedback.program
        gone = np.setdiff1d(pair[~keep], pair[keep])
        feedback = take(self.feedback, ~np.isin(told, gone))
        return replace(self, history=take(self.history, keep), feedback=feedback)
