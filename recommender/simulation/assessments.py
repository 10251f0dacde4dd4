"""Judgements of levels: each source sees the truth through its own bias and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import BoolArray, DateArray, FloatArray, IntArray, TextArray
from recommender.simulation.history import join, quarter_start
from recommender.simulation.people import People, Traits
from recommender.simulation.reference import competency_ids, stream
from recommender.simulation.roles import Roles

_TOP = 5.0
_ASSESSMENT_DAY = 80  # after all courses of the quarter


@dataclass(frozen=True, slots=True)
class Source:
    """How often a source judges (per person and yearly round), how much of a profile, and how it errs."""

    name: str
    chance: float
    leaders_chance: float
    share: float
    kinds: str
    bias: float
    noise: float
    step: float
    quarters: tuple[int, ...]


SOURCES = (
    Source("supervisor", 0.55, 0.55, 0.6, "all", 0.3, 0.5, 0.5, (3,)),
    Source("self", 0.3, 0.3, 0.55, "all", 0.45, 0.8, 1.0, (3,)),
    Source("peer", 0.1, 0.1, 0.4, "general", 0.15, 0.6, 1.0, (3,)),
    Source("test", 0.03, 0.03, 1.0, "technical", 0.0, 0.4, 0.5, (0, 1, 2, 3)),
    Source("assessment_centre", 0.008, 0.06, 1.0, "general", 0.0, 0.35, 0.5, (0, 1, 2, 3)),
)


@dataclass(frozen=True, slots=True)
class Judgements:
    """Assessments as arrays; `assessor` is an employee, -1 where no employee judged."""

    employee: IntArray
    competency: IntArray
    level: FloatArray
    source: TextArray
    day: DateArray
    assessor: IntArray


class Assessors:
    """Collects the assessments of all quarters."""

    def __init__(self, people: People, traits: Traits, roles: Roles, seed: int) -> None:
        self._rng = stream(seed, "assessments")
        self._people, self._traits = people, traits
        self._required = roles.level[people.role] > 0
        self._technical = np.array([id_.startswith("T.") for id_ in competency_ids()])
        structural = ("jpt_pratama", "administrator", "pengawas")
        self._leader = np.isin(np.array(roles.tiers, dtype=object), structural)[people.role]
        self._parts: list[Judgements] = []

    def observe(self, quarter: int, levels: FloatArray, serving: IntArray) -> None:
        """Let the sources of this quarter judge."""
        for source in SOURCES:
            if quarter % 4 in source.quarters:
                self._parts.append(self._judge(source, quarter, levels, serving))

    def collected(self) -> Judgements:
        """Return all judgements, by day and employee."""
        joined: Judgements = join(self._parts)
        order = np.lexsort((joined.competency, joined.employee, joined.day))
        return Judgements(
            joined.employee[order], joined.competency[order], joined.level[order], joined.source[order],
            joined.day[order], joined.assessor[order],
        )  # fmt: skip

    def _judge(self, source: Source, quarter: int, levels: FloatArray, serving: IntArray) -> Judgements:
        chance = np.where(self._leader[serving], source.leaders_chance, source.chance)
        judged = serving[(self._rng.random(len(serving)) < chance) & self._traits.assessed[serving]]
        assessor = self._assessor(source, judged)
        if source.name in ("supervisor", "peer"):
            judged, assessor = judged[assessor >= 0], assessor[assessor >= 0]
        seen = self._rng.random((len(judged), levels.shape[1])) < source.share
        row, competency = np.nonzero(seen & self._covered(source, judged))
        employee = judged[row]
        true = levels[employee, competency]
        error = self._bias(source, true, employee, assessor[row])
        error += source.noise * self._rng.standard_normal(len(row))
        rounded = np.round((true + error) / source.step) * source.step
        day = quarter_start(quarter) + self._rng.integers(_ASSESSMENT_DAY, 90, len(judged)).astype(
            "timedelta64[D]"
        )
        name = np.full(len(row), source.name, dtype=object)
        return Judgements(employee, competency, np.clip(rounded, 0.0, _TOP), name, day[row], assessor[row])

    def _covered(self, source: Source, judged: IntArray) -> BoolArray:
        """Return (people, competencies): what this source judges of what the position requires."""
        kinds = {"technical": self._technical, "general": ~self._technical}
        covered: BoolArray = self._required[judged] & kinds.get(source.kinds, np.True_)
        return covered

    def _assessor(self, source: Source, judged: IntArray) -> IntArray:
        if source.name == "self":
            return judged
        if source.name == "supervisor":
            return self._people.manager[judged]
        if source.name != "peer":
            return np.full(len(judged), -1)
        # The next colleague in the unit's list; those alone in their unit have no peer.
        following = (judged + 1) % len(self._people)
        return np.where(self._people.unit[following] == self._people.unit[judged], following, -1)

    def _bias(self, source: Source, true: FloatArray, employee: IntArray, assessor: IntArray) -> FloatArray:
        """Return the systematic error: strictness and liking of supervisors, self-flattery of the weak."""
        bias = np.full(len(true), source.bias)
        if source.name == "supervisor":
            bias += 0.3 * self._traits.liking[employee] - 0.35 * self._traits.severity[assessor]
        elif source.name == "self":
            bias += 0.25 * np.maximum(0.0, 2.5 - true)
        return bias
