"""Fairness: do groups of people get equally good, useful and long lists? The only door to fairlearn.

Sex and year of birth come from the audit table. They are read here, after all lists are made; no ranker sees
them. The ratio of the least to the most favoured group is the measure of the four-fifths rule (US Uniform
Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame  # type: ignore[import-untyped]

from experiments.judging.backtest import Backtest
from experiments.judging.ratios import parts_of
from experiments.judging.slices import UNKNOWN, employment_type
from experiments.judging.trials import Trial
from experiments.recipe import ATTRIBUTES, MEASURES
from recommender.domain import FloatArray, TextArray
from recommender.engine.small_groups import hidden_groups

# quality: NDCG, is the list what the person went on to take? benefit: gap that the list closes, as a share of
# what the best list would close: newcomers have more to gain, and are not favoured by that. exposure: share
# of its places that hold a program at all, so it tells who is left without a list and little else. (Hours are
# no such measure: groups are offered other hours because of what they lack and of rules, such as the 24 JP
# that a PPPK has in a year.)
SHOWN_AS = {"quality": "quality", "benefit": "benefit", "exposure": "places filled"}
NO_GAPS = "nobody is known to have a gap that a program closes"
_LEAST_COMPARED = 30  # people: the mean of fewer is too much a matter of chance to be held against a model
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Disparity:
    """How far apart the groups of one attribute are in one measure.

    Attributes
    ----------
    ratio : mean of the least favoured group over that of the most favoured one; 1 = all alike.
    lower, upper : its 95 % bootstrap interval, each group's people drawn anew. The ratio of means that differ
        by chance alone lies below 1, the more so the smaller the groups: an `upper` under the limit is sure.
    least, most : the two groups.
    groups : mean and people of every group that is large enough to be shown; compared are those with 30
        people and more.
    """

    attribute: str
    measure: str
    ratio: float
    lower: float
    upper: float
    least: str
    most: str
    groups: Mapping[str, Mapping[str, float]]

    def plain(self) -> dict[str, object]:
        """Return the disparity as a JSON-able row."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Uncompared:
    """An attribute of which one measure could not be compared, and why; `NO_GAPS` is nobody's fault."""

    attribute: str
    measure: str
    reason: str

    def plain(self) -> dict[str, object]:
        """Return it as a JSON-able row."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fairness:
    """What separates the groups of each attribute: each attribute and measure is compared, or says why not.

    Attributes
    ----------
    suppressed : how many groups were too small to be shown.
    """

    compared: tuple[Disparity, ...] = ()
    uncompared: tuple[Uncompared, ...] = ()
    suppressed: int = 0


def find_disparities(result: Backtest, trials: Sequence[Trial]) -> Fairness:
    """Return what separates the groups of each attribute.

    One value per person, the mean over the cuts; the age is that at the person's latest cut. Who is not
    covered counts with an empty list. People whose group or needs are not known are left out, and groups with
    fewer people than the policy's `privacy.small_group`.
    """
    least = trials[0].split.past.policy.privacy.small_group
    _, first, person = np.unique(result.case[:, 0], return_index=True, return_inverse=True)
    found: list[Disparity | Uncompared] = []
    suppressed = 0
    values = pd.DataFrame(_values(result)).groupby(person).mean()
    for attribute, labels in _groups(trials).items():
        group = pd.Series(labels[first], name=attribute)
        people = group[group != UNKNOWN].value_counts()
        hidden = hidden_groups({str(name): int(count) for name, count in people.items()}, least)
        suppressed += len(hidden)
        shown = group.isin(set(people.index) - hidden)
        for measure in MEASURES:
            found.append(_compared(values[measure], group, shown & values[measure].notna(), least))
    compared = tuple(one for one in found if isinstance(one, Disparity))
    return Fairness(compared, tuple(one for one in found if isinstance(one, Uncompared)), suppressed)


def _compared(values: pd.Series, group: pd.Series, counted: pd.Series, least: int) -> Disparity | Uncompared:
    attribute, measure = str(group.name), str(values.name)
    people = group[counted].value_counts()
    shown = {
        name: {"mean": float(values[counted & (group == name)].mean()), "people": int(people[name])}
        for name in sorted(people.index[people >= least])
    }
    counted &= group.isin(people.index[people >= max(least, _LEAST_COMPARED)])
    chosen, labels = values[counted].to_numpy(), group[counted]
    if labels.nunique() < 2:
        return Uncompared(attribute, measure, _why_not(values, group))
    frame = MetricFrame(metrics=_mean, y_true=chosen, y_pred=chosen, sensitive_features=labels)
    if frame.group_max() <= 0:
        return Uncompared(attribute, measure, "no group gets any of it")
    means = frame.by_group
    lower, upper = _interval([chosen[labels.to_numpy() == name] for name in means.index])
    return Disparity(
        attribute,
        measure,
        float(frame.ratio(method="between_groups")),
        lower,
        upper,
        str(means.idxmin()),
        str(means.idxmax()),
        shown,
    )


def _why_not(values: pd.Series, group: pd.Series) -> str:
    """Return why there are not two groups to compare."""
    if values.isna().all():
        return NO_GAPS
    stated = group[group != UNKNOWN].nunique()
    if stated > 1:
        return f"fewer than two groups have {_LEAST_COMPARED} people"
    return "all people are of one group" if stated else "the data say it of nobody"


def _mean(_: FloatArray, values: FloatArray) -> float:
    return float(np.mean(values))


def _interval(groups: Sequence[FloatArray]) -> tuple[float, float]:
    """Return the bounds of the ratio; fairlearn's own bootstrap takes minutes where this takes a blink."""
    rng = np.random.default_rng(0)
    drawn = np.array([[rng.choice(one, len(one)).mean() for one in groups] for _ in range(_DRAWS)])
    most = drawn.max(axis=1)
    ratio = np.divide(drawn.min(axis=1), most, out=np.ones(_DRAWS), where=most > 0)
    lower, upper = np.quantile(ratio, [0.025, 0.975])
    return float(lower), float(upper)


def _values(result: Backtest) -> dict[str, FloatArray]:
    """Return the measures of each case, each of shape (cases,)."""
    k = max(result.metrics.at)
    closed, best = parts_of(result.by_case, f"gap_share_{k}")
    return {
        "quality": result.by_case[f"ndcg_{k}"],
        "benefit": np.divide(closed, best, out=np.full(len(best), np.nan), where=best > 0),
        "exposure": result.by_case[f"filled_{k}"],
    }


def _groups(trials: Sequence[Trial]) -> dict[str, TextArray]:
    """Return the group of each case by attribute, shape (cases,)."""
    labels = dict(zip(ATTRIBUTES, (_sex, _age_band, employment_type), strict=True))
    return {name: np.concatenate([label(trial) for trial in trials]) for name, label in labels.items()}


def _sex(trial: Trial) -> TextArray:
    sex = trial.split.past.employees.sex[trial.rows]
    return np.where(sex == "", UNKNOWN, sex)


def _age_band(trial: Trial) -> TextArray:
    """Return the decade of each person's age in the year of the cut."""
    past = trial.split.past
    ages = np.full(len(trial.rows), np.nan)
    if not np.isnat(past.as_of):
        year = past.as_of.astype("datetime64[Y]").astype(int) + 1970
        ages = year - past.employees.birth_year[trial.rows]
    bands = [UNKNOWN if np.isnan(age) else f"{age // 10 * 10:.0f}-{age // 10 * 10 + 9:.0f}" for age in ages]
    return np.array(bands, dtype=object)
