"""Leaks: signs that what is judged knew the future. Found before judging, told, and a reason not to promote.

Three questions, each of which one kind of leak cannot pass:

- order of time: does the past hold a record from the first held record's day on?
- blindness: some people's data are cut twice, as they are and with all that came after the cut drawn anew
  (and programs and people under other ids, so that what a model knows from elsewhere finds nobody; where
  the cut is not one in time, this alone). Fitted
  to the two pasts, the recipe must give the same scores to the last bit, and the same people in another
  order must keep their scores. It is fitted with at most `_TREES` trees, one cut and one round.
- undated records: they count as known at any time, so there must be few of them in data that have dates.

What it cannot see: a fact without a date that tells the future, such as a position that people got later;
numbers about programs that a model brings along in the catalogue's order; a model that was shaped by hand on
the very records that it is judged by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from experiments.judging.trials import Trial, cuts
from experiments.recipe import Recipe
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.sample import of_people
from recommender.dataset.split import Split, has_dates
from recommender.dataset.subset import Records
from recommender.domain import BoolArray, DateArray, FloatArray, IntArray, Vocabulary
from recommender.effects import learn_with_effects
from recommender.rankers import RANKERS, Ranker, gather_people
from recommender.rankers.learned import LearnsUptake

_MOST_UNDATED = 0.1
_PEOPLE = 80  # whose data are cut twice
_TREES = 20
_MOST_TURNED = (
    0.1  # of the people: sums in another order differ in the last bit, which may move a tree's split
)


def find_leak(dataset: Dataset, recipe: Recipe, trials: Sequence[Trial]) -> str:
    """Return what leaks, in sentences, or "" where nothing was found.

    Parameters
    ----------
    trials : of this recipe on this data, as `prepare` gives them.
    """
    dated = has_dates(dataset)
    late = [found for trial in trials for found in _out_of_time(dataset, trial)] if dated else []
    undated = _undated(dataset) if dated else ()
    return " ".join([*late, *undated, *_seeing(dataset, recipe, trials[0])])


def _out_of_time(dataset: Dataset, trial: Trial) -> Iterator[str]:
    first = _first_held(dataset, trial.split)
    for table, days in _days_of(trial.split.past):
        late = int((days >= first).sum())
        if late:
            yield (
                f"The past of the cut {trial.cut} holds {late:,} {table} from {first} on, the day of the "
                "first record that is to be foretold; cut dated data by time."
            )


def _first_held(dataset: Dataset, split: Split) -> np.datetime64:
    """Return the day of the first record of a held pair that is not in the past itself."""
    history, past, programs = dataset.history, split.past, len(dataset.programs.ids)
    pairs = history.employee * programs + history.program
    held = np.isin(pairs, split.employee * programs + split.program) & ~np.isin(history.row, past.history.row)
    if past.as_of < dataset.as_of:  # a cut in time: what began before it and went on is on neither side
        held &= history.moment >= past.as_of
    days = history.moment[held & ~np.isnat(history.moment)]
    return days.min() if len(days) else dataset.as_of + np.timedelta64(1, "D")


def _days_of(dataset: Dataset) -> Iterator[tuple[str, DateArray]]:
    """Yield each table of records in words, with the latest day that each record tells."""
    history = dataset.history
    yield "training records", np.fmax(history.moment, history.completed_on)
    yield "assessments", dataset.assessments.assessed_on
    yield "performance reviews", dataset.reviews.period_end
    yield "rows of feedback", dataset.feedback.submitted_on


def _undated(dataset: Dataset) -> Iterator[str]:
    for table, days in _days_of(dataset):
        share = float(np.isnat(days).mean()) if len(days) else 0.0
        if share > _MOST_UNDATED:
            yield (
                f"{share:.0%} of the {table} have no date: they stay in the past of every cut and may tell "
                "what came after it; give their dates, or leave them out."
            )


def _seeing(dataset: Dataset, recipe: Recipe, trial: Trial) -> Iterator[str]:
    sample = of_people(dataset, _some_people(trial))
    small = _small(recipe)
    split = _first_cut(sample, small)
    plain, other = _Fitted.to(split, small), _Fitted.to(_with_another_future(sample, split, small), small)
    scores = plain.scores()
    moved = np.any(scores != other.scores(), axis=1)
    if moved.any():
        yield (
            f"The model is not blind: with all that came after the cut drawn anew, scores of {moved.sum()} "
            f"of {len(moved)} people changed; fit and score must use nothing but the data handed to them."
        )
    turned = np.any(~np.isclose(scores, plain.scores(turned=True), rtol=1e-6), axis=1)
    if turned.mean() > _MOST_TURNED:
        yield (
            f"The model knows people by their row: scores of {turned.sum()} of {len(turned)} people changed "
            "when they stood in another order."
        )


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A recipe fitted to the past of some people."""

    split: Split
    estimator: CompetencyEstimator
    ranker: Ranker

    @classmethod
    def to(cls, split: Split, recipe: Recipe) -> _Fitted:
        estimator = learn_with_effects(recipe.new_estimator(), split.past)
        return cls(split, estimator, recipe.new_ranker().fit(split.past, estimator))

    def scores(self, *, turned: bool = False) -> FloatArray:
        """Return the scores of all people, shape (n, P); `turned` shows the people in the opposite order."""
        everybody = np.arange(len(self.split.past.employees.ids))
        if not turned:
            return self.ranker.score(gather_people(self.split.past, self.estimator, everybody))
        past = of_people(self.split.past, everybody[::-1])
        return self.ranker.score(gather_people(past, self.estimator, everybody))[::-1]


def _first_cut(dataset: Dataset, recipe: Recipe) -> Split:
    return next(cuts(dataset, recipe.split))[0]


def _with_another_future(dataset: Dataset, split: Split, recipe: Recipe) -> Split:
    """Return a split with the same past under other ids, cut from data that go on otherwise.

    Where the cut is not one in time, what may be known of the past hangs on what is held (see
    `dataset.split`), so that only the ids are others.
    """
    if split.past.as_of < dataset.as_of:
        return _first_cut(_renamed(_drawn_anew(dataset, split.past.as_of)), recipe)
    return replace(split, past=_renamed(split.past))


def _small(recipe: Recipe) -> Recipe:
    """Return the recipe on one cut and with little to learn, so that the question costs seconds."""
    learned = {"trees": min(recipe.parameters.get("trees", _TREES), _TREES), "windows": 1}
    learns = issubclass(RANKERS[recipe.ranker], LearnsUptake)
    parameters = recipe.parameters | (learned if learns else {})
    return recipe.model_copy(
        update={
            "parameters": parameters,
            "estimator": recipe.estimator | {"rounds": 1},
            "split": recipe.split.model_copy(update={"cuts": 1}),
        }
    )


def _some_people(trial: Trial) -> IntArray:
    """Return at most `_PEOPLE` rows, half of people with something held and half of people with a past.

    So there is something on either side of the cut, and the question is never left out.
    """
    rng = np.random.default_rng(0)
    groups = (trial.rows, np.unique(trial.split.past.history.employee))
    drawn = [rng.permutation(group)[: _PEOPLE // 2] for group in groups]
    return np.unique(np.concatenate(drawn))


def _drawn_anew(dataset: Dataset, day: np.datetime64) -> Dataset:
    """Return data that are the same before a day and others from it on."""
    rng = np.random.default_rng(0)
    late = {table: days >= day for table, days in _days_of(dataset)}
    return replace(
        dataset,
        history=_other(dataset.history, late["training records"], rng),
        assessments=_other(dataset.assessments, late["assessments"], rng),
        reviews=_other(dataset.reviews, late["performance reviews"], rng),
        feedback=_other(dataset.feedback, late["rows of feedback"], rng),
    )


def _other(records: Records, late: BoolArray, rng: np.random.Generator) -> Records:
    """Return records of which the late ones tell of other programs, with other numbers."""
    columns: dict[str, Any] = {}
    for field in fields(records):
        column = getattr(records, field.name)
        if field.name == "program" or column.dtype.kind == "f":
            changed = column.copy()
            changed[late] = rng.choice(column, int(late.sum())) if late.any() else column[late]
            columns[field.name] = changed
    return replace(records, **columns)


def _renamed(dataset: Dataset) -> Dataset:
    """Return the data with other ids of people and programs, in the same alphabetical order."""
    employees, programs, assessments = dataset.employees, dataset.programs, dataset.assessments
    assessor = np.array([f"-{id_}" if id_ else "" for id_ in assessments.assessor], dtype=object)
    return replace(
        dataset,
        employees=replace(employees, ids=Vocabulary(f"-{id_}" for id_ in employees.ids)),
        programs=replace(programs, ids=Vocabulary(f"-{id_}" for id_ in programs.ids)),
        assessments=replace(assessments, assessor=assessor),
    )
