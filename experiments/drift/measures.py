"""Ways to say whether a sample has moved against an earlier one: by how much, and whether by chance.

A line has *moved* when its effect is above its limit and chance alone would hardly do that. Either rule alone
misleads: with many people every trifle is beyond chance, with few people chance makes large effects
(du Pisanie, Allison and Visagie, arXiv:2303.01227; Potgieter and others, arXiv:2307.11878).

mix     Population stability index in its chi-square form, sum of (p - q)^2 / mean share, less what chance
        adds to it. Limit 0.1: below it "a little change" (Yurdakul and Naranjo, Journal of Risk Model
        Validation 14(4), 2020).
mean    Cohen's d of the means of people. Limit 0.32, which is as much: the index of two normal samples is
        d^2.
spread  Kolmogorov-Smirnov D, the largest distance of two cumulative shares. Limit 0.13, which is as much: D
        of two normal samples is 2 Phi(d / 2) - 1.
unknown Share of what is there now and was not then. Limit 0.1, set here.
fall    Part of an earlier figure that is lost. Limit 0.1, set here.

Chance: p < 0.01 after Holm's correction (Scandinavian Journal of Statistics 6, 1979), so that a report on
data that have not moved is wrong once in a hundred, however many lines it has. Values of one person hang
together, so people are what is counted: means are taken per person first, and the chi-square of a mix is
divided by its design effect (Rao and Scott, Journal of the American Statistical Association 76, 1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats

from experiments.show import with_bounds
from recommender.domain import BoolArray, FloatArray, IntArray
from recommender.evaluation.bootstrap import Interval

LIMITS = {"mix": 0.1, "mean": 0.32, "spread": 0.13, "unknown": 0.1, "fall": 0.1}
CHANCE = 0.01
LEAST = 30  # values of different people on either side: below it no test is trusted
STEADY, MOVED, TOO_FEW = "steady", "moved", "too few to tell"

_CELL = 5  # least count expected in a cell (Cochran, Annals of Mathematical Statistics 23, 1952)
_NORMAL_95 = 1.959964
_NOTHING = 1e-9  # what rounding leaves of no difference


@dataclass(frozen=True, slots=True)
class Sample:
    """Values and whose each is, both of shape (n,)."""

    values: NDArray[Any]
    who: IntArray

    @property
    def people(self) -> int:
        """How many people have a value."""
        return len(np.unique(self.who))


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison.

    Attributes
    ----------
    then, now : what was and what is, in words.
    measure : which of the measures it is by.
    effect : how far it moved, in the measure's unit; a mean's has a sign. NaN where there are too few.
    p : chance of such an effect if nothing had moved; after `judged` corrected for the number of lines.
    people : how many people (or programs, units) there are then and now.
    """

    topic: str
    name: str
    then: str
    now: str
    measure: str
    effect: float
    p: float
    people: tuple[int, int]
    verdict: str = ""


def per_person(values: NDArray[Any]) -> Sample:
    """Return a sample in which each value is another person's."""
    return Sample(values, np.arange(len(values)))


def mix(topic: str, name: str, then: Sample, now: Sample) -> Line:
    """Compare shares of labels; shown is the label whose share moved most."""
    labels, codes = np.unique(np.concatenate([then.values, now.values]).astype(str), return_inverse=True)
    sides = Sample(codes[: len(then.values)], then.who), Sample(codes[len(then.values) :], now.who)
    counts = np.stack([np.bincount(side.values, minlength=len(labels)) for side in sides])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    most = int(np.abs(shares[1] - shares[0]).round(9).argmax()) if len(labels) else 0
    shown = [f"{labels[most] or 'unknown'} {share[most]:.1%}" if share.any() else "–" for share in shares]
    effect, p = _of_mix(sides, counts)
    return Line(topic, name, shown[0], shown[1], "mix", effect, p, (then.people, now.people))


def _of_mix(sides: tuple[Sample, Sample], counts: IntArray) -> tuple[float, float]:
    """Return the population stability index, less what chance adds, and the chance of it."""
    size = counts.sum(axis=1)
    if not size.all():
        return 0.0, 1.0
    common = stats.contingency.expected_freq(counts).min(axis=0) >= _CELL
    cell = np.unique(np.where(common, np.arange(1, len(common) + 1), 0), return_inverse=True)[1]
    table = np.stack([np.bincount(cell, row) for row in counts])  # rare labels share one cell
    if table.shape[1] < 2:
        return 0.0, 1.0
    share = table.sum(axis=0) / size.sum()
    effects = [_design_effect(Sample(cell[side.values], side.who), share) for side in sides]
    inflated = max(1.0, float(np.average(effects, weights=1 / size)))
    found = stats.chi2_contingency(table, correction=False)
    moved = (found.statistic - inflated * found.dof) * (1 / size).sum()
    return max(0.0, float(moved)), float(stats.chi2.sf(found.statistic / inflated, found.dof))


def _design_effect(side: Sample, share: FloatArray) -> float:
    """Return how many times more the shares of a sample vary than if all its values were independent.

    The variance of a share p_k is that of the sums c_ik - p_k n_i over people i, who have c_ik values of kind
    k among n_i; the design effect of chi-square is its mean over kinds, relative to p_k (1 - p_k) / n.
    """
    person = np.unique(side.who, return_inverse=True)[1]
    count = sparse.csr_array(
        (np.ones(len(person)), (person, side.values)), shape=(person.max() + 1, len(share))
    )
    total: FloatArray = count.sum(axis=1)
    crossed = total @ count
    squares = (count**2).sum(axis=0) - 2 * share * crossed + share**2 * (total @ total)
    return float((squares / share).sum() / (len(share) - 1) / len(person))


def mean(topic: str, name: str, then: Sample, now: Sample) -> Line:
    """Compare the means of people's own means (Welch's test)."""
    first, second = (_means(side) for side in (then, now))
    shown = [f"{side.mean():.2f}" if len(side) else "–" for side in (first, second)]
    effect, p = 0.0, 1.0
    if min(len(first), len(second)) >= 2:
        step = second.mean() - first.mean()
        sd = first.std(ddof=1), second.std(ddof=1)
        if max(sd) > _NOTHING:
            effect = float(step / np.hypot(*sd) * np.sqrt(2))
            told = [(side.mean(), side.std(ddof=1), len(side)) for side in (first, second)]
            p = float(stats.ttest_ind_from_stats(*told[0], *told[1], equal_var=False).pvalue)
        elif abs(step) > _NOTHING:
            effect, p = float(np.copysign(np.inf, step)), 0.0
    return Line(topic, name, shown[0], shown[1], "mean", effect, p, (len(first), len(second)))


def _means(side: Sample) -> FloatArray:
    known = ~np.isnan(side.values.astype(float))
    person = np.unique(side.who[known], return_inverse=True)[1]
    return np.bincount(person, side.values[known].astype(float)) / np.bincount(person)


def spread(topic: str, name: str, then: FloatArray, now: FloatArray) -> Line:
    """Compare how values lie, one per person (Kolmogorov and Smirnov); shown are the medians."""
    first, second = then[~np.isnan(then)], now[~np.isnan(now)]
    shown = [f"median {np.median(side):.1f}" if len(side) else "–" for side in (first, second)]
    effect, p = 0.0, 1.0
    if min(len(first), len(second)):
        found = stats.ks_2samp(first, second, method="asymp")
        effect, p = found.statistic, found.pvalue
    return Line(topic, name, shown[0], shown[1], "spread", float(effect), float(p), (len(first), len(second)))


def unknown(topic: str, name: str, flags: BoolArray) -> Line:
    """Say how many are new (or gone), and whether that is surely more than the limit (exact binomial)."""
    share, limit = float(flags.mean()) if len(flags) else 0.0, LIMITS["unknown"]
    p = stats.binomtest(int(flags.sum()), len(flags), limit, "greater").pvalue if len(flags) else 1.0
    return Line(topic, name, "–", f"{share:.1%}", "unknown", share, float(p), (len(flags), len(flags)))


def fall(topic: str, name: str, then: Interval, now: Interval) -> Line:
    """Say how much of a figure is lost; the chance is one-sided, from the two 95 % intervals."""
    width = np.hypot(then.upper - then.lower, now.upper - now.lower) / (2 * _NORMAL_95)
    lost = then.mean - now.mean
    effect = max(0.0, lost / then.mean) if then.mean > 0 else 0.0
    p = float(stats.norm.sf(lost / width)) if width > 0 else float(lost <= 0)
    return Line(
        topic, name, with_bounds(then), with_bounds(now), "fall", effect, p, (then.people, now.people)
    )


def judged(lines: Sequence[Line]) -> list[Line]:
    """Return the lines with a verdict each, and with p as corrected by Holm for the number tested.

    A line that has a verdict keeps it and is not tested.
    """
    enough = [line if line.verdict or min(line.people) >= LEAST else _untold(line) for line in lines]
    tested = [place for place, line in enumerate(enough) if not line.verdict]
    for place, p in zip(tested, _holm([enough[place].p for place in tested]), strict=True):
        line = enough[place]
        moved = abs(line.effect) > LIMITS[line.measure] and p < CHANCE
        enough[place] = replace(line, p=p, verdict=MOVED if moved else STEADY)
    return enough


def _untold(line: Line) -> Line:
    """Say nothing of so few: it would be no finding, and it would be about these people."""
    return replace(line, then="–", now="–", effect=float("nan"), p=float("nan"), verdict=TOO_FEW)


def _holm(p: Sequence[float]) -> list[float]:
    """Return the k-th smallest of m as the largest of (m - i) p_i over those before it, and at most 1."""
    order = np.argsort(p)
    raised = np.maximum.accumulate(np.asarray(p)[order] * np.arange(len(p), 0, -1))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(raised, 1.0)
    return corrected.tolist()
