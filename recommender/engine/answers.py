"""From a batch of people to their answers: keep out, choose who ranks, select, explain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.domain import MISSING, Answer, BoolArray, FloatArray, IntArray, Recommendation
from recommender.engine.exclusions import exclusions
from recommender.engine.selection import Selection, select, worth_the_hours
from recommender.explain import Language, explain_pairs, phrase
from recommender.rankers import People, Ranker

_Z80 = 1.2815515655446004  # 90th percentile of the standard normal: an 80 % interval

Chain = tuple[tuple[str, Ranker], ...]  # name and fitted ranker, the first choice first


def answer_all(
    people: People, ids: Sequence[str], chain: Chain, n: int, language: Language
) -> Iterator[Answer]:
    """Yield one answer per person, under the ids they were asked by."""
    excluded = exclusions(people)
    shut = np.logical_or.reduce(list(excluded.values()))
    worthless = ~shut & ~worth_the_hours(people, people.beliefs.mean)
    ranked = _rank(people, chain)
    selection = select(people, ranked.scores, ~shut & ~worthless & ranked.covered, n)
    lists = _explained(people, chain, ranked, selection, language)
    masks = {**excluded, "not_worth": worthless, "covered": selection.covered}
    as_of = people.dataset.as_of
    for place, employee_id in enumerate(ids):
        codes = {code: int(mask[place].sum()) for code, mask in masks.items()}
        by = int(ranked.by[place])
        answer = Answer(
            employee_id,
            lists[place],
            chain[by][0] if by != MISSING else "none",
            (),
            {code: count for code, count in codes.items() if count},
            "" if np.isnat(as_of) else str(as_of),
            "",
        )
        lacks_position = people.position[place] == MISSING and len(people.dataset.positions.ids) > 0
        notes = _notes(answer, chain[0][0], lacks_position=lacks_position, language=language)
        yield replace(answer, notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Scores (n, P) and which ranker of the chain gave each person's, shape (n,), `MISSING` if none."""

    scores: FloatArray
    by: IntArray

    @property
    def covered(self) -> BoolArray:
        return np.asarray(self.by != MISSING)[:, None]


def _rank(people: People, chain: Chain) -> _Ranked:
    """Score each person by the first ranker that covers them."""
    by = np.full(len(people), MISSING)
    for place in reversed(range(len(chain))):
        by[chain[place][1].covers(people)] = place
    scores = np.zeros((len(people), len(people.dataset.programs.ids)))
    for place in np.unique(by[by != MISSING]):
        mine = by == place
        scores[mine] = chain[place][1].score(people)[mine]
    return _Ranked(scores, by)


def _explained(
    people: People, chain: Chain, ranked: _Ranked, selection: Selection, language: Language
) -> list[tuple[Recommendation, ...]]:
    lists: list[tuple[Recommendation, ...]] = [()] * len(people)
    for place in np.unique(ranked.by[selection.person]):
        mine = ranked.by[selection.person] == place
        who, program = selection.person[mine], selection.program[mine]
        reasons = explain_pairs(chain[place][1], people, who, program, language)
        built = _recommendations(people, ranked.scores[who, program], who, program)
        for owner, one, why in zip(who, built, reasons, strict=True):
            lists[owner] = (*lists[owner], replace(one, rank=len(lists[owner]) + 1, reasons=why))
    return lists


def _recommendations(
    people: People, score: FloatArray, who: IntArray, program: IntArray
) -> Iterator[Recommendation]:
    programs = people.dataset.programs
    mean = people.held.by_program()[who, program]
    low, high = _interval(people, mean, who, program)
    known = people.have_needs[who]
    for pair, row in enumerate(program):
        hours = float(programs.hours[row])
        yield Recommendation(
            rank=0,
            program_id=programs.ids[row],
            title=str(programs.title[row]),
            score=float(score[pair]),
            benefit=float(mean[pair]) if known[pair] else None,
            benefit_low=float(low[pair]) if known[pair] else None,
            benefit_high=float(high[pair]) if known[pair] else None,
            hours=None if np.isnan(hours) else hours,
            reasons=(),
        )


def _interval(
    people: People, mean: FloatArray, who: IntArray, program: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return an 80 % interval of the gap closed: normal, cut at nothing and at the whole planned lift."""
    half = _Z80 * people.held.sd_by_program()[who, program]
    most = mean / people.held.effects.share
    return np.maximum(mean - half, 0.0), np.minimum(mean + half, most)


def _notes(answer: Answer, first: str, *, lacks_position: bool, language: Language) -> Iterator[str]:
    if answer.ranker == "none":
        yield phrase("notes", "no_ranker", language)
    elif answer.ranker != first:
        yield phrase("notes", "fallback", language, used=answer.ranker, first=first)
    if lacks_position:
        yield phrase("notes", "no_position", language)
    if answer.recommendations or answer.ranker == "none":
        return
    if "not_active" in answer.excluded:
        yield phrase("notes", "inactive", language)
    elif "not_worth" in answer.excluded:
        yield phrase("notes", "nothing_worth", language)
    else:
        yield phrase("notes", "nothing_open", language)
