"""Reasons for chosen programs: each part of the score with the fact that stands behind it."""

from __future__ import annotations

import numpy as np

from recommender.domain import MISSING, IntArray, Reason
from recommender.effects import Benefit
from recommender.explain.facts import Facts, gather_facts
from recommender.explain.names import competency_name, position_title
from recommender.explain.phrases import Language, decimal, phrase
from recommender.rankers import People, Ranker


def explain_pairs(
    ranker: Ranker, people: People, who: IntArray, program: IntArray, language: Language
) -> list[tuple[Reason, ...]]:
    """Return for each pair (row of `people`, program) its reasons, whose contributions sum to the score.

    The gap to the position comes first, since it is a fact about the person; the other parts follow by size.
    """
    parts = ranker.contributions(people, who, program)
    witness = ranker.witness(people, who, program)
    facts = gather_facts(people)
    out = []
    for pair in range(len(who)):
        speaker = _Speaker(facts, int(who[pair]), int(program[pair]), int(witness[pair]), language)
        values = {kind: float(value) for kind, value in zip(parts.kinds, parts.values[pair], strict=True)}
        order = sorted(values, key=lambda kind: (kind != "gap", kind == "base", -values[kind]))
        out.append(tuple(Reason(kind, values[kind], speaker.says(kind)) for kind in order))
    return out


class _Speaker:
    """Finds the words for one pair."""

    def __init__(self, facts: Facts, who: int, program: int, witness: int, language: Language) -> None:
        self.facts, self.people = facts, facts.people
        self.who, self.program, self.witness = who, program, witness
        self.language: Language = language

    def says(self, kind: str) -> str:
        """Return the sentence for one kind of reason."""
        if kind == "gap":
            return self._gap()
        if kind == "sequence" and self.witness != MISSING:
            title = self.people.dataset.programs.title[self.witness]
            return self._phrase("sequence", program=title or self.people.dataset.programs.ids[self.witness])
        if kind == "popular":
            return self._popular()
        if kind == "text":
            title = position_title(self.people.dataset, int(self.people.position[self.who]))
            return self._phrase("text", position=title) if title else self._phrase("text_none")
        if kind == "completion":
            return self._completion()
        if kind == "hours":
            return self._hours()
        if kind == "mandate" and not self.facts.mandated[self.who, self.program]:
            return self._phrase("mandate_none")
        return self._phrase("sequence_none" if kind == "sequence" else kind)

    def _phrase(self, name: str, **fields: object) -> str:
        return phrase("reasons", name, self.language, **fields)

    def _figure(self, figure: str) -> str:
        return decimal(figure, self.language)

    def _completion(self) -> str:
        begun, completed = self.facts.begun[self.program], self.facts.completed[self.program]
        if not begun:
            return self._phrase("completion_none")
        return self._phrase("completion", completed=completed, begun=begun)

    def _hours(self) -> str:
        hours = float(self.people.dataset.programs.hours[self.program])
        return (
            self._phrase("hours_none")
            if np.isnan(hours)
            else self._phrase("hours", hours=self._figure(f"{hours:g}"))
        )

    def _popular(self) -> str:
        """Name the closest group that the program's takers come from, and how many they are."""
        position, takers = int(self.people.position[self.who]), self.facts.takers
        same, alike, all_ = takers.of(position, self.program)
        if same:
            return self._phrase(
                "popular", takers=same, position=position_title(self.people.dataset, position)
            )
        return (
            self._phrase("popular_tier", takers=alike) if alike else self._phrase("popular_all", takers=all_)
        )

    def _gap(self) -> str:
        if not self.facts.have_needs[self.who]:
            return self._phrase("gap_unknown")
        competency, closed = self._largest(self.people.held)
        if competency != MISSING and self.people.horizon == "current":
            required = self.people.required[self.who, competency]
            return self._levels("gap", competency, float(required), closed=self._figure(f"{closed:.1f}"))
        competency, _ = self._largest(self.people.onward)
        following = int(self.people.next_position[self.who])
        if competency == MISSING or following == MISSING:
            return self._phrase("gap_none")
        required = self.people.dataset.positions.level[following, competency]
        return self._levels(
            "gap_next", competency, float(required), position=position_title(self.people.dataset, following)
        )

    def _levels(self, name: str, competency: int, required: float, **fields: object) -> str:
        beliefs, levels = self.people.beliefs, self.people.dataset.policy.levels
        held = float(np.clip(beliefs.mean[self.who, competency], levels.minimum, levels.maximum))
        return self._phrase(
            name,
            competency=competency_name(self.people.dataset, competency, self.language),
            required=self._figure(f"{required:g}"),
            held=self._figure(f"{held:.1f}"),
            sd=self._figure(f"{beliefs.sd[self.who, competency]:.1f}"),
            **fields,
        )

    def _largest(self, benefit: Benefit) -> tuple[int, float]:
        """Return the competency in which this program closes most, and its levels; MISSING if none."""
        outcomes = np.flatnonzero(benefit.effects.program == self.program)
        if not len(outcomes):
            return MISSING, 0.0
        best = int(benefit.mean[self.who, outcomes].argmax())
        closed = float(benefit.closed[self.who, outcomes[best]])
        return (int(benefit.effects.competency[outcomes[best]]), closed) if closed > 0 else (MISSING, 0.0)
