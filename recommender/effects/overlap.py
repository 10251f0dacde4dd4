"""Whether there is anybody to compare with: who is left out, and how many people the comparison rests on."""

from __future__ import annotations

from scipy.stats import mannwhitneyu

from recommender.domain import BoolArray, FloatArray

# Crump, Hotz, Imbens & Mitnik, Biometrika 96 (2009): propensities beyond 0.1 and 0.9 cost more than they
# tell. For the effect on the treated only the upper end matters: at 0.9 one untreated stands for nine of
# them.
CUT = 0.9


def propensity_cut(treated: BoolArray) -> float:
    """Return the propensity above which nobody is comparable: nine treated for each untreated like them.

    Where more are treated than not, nine times as many as there are overall: a trial that treats 19 of 20 at
    random has perfect overlap.
    """
    odds = CUT / (1 - CUT) * max(1.0, treated.sum() / (~treated).sum())
    return float(odds / (1 + odds))


def effective_number(weight: FloatArray) -> float:
    """Return how many equally weighted people know as much as these (Kish 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def overlap(propensity: FloatArray, treated: BoolArray) -> float:
    """Return how much alike the groups are: 1 where nothing tells them apart, 0 where everything does.

    Twice the probability that somebody untreated looks likelier to be treated than somebody treated.
    """
    found = mannwhitneyu(propensity[~treated], propensity[treated]).statistic
    return min(1.0, float(2 * found / (treated.sum() * (~treated).sum())))
