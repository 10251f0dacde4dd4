"""One program: whom it admits and binds, whom it reached, how it was rated, when it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from recommender.dataset import Dataset
from recommender.dataset.norms_of import program_norms
from recommender.domain import MISSING
from recommender.engine.exclusions import sessions_ahead
from recommender.engine.small_groups import hidden_groups
from recommender.explain import Language, phrase
from recommender.explain.names import position_title, source_name
from recommender.explain.phrases import has_phrase
from recommender.schema import FEEDBACK_PHASES
from recommender.service.member import program_title, unit_name
from recommender.service.program_rows import enough, known
from recommender.service.program_told import (
    Admits,
    Group,
    Mandated,
    PhaseRating,
    Reach,
    Reached,
    SessionAhead,
)
from recommender.store.program_counts import Ratings, Takers


def admits(dataset: Dataset, program: int) -> Admits:
    """Return whom a program (its row) admits."""
    rule, ranks = dataset.eligibility, dataset.policy.grades.ranks
    least = rule.grade_rank_min[program]
    before = dataset.programs.prerequisites
    return Admits(
        tuple(sorted(rule.tiers[program])),
        tuple(sorted(rule.employment_types[program])),
        "" if np.isnan(least) else ", ".join(grade for grade, rank in ranks.items() if rank == least),
        known(rule.service_years_min[program]),
        known(rule.years_to_retirement_min[program]),
        tuple(
            (dataset.programs.ids[one], program_title(dataset, one))
            for one in before[before[:, 0] == program, 1].tolist()
        ),
    )


def reached(dataset: Dataset, program: int, takers: Sequence[Takers]) -> Reached:
    """Return whom a program reached; groups that are too small are counted and not told."""
    norms, least = program_norms(dataset), dataset.policy.privacy.small_group
    begun, completed = int(norms.begun[program]), int(norms.completed[program])
    few = enough(int(norms.takers[program]), least) is None
    by_tier: Counter[str] = Counter()
    by_kind: Counter[str] = Counter()
    by_unit: Counter[str] = Counter()
    for one in takers:
        position = dataset.positions.ids.row(one.position_id)
        by_tier["" if position == MISSING else str(dataset.positions.tier[position])] += one.people
        by_kind[one.employment_type] += one.people
        by_unit[one.unit_id] += one.people
    names = {unit: unit_name(dataset, unit) if unit else "" for unit in by_unit}
    return Reached(
        None if few else begun,
        None if few else completed,
        completed / begun if begun and not few else None,
        _reach(by_tier, {}, least),
        _reach(by_kind, {}, least),
        _reach(by_unit, names, least),
    )


def _reach(people: Mapping[str, int], names: Mapping[str, str], least: int) -> Reach:
    hidden = hidden_groups(people, least)
    groups = [Group(id_, names.get(id_, id_), count) for id_, count in people.items() if id_ not in hidden]
    return Reach(tuple(sorted(groups, key=lambda group: (-group.people, group.name))), len(hidden))


def phase_ratings(dataset: Dataset, found: Sequence[Ratings], language: Language) -> tuple[PhaseRating, ...]:
    """Return ratings by phase, in the order of the phases, and kind of respondent."""
    people = {(one.phase, one.respondent): one.people for one in found}
    hidden = hidden_groups(people, dataset.policy.privacy.small_group)
    order = {phase: place for place, phase in enumerate(FEEDBACK_PHASES)}
    shown = [one for one in found if (one.phase, one.respondent) not in hidden]
    return tuple(
        PhaseRating(
            one.phase,
            phrase("phases", one.phase, language) if has_phrase("phases", one.phase) else one.phase,
            source_name(one.respondent, language),
            one.ratings,
            one.total / one.ratings,
        )
        for one in sorted(shown, key=lambda one: (order.get(one.phase, len(order)), one.respondent))
    )


def next_sessions(dataset: Dataset, program: int) -> tuple[SessionAhead, ...]:
    """Return a program's sessions ahead, the earliest first, those without a day last."""
    sessions = dataset.sessions
    rows = np.flatnonzero(sessions_ahead(dataset) & (sessions.program == program))
    order = rows[np.argsort(sessions.starts_on[rows], kind="stable")]  # NaT sorts last
    return tuple(
        SessionAhead(
            sessions.ids[row],
            _day(sessions.starts_on[row]),
            _day(sessions.ends_on[row]),
            None if np.isnan(sessions.seats[row]) else int(sessions.seats[row]),
        )
        for row in order.tolist()
    )


def mandates_of(dataset: Dataset, program: int) -> tuple[Mandated, ...]:
    """Return whom a program is compulsory for."""
    mandates, units = dataset.mandates, dataset.units.ids
    return tuple(
        Mandated(
            mandates.ids[row],
            position_title(dataset, int(mandates.position[row])),
            str(mandates.tier[row]),
            "" if mandates.unit[row] == MISSING else unit_name(dataset, units[mandates.unit[row]]),
            _day(mandates.due_on[row]),
            known(mandates.repeat_months[row]),
        )
        for row in np.flatnonzero(mandates.program == program).tolist()
    )


def _day(day: np.datetime64) -> str:
    return "" if np.isnat(day) else str(day)
