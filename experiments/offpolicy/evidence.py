"""From lines of a ledger to what off-policy estimates rest on: rewards, and what the new model would show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from experiments.offpolicy.usable import Line, usable_lines
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.engine import Engine, LedgerLine
from recommender.engine.answers import choose
from recommender.engine.exclusions import exclusions
from recommender.evaluation.off_policy import Log, foretell
from recommender.rankers import People, gather_people

_BATCH = 512  # lines at a time: bounds memory


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the pairs of a log, shape (k,) each.

    Attributes
    ----------
    foretold : probability that the program is completed, by a model that did not see the person.
    benefit : gap that the new model expects it to close if it is completed, in levels.
    days : first and last date of the answers.
    notes : what was left out, and why.
    """

    log: Log
    foretold: FloatArray
    benefit: FloatArray
    days: tuple[np.datetime64, np.datetime64]
    notes: tuple[str, ...]


def evidence_of(lines: Sequence[LedgerLine], engine: Engine, dataset: Dataset, months: int) -> Evidence:
    """Ask the new model for its lists as of each line's day, and look up what came of what was shown.

    The reward is 1 where the person began a program after the day of the answer and completed it within the
    months, else 0. The new model sees what was known on that day; it is asked for as many programs, and
    chance has no part in its lists.

    Raises
    ------
    NothingToLearn
        No line can be used, or chance had no part in those that can.
    """
    usable, notes = usable_lines(lines, engine, dataset, months)
    usable = sorted(usable, key=lambda line: (line.day, line.employee))
    parts = list(_parts(usable, engine, dataset))
    starts = np.cumsum([0, *(part.decisions for part in parts)])
    pairs = [part.log for part in parts]
    log = Log(
        np.concatenate([part.decision + start for part, start in zip(pairs, starts, strict=False)]),
        np.concatenate([part.shown for part in pairs]),
        np.concatenate([part.logged for part in pairs]),
        np.concatenate([part.target for part in pairs]),
        np.concatenate([part.reward for part in pairs]),
        np.concatenate([part.person for part in pairs]),
    )
    features = np.concatenate([part.features for part in parts])
    foretold = foretell(features, log.reward, log.person[log.decision])
    benefit = np.concatenate([part.benefit for part in parts])
    return Evidence(log, foretold, benefit, (usable[0].day, usable[-1].day), tuple(notes))


@dataclass(frozen=True, slots=True)
class _Part:
    log: Log
    features: FloatArray
    benefit: FloatArray
    decisions: int


def _parts(lines: Sequence[Line], engine: Engine, dataset: Dataset) -> Iterator[_Part]:
    for day, same in groupby(lines, key=lambda line: line.day):
        of_day = list(same)
        # `before` ends on the day itself, and dates what it returns by the day after.
        asked = engine.with_data(replace(dataset.before(day + np.timedelta64(1, "D")), as_of=day))
        for start in range(0, len(of_day), _BATCH):
            yield _part(of_day[start : start + _BATCH], asked, dataset)


def _part(lines: Sequence[Line], engine: Engine, dataset: Dataset) -> _Part:
    """Return the pairs of some lines of one day."""
    rows, who = np.unique([line.employee for line in lines], return_inverse=True)
    people = gather_people(engine.dataset, engine.estimator, rows)
    shown, logged = _logged(lines, len(dataset.programs.ids))
    target = _target(people, engine, np.array([line.asked for line in lines]), who)
    decision, program = np.nonzero(shown | target)
    reward = _taken(lines, dataset, shown.shape)[decision, program].astype(float)
    known = shown[decision, program]
    log = Log(
        decision,
        known,
        logged[decision, program],
        target[decision, program].astype(float),
        np.where(known, reward, np.nan),
        np.array([line.employee for line in lines]),
    )
    pair = who[decision], program
    return _Part(log, _features(people, engine, *pair), people.benefit[pair], len(lines))


def _logged(lines: Sequence[Line], programs: int) -> tuple[BoolArray, FloatArray]:
    """Return what was shown, and the probability that each program was going to be, (lines, P) each."""
    shown, logged = np.zeros((len(lines), programs), dtype=bool), np.zeros((len(lines), programs))
    for place, line in enumerate(lines):
        logged[place, list(line.candidates)] = line.chances
        shown[place, list(line.programs)] = True
        logged[place, list(line.programs)] = line.propensities
    return shown, logged


def _target(people: People, engine: Engine, asked: IntArray, who: IntArray) -> BoolArray:
    """Return what the new model would show on each line, whose person is `who`, (lines, P)."""
    shut = np.logical_or.reduce(list(exclusions(people).values()))
    listed = choose(people, engine.rankers, shut, int(asked.max())).selection
    place = np.full(shut.shape, asked.max())
    first = np.searchsorted(listed.person, listed.person)
    place[listed.person, listed.program] = np.arange(len(first)) - first
    return np.asarray(place[who] < asked[:, None])


def _taken(lines: Sequence[Line], dataset: Dataset, shape: tuple[int, ...]) -> BoolArray:
    """Return what each line's person began after its day and completed in time, (lines, P)."""
    history = dataset.history
    day, until = lines[0].day, lines[0].until
    ended = np.where(np.isnat(history.completed_on), history.moment, history.completed_on)
    counted = (history.status == "completed") & (history.moment > day) & (ended <= until)
    taken = np.zeros((len(dataset.employees.ids), shape[1]), dtype=bool)
    taken[history.employee[counted], history.program[counted]] = True
    return np.asarray(taken[[line.employee for line in lines]])


def _features(people: People, engine: Engine, who: IntArray, program: IntArray) -> FloatArray:
    """Return what a reward is foretold from: benefit, takers, the person's past, place by the new model."""
    score = engine.rankers[0][1].score(people)
    place = score.argsort(axis=1).argsort(axis=1) / score.shape[1]
    takers = np.bincount(people.dataset.history.program, minlength=score.shape[1])
    columns = (
        people.benefit[who, program],
        np.log1p(takers)[program],
        np.log1p(people.past.counts)[who],
        place[who, program],
    )
    return np.stack(columns, axis=1)
