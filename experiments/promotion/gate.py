"""The gate: what is asked of a model before it is served, and whether it was met, line by line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.judging.fairness import NO_GAPS, SHOWN_AS
from experiments.judging.gains import TRUE_GAIN
from experiments.recipe import ATTRIBUTES, MEASURES, GateChoice
from experiments.show import number, with_bounds
from recommender.errors import RecommenderError
from recommender.evaluation.bootstrap import Interval

# Keys of [gate] in the order they are shown, and which of two numbers is the stricter one.
_STRICTER: dict[str, Callable[[float, float], float]] = {
    "minimum": max,
    "maximum_loss": min,
    "maximum_gap_loss": min,
    "minimum_gain_share": max,
    "maximum_gain_loss": min,
    "fairness": max,
    "latency_ms": min,
    "calibration_error": min,
}
_LOSSES = ("maximum_loss", "maximum_gap_loss", "maximum_gain_loss")
# Of which nobody may have anything, so that there is nothing to lose.
_NOTHING = {"maximum_gap_loss": "no gaps in the data", "maximum_gain_loss": "no true gains in the data"}
_UNJUDGED = "not judged"
_GAIN, _, _SHARE = TRUE_GAIN


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
    """One number that is asked, of a metric or of an attribute of people; `subject` is "" for other keys.

    `measures` are those in which groups are compared, of `fairness` alone.
    """

    key: str
    subject: str
    value: float
    measures: tuple[str, ...] = ()


def demands(*gates: GateChoice) -> list[Demand]:
    """Return what several gates ask together: of each line the strictest."""
    asked: dict[tuple[str, str], float] = {}
    for key, stricter in _STRICTER.items():
        for gate in gates:
            value = getattr(gate, key)
            for subject in _subjects(gate, key) if value is not None else ():
                asked[key, subject] = stricter(asked.get((key, subject), value), value)
    compared = {one for gate in gates if gate.fairness is not None for one in gate.fairness_measures}
    measures = tuple(one for one in MEASURES if one in compared)
    return [Demand(*at, value, measures if at[0] == "fairness" else ()) for at, value in asked.items()]


def _subjects(gate: GateChoice, key: str) -> Sequence[str]:
    k = gate.metric.rpartition("_")[2]
    own = {"maximum_gap_loss": f"gap_closed_{k}", "minimum_gain_share": k, "maximum_gain_loss": _GAIN}
    if key == "fairness":
        return gate.fairness_attributes
    return (own.get(key, gate.metric if key in ("minimum", "maximum_loss") else ""),)


def is_backtested(about: Mapping[str, Any]) -> bool:
    """Return whether a model was judged by what people went on to take."""
    return "people" in about.get("metrics", {})


def judge_gate(
    about: Mapping[str, Any],
    asked: Sequence[Demand],
    lead: Callable[[str], Interval] | str,
    *,
    champion_backtested: bool = True,
) -> list[Line]:
    """Return every line, passed or not; that nothing leaks is always asked.

    What is asked and was not measured is not met: a gate that passes because nobody looked protects nobody.

    Parameters
    ----------
    about : the facts in the manifest of the challenger.
    lead : gives the lead over the champion in a metric, or raises an error that says why it cannot; or, where
        there is no champion to compare with, why not.
    champion_backtested : whether the champion was; a model that was not can only follow one that was not.
    """
    free = isinstance(lead, str) or not champion_backtested
    return [*(_judged(about, demand, lead) for demand in asked), *_champion(asked, lead), _leak(about, free)]


def _judged(about: Mapping[str, Any], demand: Demand, lead: Callable[[str], Interval] | str) -> Line:
    if demand.key == "latency_ms":
        return _latency(about, demand)
    if not is_backtested(about):
        return Line(_name(demand), _asked(demand), _UNJUDGED, False, _NO_BACKTEST)
    if demand.key in _LOSSES:
        return _loss(demand, lead)
    if demand.key == "minimum":
        return _minimum(about["metrics"], demand)
    if demand.key == "minimum_gain_share":
        return _gain_share(about["metrics"], demand)
    if demand.key == "fairness":
        return _fairness(about, demand)
    return _calibration(about["metrics"], demand)


_NO_BACKTEST = (
    "nothing was backtested: give it data with a history and run it again, or start with a recipe whose gate "
    "asks nothing of the kind, such as gap.toml"
)


def _name(demand: Demand) -> str:
    if demand.key in _LOSSES:
        return f"{demand.subject} over the champion"
    if demand.key == "fairness":
        return f"fairness by {demand.subject.replace('_', ' ')}"
    if demand.key == "minimum_gain_share":
        return "share of the best possible gain"
    return " ".join([demand.key.removesuffix("_ms").replace("_", " "), demand.subject]).rstrip()


def _asked(demand: Demand) -> str:
    return {
        "minimum": f"at least {demand.value:g}",
        "minimum_gain_share": f"at least {demand.value:g}",
        "fairness": f"ratio of groups at least {demand.value:g}",
        "latency_ms": f"at most {demand.value:g} ms",
        "calibration_error": f"at most {demand.value:g}, better than the base rate",
    }.get(demand.key, f"surely at least -{demand.value:g}")


def _minimum(metrics: Mapping[str, float], demand: Demand) -> Line:
    name, asked = _name(demand), _asked(demand)
    found = _interval(metrics, demand.subject)
    if math.isnan(found.mean):
        return Line(name, asked, _UNJUDGED, False, _not_measured(demand.subject.rpartition("_")[2]))
    remedy = "improve the recipe (`python -m experiments tune`)"
    return Line(name, asked, with_bounds(found), found.mean >= demand.value, remedy)


def _gain_share(metrics: Mapping[str, float], demand: Demand) -> Line:
    """Judge by the true gain where it is known, else by the gap closed as it is estimated."""
    name, asked, k = _name(demand), _asked(demand), demand.subject
    known = (one for one in (_SHARE, f"gap_share_{k}") if not math.isnan(metrics.get(one, math.nan)))
    metric = next(known, _SHARE)
    found = _interval(metrics, metric)
    if not math.isnan(found.mean):
        of_what = "true gain" if metric == _SHARE else "estimated gap closed"
        remedy = "its lists help too little: let benefit count for more (ranker value or gap)"
        return Line(name, asked, f"{with_bounds(found)} of the {of_what}", found.mean >= demand.value, remedy)
    if f"filled_{k}" in metrics:
        return Line(name, asked, _NOTHING["maximum_gap_loss"], True)
    return Line(name, asked, _UNJUDGED, False, _not_measured(k))


def _interval(metrics: Mapping[str, float], name: str) -> Interval:
    mean, lower, upper = (metrics.get(name + end, math.nan) for end in ("", "_lower", "_upper"))
    return Interval(mean, lower, upper, int(metrics["people"]))


def _not_measured(k: str) -> str:
    return f"it was not measured; run it again with {k} among the lengths `at` in [metrics]"


def _loss(demand: Demand, lead: Callable[[str], Interval] | str) -> Line:
    name, asked = _name(demand), _asked(demand)
    if isinstance(lead, str):
        return Line(name, asked, lead, True)
    try:
        found = lead(demand.subject)
    except RecommenderError as reason:
        return Line(name, asked, _UNJUDGED, False, str(reason))
    if demand.key in _NOTHING and not found.people:
        # Neither model knows of anybody's on the same data, so there is nothing to lose.
        return Line(name, asked, _NOTHING[demand.key], True)
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
    """Judge one attribute: every measure asked was compared, and in none is a group too far behind."""
    attribute, metrics = demand.subject, about["metrics"]
    keys = {measure: f"fairness_{attribute}_{measure}" for measure in demand.measures}
    ratios = {SHOWN_AS[measure]: metrics[key] for measure, key in keys.items() if key in metrics}
    why = {
        one["measure"]: one["reason"] for one in about.get("uncompared", ()) if one["attribute"] == attribute
    }
    missing = {
        SHOWN_AS[measure]: why.get(measure, "nobody looked")
        for measure, key in keys.items()
        if key not in metrics and why.get(measure) != NO_GAPS
    }
    found = "; ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items()) or _UNJUDGED
    low = [name for name, ratio in ratios.items() if ratio < demand.value]
    remedies = [f"{', '.join(low)}: card.md has the groups, and how far it may be chance"] if low else []
    if missing:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in missing.items())
        remedies.append(f"not compared are {reasons}; {_to_compare(attribute)}")
    return Line(_name(demand), _asked(demand), found, bool(ratios) and not remedies, "; ".join(remedies))


def _to_compare(attribute: str) -> str:
    table = "employees, with employment_type"
    if attribute != "employment_type":
        table = "an employee_audit table, with sex and birth_year"
    rest = ", ".join(f'"{one}"' for one in ATTRIBUTES if one != attribute)
    return f"give DATA {table}, or leave it out by name: fairness_attributes = [{rest}] in [gate]"


def _latency(about: Mapping[str, Any], demand: Demand) -> Line:
    name, asked = _name(demand), _asked(demand)
    value = about.get("metrics", {}).get("latency_ms", math.nan)
    if math.isnan(value):
        return Line(name, asked, _UNJUDGED, False, "the model was not timed; run it again")
    remedy = "measure on an idle machine, or make the model smaller (trees, bases)"
    return Line(name, asked, f"{value:.1f} ms", value <= demand.value, remedy)


def _calibration(metrics: Mapping[str, float], demand: Demand) -> Line:
    name, asked = _name(demand), _asked(demand)
    error, skill = (metrics.get(key, math.nan) for key in ("calibration_error", "brier_skill"))
    if math.isnan(error) or math.isnan(skill):
        remedy = "the model states no probabilities, so nothing can be said of them"
        return Line(name, asked, _UNJUDGED, False, remedy)
    # What is shown as 0.000 is no skill: it may be the last digit of a sum.
    passed = error <= demand.value and round(skill, 3) > 0
    found = f"{number(error)}, Brier skill {number(skill)}"
    remedy = "what it says about chances does not come true: more history, larger least_leaf or fewer trees"
    return Line(name, asked, found, passed, remedy)


def _leak(about: Mapping[str, Any], free: bool) -> Line:
    leak = about.get("leak")
    if not is_backtested(about):
        return Line("leak", "none", "not looked for: nothing was backtested", free, _BACKTESTED_BEFORE)
    if leak is None:
        return Line("leak", "none", _UNJUDGED, False, "the run did not look for leaks; run it again")
    remedy = "no figure of this run can be believed; mend that in the recipe or the data, and run it again"
    return Line("leak", "none", leak.rstrip(".") or "none", not leak, remedy)


_BACKTESTED_BEFORE = "the champion was backtested, so this one must be too: give it data with a history"
