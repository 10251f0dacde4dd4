"""What to keep in mind of a measured effect: few people, no comparison, records that say too little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recommender.competency import Lifts
from recommender.dataset import Dataset
from recommender.effects.attendance import Attendance
from recommender.effects.checks import FEWEST

_LEAST_OVERLAP = 0.5
_MOST_TOGETHER = 0.9


@dataclass(frozen=True, slots=True)
class Caution:
    """A code of [effect_warnings] in `phrases.toml`, and its number."""

    code: str
    number: float = 0.0


def cautions(dataset: Dataset, lifts: Lifts, attended: Attendance, k: int) -> Iterator[Caution]:
    """Yield what to keep in mind of the k-th outcome."""
    place = (lifts.program[k], lifts.competency[k])
    people, judged = int(attended.people[k]), int(lifts.judged[k])
    if dataset.programs.target[place] <= dataset.programs.entry[place]:
        yield Caution("no_rise")
    if not people:
        yield Caution("nobody")
    elif not judged:
        yield Caution("not_judged")
    elif people < FEWEST:
        yield Caution("few_people", people)
    elif judged < FEWEST:
        yield Caution("few_judged", judged)
    if people:
        yield from _of_the_comparison(attended, judged, k)
    if lifts.undated[k]:
        yield Caution("undated", int(lifts.undated[k]))
    if attended.one_level[k]:
        yield Caution("one_level")


def _of_the_comparison(attended: Attendance, judged: int, k: int) -> Iterator[Caution]:
    """Yield what speaks against comparing: changes with changes, attendees with others, one program alone."""
    before = int(attended.before[k])
    if judged and not before:
        yield Caution("not_before")
    elif 2 * before < judged:
        yield Caution("few_before", before)
    if attended.everybody[k]:
        yield Caution("everybody")
    elif attended.overlap[k] < _LEAST_OVERLAP:
        yield Caution("overlap", float(attended.overlap[k]))
    if attended.together[k] >= _MOST_TOGETHER:
        yield Caution("together", float(attended.together[k]))
