"""What each program was found to change in each competency it teaches, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency import CompetencyEstimator, Lifts, Shares
from recommender.dataset import Dataset
from recommender.domain import FloatArray, IntArray, TextArray
from recommender.effects.attendance import Attendance, attendance
from recommender.effects.cautions import Caution, cautions
from recommender.effects.checks import FEWEST
from recommender.effects.declared import check_declared
from recommender.effects.pooling import Pooled, pool
from recommender.effects.sensitivity import balanced_people, robustness
from recommender.effects.signals import read_signals

TWO_SIDED = 1.959964  # standard deviations of a normal that hold the middle 95 %
_LUCK = 0.3  # what one run of a program brings varies by at least so much of its mean
MOSTLY = 0.9  # borrowed: beyond that it is no finding of its own


@dataclass(frozen=True, slots=True)
class ProgramEffects:
    """Effects of K outcomes, pairs of program and competency, by program.

    The effect is the rise, in levels, of somebody who attends at the entry level of the program; whoever
    stands closer to the target, or far below the entry, is expected to gain less (`planned_lift`). Told apart
    by entry, it is the average rise of those who attended.

    Attributes
    ----------
    program, competency : rows of the catalogue, shape (K,).
    by_entry : whether people are told apart by where they entered.
    entry : of whom each effect is: of everybody, or of those who entered below or from the entry level up.
    effect, standard_error, lower, upper : in levels, with the 95 % interval, shape (K,).
    declared : the rise that the catalogue promises, in levels.
    people : how many completed the program. judged : of these, assessed in the competency afterwards.
    borrowed : part of what is known that comes from elsewhere: other programs, tests, feedback; 0 to 1.
    overlap : part of the attendees who have comparable colleagues that did not attend; NaN without any.
    robustness : how strong a hidden cause would have to be for the interval to reach 0 (`robustness`), 0 to
        1; 0 where chance is enough, NaN where nothing of its own is compared.
    warnings : what to keep in mind of each, shape (K,) of tuples.
    forgetting : share of what was learnt that is lost in a year.
    pooled : what the pooling found: spreads, and what tests and feedback are worth.
    """

    dataset: Dataset
    program: IntArray
    competency: IntArray
    by_entry: bool
    entry: tuple[str, ...]
    effect: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    declared: FloatArray
    people: IntArray
    judged: IntArray
    borrowed: FloatArray
    overlap: FloatArray
    robustness: FloatArray
    warnings: tuple[tuple[Caution, ...], ...]
    forgetting: float
    pooled: Pooled

    def __len__(self) -> int:
        return len(self.program)

    def place(self, program_id: str, competency_id: str) -> int:
        """Return the place of an outcome; the first where people are told apart by entry.

        Raises
        ------
        RecommenderError
            The data know no such id.
        UndeclaredOutcome
            The program does not declare that it teaches the competency, so that nothing was measured.
        """
        check_declared(self.dataset, program_id, competency_id)
        row = self.dataset.programs.ids.row(program_id)
        column = self.dataset.competencies.ids.row(competency_id)
        return int(np.flatnonzero((self.program == row) & (self.competency == column))[0])


def learn_with_effects(estimator: CompetencyEstimator, dataset: Dataset) -> CompetencyEstimator:
    """Fit an estimator, measure what programs change, and let trainings add that to beliefs."""
    estimator.fit(dataset)
    lifts = estimator.measure_lifts(dataset)
    return estimator.with_shares(_shares(dataset, estimator, lifts, _pool(dataset, lifts)))


def measure_effects(
    dataset: Dataset, estimator: CompetencyEstimator, *, by_entry: bool = False
) -> ProgramEffects:
    """Return what the data say that each program changes.

    Parameters
    ----------
    estimator : fitted to the same data.
    by_entry : tell apart those who entered below the entry level, wherever `FEWEST` or more of a kind were
        assessed afterwards; the effect is then the average rise of those people.
    """
    lifts = estimator.measure_lifts(dataset, by_entry=by_entry)
    pooled, attended = _pool(dataset, lifts), attendance(dataset, lifts)
    shown = np.flatnonzero(lifts.judged >= FEWEST) if by_entry else np.arange(len(lifts.program))
    unit = _average_planned(lifts) if by_entry else _promised(dataset, lifts)
    variance = np.diag(pooled.covariance)
    effect, error = (pooled.mean * unit)[shown], (np.sqrt(variance) * unit)[shown]
    people = attended.people[shown]
    found = zip(shown.tolist(), zip(effect, error, strict=True), strict=True)
    strength = [_strength(attended, lifts, k, one) for k, one in found]
    own = np.einsum("kl,lk->k", pooled.covariance, lifts.information)  # part of what is known, by judgements
    borrowed = 1.0 - np.clip(own, 0.0, 1.0)[shown]
    return ProgramEffects(
        dataset,
        lifts.program[shown],
        lifts.competency[shown],
        by_entry,
        tuple(lifts.entry[k] for k in shown),
        effect,
        error,
        effect - TWO_SIDED * error,
        effect + TWO_SIDED * error,
        _promised(dataset, lifts)[shown],
        people,
        lifts.judged[shown],
        borrowed,
        attended.overlap[shown],
        np.where(borrowed <= MOSTLY, np.array(strength, dtype=float), np.nan),
        tuple(tuple(cautions(dataset, lifts, attended, k)) for k in shown.tolist()),
        float(1.0 - np.exp(-lifts.forgetting)),
        pooled,
    )


def _pool(dataset: Dataset, lifts: Lifts) -> Pooled:
    programs = dataset.programs
    pair = lifts.program * len(dataset.competencies.ids) + lifts.competency
    groups = {
        "program": lifts.program,
        "outcome": np.unique(pair, return_inverse=True)[1],
        "competency": lifts.competency,
        "form": _codes(programs.form)[lifts.program],
        "provider": _codes(programs.provider)[lifts.program],
    }
    if lifts.by_entry:
        groups["entry"] = np.arange(len(pair))
    return pool(lifts, groups, read_signals(dataset, lifts))


def _codes(words: TextArray) -> IntArray:
    return np.unique(words.astype(str), return_inverse=True)[1]


def _promised(dataset: Dataset, lifts: Lifts) -> FloatArray:
    """Return the declared rise of each outcome in levels."""
    at = (lifts.program, lifts.competency)
    return np.maximum(dataset.programs.target[at] - dataset.programs.entry[at], 0.0)


def _average_planned(lifts: Lifts) -> FloatArray:
    """Return the mean lift planned for those who attended, in levels; 0 for nobody."""
    total = np.bincount(lifts.outcome, lifts.planned, minlength=len(lifts.program))
    return np.asarray(total / np.maximum(np.bincount(lifts.outcome, minlength=len(total)), 1))


def _shares(dataset: Dataset, estimator: CompetencyEstimator, lifts: Lifts, pooled: Pooled) -> Shares:
    """Return shares as beliefs use them: what one training brings varies more than the program's mean."""
    mean, sd = np.full((2, *dataset.programs.target.shape), np.nan)
    at = (lifts.program, lifts.competency)
    between = sum(pooled.spreads[kind] ** 2 for kind in ("program", "outcome"))
    luck = np.maximum(estimator.model_.parameters.share_sd**2 - between, (_LUCK * pooled.mean) ** 2)
    mean[at] = np.maximum(pooled.mean, 0.0)
    sd[at] = np.sqrt(np.diag(pooled.covariance) + luck)
    ids = (dataset.programs.ids, dataset.competencies.ids)
    usual, usual_sd = pooled.usual
    return Shares(*ids, mean, sd, max(usual, 0.0), usual_sd, lifts.forgetting)


def _strength(attended: Attendance, lifts: Lifts, k: int, effect: tuple[float, float]) -> float:
    """Return how strong a hidden cause would have to be; NaN where there is no comparison of its own."""
    judged, others = int(lifts.judged[k]), int(attended.others[k])
    if judged < FEWEST or not others or not effect[1] or not attended.overlap[k] > 0:
        return float("nan")
    return robustness(*effect, balanced_people(judged, others), significance=0.05)
