"""The only door to Optuna: it says what to try next, and keeps what was found in a SQLite file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState

from experiments.tuning.space import Choice, Range
from recommender.errors import RecommenderError

_FOUND = "found"  # under which key a trial keeps what it found
_DIGITS = 3  # of a number that is tried
_LEAST_FOR_IMPORTANCE = 20  # trials


class TuningError(RecommenderError):
    """A recipe cannot be tuned, or not so."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What to try next.

    Attributes
    ----------
    number : 0 is the recipe as it is.
    values : of the tuned parameters.
    trial : as Optuna keeps it.
    """

    number: int
    values: dict[str, Any]
    trial: optuna.Trial


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial found: the metric with its 95 % interval, and how long it took.

    Attributes
    ----------
    number : 0 is the recipe as it is.
    values : of the tuned parameters.
    run_id : of the tracked run.
    """

    number: int
    values: dict[str, Any]
    mean: float
    lower: float
    upper: float
    seconds: float
    run_id: str


class Study:
    """One question with all that was tried for an answer; opened again, it goes on where it stopped.

    Parameters
    ----------
    file : SQLite; made where it is absent.
    name : of the question.
    space : what to choose from.
    own : the recipe's own values, tried first.
    seed : the same seed tries the same, however often the process was stopped in between.
    """

    def __init__(
        self, file: Path, name: str, space: Mapping[str, Choice], own: Mapping[str, Any], seed: int
    ) -> None:
        self._own = {key: own[key] for key in space}
        self._seed = seed
        self._space = {key: _distribution(choice) for key, choice in space.items()}
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        with _quiet():
            self._study = optuna.create_study(
                storage=f"sqlite:///{file}", study_name=name, direction="maximize", load_if_exists=True
            )
            # A process that was killed could not say that its trial ended.
            for trial in self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                self._study.tell(trial.number, state=TrialState.FAIL)

    def ask(self) -> Attempt:
        """Return what to try next."""
        number = len(self.outcomes())
        state = np.random.SeedSequence([self._seed, number]).generate_state(1)
        with _quiet():
            self._study.sampler = optuna.samplers.TPESampler(seed=int(state[0]))
            if number == 0:
                self._study.enqueue_trial(self._own)
            trial = self._study.ask(self._space)
        return Attempt(number, {key: self._tidy(key, one) for key, one in trial.params.items()}, trial)

    def tell(self, attempt: Attempt, outcome: Outcome) -> None:
        """Keep what was found.

        Raises
        ------
        TuningError
            Another process has taken the study over.
        """
        found = {name: getattr(outcome, name) for name in Outcome.__slots__ if name != "number"}
        try:
            with _quiet():
                attempt.trial.set_user_attr(_FOUND, found)
                self._study.tell(attempt.trial, outcome.mean)
        except (ValueError, optuna.exceptions.UpdateFinishedTrialError) as error:
            raise TuningError("Another process tunes this very recipe on these data: let one end.") from error

    def give_up(self, attempt: Attempt) -> None:
        """Leave a trial without a result; the next one tries the same."""
        with _quiet():
            self._study.tell(attempt.trial, state=TrialState.FAIL, skip_if_finished=True)

    def outcomes(self) -> list[Outcome]:
        """Return what was found so far, in the order in which it was tried."""
        with _quiet():
            trials = self._study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        return [Outcome(number, **trial.user_attrs[_FOUND]) for number, trial in enumerate(trials)]

    def importance(self) -> dict[str, float]:
        """Return how much of the metric's spread each parameter explains, most first; too few trials: none.

        It is functional analysis of variance on a random forest (Hutter, Hoos and Leyton-Brown, 2014).
        """
        if len(self._space) < 2 or len({one.mean for one in self.outcomes()}) < _LEAST_FOR_IMPORTANCE:
            return {}
        with _quiet():
            evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
            return optuna.importance.get_param_importances(self._study, evaluator=evaluator)

    def _tidy(self, key: str, value: Any) -> Any:
        """Return few digits of a number, for it is written into a recipe; the recipe's own stays as it is."""
        space = self._space[key]
        if not isinstance(space, FloatDistribution) or value == self._own[key]:
            return value
        digits = _DIGITS if space.step is None else 2 * _DIGITS
        return min(max(float(f"{value:.{digits}g}"), space.low), space.high)


def _distribution(choice: Choice) -> BaseDistribution:
    if not isinstance(choice, Range):
        return CategoricalDistribution(choice)
    low, high, step = choice.low, choice.high, choice.step
    if step is not None:
        high = low + step * int((high - low) / step + 1e-8)  # else Optuna cuts it back with a warning
    if isinstance(low, int):
        return IntDistribution(low, int(high), log=choice.log, step=1 if step is None else int(step))
    return FloatDistribution(low, high, log=choice.log, step=step)


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        # Optuna uses parts of SQLAlchemy that are about to go; nobody here can change that.
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
