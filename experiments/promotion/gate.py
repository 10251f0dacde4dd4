"""The gate: what is asked of a model before it is served, and whether it was met, line by line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.recipe import GateChoice
from experiments.show import number, with_bounds
from recommender.errors import RecommenderError
from recommender.evaluation.bootstrap import Interval

# Keys of [gate] in the order they are shown, and which of two numbers is the stricter one.
_STRICTER: dict[str, Callable[[float, float], float]] = {
    "minimum": max,
    "maximum_loss": min,
    "maximum_gap_loss": min,
    "fairness": max,
    "latency_ms": min,
    "calibration_error": min,
}
_LOSSES = ("maximum_loss", "maximum_gap_loss")
_UNJUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the gate as it was judged.

    Attributes
    ----------
    remedy : what to do where it failed.
    """

    name: str
    asked: str
    found: str
    passed: bool
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """One number that is asked; `metric` is "" for keys that are not about one."""

    key: str
    metric: str
    value: float


def demands(*gates: GateChoice) -> list[Demand]:
    """Return what several gates ask together: of each line the strictest."""
    asked: dict[tuple[str, str], float] = {}
    for key, stricter in _STRICTER.items():
        for gate in gates:
            value = getattr(gate, key)
            if value is not None:
                place = key, _metric(gate, key)
                asked[place] = stricter(asked.get(place, value), value)
    return [Demand(*place, value) for place, value in asked.items()]


def _metric(gate: GateChoice, key: str) -> str:
    if key == "maximum_gap_loss":
        return "gap_closed_" + gate.metric.rpartition("_")[2]
    return gate.metric if key in ("minimum", "maximum_loss") else ""


def judge_gate(
    about: Mapping[str, Any], asked: Sequence[Demand], lead: Callable[[str], Interval] | str
) -> list[Line]:
    """Return every line, passed or not; that nothing leaks is always asked.

    What is asked and was not measured is not met: a gate that passes because nobody looked protects nobody.

    Parameters
    ----------
    about : the facts in the manifest of the challenger.
    lead : gives the lead over the champion in a metric, or raises an error that says why it cannot; or, where
        there is no champion to compare with, why not.
    """
    return [*(_judged(about, demand, lead) for demand in asked), *_champion(asked, lead), _leak(about)]


def _judged(about: Mapping[str, Any], demand: Demand, lead: Callable[[str], Interval] | str) -> Line:
    metrics = about.get("metrics", {})
    if demand.key in _LOSSES:
        return _loss(demand, lead)
    if demand.key == "minimum":
        return _minimum(metrics, demand)
    if demand.key == "fairness":
        return _fairness(about, demand)
    return _at_most(metrics, demand)


def _minimum(metrics: Mapping[str, float], demand: Demand) -> Line:
    name, asked = f"minimum {demand.metric}", f"at least {demand.value:g}"
    mean, lower, upper = (metrics.get(demand.metric + end, math.nan) for end in ("", "_lower", "_upper"))
    found = Interval(mean, lower, upper, int(metrics.get("people", 0)))
    if math.isnan(found.mean):
        return Line(name, asked, _UNJUDGED, False, f"the run did not measure {demand.metric}; {_AGAIN}")
    remedy = "improve the recipe (`python -m experiments tune`)"
    return Line(name, asked, with_bounds(found), found.mean >= demand.value, remedy)


_AGAIN = "give it data with a history to be judged by, and run it again"


def _loss(demand: Demand, lead: Callable[[str], Interval] | str) -> Line:
    name = f"{demand.metric} over the champion"
    asked = f"surely at least -{demand.value:g}"
    if isinstance(lead, str):
        return Line(name, asked, lead, True)
    try:
        found = lead(demand.metric)
    except RecommenderError as reason:
        return Line(name, asked, _UNJUDGED, False, str(reason))
    if demand.key == "maximum_gap_loss" and not found.people:
        # Both were measured: nobody's position asks for anything, so there is nothing to lose.
        return Line(name, asked, "no gaps in the data", True)
    if math.isnan(found.lower):
        return Line(name, asked, _UNJUDGED, False, "fewer than two people were judged")
    remedy = (
        "it may be worse than what is served: improve the recipe or, if only the interval reaches too low, "
        "judge by more cases (`cuts` in [split])"
    )
    return Line(name, asked, with_bounds(found, sign=True), found.lower >= -demand.value, remedy)


def _champion(asked: Sequence[Demand], lead: Callable[[str], Interval] | str) -> Iterator[Line]:
    if not any(demand.key in _LOSSES for demand in asked):
        yield Line("champion", "nothing", lead if isinstance(lead, str) else "not compared", True)


def _fairness(about: Mapping[str, Any], demand: Demand) -> Line:
    ratios = {
        key.removeprefix("fairness_").replace("_", " "): value
        for key, value in about.get("metrics", {}).items()
        if key.startswith("fairness_")
    }
    asked = f"ratio of groups at least {demand.value:g}"
    if not ratios:
        remedy = (
            "the run compared no groups: give DATA an employee_audit table with sex and birth_year; groups "
            "smaller than the policy's limit are not compared"
        )
        return Line("fairness", asked, _UNJUDGED, False, remedy)
    least = min(ratios, key=lambda name: ratios[name])
    low = [f"{name} {value:.3f}" for name, value in ratios.items() if value < demand.value]
    remedy = f"too low are {', '.join(low)}; card.md has the groups, and how far it may be chance"
    return Line("fairness", asked, f"{ratios[least]:.3f} ({least})", ratios[least] >= demand.value, remedy)


def _at_most(metrics: Mapping[str, float], demand: Demand) -> Line:
    unit, digits = (" ms", 1) if demand.key == "latency_ms" else ("", 3)
    name, asked = demand.key.removesuffix("_ms").replace("_", " "), f"at most {demand.value:g}{unit}"
    value = metrics.get(demand.key, math.nan)
    if math.isnan(value):
        what = "states no probabilities" if demand.key == "calibration_error" else "was not timed"
        return Line(name, asked, _UNJUDGED, False, f"the model {what}, so nothing can be said of it")
    remedy = (
        "measure on an idle machine, or make the model smaller (trees, bases)"
        if unit
        else "what it says about chances does not come true: more history, larger least_leaf or fewer trees"
    )
    return Line(name, asked, number(value, digits) + unit, value <= demand.value, remedy)


def _leak(about: Mapping[str, Any]) -> Line:
    leak = about.get("leak")
    if leak is None:
        return Line("leak", "none", _UNJUDGED, False, "the run did not look for leaks; run it again")
    remedy = "no figure of this run can be believed; take what leaks out of the data, and run it again"
    return Line("leak", "none", leak or "none", not leak, remedy)
