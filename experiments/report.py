"""What a run prints: the backtest, the parts of the people, fairness, chances, time and leaks."""

from __future__ import annotations

from rich.console import Console

from experiments.about import leads
from experiments.judging.calibration import Calibration
from experiments.judging.cases import Champion
from experiments.judging.fairness import SHOWN_AS, Disparity
from experiments.judging.findings import Findings
from experiments.judging.slices import Slices
from experiments.recipe import MEASURES
from experiments.show import number, plain_table, print_backtest, title_of, with_bounds
from recommender.evaluation.bootstrap import Interval


def print_findings(console: Console, found: Findings, champion: Champion | None, milliseconds: float) -> None:
    """Print what was found, the leak last, where it is read."""
    if found.result is None:
        console.print(f"{found.reason} The model was fitted to what there is.", soft_wrap=True, markup=False)
        return
    print_backtest(console, found.result, found.baseline, leads(found, champion))
    _print_slices(console, found.slices)
    _print_fairness(console, found)
    lines = [
        _of_champion(champion),
        _of_chances(found.calibration),
        f"Time to answer one person: {milliseconds:.0f} ms (median).",
        f"Groups too small to be shown: {found.suppressed}." if found.suppressed else "",
    ]
    for line in filter(None, lines):
        console.print(line, soft_wrap=True, markup=False)
    leak = f"LEAK: {found.leak} Do not believe the figures above." if found.leak else "No leak was found."
    console.print(leak, soft_wrap=True, markup=False, style="bold red" if found.leak else "")


def _print_slices(console: Console, slices: Slices) -> None:
    metrics = list(dict.fromkeys(one.metric for one in slices.shown))
    table = plain_table("Parts of the people", ["group", *map(title_of, metrics), "people"])
    cells: dict[tuple[str, str], list[str]] = {}
    people: dict[tuple[str, str], int] = {}
    for one in slices.shown:
        key = one.attribute, one.group
        cells.setdefault(key, []).append(with_bounds(Interval(one.mean, one.lower, one.upper, one.people)))
        people[key] = max(people.get(key, 0), one.people)
    for (attribute, group), found in cells.items():
        table.add_row(f"{attribute}: {group}", *found, f"{people[attribute, group]:,}")
    if cells:
        console.print(table)


def _print_fairness(console: Console, found: Findings) -> None:
    if not found.fairness:
        return
    title = "Fairness: least over most favoured group"
    table = plain_table(title, ["group by", *SHOWN_AS.values(), "groups (people)"])
    by_attribute: dict[str, dict[str, Disparity]] = {}
    for one in found.fairness:
        by_attribute.setdefault(one.attribute, {})[one.measure] = one
    for attribute, ratios in by_attribute.items():
        groups = next(iter(ratios.values())).groups
        named = ", ".join(f"{name} ({group['people']:,})" for name, group in groups.items())
        table.add_row(attribute.replace("_", " "), *(_ratio(ratios.get(name)) for name in MEASURES), named)
    console.print(table)
    console.print(
        "quality: NDCG; benefit: gap closed as a share of what the best list would close; places filled: who "
        "is left without a list. Groups under 30 people are shown and not compared. Chance alone keeps a "
        "ratio below 1.",
        soft_wrap=True,
        markup=False,
    )


def _ratio(one: Disparity | None) -> str:
    if one is None:
        return number(float("nan"))
    return with_bounds(Interval(one.ratio, one.lower, one.upper, 0), 2)


def _of_champion(champion: Champion | None) -> str:
    if champion is None:
        return ""
    if champion.cases is None:
        return f"Not compared with the champion {champion.bundle}: {champion.reason}."
    return f"The champion is {champion.bundle}, judged on the same cases."


def _of_chances(found: Calibration | None) -> str:
    if found is None:
        return ""
    return (
        f"Chances stated are off by {found.error:.4f} on average (expected calibration error); Brier score "
        f"{found.brier:.4f}, {found.skill:.0%} better than the base rate of {found.base_rate:.1%}."
    )
