"""Calibration: whether the chances that a ranker states come true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from sklearn.metrics import brier_score_loss

from experiments.judging.ranking import in_batches
from experiments.judging.trials import Trial
from recommender.domain import BoolArray, FloatArray
from recommender.rankers import People, Ranker
from recommender.rankers.mandates import candidates

_BINS = 10


@runtime_checkable
class StatesUptake(Protocol):
    """A ranker that states probabilities."""

    def uptake(self, people: People) -> FloatArray:
        """Return the chance that each person takes each program, among people who take something, (n, P)."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Chances stated of (person, program) pairs and whether the person took the program, shape (pairs,)."""

    foretold: FloatArray
    happened: BoolArray


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of about the same chance: mean chance, share that came true, number of pairs."""

    foretold: float
    happened: float
    pairs: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the chances are from what happened.

    Attributes
    ----------
    error : expected calibration error: mean distance of chance and share over the bins, weighed with their
        pairs (Naeini, Cooper and Hauskrecht, AAAI 2015; bins of equal count instead of equal width, since
        almost all chances are small).
    brier : mean squared distance of chance and outcome (Brier, Monthly Weather Review 78, 1950).
    skill : 1 - brier over the Brier score of always saying the base rate; 0 or less is no better.
    base_rate : share of pairs that came true.
    """

    error: float
    brier: float
    skill: float
    base_rate: float
    bins: tuple[Bin, ...]

    def plain(self) -> dict[str, object]:
        """Return the calibration as JSON-able facts."""
        return asdict(self)


def uptake_pairs(ranker: Ranker, trial: Trial) -> Pairs | None:
    """Return what a fitted ranker states of the people of a trial and their candidates; None if nothing.

    They are people who took something in the window, as the chances presuppose.
    """
    if not isinstance(ranker, StatesUptake):
        return None
    foretold, happened = [], []
    for people in in_batches(trial.split.past, trial.estimator, trial.rows):
        candidate = candidates(people, trial.split.offered) & ranker.covers(people)[:, None]
        foretold.append(ranker.uptake(people)[candidate])
        happened.append(trial.split.relevant(people.rows)[candidate])
    return Pairs(np.concatenate(foretold), np.concatenate(happened))


def calibrate(parts: Sequence[Pairs | None]) -> Calibration | None:
    """Return the calibration over all trials; None where no chances are stated or nothing can be said."""
    known = [part for part in parts if part is not None]
    foretold = np.concatenate([part.foretold for part in known]) if known else np.empty(0)
    happened = np.concatenate([part.happened for part in known]) if known else np.empty(0, dtype=bool)
    rate = float(happened.mean()) if len(happened) else 0.0
    if not 0.0 < rate < 1.0:
        return None
    order = np.argsort(foretold, kind="stable")
    bins = tuple(_bin(foretold[one], happened[one]) for one in np.array_split(order, _BINS) if len(one))
    error = sum(one.pairs * abs(one.foretold - one.happened) for one in bins) / len(foretold)
    brier = float(brier_score_loss(happened, foretold))
    return Calibration(error, brier, 1.0 - brier / (rate * (1.0 - rate)), rate, bins)


def _bin(foretold: FloatArray, happened: BoolArray) -> Bin:
    return Bin(float(foretold.mean()), float(happened.mean()), len(foretold))
