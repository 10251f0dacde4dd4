"""Learnt biases of sources against the truth of a simulated city."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.competency.evidence import gather_evidence
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray

RECENT_DAYS = 120  # truth is known at the end of the city alone; these assessments are close to it
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class OffsetCheck:
    """One source of one city: what it adds to levels, as learnt and as realised over the same assessments.

    Attributes
    ----------
    bias, bias_sd : as learnt, where the level at the centre is asked.
    learnt, realised : means over the assessments: of bias, slope and severity; of assessment less truth.
    allowed : 1.96 standard errors of their difference.
    """

    source: str
    assessments: int
    bias: float
    bias_sd: float
    learnt: float
    realised: float
    allowed: float

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than chance allows."""
        return abs(self.learnt - self.realised) <= self.allowed


def check_offsets(dataset: Dataset, estimator: CompetencyEstimator, truth: FloatArray) -> list[OffsetCheck]:
    """Compare each source's learnt and realised offset over the assessments of the last `RECENT_DAYS`."""
    judged, model = dataset.assessments, estimator.model_
    error = judged.level - truth[judged.employee, judged.competency]
    recent = judged.assessed_on > dataset.as_of - np.timedelta64(RECENT_DAYS, "D")
    recent &= ~np.isnan(error)
    learnt, judge = learnt_offsets(dataset, estimator), judges(dataset)
    found = []
    for place, source in enumerate(model.sources):
        mine: BoolArray = recent & (judged.source.astype(str) == source)
        if not mine.any():
            continue
        bias_sd = float(model.parameters.bias_sd[place])
        standard_error = clustered_error(error[mine] - learnt[mine], judge[mine])
        found.append(
            OffsetCheck(
                source,
                int(mine.sum()),
                float(model.parameters.bias[place]),
                bias_sd,
                float(learnt[mine].mean()),
                float(error[mine].mean()),
                _Z95 * float(np.hypot(bias_sd, standard_error)),
            )
        )
    return found


def learnt_offsets(dataset: Dataset, estimator: CompetencyEstimator) -> FloatArray:
    """Return what the estimator takes off each assessment: bias, its slope, and the assessor's severity."""
    model, everybody = estimator.model_, np.arange(len(dataset.employees.ids))
    evidence = gather_evidence(dataset, everybody, model.sources)
    offset = np.empty(len(dataset.assessments))
    offset[evidence.judgements.row] = model.read(evidence, model.start(dataset, everybody)).offset
    return offset


def judges(dataset: Dataset) -> IntArray:
    """Return a number per assessment that is the same where errors may go together.

    It is that of the assessor; where nobody is named, of the employee.
    """
    judged = dataset.assessments
    assessor = judged.assessor.astype(str)
    ids = np.array(dataset.employees.ids.ids, dtype=str)[judged.employee]
    return np.asarray(np.unique(np.where(assessor == "", ids, assessor), return_inverse=True)[1])


def clustered_error(values: FloatArray, cluster: IntArray) -> float:
    """Return the standard error of the mean of values that go together in clusters; NaN for one cluster."""
    _, owner = np.unique(cluster, return_inverse=True)
    totals = np.bincount(owner, values - values.mean())
    if len(totals) < 2:
        return float("nan")
    return float(np.sqrt((totals**2).sum() * len(totals) / (len(totals) - 1)) / len(values))
