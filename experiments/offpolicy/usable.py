"""Which lines of a ledger say something of a model: whose end is known, and which it did not learn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.dataset import Dataset
from recommender.dataset.split import months_before
from recommender.domain import MISSING, Vocabulary
from recommender.engine import Engine, LedgerLine
from recommender.errors import NothingToLearn

_PERSON = (
    "of people whom the data do not hold, or whose pseudonyms were made with another key: train and judge "
    "in the folder of models (--models) of the model that answered"
)
_PROGRAM = "show programs that the data do not hold"
_UNDATED = "rest on data without a date"
_SEEN = (
    "are older than the data that the model was trained on, to {trained}: it has learnt what came of them. "
    "Train it on data from before the answers"
)
_OPEN = (
    "are not yet {months} months old on the date of the data, {today}: what comes of them is not known. "
    "Wait for later data, or ask for fewer --months"
)
_NO_CHANCE = (
    "in none of the {count} lists was a place left to chance, so that nothing can be learnt of a model that "
    "would show others: give `share` in section [exploration] of the data's policy.toml a value, such as "
    "0.1, and keep the answers with `recommender batch --ledger FILE`."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a ledger in the data's own rows.

    Attributes
    ----------
    employee : row of the person.
    programs, propensities : rows of what was shown, and the probability of each in its place.
    candidates, chances : rows of what a lot could have shown in the last place, and the probability of each.
    """

    day: np.datetime64
    until: np.datetime64
    employee: int
    asked: int
    programs: tuple[int, ...]
    propensities: tuple[float, ...]
    candidates: tuple[int, ...]
    chances: tuple[float, ...]


def usable_lines(
    lines: Sequence[LedgerLine], engine: Engine, dataset: Dataset, months: int
) -> tuple[list[Line], list[str]]:
    """Return the lines that can be used, and in words how many cannot and why.

    Parameters
    ----------
    engine : loaded from its bundle: it knows the key of the ledger's pseudonyms, and the data it learnt from.
    dataset : with plain employee ids.

    Raises
    ------
    NothingToLearn
        No line can be used, or chance had no part in those that can.
    """
    if np.isnat(dataset.as_of):
        raise NothingToLearn("the data carry no dates, so that nobody can say what came after an answer.")
    key = engine.people_key
    pseudonyms = Vocabulary(key.pseudonym(id_) if key else id_ for id_ in dataset.employees.ids)
    found, left = [], Counter[str]()
    for line in lines:
        one = _placed(line, pseudonyms, dataset.programs.ids, months)
        reason = one if isinstance(one, str) else _reason(one, engine.dataset.as_of, dataset.as_of)
        if isinstance(one, str) or reason:
            left[reason] += 1
        else:
            found.append(one)
    words = {"trained": engine.dataset.as_of, "months": months, "today": dataset.as_of}
    notes = [f"{count:,} of {len(lines):,} lines {why.format(**words)}." for why, count in left.items()]
    if not found:
        raise NothingToLearn("\n  ".join(["no line of the ledger can be used:", *notes]))
    if not any(line.candidates for line in found):
        raise NothingToLearn(_NO_CHANCE.format(count=len(found)))
    return found, [f"Left out: {note}" for note in notes]


def _placed(line: LedgerLine, people: Vocabulary, programs: Vocabulary, months: int) -> Line | str:
    """Return a line in rows, or why there is none."""
    shown = programs.rows(line.programs)
    if people.row(line.employee) == MISSING:
        return _PERSON
    if (shown == MISSING).any():
        return _PROGRAM
    if not line.as_of:
        return _UNDATED
    day = np.datetime64(line.as_of)
    known = [one for one, id_ in enumerate(line.candidates) if id_ in programs]
    return Line(
        day,
        months_before(day, -months),
        people.row(line.employee),
        line.asked,
        tuple(shown.tolist()),
        line.propensities,
        tuple(programs.row(line.candidates[one]) for one in known),
        tuple(line.probability(one) for one in known),
    )


def _reason(line: Line, trained: np.datetime64, today: np.datetime64) -> str:
    if line.day < trained:
        return _SEEN
    return _OPEN if line.until > today else ""
