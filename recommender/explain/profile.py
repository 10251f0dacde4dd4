"""What is believed of one person, told competency by competency."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from recommender.competency import expected_shortfall
from recommender.competency.hygiene import judgement_weights, training_weights
from recommender.domain import BoolArray, CompetencyLine, FloatArray, IntArray, Profile
from recommender.explain.names import competency_name, position_title, source_name
from recommender.explain.phrases import Language, phrase
from recommender.rankers import People

_Z80 = 1.2815515655446004  # 90th percentile of the standard normal: an 80 % interval


def shortfalls(people: People) -> FloatArray:
    """Return by how much each person is expected to fall short of the position held, in levels, shape (n, C).

    NaN where the position asks for nothing.
    """
    beliefs, least = people.beliefs, people.dataset.policy.levels.minimum
    gap = expected_shortfall(beliefs.mean, beliefs.sd, people.required)
    return np.asarray(np.minimum(gap, people.required - least))  # nobody can lack more than all of it


def levels_shown(people: People) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return levels held and the ends of their 80 % intervals on the policy's scale, each of shape (n, C)."""
    beliefs, levels = people.beliefs, people.dataset.policy.levels
    reach = _Z80 * beliefs.sd
    held, low, high = (
        np.clip(value, levels.minimum, levels.maximum)
        for value in (beliefs.mean, beliefs.mean - reach, beliefs.mean + reach)
    )
    return held, low, high


def describe(people: People, employee_id: str, language: Language) -> Profile:
    """Return the profile of the first of `people`: competencies asked for, and those with evidence."""
    teller = _Teller(people, language)
    shown = np.flatnonzero(teller.shown)
    order = sorted(shown, key=lambda one: (-teller.weighted_gap[one], np.isnan(teller.required[one]), one))
    as_of = people.dataset.as_of
    return Profile(
        employee_id,
        position_title(people.dataset, int(people.position[0])),
        position_title(people.dataset, int(people.next_position[0])),
        "" if np.isnat(as_of) else str(as_of),
        tuple(teller.line(int(competency)) for competency in order),
        "",
    )


@dataclass(frozen=True)
class _Teller:
    """Finds numbers and words for the first of a batch of people."""

    people: People
    language: Language

    @property
    def required(self) -> FloatArray:
        return np.asarray(self.people.required[0])

    @property
    def next_required(self) -> FloatArray:
        return np.asarray(self.people.next_required[0])

    @property
    def gap(self) -> FloatArray:
        return np.asarray(shortfalls(self.people)[0])

    @property
    def weighted_gap(self) -> FloatArray:
        return np.asarray(np.nan_to_num(self.gap * self.people.weight[0]))

    @property
    def shown(self) -> BoolArray:
        has_evidence = self.people.beliefs.evidence[0] > 0
        return np.asarray(~np.isnan(self.required) | ~np.isnan(self.next_required) | has_evidence)

    def line(self, competency: int) -> CompetencyLine:
        held, low, high = (float(values[0, competency]) for values in levels_shown(self.people))
        return CompetencyLine(
            self.people.dataset.competencies.ids[competency],
            competency_name(self.people.dataset, competency, self.language),
            held,
            low,
            high,
            _known(self.required[competency]),
            _known(self.next_required[competency]),
            _known(self.gap[competency]),
            int(self.people.beliefs.evidence[0, competency]),
            self.rests_on(competency),
        )

    def rests_on(self, competency: int) -> str:
        """Return how many judgements of which source, the latest year, and how many trainings."""
        assessments = self.people.dataset.assessments
        judged = self._counted & (assessments.competency == competency)
        parts = []
        for source, count in Counter(str(one) for one in assessments.source[judged]).most_common():
            days = assessments.assessed_on[judged & (assessments.source == source)]
            dated = days[~np.isnat(days)]
            year = str(dated.max())[:4] if len(dated) else "-"
            name = source_name(source, self.language)
            parts.append(phrase("profile", "judged", self.language, count=count, source=name, year=year))
        trained = self._trainings(competency)
        if len(trained):
            parts.append(phrase("profile", "trained", self.language, count=len(trained)))
        return ", ".join(parts) or phrase("profile", self._without_evidence(), self.language)

    def _without_evidence(self) -> str:
        """Return what stands in where a competency has no evidence of its own."""
        reviewed = bool((self.people.dataset.reviews.employee == self.people.rows[0]).any())
        return "shared" if reviewed or self.people.beliefs.evidence[0].any() else "prior"

    @cached_property
    def _counted(self) -> BoolArray:
        """Which assessments are the person's and count for anything, shape (assessments,)."""
        counted = self.people.dataset.assessments.employee == self.people.rows[0]
        mine = np.flatnonzero(counted)
        counted[mine] = judgement_weights(self.people.dataset, mine).value > 0
        return np.asarray(counted)

    def _trainings(self, competency: int) -> IntArray:
        program = self.people.dataset.history.program[self._completed]
        teaches = ~np.isnan(self.people.dataset.programs.target[program, competency])
        return np.asarray(self._completed[teaches])

    @cached_property
    def _completed(self) -> IntArray:
        """Which training records are the person's, completed, and count for anything: rows of history."""
        history = self.people.dataset.history
        mine = np.flatnonzero(history.employee == self.people.rows[0])
        weight = training_weights(self.people.dataset, mine).value
        return np.asarray(mine[(history.status[mine] == "completed") & (weight > 0)])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
