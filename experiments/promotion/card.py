"""The model card: what a model is for, what it was made from, how it did, and what nobody knows of it.

Sections as in Mitchell et al., Model Cards for Model Reporting (FAT* 2019). Written once, beside the engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.judging.fairness import SHOWN_AS
from experiments.judging.gains import OF_GAINS, TRUE_GAIN
from experiments.pages import bullets, table
from experiments.show import ABSENT, OF_DATED, TITLES, number, of_metric, title_of, with_bounds
from recommender.evaluation.bootstrap import Interval

FILE = "card.md"
_BASELINE = "popularity"
_Facts = Mapping[str, Any]

_USE = """\
It puts training programs in an order for each employee, with reasons. It advises; a named person decides
who attends what, and an employee may see the reasons and object (UU 27/2022 art. 10).

It is not made for decisions on appointment, promotion, pay or dismissal, nor to compare or to judge people:
levels are estimates with wide intervals, and what somebody is recommended says nothing of their worth."""

_LIMITS = (
    "A backtest says how well the lists foretell what people went on to take. Whether they would have learnt "
    "more from other programs it cannot say: what was never taken cannot be judged.",
    "What a program changes is planned, not measured: gaps closed are expectations.",
    "Who was never sent to training has left no trace: habits of the past, good or bad, are learnt from.",
    "Intervals say how sure a mean is for these people. Another year or another city may come out otherwise.",
    "Equal figures between groups do not show that nobody is treated unfairly; groups that the data do not "
    "name, or that are too small to be shown, were not compared.",
)


def model_card(about: _Facts) -> str:
    """Return the card in Markdown, from the facts in a bundle's manifest: no ids, paths or small groups."""
    recipe, data = about["recipe"], about["data"]
    parts = [
        f"# Model card: {recipe['name']} on {data['name']}",
        "## What it is for",
        _USE,
        "## Data",
        table(["what", "value"], list(_data(data))),
        "## Recipe",
        table(["choice", "value"], list(_recipe(recipe))),
        "## How it did",
        *_results(about),
        "## Parts of the people",
        *_slices(about),
        "## Fairness",
        *_fairness(about),
        "## Chances, time and leaks",
        bullets(list(_checks(about))),
        "## Gate",
        *_gate(recipe.get("gate", {})),
        "## What it cannot say",
        bullets([*_LIMITS, *_remarks(about)]),
        "## How it was made",
        f"```\npython -m experiments run {recipe['name']}.toml --data {data['name']}\n```",
        bullets(list(_origin(about))),
    ]
    return "\n\n".join(parts) + "\n"


def _data(data: _Facts) -> Iterator[tuple[str, str]]:
    yield "name", _cell(data["name"])
    yield "digest (SHA-256)", f"`{data['digest']}`"
    yield "date of the data", data["as_of"] or "they carry none"
    for key in ("employees", "programs", "training_records"):
        yield key.replace("_", " "), f"{data[key]:,}"


def _recipe(recipe: _Facts) -> Iterator[tuple[str, str]]:
    yield "ranker", recipe["ranker"]
    for section in ("parameters", "estimator", "split", "metrics"):
        for key, value in recipe[section].items():
            if value is not None:
                yield f"{section}: {key}", _cell(value)


def _results(about: _Facts) -> Iterator[str]:
    metrics = about["metrics"]
    names = [name for name in metrics if name.rpartition("_")[0] in TITLES]
    names.sort(key=lambda name: f"{name}_lower" not in metrics)  # those with one value for all come last
    if not names:
        yield "It was not backtested: nothing is known of how good it is."
        return
    yield (
        f"Fitted to what lay before the cut ({about['cut']}), then held against what "
        f"{metrics['people']:,.0f} people took after it. In brackets: 95 % intervals over people."
    )
    compared = any(name.startswith(f"{_BASELINE}_") for name in metrics)
    header = ["metric", "this model", *([_BASELINE, "difference"] if compared else [])]
    rows = [_row(metrics, name)[: len(header)] for name in names]
    yield table(header, rows)


def _row(metrics: Mapping[str, float], name: str) -> list[str]:
    lead = of_metric(name, _bounds(metrics, f"{name}_over_{_BASELINE}"), sign=True)
    own, theirs = (of_metric(name, _bounds(metrics, key)) for key in (name, f"{_BASELINE}_{name}"))
    return [title_of(name), own, theirs, lead]


def _bounds(metrics: Mapping[str, float], name: str) -> Interval:
    mean, lower, upper = (metrics.get(name + end, math.nan) for end in ("", "_lower", "_upper"))
    return Interval(mean, lower, upper, 0)


def _slices(about: _Facts) -> Iterator[str]:
    slices = about.get("slices") or []
    metrics = list(dict.fromkeys(one["metric"] for one in slices))
    groups = dict.fromkeys((one["attribute"], one["group"]) for one in slices)
    found = {(one["attribute"], one["group"], one["metric"]): one for one in slices}
    if slices:
        rows = []
        for attribute, group in groups:
            cells = [found.get((attribute, group, metric)) for metric in metrics]
            people = max(one["people"] for one in cells if one is not None)
            rows.append([f"{attribute}: {_cell(group)}", *map(_mean_of, cells), f"{people:,}"])
        yield table(["group", *map(title_of, metrics), "people"], rows)
    else:
        yield "Not looked at."
    if about.get("suppressed"):
        yield f"Groups too small to be shown: {about['suppressed']}."


def _mean_of(one: _Facts | None) -> str:
    if one is None:
        return ABSENT
    return with_bounds(Interval(one["mean"], one["lower"], one["upper"], one["people"]))


def _fairness(about: _Facts) -> Iterator[str]:
    found = about.get("fairness") or []
    if not found:
        yield "No groups were compared."
        yield from _uncompared(about)
        return
    yield (
        "Ratio of the least to the most favoured group; below 0.8 (the four-fifths rule, 29 CFR 1607.4 D) it "
        "asks for a reason. Quality is NDCG; benefit the gap closed, as a share of what the best list would "
        "close; places filled says who is left without a list, and hardly differs otherwise. Sex and age "
        "come from the audit table, which no ranker sees."
    )
    rows = [[_compared(one), _ratio(one), _group(one, "least"), _group(one, "most")] for one in found]
    yield table(["compared", "ratio", "least favoured", "most favoured"], rows)
    yield from _uncompared(about)


def _uncompared(about: _Facts) -> Iterator[str]:
    missing = about.get("uncompared") or []
    if missing:
        yield "Not compared:"
        yield bullets([f"{_compared(one)}: {one['reason']}." for one in missing])


def _compared(one: _Facts) -> str:
    return f"{one['attribute'].replace('_', ' ')}, {SHOWN_AS[one['measure']]}"


def _ratio(one: _Facts) -> str:
    return with_bounds(Interval(one["ratio"], one["lower"], one["upper"], 0), 2)


def _group(one: _Facts, which: str) -> str:
    group = one["groups"][one[which]]
    return f"{_cell(one[which])}: {number(group['mean'])} ({group['people']:,} people)"


def _checks(about: _Facts) -> Iterator[str]:
    calibration, latency = about.get("calibration"), about["metrics"].get("latency_ms", math.nan)
    if calibration:
        yield (
            f"Chances stated are off by {number(calibration['error'])} on average (expected calibration "
            f"error); Brier score {number(calibration['brier'], 4)}."
        )
    else:
        yield "It states no chances, or they could not be checked."
    yield "Time for one person: " + (
        "not measured." if math.isnan(latency) else f"{latency:.1f} ms (median)."
    )
    leak = about.get("leak")
    yield "Leaks: " + ("not looked for." if leak is None else leak or "none found.")


def _gate(gate: _Facts) -> Iterator[str]:
    asked = {key: value for key, value in gate.items() if value is not None and key != "metric"}
    if "fairness" not in asked:
        asked.pop("fairness_attributes", None)
    if not asked:
        yield "The recipe states none; to be served, nothing but leaks is looked at."
        return
    yield "To be served it must pass, together with the gate of the model served by then:"
    yield table(["line", "value"], [[key.replace("_", " "), _cell(value)] for key, value in asked.items()])
    yield f"Minimum and loss are about {title_of(gate['metric'])}."


def _remarks(about: _Facts) -> Iterator[str]:
    if str(about["cut"])[:1].isdigit():
        yield OF_DATED
    if TRUE_GAIN[0] in about["metrics"]:
        yield OF_GAINS


def _origin(about: _Facts) -> Iterator[str]:
    yield f"Commit {about['commit']}."
    yield ", ".join(f"{name} {version}" for name, version in about["versions"].items()) + "."
    yield "The bundle's manifest has all of these facts, and the day it was written."


def _cell(value: object) -> str:
    """Return a value as text that does not break out of its table."""
    if isinstance(value, Mapping):
        return " ".join(f"{key}={_cell(one)}" for key, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_cell, value))
    return str(value).replace("|", "/").replace("\n", " ")
