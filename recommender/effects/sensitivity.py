"""How strong a hidden cause would have to be to explain an effect away, as one number.

The robustness value of Cinelli & Hazlett, Journal of the Royal Statistical Society B 82 (2020), 39-67: a
hidden cause that explains less than this share both of what is left of who is treated and of what is left of
the outcome cannot bring the effect to zero. Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis, "Long Story
Short" (2022), carry the idea over to doubly robust estimates.
"""

from __future__ import annotations

import math

from scipy.stats import t as student


def robustness(
    effect: float, standard_error: float, people: float, significance: float | None = None
) -> float:
    """Return the share in [0, 1] that a hidden cause would have to explain, of both sides, to undo an effect.

    Parameters
    ----------
    people : the degrees of freedom of a regression; for two groups `balanced_people`.
    significance : None for the effect itself to be zero; 0.05 for its 95 % interval to reach zero.

    Raises
    ------
    ValueError
        The standard error is negative, there is not more than one person, or a number is not finite.

    Notes
    -----
    f = |effect| / (standard error √people), less t / √(people - 1) for the interval; the value is
    ½ (√(f⁴ + 4f²) - f²), here in a form that keeps its digits for strong effects.
    """
    _check(effect, standard_error, people)
    if standard_error == 0:
        return 0.0 if effect == 0 else 1.0
    strength = abs(effect) / standard_error / math.sqrt(people)
    if significance is not None:
        strength -= float(student.ppf(1 - significance / 2, people - 1)) / math.sqrt(people - 1)
    if strength <= 0:
        return 0.0
    return 2 * strength / (strength + math.hypot(strength, 2))


def balanced_people(treated: float, untreated: float) -> float:
    """Return the size of the half-and-half comparison that knows as much as these two groups.

    With it the robustness of an effect hangs on its size against the spread of outcomes (f is half of Cohen's
    d), not on how few were treated: who is among the 50 of 14,000 is hard to explain by anything.
    """
    return 4 / (1 / treated + 1 / untreated)


def hidden_cause(share: float) -> str:
    """Return a robustness value as a sentence for people who decide."""
    if share == 0:
        return "No hidden cause is needed: chance alone could explain the effect."
    return (
        f"Only a hidden cause that explains at least {share:.0%} of what is left unexplained, both of who "
        "attends and of the results, could undo the effect."
    )


def _check(effect: float, standard_error: float, people: float) -> None:
    if not all(math.isfinite(value) for value in (effect, standard_error, people)):
        raise ValueError(
            f"effect {effect}, standard error {standard_error} and people {people}: all must be numbers."
        )
    if standard_error < 0 or people <= 1:
        raise ValueError(
            f"standard error {standard_error} of {people} people: give one of at least 0, and more than 1 "
            "person."
        )
