"""What participants and supervisors say: charm drives the first, what was learnt drives the second."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import DateArray, FloatArray, IntArray, TextArray
from recommender.simulation.history import Records, join
from recommender.simulation.people import People, Traits
from recommender.simulation.reference import TODAY, read, stream
from recommender.simulation.truth import Nature

_REACTION_CHANCE, _BEHAVIOUR_CHANCE, _COMMENT_CHANCE = 0.4, 0.15, 0.3
_SECOND_ASPECT = 0.5


@dataclass(frozen=True, slots=True)
class Answers:
    """Feedback as arrays, one entry per answer."""

    employee: IntArray
    program: IntArray
    phase: TextArray
    respondent: TextArray
    aspect: TextArray
    rating: FloatArray
    comment: TextArray
    day: DateArray


def ask(records: Records, people: People, traits: Traits, nature: Nature, seed: int) -> Answers:
    """Return the answers to all completed courses, by day; many do not answer."""
    rng = stream(seed, "feedback")
    completed = np.flatnonzero(records.status == "completed")
    joined: Answers = join(
        [
            _reactions(records, completed, nature, rng),
            _behaviour(records, completed, people, traits, rng),
        ]
    )
    order = np.lexsort((joined.employee, joined.day))
    return Answers(
        joined.employee[order], joined.program[order], joined.phase[order], joined.respondent[order],
        joined.aspect[order], joined.rating[order], joined.comment[order], joined.day[order],
    )  # fmt: skip


def _reactions(records: Records, completed: IntArray, nature: Nature, rng: np.random.Generator) -> Answers:
    """Return the participants' ratings: mostly how pleasant it was, hardly what it changed."""
    answering = completed[rng.random(len(completed)) < _REACTION_CHANCE]
    at = np.concatenate([answering, answering[rng.random(len(answering)) < _SECOND_ASPECT]])
    program = records.program[at]
    worth = nature.effect.sum(axis=1)
    value = 3.6 + 0.7 * nature.charm[program] + 0.15 * (worth - worth.mean())[program]
    rating = np.clip(np.round(value + 0.6 * rng.standard_normal(len(at))), 1, 5)
    day = records.ended[at] + rng.integers(0, 8, len(at)).astype("timedelta64[D]")
    return _answers(records, at, ("reaction", "self"), rating, day, rng)


def _behaviour(
    records: Records, completed: IntArray, people: People, traits: Traits, rng: np.random.Generator
) -> Answers:
    """Return supervisors' ratings months later: mostly what was learnt, and some liking."""
    led = people.manager[records.employee[completed]] >= 0
    at = completed[led & (rng.random(len(completed)) < _BEHAVIOUR_CHANCE)]
    day = records.ended[at] + rng.integers(90, 200, len(at)).astype("timedelta64[D]")
    at, day = at[day <= TODAY], day[day <= TODAY]
    value = 2.6 + 1.8 * np.minimum(records.learnt[at], 1.2) + 0.35 * traits.liking[records.employee[at]]
    rating = np.clip(np.round(value + 0.5 * rng.standard_normal(len(at))), 1, 5)
    return _answers(records, at, ("behaviour", "supervisor"), rating, day, rng)


def _answers(
    records: Records,
    at: IntArray,
    kind: tuple[str, str],
    rating: FloatArray,
    day: DateArray,
    rng: np.random.Generator,
) -> Answers:
    phase, respondent = kind
    phrases = read("phrases")[phase]
    aspects = np.array(phrases["aspects"], dtype=object)
    texts = [np.array(phrases[tone], dtype=object) for tone in ("low", "middle", "high")]
    tone = np.digitize(rating, [2.5, 3.5])
    chance = rng.random(len(at))
    comment = np.full(len(at), "", dtype=object)
    for number, choices in enumerate(texts):
        chosen = tone == number
        comment[chosen] = choices[np.floor(chance[chosen] * len(choices)).astype(np.int64)]
    comment[rng.random(len(at)) >= _COMMENT_CHANCE] = ""
    return Answers(
        employee=records.employee[at],
        program=records.program[at],
        phase=np.full(len(at), phase, dtype=object),
        respondent=np.full(len(at), respondent, dtype=object),
        aspect=aspects[rng.integers(0, len(aspects), len(at))],
        rating=rating,
        comment=comment,
        day=np.minimum(day, TODAY),
    )
