"""From a batch of people to their answers: keep out, choose who ranks, select, explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recommender.domain import (
    MISSING,
    Answer,
    BoolArray,
    Decision,
    FloatArray,
    IntArray,
    Reason,
    Recommendation,
)
from recommender.effects import benefit_interval
from recommender.engine.exclusions import credited_hours, exclusions
from recommender.engine.exploration import Lots, with_lots, without_lots
from recommender.engine.selection import Selection, select, worth_the_hours
from recommender.explain import Language, decimal, explain_pairs, phrase
from recommender.rankers import People, Ranker
from recommender.rankers.mandates import mandated

Chain = tuple[tuple[str, Ranker], ...]  # name and fitted ranker, the first choice first
Draw = Callable[[Sequence[str]], FloatArray]


def decide_all(
    people: People, ids: Sequence[str], chain: Chain, n: int, language: Language, draw: Draw | None
) -> Iterator[Decision]:
    """Yield one answer per person, under the ids they were asked by, and the part that chance had in it.

    Parameters
    ----------
    draw : the chances of each id (`exploration.chances`); None = nothing is left to chance, whatever the
        policy says.
    """
    excluded = exclusions(people)
    shut = np.logical_or.reduce(list(excluded.values()))
    choice = choose(people, chain, shut, n)
    lots = _drawn(people, choice, ~shut, None if draw is None else draw(ids))
    ranked, selection = choice.ranked, lots.selection
    lists = _explained(people, chain, ranked, selection, language)
    silent = choice.silent.copy()
    silent[selection.person, selection.program] = False
    masks = {
        **excluded,
        "not_worth": choice.worthless,
        "nothing_known": silent,
        "covered": selection.covered,
    }
    as_of, hours = people.dataset.as_of, credited_hours(people)
    for place, employee_id in enumerate(ids):
        codes = {code: int(mask[place].sum()) for code, mask in masks.items()}
        by = int(ranked.by[place])
        answer = Answer(
            employee_id,
            _marked(lists[place], language) if lots.drawn[place] else lists[place],
            chain[by][0] if by != MISSING else "none",
            (),
            {code: count for code, count in codes.items() if count},
            "" if np.isnat(as_of) else str(as_of),
            "",
        )
        notes = [*_notes(answer, chain[0][0], language), *_cautions(people, place, answer, hours, language)]
        if lots.drawn[place]:
            notes.append(phrase("notes", "explored", language))
        yield _decision(people, replace(answer, notes=tuple(notes)), n, lots, place)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Scores (n, P), whether they say anything (n, P), and which ranker of the chain gave each person's (n,).

    The ranker is `MISSING` where none covers the person.
    """

    scores: FloatArray
    speaks: BoolArray
    by: IntArray


@dataclass(frozen=True, slots=True)
class Choice:
    """What is picked for each of n people, and what is left out for being too little or unknown, (n, P)."""

    ranked: _Ranked
    worthless: BoolArray
    silent: BoolArray
    selection: Selection


def choose(people: People, chain: Chain, shut: BoolArray, n: int) -> Choice:
    """Rank and pick at most `n` programs for each person among those not `shut`, shape (n, P)."""
    worthless = ~shut & ~worth_the_hours(people, people.beliefs.mean)
    ranked = _rank(replace(people, wanted=~shut & ~worthless), chain)
    speaks = ranked.speaks | (mandated(people) & (ranked.by != MISSING)[:, None])
    picked = select(people, ranked.scores, ~shut & ~worthless & speaks, n)
    return Choice(ranked, worthless, ~shut & ~worthless & ~speaks, picked)


def _marked(listed: tuple[Recommendation, ...], language: Language) -> tuple[Recommendation, ...]:
    """Return a list whose last program says first that a lot put it there."""
    lot = Reason("lot", 0.0, phrase("reasons", "lot", language))
    return (*listed[:-1], replace(listed[-1], reasons=(lot, *listed[-1].reasons)))


def _drawn(people: People, choice: Choice, open_: BoolArray, chance: FloatArray | None) -> Lots:
    share = people.dataset.policy.exploration.share
    if chance is None or not share:
        return without_lots(choice.selection)
    return with_lots(choice.selection, open_ & ~choice.worthless, mandated(people), share, chance)


def _decision(people: People, answer: Answer, asked: int, lots: Lots, place: int) -> Decision:
    mine = slice(*np.searchsorted(lots.selection.person, [place, place + 1]))
    usual, pool = lots.usual[place], np.flatnonzero(lots.pool[place])
    first_usual = pool[np.argsort(pool != usual, kind="stable")]
    candidates = tuple(people.dataset.programs.ids[row] for row in first_usual)
    return Decision(answer, asked, lots.share, tuple(lots.propensity[mine].tolist()), candidates)


def _rank(people: People, chain: Chain) -> _Ranked:
    """Score each person by the first ranker that covers them."""
    by = np.full(len(people), MISSING)
    for place in reversed(range(len(chain))):
        by[chain[place][1].covers(people)] = place
    scores = np.zeros((len(people), len(people.dataset.programs.ids)))
    speaks = np.zeros(scores.shape, dtype=bool)
    for place in np.unique(by[by != MISSING]):
        mine, ranker = by == place, chain[place][1]
        scores[mine] = ranker.score(people)[mine]
        speaks[mine] = scores[mine] > ranker.floor
    return _Ranked(scores, speaks, by)


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
    mean = people.aimed.by_program()[who, program]
    beliefs = (people.beliefs.mean[who], people.beliefs.sd[who])
    asked = (people.asked[0][who], people.asked[1][who])
    low, high = benefit_interval(people.aimed.effects, beliefs, asked, program)
    known = people.have_needs[who]
    for pair, row in enumerate(program):
        hours = float(programs.hours[row])
        yield Recommendation(
            rank=0,
            program_id=programs.ids[row],
            title=str(programs.title[row]),
            score=float(score[pair]),
            benefit=float(mean[pair]) if known[pair] else None,
            # So skewed an uncertainty may leave its mean outside the middle 80 %: the interval is stretched.
            benefit_low=float(min(low[pair], mean[pair])) if known[pair] else None,
            benefit_high=float(max(high[pair], mean[pair])) if known[pair] else None,
            hours=None if np.isnan(hours) else hours,
            reasons=(),
        )


def _cautions(
    people: People, place: int, answer: Answer, hours: FloatArray, language: Language
) -> Iterator[str]:
    """Say what the list itself does not show: a missing position, and a list longer than a year's hours."""
    if people.position[place] == MISSING and len(people.dataset.positions.ids):
        yield phrase("notes", "no_position", language)
    if people.horizon == "next" and people.next_position[place] == MISSING:
        yield phrase("notes", "no_next_position", language)
    kind = str(people.dataset.employees.employment_type[people.rows[place]])
    ceiling = people.dataset.policy.hours.yearly_ceiling.get(kind, np.inf)
    rows = people.dataset.programs.ids.rows(one.program_id for one in answer.recommendations)
    total = float(np.nansum(hours[rows]))
    if total > ceiling:
        most, all_of_it = (decimal(f"{hours:g}", language) for hours in (ceiling, total))
        yield phrase("notes", "hours_ceiling", language, ceiling=most, total=all_of_it)


def _notes(answer: Answer, first: str, language: Language) -> Iterator[str]:
    if answer.ranker == "none":
        yield phrase("notes", "no_ranker", language)
    elif answer.ranker != first:
        yield phrase("notes", "fallback", language, used=answer.ranker, first=first)
    if answer.recommendations or answer.ranker == "none":
        return
    if "not_active" in answer.excluded:
        yield phrase("notes", "inactive", language)
    elif "not_worth" in answer.excluded:
        yield phrase("notes", "nothing_worth", language)
    else:
        yield phrase("notes", "nothing_open", language)
