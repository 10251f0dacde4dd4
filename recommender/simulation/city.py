"""`simulate_city`: a synthetic city from two sizes and a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.schema import TABLES
from recommender.simulation import events, tables
from recommender.simulation.assessments import Assessors
from recommender.simulation.cast import Cast, draw_cast
from recommender.simulation.feedback import ask
from recommender.simulation.history import Records, Schooling, live
from recommender.simulation.reference import competency_ids
from recommender.simulation.reviews import Reviewers
from recommender.simulation.selection import Selection
from recommender.simulation.truth import Levels, gains

LEAST_EMPLOYEES = 20
LEAST_PROGRAMS = 10
STAGES = ("people and programs", "six years", "tables", "truth")


@dataclass(frozen=True)
class City:
    """A synthetic city.

    Attributes
    ----------
    tables : the contract's tables by name, in the contract's order.
    truth : `levels`, `effects` and `gains`; a pair that is absent from `gains` gains nothing.
    """

    tables: Mapping[str, pd.DataFrame]
    truth: Mapping[str, pd.DataFrame]


def simulate_city(
    employees: int, programs: int, seed: int, report: Callable[[str], None] | None = None
) -> City:
    """Return a city whose truth is known.

    Parameters
    ----------
    employees : headcount, at least 20.
    programs : size of the catalogue, at least 10.
    seed : 0 or more; the same arguments give the same city.
    report : called with each of `STAGES` when it begins; None = nothing is called.

    Examples
    --------
    >>> city = simulate_city(employees=20, programs=10, seed=1)
    >>> len(city.tables["employees"])
    20
    """
    _check(employees, programs, seed)
    report = report or _silent
    report(STAGES[0])
    cast = draw_cast(employees, programs, seed)
    report(STAGES[1])
    return _History(cast).build(report)


def _silent(stage: str) -> None:
    """Report nothing."""


def _check(employees: int, programs: int, seed: int) -> None:
    rules = (
        ("employees", employees, LEAST_EMPLOYEES),
        ("programs", programs, LEAST_PROGRAMS),
        ("seed", seed, 0),
    )
    for name, value, least in rules:
        if value < least:
            raise ValueError(f"{name} is {value}; it must be at least {least}.")


class _History:
    """The six years of one city, and the tables that come out of them."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        people, roles, traits = cast.people, cast.roles, cast.traits
        self._levels = Levels(people, roles, traits, cast.seed)
        self._assessors = Assessors(people, traits, roles, cast.seed)
        self._reviewers = Reviewers(people, traits, roles, cast.seed)

    def build(self, report: Callable[[str], None]) -> City:
        cast = self._cast
        schooling = Schooling(cast.courses, cast.nature, cast.seed)
        observers = [self._assessors.observe, self._reviewers.observe]
        records = live(cast.people, self._levels, Selection(cast), schooling, observers)
        report(STAGES[2])
        found = self._describe() | self._tell(records)
        report(STAGES[3])
        return City(tables={name: found[name] for name in TABLES}, truth=self._truth())

    def _describe(self) -> dict[str, pd.DataFrame]:
        cast = self._cast
        return {
            **tables.role_tables(cast.roles),
            **tables.people_tables(cast.people, cast.layout, cast.roles),
            **tables.program_tables(cast.courses),
            "mandates": tables.mandate_table(cast.mandates, cast.courses, cast.roles, cast.layout),
        }

    def _tell(self, records: Records) -> dict[str, pd.DataFrame]:
        cast, count = self._cast, len(self._cast.people)
        answers = ask(records, cast.people, cast.traits, cast.nature, cast.seed)
        return {
            "program_sessions": events.session_table(records, cast.courses, count, cast.seed),
            "training_records": events.record_table(records, cast.courses, count, cast.seed),
            "assessments": events.assessment_table(self._assessors.collected(), competency_ids(), count),
            "performance_reviews": events.review_table(self._reviewers.collected(), count),
            "feedback": events.feedback_table(answers, cast.courses, count),
        }

    def _truth(self) -> dict[str, pd.DataFrame]:
        cast = self._cast
        names = ([spec.id for spec in cast.courses.specs], competency_ids())
        effect = np.where(cast.courses.teaches, cast.nature.effect, np.nan)
        held = np.round(self._levels.now, 4)
        gained = gains(held, cast.people, cast.roles, cast.courses, cast.nature)
        gained[cast.people.status != "aktif"] = 0.0
        gained[:, ~cast.courses.active] = 0.0
        return events.truth_tables(held, effect, gained, names)
