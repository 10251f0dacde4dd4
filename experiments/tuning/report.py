"""What tuning found, as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console

from experiments.show import plain_table, title_of, with_bounds
from experiments.tuning.study import Outcome
from recommender.evaluation.bootstrap import Interval

_ROWS = 5


def best_of(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome with the highest mean, the earliest of equals."""
    return max(outcomes, key=lambda one: (one.mean, -one.number))


def print_trials(console: Console, outcomes: Sequence[Outcome], metric: str, title: str) -> None:
    """Print the best trials and the recipe as it is."""
    keys = list(outcomes[0].values)
    table = plain_table(title, ["trial", *keys, title_of(metric), "seconds"])
    for one in _shown(outcomes):
        name = "0 (as it is)" if one.number == 0 else f"{one.number}"
        values = [in_words(one.values[key]) for key in keys]
        table.add_row(name, *values, with_bounds(bounds_of(one), 4), f"{one.seconds:.1f}")
    console.print(table)


def verdict(metric: str, outcomes: Sequence[Outcome], difference: Interval) -> str:
    """Return in a sentence or two whether the best trial beats the recipe as it is.

    Parameters
    ----------
    difference : of the best trial to the first, case by case.
    """
    if best_of(outcomes).number == 0:
        return "No trial did better than the recipe as it is: keep that."
    by = f"{with_bounds(difference, 4, sign=True)} in {title_of(metric)}"
    if not difference.lower > 0:
        return (
            f"The best trial differs from the recipe as it is by {by}, which does not exclude 0. It is no "
            "better than the recipe as it is: keep that."
        )
    return (
        f"The best trial beats the recipe as it is by {by}. It is the best of {len(outcomes)} on these very "
        "people, so expect less of it on others: `python -m experiments run` with the file below tells."
    )


def bounds_of(outcome: Outcome) -> Interval:
    """Return the metric with its interval."""
    return Interval(outcome.mean, outcome.lower, outcome.upper, 0)


def in_words(value: Any) -> str:
    """Return a parameter as it is written into a recipe."""
    return value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _shown(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the best few, each set of values once, and the first."""
    shown: list[Outcome] = []
    for one in sorted(outcomes, key=lambda one: (-one.mean, one.number)):
        if len(shown) < _ROWS and all(one.values != other.values for other in shown):
            shown.append(one)
    own = outcomes[0]
    return shown if own in shown else [*shown, own]
