"""What programs change, by several ways of measuring it, beside the truth of a simulated city."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import MISSING, DateArray, FloatArray, IntArray
from recommender.effects import ProgramEffects, estimate_effect, measure_effects
from recommender.effects.programs import TWO_SIDED
from recommender.errors import EffectError

MEASURED = "measured: judgements, tests and feedback, pooled"
JUDGED = "measured: judgements alone, pooled"
ALONE = "one by one: estimate_effect, change of the raw level"
NAIVE = "before and after, raw levels"
DECLARED = "declared outcomes, one share for all"
POPULAR = "popularity: people who attended"
LIKED = "reaction: mean rating of participants"


@dataclass(frozen=True, slots=True)
class Found:
    """Effects found of K outcomes, NaN where nothing was; no errors where only the order means something."""

    effect: FloatArray
    error: FloatArray


def ways_of_measuring(dataset: Dataset) -> tuple[ProgramEffects, dict[str, Found]]:
    """Return the effects as measured, and those found by each way."""
    estimator = CompetencyEstimator().fit(dataset)
    effects = measure_effects(dataset, estimator)
    plain = _without_answers(dataset)
    alone = measure_effects(plain, CompetencyEstimator().fit(plain))
    changes = [list(_changes(dataset, effects, place)) for place in range(len(effects))]
    share = estimator.model_.parameters.share
    unknown = np.full(len(effects), np.nan)
    return effects, {
        MEASURED: Found(effects.effect, effects.standard_error),
        JUDGED: Found(alone.effect, alone.standard_error),
        ALONE: _found([_one_by_one(*one) for one in changes]),
        NAIVE: _found([_before_and_after(*one[:2]) for one in changes]),
        DECLARED: Found(share * effects.declared, unknown),
        POPULAR: Found(effects.people.astype(float), unknown),
        LIKED: Found(_reactions(dataset)[effects.program], unknown),
    }


def _without_answers(dataset: Dataset) -> Dataset:
    """Return the data without tests before and after, and without feedback."""
    untested = np.full(len(dataset.history), np.nan)
    return replace(
        dataset,
        history=replace(dataset.history, pre_score=untested, post_score=untested),
        feedback=take(dataset.feedback, np.zeros(len(dataset.feedback), dtype=bool)),
    )


def _found(pairs: list[tuple[float, float]]) -> Found:
    effect, error = np.array(pairs).reshape(-1, 2).T
    return Found(effect, error)


def _changes(dataset: Dataset, effects: ProgramEffects, place: int) -> Iterator[FloatArray]:
    """Yield who attended, by how much raw levels changed, and what was known before; one entry per person.

    Changes are from the last judgement before a day to the first after it: of attendees the day they
    finished, of the others the median of these days. Known before are the level and source of the judgement,
    the years between the two and the level asked.
    """
    history, judged = dataset.history, dataset.assessments
    mine = (history.program == effects.program[place]) & (history.status == "completed")
    day: DateArray = np.full(len(dataset.employees.ids), np.datetime64("NaT", "D"))
    day[history.employee[mine][::-1]] = history.completed_on[mine][::-1]
    went = ~np.isnat(day)
    if went.any():
        day[~went] = np.median(day[went].astype(np.int64)).astype(np.int64).astype("datetime64[D]")
    rows = np.flatnonzero(judged.competency == effects.competency[place])
    rows = rows[np.argsort(judged.assessed_on[rows], kind="stable")]
    person, late = judged.employee[rows], judged.assessed_on[rows] > day[judged.employee[rows]]
    first, last = np.full((2, len(went)), MISSING)
    last[person[~late]] = rows[~late]
    first[person[late][::-1]] = rows[late][::-1]
    both = np.flatnonzero((first != MISSING) & (last != MISSING))
    yield went[both].astype(float)
    yield judged.level[first[both]] - judged.level[last[both]]
    yield _known_before(dataset, both, first[both], last[both])


def _known_before(dataset: Dataset, people: IntArray, first: IntArray, last: IntArray) -> FloatArray:
    judged = dataset.assessments
    years = (judged.assessed_on[first] - judged.assessed_on[last]).astype(float) / 365.25
    position = dataset.employees.position[people]
    asked = dataset.positions.level[position, judged.competency[last]]
    columns = [judged.level[last], years, np.where(position == MISSING, np.nan, asked)]
    columns += [judged.source[rows] == name for name in np.unique(judged.source) for rows in (first, last)]
    return np.column_stack([one.astype(float) for one in columns])


def _one_by_one(went: FloatArray, change: FloatArray, known: FloatArray) -> tuple[float, float]:
    try:
        found = estimate_effect(went, change, known)
    except EffectError:
        return np.nan, np.nan
    return found.effect, found.standard_error


def _before_and_after(went: FloatArray, change: FloatArray) -> tuple[float, float]:
    mine = change[went > 0]
    if len(mine) < 2:
        return np.nan, np.nan
    return float(mine.mean()), float(mine.std(ddof=1) / np.sqrt(len(mine)))


def _reactions(dataset: Dataset) -> FloatArray:
    """Return the mean rating by participants of each program, NaN without any."""
    said = dataset.feedback
    mine = (said.phase == "reaction") & ~np.isnan(said.rating)
    count = np.bincount(said.program[mine], minlength=len(dataset.programs.ids))
    total = np.bincount(said.program[mine], said.rating[mine], minlength=len(count))
    mean: FloatArray = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return mean


def covers(found: Found, truth: FloatArray) -> FloatArray:
    """Return whether each 95 % interval holds the truth, NaN where there is none."""
    inside = np.abs(found.effect - truth) <= TWO_SIDED * found.error
    return np.where(np.isnan(found.error), np.nan, inside)


def called_effective(found: Found) -> FloatArray:
    """Return whether each 95 % interval lies above 0, NaN where there is none."""
    return np.where(np.isnan(found.error), np.nan, found.effect - TWO_SIDED * found.error > 0)
