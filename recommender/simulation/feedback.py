"""What participants and supervisors say: charm drives the first, what was learnt drives the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    worth = nature.effect.sum(axis=1)
    value = 3.6 + 0.7 * nature.charm + 0.15 * (worth - worth.mean())
    day = records.ended[at] + rng.integers(0, 8, len(at)).astype("timedelta64[D]")
    rating = _rating(value[records.program[at]], 0.6, rng)
    return _answers(records, at, _texts("reaction", "self", rating, rng), np.minimum(day, TODAY))


def _behaviour(
    records: Records, completed: IntArray, people: People, traits: Traits, rng: np.random.Generator
) -> Answers:
    """Return supervisors' ratings months later: mostly what was learnt, and some liking."""
    led = people.manager[records.employee[completed]] >= 0
    at = completed[led & (rng.random(len(completed)) < _BEHAVIOUR_CHANCE)]
    day = records.ended[at] + rng.integers(90, 200, len(at)).astype("timedelta64[D]")
    at, day = at[day <= TODAY], day[day <= TODAY]
    value = 2.6 + 1.8 * np.minimum(records.learnt[at], 1.2) + 0.35 * traits.liking[records.employee[at]]
    return _answers(records, at, _texts("behaviour", "supervisor", _rating(value, 0.5, rng), rng), day)


def _rating(value: FloatArray, noise: float, rng: np.random.Generator) -> FloatArray:
    rating: FloatArray = np.clip(np.round(value + noise * rng.standard_normal(len(value))), 1, 5)
    return rating


def _answers(records: Records, at: IntArray, said: dict[str, Any], day: DateArray) -> Answers:
    return Answers(employee=records.employee[at], program=records.program[at], day=day, **said)


def _texts(phase: str, respondent: str, rating: FloatArray, rng: np.random.Generator) -> dict[str, Any]:
    """Return what is said: the aspect, the rating and, now and then, a comment in its tone."""
    phrases, count = read("phrases")[phase], len(rating)
    aspects = np.array(phrases["aspects"], dtype=object)
    tone, chance = np.digitize(rating, [2.5, 3.5]), rng.random(count)
    comment = np.full(count, "", dtype=object)
    for number, name in enumerate(("low", "middle", "high")):
        chosen = tone == number
        choices = np.array(phrases[name], dtype=object)
        comment[chosen] = choices[np.floor(chance[chosen] * len(choices)).astype(np.int64)]
    comment[rng.random(count) >= _COMMENT_CHANCE] = ""
    return {
        "phase": np.full(count, phase, dtype=object),
        "respondent": np.full(count, respondent, dtype=object),
        "aspect": aspects[rng.integers(0, len(aspects), count)],
        "rating": rating,
        "comment": comment,
    }
