"""What would be believed of one person had the judgements been others: many such cases at a time.

The filter takes in many people at once, so each case is made a person of its own with the same evidence. What
is believed in a case is what a full run over changed tables would give, at a small part of its cost.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from recommender.competency.estimator import CompetencyEstimator
from recommender.competency.evidence import (
    Appraisals,
    Evidence,
    Judgements,
    Trainings,
    gather_evidence,
    years,
)
from recommender.competency.filter import forward, levels_at
from recommender.competency.model import Model
from recommender.dataset import Dataset
from recommender.domain import FloatArray

Items = TypeVar("Items", Judgements, Trainings, Appraisals)


@dataclass(frozen=True, slots=True)
class Supposing:
    """One employee's evidence with J judgements, in the order of the assessments table."""

    dataset: Dataset
    row: int
    model: Model
    evidence: Evidence

    def beliefs(self, level: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the levels in K cases at the data's date, both (K, C).

        Parameters
        ----------
        level, weight : of each judgement in each case, shape (K, J); a judgement of weight 0 was not made.
        """
        cases, turns = len(level), len(self.evidence.turn_year)
        judgements = _copied(self.evidence.judgements, cases)
        evidence = replace(
            self.evidence,
            people=cases,
            judgements=replace(judgements, level=level.ravel(), weight=weight.ravel()),
            trainings=_copied(self.evidence.trainings, cases),
            appraisals=_copied(self.evidence.appraisals, cases),
            turn_person=np.tile(np.arange(cases), turns),
            turn_year=np.repeat(self.evidence.turn_year, cases),
            turn_starts=np.arange(turns + 1) * cases,
        )
        start = self.model.start(self.dataset, np.full(cases, self.row))
        state, _ = forward(evidence, start, self.model.read(evidence, start), self.model.parameters)
        year = float(years(np.array([self.dataset.as_of], dtype="datetime64[D]"))[0])
        found = levels_at(state, start, self.model.parameters, year)
        return found.mean, np.sqrt(found.variance)


def suppose(estimator: CompetencyEstimator, dataset: Dataset, row: int) -> Supposing:
    """Return the evidence on the employee in `row`, as a fitted estimator reads it."""
    model = estimator.model_.with_sources(
        {str(name) for name in np.unique(dataset.assessments.source.astype(str))}
    )
    return Supposing(dataset, row, model, gather_evidence(dataset, np.array([row]), model.sources))


def _copied(items: Items, cases: int) -> Items:
    """Return one person's items once for each case; turn t of case k becomes turn t x cases + k."""
    copies = {field.name: np.tile(getattr(items, field.name), cases) for field in fields(items)}
    person = np.repeat(np.arange(cases), len(items.person))
    return replace(items, **{**copies, "person": person, "turn": copies["turn"] * cases + person})
