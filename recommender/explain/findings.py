"""What was found of programs, in words: what works, what does not, what is not known, what that teaches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from recommender.competency import EVERYBODY
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.effects import ProgramEffects
from recommender.effects.programs import MOSTLY
from recommender.effects.signals import TESTS
from recommender.explain.names import competency_name, source_name
from recommender.explain.phrases import Language, has_phrase, phrase

Verdict = Literal["works", "little", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("works", "little", "unknown")
_HALF = 0.5  # of what is declared
_ALL = 0.999  # borrowed
_NO_COMPARISON = ("not_before", "everybody")  # cautions under which nothing compares changes with changes


def verdicts(effects: ProgramEffects, places: IntArray) -> dict[Verdict, IntArray]:
    """Return the outcomes among `places` of each verdict, in the order in which to look at them.

    works : the 95 % interval lies above 0, and not for what is borrowed alone; the largest effect first.
    little : it holds 0, but all of it lies below half of what is declared; the smallest effect first. Those
        told apart by entry are not held against what is declared, which is for people at the entry level.
    unknown : all others; what most people attended first, since there an assessment tells most.
    """
    own = _is_own(effects)[places]
    works = own & (effects.lower[places] > 0)
    little = (
        own & ~works & (not effects.by_entry) & (effects.upper[places] < _HALF * effects.declared[places])
    )
    ranked = {
        "works": (works, -effects.effect),
        "little": (little, effects.effect),
        "unknown": (~works & ~little, -effects.people.astype(float)),
    }
    return {name: _sorted(places[ranked[name][0]], ranked[name][1]) for name in VERDICTS}


def _is_own(effects: ProgramEffects) -> BoolArray:
    """Return of which outcomes something was found that is not borrowed, and rests on changes."""
    compared = [not {one.code for one in cautions} & set(_NO_COMPARISON) for cautions in effects.warnings]
    return np.asarray((effects.borrowed <= MOSTLY) & np.array(compared, dtype=bool))


def _sorted(places: IntArray, by: FloatArray) -> IntArray:
    return places[np.argsort(by[places], kind="stable")]


def warnings_in(effects: ProgramEffects, place: int, language: Language) -> list[str]:
    """Return the warnings of an outcome in a language."""
    return [
        phrase("effect_warnings", one.code, language, count=f"{one.number:.0f}", share=f"{one.number:.0%}")
        for one in effects.warnings[place]
    ]


def outcome_name(effects: ProgramEffects, place: int, language: Language) -> str:
    """Return the competency of an outcome and, where they are told apart, of whom it is."""
    name = competency_name(effects.dataset, int(effects.competency[place]), language)
    entry = effects.entry[place]
    return name if entry == EVERYBODY else f"{name}, {phrase('entries', entry, language)}"


def lessons(effects: ProgramEffects, language: Language) -> Iterator[str]:
    """Yield what all programs together teach, a sentence or two at a time."""
    if not len(effects):
        return
    if (effects.borrowed > _ALL).all():
        yield phrase("effects", "nothing_measured", language, usual=f"{effects.pooled.usual[0]:.0%}")
        return
    above = effects.lower > 0
    sure = above & _is_own(effects)
    yield phrase(
        "effects",
        "found",
        language,
        sure=int(sure.sum()),
        outcomes=len(effects),
        borrowed=int((above & ~sure).sum()),
        programs=len(np.unique(effects.program[sure])),
        taught=len(np.unique(effects.program)),
    )
    if not effects.by_entry:
        yield _promise(effects, language)
    yield phrase("effects", "forgetting", language, share=f"{effects.forgetting:.0%}")
    heard = effects.pooled.heard
    yield phrase("effects", "signals" if heard else "no_signals", language)
    for one in heard:
        what = _signal_name(one.signal.name, language)
        sd = f"{np.sqrt(one.worth_variance):.2f}"
        said = "heard" if one.worth > 0 else "ignored"
        yield "- " + phrase("signals", said, language, what=what, worth=f"{one.worth:.2f}", sd=sd)


def _promise(effects: ProgramEffects, language: Language) -> str:
    """Return how much of what the catalogue declares was found."""
    return phrase(
        "effects",
        "declared",
        language,
        declared=f"{effects.declared.mean():.2f}",
        found=f"{effects.effect.mean():.2f}",
        usual=f"{effects.pooled.usual[0]:.0%}",
    )


def _signal_name(name: str, language: Language) -> str:
    if name == TESTS:
        return phrase("signals", "tests", language)
    phase, _, respondent = name.partition(" by ")
    about = phrase("phases", phase, language) if has_phrase("phases", phase) else phase
    return phrase("signals", "rating", language, phase=about, respondent=source_name(respondent, language))
