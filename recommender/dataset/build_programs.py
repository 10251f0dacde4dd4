"""Programs, eligibility, sessions and mandates as arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.dataset.cells import Tables
from recommender.dataset.links import linked
from recommender.dataset.rules import split_list
from recommender.dataset.tables import Eligibility, Mandates, Programs, Sessions
from recommender.domain import FloatArray, IntArray, Vocabulary

Ids = Mapping[str, Vocabulary]


def build_programs(tables: Tables, ids: Ids) -> Programs:
    """Return the catalogue with what each program teaches as two matrices."""
    table = tables["programs"]
    entry, target = _outcomes(tables, ids)
    return Programs(
        ids=ids["programs"],
        title=table.texts("title"),
        description=table.texts("description"),
        provider=table.texts("provider"),
        provider_type=table.texts("provider_type"),
        form=table.texts("form"),
        hours=table.values("hours"),
        cost=table.values("cost"),
        language=table.texts("language"),
        active=table.values("active") != 0.0,
        entry=entry,
        target=target,
        prerequisites=_prerequisites(tables, ids),
    )


def _outcomes(tables: Tables, ids: Ids) -> tuple[FloatArray, FloatArray]:
    shape = (len(ids["programs"]), len(ids["competencies"]))
    entry, target = np.full(shape, np.nan), np.full(shape, np.nan)
    outcomes = tables["program_outcomes"]
    cells = (
        linked(tables, ids, "program_outcomes", "program_id"),
        linked(tables, ids, "program_outcomes", "competency_id"),
    )
    given = outcomes.values("entry_level")
    entry[cells] = np.where(np.isnan(given), tables.policy.levels.minimum, given)
    target[cells] = outcomes.values("target_level")
    return entry, target


def _prerequisites(tables: Tables, ids: Ids) -> IntArray:
    later = linked(tables, ids, "program_prerequisites", "program_id")
    before = linked(tables, ids, "program_prerequisites", "prerequisite_program_id")
    return np.column_stack((later, before))


def build_eligibility(tables: Tables, ids: Ids) -> Eligibility:
    """Return one entry per program; a program without a row admits everybody."""
    rules = tables["program_eligibility"]
    programs = linked(tables, ids, "program_eligibility", "program_id")
    count = len(ids["programs"])
    ranks = {grade.casefold(): float(rank) for grade, rank in tables.policy.grades.ranks.items()}
    grade = rules.columns["grade_min"]
    rank = np.array([ranks.get(word.casefold(), np.nan) for word in grade.words])[grade.codes]
    return Eligibility(
        tiers=_sets(rules.texts("tiers").tolist(), programs, count),
        employment_types=_sets(rules.texts("employment_types").tolist(), programs, count),
        grade_rank_min=_placed(rank, programs, count),
        service_years_min=_placed(rules.values("service_years_min"), programs, count),
        years_to_retirement_min=_placed(rules.values("years_to_retirement_min"), programs, count),
    )


def _sets(texts: list[str], programs: IntArray, count: int) -> tuple[frozenset[str], ...]:
    sets: list[frozenset[str]] = [frozenset()] * count
    for program, text in zip(programs.tolist(), texts, strict=True):
        sets[program] = frozenset(split_list(text))
    return tuple(sets)


def _placed(values: FloatArray, programs: IntArray, count: int) -> FloatArray:
    placed = np.full(count, np.nan)
    placed[programs] = values
    return placed


def build_sessions(tables: Tables, ids: Ids) -> Sessions:
    """Return the dated runs."""
    table = tables["program_sessions"]
    return Sessions(
        ids=Vocabulary(table.texts("session_id")),
        program=linked(tables, ids, "program_sessions", "program_id"),
        starts_on=table.values("starts_on"),
        ends_on=table.values("ends_on"),
        seats=table.values("seats"),
    )


def build_mandates(tables: Tables, ids: Ids) -> Mandates:
    """Return who must attend what."""
    table = tables["mandates"]
    return Mandates(
        ids=Vocabulary(table.texts("mandate_id")),
        program=linked(tables, ids, "mandates", "program_id"),
        position=linked(tables, ids, "mandates", "position_id"),
        tier=table.texts("tier"),
        unit=linked(tables, ids, "mandates", "unit_id"),
        due_on=table.values("due_on"),
        repeat_months=table.values("repeat_months"),
    )
