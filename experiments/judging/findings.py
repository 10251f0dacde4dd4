"""What a run finds out about a recipe before its model is kept: how good, for whom, and what leaks."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sklearn.base import clone

from experiments.judging.backtest import Backtest, joined, judge, judge_fitted
from experiments.judging.calibration import Calibration, Pairs, calibrate, uptake_pairs
from experiments.judging.contributions import mean_contributions, mean_features
from experiments.judging.fairness import Disparity, Uncompared, find_disparities
from experiments.judging.gains import TrueGains
from experiments.judging.leaks import find_leak
from experiments.judging.slices import Slices, slice_cases
from experiments.judging.trials import Trial, prepare
from experiments.recipe import Recipe
from recommender.dataset import Dataset
from recommender.engine import Engine
from recommender.errors import NothingToLearn
from recommender.rankers import Ranker
from recommender.rankers.popularity import PopularityRanker

BASELINE = "popularity"
_SHARES = (0.1, 0.25, 0.5)  # of the people in the learning curve
_ASKED = 20  # people whose answers are timed
_NO_SLICES = Slices((), 0)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the backtest found: nothing, and why, where there was nothing to learn from.

    Attributes
    ----------
    baseline : None where the recipe is the baseline itself.
    trial : digest of cuts, cases and held pairs: runs with the same one can be compared case by case.
    leak : what leaks, in words; "" where nothing was found, None where nothing was looked for.
    uncompared : what of fairness could not be compared, and why.
    contributions, features : share of each kind of reason, and of each feature, in what is recommended.
    learning : NDCG by the share of people learnt from; empty unless the recipe asks for it.
    """

    reason: str = ""
    result: Backtest | None = None
    baseline: Backtest | None = None
    trial: str = ""
    leak: str | None = None
    slices: Slices = _NO_SLICES
    fairness: Sequence[Disparity] = ()
    uncompared: Sequence[Uncompared] = ()
    too_small: int = 0
    calibration: Calibration | None = None
    contributions: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, float] = field(default_factory=dict)
    learning: Mapping[float, Backtest] = field(default_factory=dict)

    @property
    def suppressed(self) -> int:
        """How many groups have too few people to be shown."""
        return self.slices.suppressed + self.too_small


def find_out(
    dataset: Dataset, recipe: Recipe, tell: Callable[[str], None], gains: TrueGains | None = None
) -> Findings:
    """Look for leaks, backtest a recipe and the baseline, and look into what came out.

    Parameters
    ----------
    tell : is told what is being done.
    gains : what programs truly change, where that is known.
    """
    tell("Cutting the data ...")
    try:
        trials = prepare(dataset, recipe, gains)
    except NothingToLearn as reason:
        return Findings(str(reason))
    tell("Looking for leaks ...")
    leak = find_leak(dataset, recipe, trials)
    tell(f"Backtesting {recipe.ranker} ...")
    result, pairs, fitted = _judge(trials, recipe)
    tell("Looking at groups and chances ...")
    longest = max(recipe.metrics.at)
    fairness = find_disparities(result, trials)
    return Findings(
        result=result,
        baseline=_baseline(trials, recipe),
        trial=trial_digest(trials),
        leak=leak,
        slices=slice_cases(result, trials, [f"ndcg_{longest}", f"gap_closed_{longest}"]),
        fairness=fairness.compared,
        uncompared=fairness.uncompared,
        too_small=fairness.suppressed,
        calibration=calibrate(pairs),
        contributions=mean_contributions(fitted, trials[0], longest),
        features=mean_features(fitted, trials[0], longest),
        learning=_learning(trials[0], recipe, fitted, tell) if recipe.metrics.learning_curve else {},
    )


def trial_digest(trials: Sequence[Trial]) -> str:
    """Return SHA-256 over the cuts, and the people, what they took and what was offered at each, in hex."""
    total = hashlib.sha256()
    for trial in trials:
        total.update(trial.cut.encode())
        offered = np.flatnonzero(trial.split.offered)
        for rows in (trial.rows, trial.split.employee, trial.split.program, offered):
            total.update(len(rows).to_bytes(8) + rows.astype("<i8").tobytes())
    return total.hexdigest()


def latency(engine: Engine) -> float:
    """Return the median time to answer one person, in milliseconds, over people of the whole table."""
    ids = engine.dataset.employees.ids
    if not len(ids):
        return float("nan")
    places = np.linspace(0, len(ids) - 1, min(_ASKED, len(ids))).astype(int)
    engine.recommend(ids[0])  # what is computed once is no part of an answer
    return float(np.median([_milliseconds(engine, ids[place]) for place in places]))


def _milliseconds(engine: Engine, employee_id: str) -> float:
    start = time.perf_counter()
    engine.recommend(employee_id)
    return 1000 * (time.perf_counter() - start)


def _judge(trials: Sequence[Trial], recipe: Recipe) -> tuple[Backtest, list[Pairs | None], Ranker]:
    """Return the backtest, the chances stated, and the ranker fitted to the past of the first trial."""
    parts, pairs = [], []
    fitted: list[Ranker] = []
    for trial in trials:
        start = time.perf_counter()
        ranker = recipe.new_ranker().fit(trial.split.past, trial.estimator)
        seconds = time.perf_counter() - start
        parts.append(judge_fitted(trial, recipe.ranker, ranker, recipe.metrics, seconds))
        pairs.append(uptake_pairs(ranker, trial))
        fitted = fitted or [ranker]  # one is enough: several may not fit into memory
    return joined(parts), pairs, fitted[0]


def _baseline(trials: Sequence[Trial], recipe: Recipe) -> Backtest | None:
    if recipe.ranker == BASELINE:
        return None
    return judge(trials, BASELINE, PopularityRanker(), recipe.metrics)


def _learning(
    trial: Trial, recipe: Recipe, fitted: Ranker, tell: Callable[[str], None]
) -> dict[float, Backtest]:
    """Return how good the ranker is when it learns from the histories of some people only."""
    past = trial.split.past
    people = np.random.default_rng(recipe.metrics.seed).permutation(len(past.employees.ids))
    found = {}
    for share in _SHARES:
        tell(f"Learning from {share:.0%} of the people ...")
        some = people[: int(np.ceil(share * len(people)))]
        known = past.with_history(np.isin(past.history.employee, some))
        ranker = clone(fitted).fit(known, trial.estimator)
        found[share] = judge_fitted(trial, recipe.ranker, ranker, recipe.metrics)
    return found | {1.0: judge_fitted(trial, recipe.ranker, fitted, recipe.metrics)}
