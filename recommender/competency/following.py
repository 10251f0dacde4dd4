"""One person's belief, kept up to date record by record.

`CompetencyEstimator.follow` runs through a person's evidence once; `Follower.take` then adds later records at
the cost of those records alone, with the same code and so the same answer as a full run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recommender.competency.evidence import gather_evidence, learnt_on, years
from recommender.competency.filter import State, forward, levels_at
from recommender.competency.model import Model, Start
from recommender.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import DateArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Follower:
    """The belief about one employee after all evidence so far.

    Attributes
    ----------
    latest : day of the latest evidence, NaT without any.

    Examples
    --------
    >>> follower = estimator.follow(dataset, "E00042")  # doctest: +SKIP
    >>> mean, sd = follower.take(new_records).levels(np.datetime64("2026-01-31"))  # doctest: +SKIP
    """

    model: Model
    start: Start
    state: State
    row: int
    latest: np.datetime64

    def take(self, new: Dataset) -> Follower:
        """Return the follower after the person's records in `new`, which must all be later than `latest`.

        Parameters
        ----------
        new : the same people and catalogue with the new assessments and training records alone, as
            `without_records` and `dataclasses.replace` make it.

        Raises
        ------
        ValueError
            A record is undated, as old as `latest`, or a review. Reviews are read against those of the unit,
            and old records change what later ones meant: estimate the person anew.
        """
        mine = np.array([self.row])
        days = days_of_evidence(new, self.row)
        undated_so_far = np.isnat(self.latest) and self.state.count.any()  # the first day dates it all
        late = np.isnat(days).any() or not (np.isnat(self.latest) or (days > self.latest).all())
        if late or (undated_so_far and len(days)):
            raise ValueError(
                f"New records must be dated after {self.latest}, the person's latest evidence; "
                f"estimate the person anew with estimate(dataset, rows=[{self.row}])."
            )
        if (new.reviews.employee == self.row).any():
            raise ValueError(
                "A review is read against those of its unit and year, and so changes more than one person; "
                "estimate the unit anew."
            )
        model = self.model.with_sources({str(name) for name in new.assessments.source})
        known = model is self.model
        start = self.start if known else model.start(new, mine)
        state = self.state.copy() if known else widened(self.state, self.model, model)
        evidence = gather_evidence(new, mine, model.sources)
        state, _ = forward(evidence, start, model.read(evidence, start), model.parameters, state=state)
        latest = np.max(days) if len(days) else self.latest
        return replace(self, model=model, start=start, state=state, latest=latest)

    def levels(self, day: np.datetime64) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the levels at a day, both (C,)."""
        year = float(years(np.array([day], dtype="datetime64[D]"))[0])
        found = levels_at(self.state, self.start, self.model.parameters, year)
        return found.mean[0], np.sqrt(found.variance[0])


def without_records(dataset: Dataset) -> Dataset:
    """Return the same people and catalogue without assessments, training records and reviews."""
    return replace(
        dataset,
        assessments=take(dataset.assessments, np.zeros(len(dataset.assessments), dtype=bool)),
        history=take(dataset.history, np.zeros(len(dataset.history), dtype=bool)),
        reviews=take(dataset.reviews, np.zeros(len(dataset.reviews), dtype=bool)),
    )


def days_of_evidence(dataset: Dataset, row: int) -> DateArray:
    """Return the days of one person's assessments, reviews and trainings, also of those not completed.

    A training that was not completed is no evidence, but may contradict one that was, if it has a day.
    """
    history, assessments, reviews = dataset.history, dataset.assessments, dataset.reviews
    dated = ~np.isnat(history.completed_on)
    told = (history.employee == row) & ((history.status == "completed") | dated)
    parts = [
        assessments.assessed_on[assessments.employee == row],
        learnt_on(dataset)[told],
        reviews.period_end[reviews.employee == row],
    ]
    return np.concatenate(parts).astype("datetime64[D]")


def widened(state: State, old: Model, new: Model) -> State:
    """Return a state with factors for the sources that only the new model knows."""
    first, more = old.parameters.factors, new.parameters.factors - old.parameters.factors
    place: IntArray = np.delete(np.arange(first + more), np.arange(first - 1, first - 1 + more))
    information = np.broadcast_to(np.eye(first + more), (len(state.own), first + more, first + more)).copy()
    information[:, place[:, None], place] = state.information
    slope = np.zeros((*state.own.shape, first + more))
    slope[:, :, place] = state.slope
    pull = np.zeros((len(state.own), first + more))
    pull[:, place] = state.pull
    return replace(state.copy(), slope=slope, information=information, pull=pull)
