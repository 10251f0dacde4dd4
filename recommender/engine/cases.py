"""Changes of evidence about one person, and the tables with such a change made in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.competency.hygiene import judgement_weights
from recommender.dataset import Assessments, Dataset
from recommender.dataset.subset import joined, take
from recommender.domain import FloatArray, IntArray
from recommender.engine.asking import LISTED, sources_offered, worths
from recommender.rankers import People, gather_people

_MOST = 100  # latest assessments and trainings of a person that are looked at


@dataclass(frozen=True, slots=True)
class Case:
    """One change.

    Attributes
    ----------
    item : place in the person's training records, or in their assessments followed by those asked for.
    before, level : level recorded, or expected of a judgement asked for, and the level instead; NaN where the
        record goes.
    program : what then stands first, once it is known.
    """

    kind: str
    item: int
    before: float = np.nan
    level: float = np.nan
    program: str = ""

    @property
    def size(self) -> float:
        """Levels between the two, NaN where the record goes."""
        return abs(self.level - self.before)


@dataclass(frozen=True)
class Records:
    """The records of the employee in `row`, and the judgements that might be asked for."""

    dataset: Dataset
    estimator: CompetencyEstimator
    row: int

    def changed(self, case: Case) -> Dataset:
        """Return the tables with one change made in them."""
        dataset, table = self.dataset, self.dataset.assessments
        if case.kind == "no_training":
            return dataset.with_history(np.arange(len(dataset.history)) != self.taken[case.item])
        if case.kind == "new_judgement":
            new = replace(self.judgement(case), level=np.array([case.level]))
            return replace(dataset, assessments=joined(table, new))
        place = np.arange(len(table)) == self.judged[case.item]
        if case.kind == "no_judgement":
            return replace(dataset, assessments=take(table, ~place))
        level = np.where(place, case.level, table.level)
        return replace(dataset, assessments=replace(table, level=level))

    def judgement(self, case: Case) -> Assessments:
        """Return the one assessment that a case is about, as recorded or asked for."""
        table = self.alone.assessments
        return take(table, np.arange(len(table)) == case.item)

    @cached_property
    def judged(self) -> IntArray:
        """Rows of the person's assessments."""
        return np.flatnonzero(self.dataset.assessments.employee == self.row)

    @cached_property
    def taken(self) -> IntArray:
        """Rows of the person's training records, in order of time."""
        return np.flatnonzero(self.dataset.history.employee == self.row)

    @cached_property
    def latest_judged(self) -> IntArray:
        """Places of the latest assessments, the latest first; undated ones come last."""
        day = self.dataset.assessments.assessed_on[self.judged].astype(np.int64)  # NaT is the least
        return np.lexsort((np.arange(len(day)), day))[::-1][:_MOST]

    @cached_property
    def latest_taken(self) -> IntArray:
        """Places of the latest training records, the latest first."""
        return np.arange(len(self.taken))[::-1][:_MOST]

    @cached_property
    def weight(self) -> FloatArray:
        """What each judgement counts for now, shape (J,): those asked for nothing."""
        counted = judgement_weights(self.dataset, self.judged).value
        return np.append(counted, np.zeros(len(self.alone.assessments) - len(counted)))

    @cached_property
    def person(self) -> People:
        """The person as rankers see them."""
        return gather_people(self.dataset, self.estimator, np.array([self.row]))

    @cached_property
    def alone(self) -> Dataset:
        """The tables without other people's trainings and assessments; those asked for come last."""
        mine = self.dataset.with_history(self.dataset.history.employee == self.row)
        table = take(self.dataset.assessments, self.dataset.assessments.employee == self.row)
        return replace(mine, assessments=joined(table, self._asked(table)))

    def _asked(self, judged: Assessments) -> Assessments:
        """Return judgements of what the positions ask, each by the source that tells most of it.

        What a source has judged on that very day is not asked of it again.
        """
        dataset, offered = self.dataset, sources_offered(self.dataset, None)
        if not offered:
            return take(judged, np.zeros(len(judged), dtype=bool))
        (worth,) = worths(self.person, self.estimator, offered, LISTED)
        today = judged.assessed_on == dataset.as_of
        done = set(zip(judged.competency[today].tolist(), judged.source[today].tolist(), strict=True))
        source = np.array([offered[one] for one in worth.source], dtype=object)
        pairs = zip(worth.competency.tolist(), source.tolist(), strict=True)
        new = np.array([pair not in done for pair in pairs], dtype=bool)
        count = int(new.sum())
        return Assessments(
            np.full(count, self.row),
            worth.competency[new],
            np.full(count, dataset.policy.levels.minimum),
            source[new],
            np.full(count, dataset.as_of),
            np.full(count, "", dtype=object),
        )
