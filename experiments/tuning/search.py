"""One search: try, judge, keep and track, until enough was tried or somebody stops it."""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from experiments.judging.backtest import Backtest
from experiments.provenance import git_commit, versions
from experiments.recipe import Recipe
from experiments.tracking import TUNING, Record, Store, beside_store
from experiments.tuning.report import best_of
from experiments.tuning.space import choices, own_values
from experiments.tuning.study import Attempt, Outcome, Study, TuningError
from experiments.tuning.window import Validation
from recommender.dataset import Dataset
from recommender.evaluation.bootstrap import Interval

_FILE = "tuning.db"
_KIND = "tuning"


class Search:
    """Tries parameters of a recipe on data, and goes on where an earlier search for the same stopped.

    Parameters
    ----------
    source : name of the data.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe, source: str) -> None:
        self._recipe, self._metric = recipe, recipe.tune.metric
        self.validation = Validation(dataset, recipe)
        own = own_values(recipe.parameters, recipe.estimator, recipe.ranker)
        digest = _digest(dataset, self.validation.recipe, own)
        self._study = Study(
            beside_store(_FILE),
            f"{recipe.name}-{digest}",
            choices(recipe.tune, recipe.ranker),
            own,
            recipe.tune.seed,
        )
        self._store = Store(TUNING)
        self._tags = {
            "kind": _KIND,
            "recipe": recipe.name,
            "ranker": recipe.ranker,
            "cut": self.validation.cut,
            "commit": git_commit(),
            "data.name": source,
            "data.digest": dataset.digest,
            **{f"version.{name}": value for name, value in versions().items()},
        }
        self._parent = self._store.reopen("study", digest) or self._opened(digest)
        self._kept: dict[int, Backtest] = {}  # of the first trial and the best: to compare them case by case

    def run(self, trials: int) -> Iterator[Outcome]:
        """Make so many trials and yield what each found."""
        for _ in range(trials):
            attempt = self._study.ask()
            try:
                outcome = self._tried(attempt)
            except BaseException:
                self._study.give_up(attempt)
                raise
            self._study.tell(attempt, outcome)
            self._kept = {key: one for key, one in self._kept.items() if key in (0, self.best.number)}
            yield outcome

    @property
    def outcomes(self) -> list[Outcome]:
        """What was found so far, also earlier; the first is the recipe as it is."""
        return self._study.outcomes()

    @property
    def best(self) -> Outcome:
        """The best so far."""
        return best_of(self.outcomes)

    def importance(self) -> dict[str, float]:
        """Return how much of the metric's spread each parameter explains; empty for too few trials."""
        return self._study.importance()

    def difference(self) -> Interval:
        """Return how much higher the best trial is than the recipe as it is, case by case."""
        first, best = (self._backtest(one) for one in (self.outcomes[0], self.best))
        return best.difference(first, self._metric)

    def close(self, text: str, difference: Interval) -> None:
        """Close the parent run, and keep recipe, tuned recipe and all trials with it."""
        outcomes, best = self.outcomes, self.best
        metrics = {
            **_with_bounds(self._metric, Interval(best.mean, best.lower, best.upper, 0)),
            **_with_bounds(f"{self._metric}_over_recipe", difference),
            "trials": float(len(outcomes)),
        }
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / f"{self._recipe.name}.toml").write_text(self._recipe.text, "utf-8")
            (Path(folder) / f"{self._recipe.name}.tuned.toml").write_text(text, "utf-8")
            table = json.dumps([asdict(one) for one in outcomes], indent=2) + "\n"
            (Path(folder) / "trials.json").write_text(table, "utf-8")
            self._store.end(self._parent, metrics, Path(folder))

    def _tried(self, attempt: Attempt) -> Outcome:
        for one in self.outcomes:
            if one.values == attempt.values:  # few choices: the optimiser may ask twice
                return replace(one, number=attempt.number)
        start = time.perf_counter()
        try:
            result = self.validation.judge(attempt.values)
        except ValueError as error:
            raise TuningError(f"{attempt.values} in [tune.space] will not do: {error}") from error
        found = result.interval(self._metric)
        if math.isnan(found.mean):
            raise TuningError(f"{self._metric} has no value on these data: set another `metric` in [tune].")
        self._kept[attempt.number] = result
        seconds = time.perf_counter() - start
        run_id = self._track(attempt, {**_with_bounds(self._metric, found), "seconds": seconds})
        return Outcome(attempt.number, attempt.values, found.mean, found.lower, found.upper, seconds, run_id)

    def _track(self, attempt: Attempt, metrics: Mapping[str, float]) -> str:
        parameters = {name(key): value for key, value in attempt.values.items()}
        with tempfile.TemporaryDirectory() as folder:
            record = Record(f"trial-{attempt.number:03}", parameters, metrics, self._tags, Path(folder))
            return self._store.write(record, self._parent)

    def _backtest(self, outcome: Outcome) -> Backtest:
        """Return the backtest of a trial, made again if an earlier process made it."""
        if outcome.number not in self._kept:
            self._kept[outcome.number] = self.validation.judge(outcome.values)
        return self._kept[outcome.number]

    def _opened(self, digest: str) -> str:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        recipe = self.validation.recipe
        parameters: dict[str, Any] = {name(key): value for key, value in recipe.parameters.items()}
        parameters |= {f"estimator.{key}": value for key, value in recipe.estimator.items()}
        for section in ("split", "tune"):
            parameters |= {f"{section}.{key}": value for key, value in getattr(recipe, section)}
        tags = {**self._tags, "study": digest}
        return self._store.begin(f"tune-{recipe.name}-{stamp}", parameters, tags)


def name(key: str) -> str:
    """Return a tuned parameter as other runs call it: `ranker.reach`, `estimator.rounds`."""
    return key if "." in key else f"ranker.{key}"


def _digest(dataset: Dataset, recipe: Recipe, own: Mapping[str, Any]) -> str:
    """Return what names the question: data, cuts, what is tried and what is measured, not the comments."""
    parts = {"name", "ranker", "parameters", "estimator", "split", "tune"}
    asked = recipe.model_dump(mode="json", include=parts)
    text = json.dumps([dataset.digest, asked, own], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:12]


def _with_bounds(metric: str, found: Interval) -> dict[str, float]:
    values = {metric: found.mean, f"{metric}_lower": found.lower, f"{metric}_upper": found.upper}
    return {key: float(value) for key, value in values.items() if math.isfinite(value)}
