"""From the sums of a city to figures that may be shown: no small group, and none that could be worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from recommender.domain import FloatArray
from recommender.engine.gaps import GroupGap
from recommender.engine.small_groups import hidden_groups
from recommender.explain import Language
from recommender.policy import Policy
from recommender.service.city_sums import (
    ATTRIBUTES,
    BOUND,
    CAPPED,
    EVERYBODY,
    HOURS,
    MET,
    OVER,
    OWED,
    PEOPLE,
    TRAINED,
    UNIT,
    CitySums,
    grade_bands,
)
from recommender.service.city_told import (
    Access,
    AccessGroup,
    Attribute,
    CityFigures,
    Compliance,
    HoursPicture,
    KindGap,
    UnitGaps,
)
from recommender.service.member import unit_name

SOFT = ("managerial", "sociocultural")  # the kinds called soft, in tables as in pictures
_Tally = Mapping[str, FloatArray]


def figures_of(sums: CitySums, made: tuple[str, str, str], language: Language) -> CityFigures:
    """Return a city in figures.

    Parameters
    ----------
    made : when, by which model, and the data's date.
    """
    gaps = sums.gaps.told(language)
    nobody = np.zeros(OVER + 1)
    everybody = sums.tallies[EVERYBODY].get("", nobody)
    people = int(everybody[PEOPLE])
    least = sums.dataset.policy.privacy.small_group
    kinds = sorted({gap.kind for gap in gaps.gaps})
    by_kind = sorted((_kind(kind, gaps.gaps, (kind,)) for kind in kinds), key=lambda one: -one.mean_gap)
    units, hidden = _units(sums, [one.kind for one in by_kind], gaps.gaps)
    return CityFigures(
        *made,
        people,
        _share(everybody[TRAINED], people) if people >= least else None,
        _share(everybody[HOURS], people) if people >= least else None,
        gaps.gaps,
        gaps.suppressed,
        tuple(by_kind),
        _kind("soft", gaps.gaps, SOFT) if set(kinds) & set(SOFT) else None,
        units,
        hidden,
        _hours(sums),
        tuple(_access(sums, one) for one in ATTRIBUTES if any(label for label in sums.tallies[one])),
    )


def _share(total: float, count: float) -> float | None:
    return float(total / count) if count else None


def _kind(name: str, gaps: Iterable[GroupGap], kinds: tuple[str, ...]) -> KindGap:
    """Return the gaps of some kinds together, made of nothing but what is shown by competency."""
    mine = [gap for gap in gaps if gap.kind in kinds]
    pairs = sum(gap.people for gap in mine)
    total = sum(gap.people * gap.mean_gap for gap in mine)
    below = sum(gap.below for gap in mine)
    return KindGap(name, len(mine), total, total / pairs, min(below / pairs, 1.0))


def _hidden(tally: _Tally, what: int, least: int) -> set[str]:
    """Return the groups that are not told because too few of them count; nobody is no small group."""
    counts = {group: int(numbers[what]) for group, numbers in tally.items() if numbers[what]}
    return hidden_groups(counts, least)


def _units(sums: CitySums, kinds: list[str], gaps: tuple[GroupGap, ...]) -> tuple[tuple[UnitGaps, ...], int]:
    tally, least = sums.tallies[UNIT], sums.dataset.policy.privacy.small_group
    hidden = _hidden(tally, PEOPLE, least)
    row = sums.dataset.competencies.ids.row
    columns = [[row(gap.competency_id) for gap in gaps if gap.kind == kind] for kind in kinds]
    cells: dict[str, list[float | None]] = {unit: [] for unit in tally}
    for column in columns:
        # At least so many people stand behind a cell; how often they are asked together is not kept.
        behind = {unit: int(sums.asked[unit][column].max(initial=0)) for unit in tally}
        few = hidden_groups({unit: count for unit, count in behind.items() if count}, least)
        for unit in tally:
            pairs, short = sums.asked[unit][column].sum(), sums.short[unit][column].sum()
            cells[unit].append(None if unit in few else _share(short, pairs))
    told = [
        UnitGaps(unit, _name(sums, unit), int(tally[unit][PEOPLE]), tuple(cells[unit]))
        for unit in tally
        if unit not in hidden
    ]
    return tuple(sorted(told, key=lambda one: (-_mean(one.mean_gaps), one.unit))), len(hidden)


def _mean(values: Iterable[float | None]) -> float:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else 0.0


def _name(sums: CitySums, unit: str) -> str:
    return unit_name(sums.dataset, unit) if unit else ""


def _hours(sums: CitySums) -> HoursPicture:
    least = sums.dataset.policy.privacy.small_group
    everybody = sums.tallies[EVERYBODY]
    whole = _compliances(everybody or {"": np.zeros(OVER + 1)}, {}, least, set())
    by_unit, by_kind = sums.tallies[UNIT], sums.tallies["employment_type"]
    names = {unit: _name(sums, unit) for unit in by_unit}
    hidden_units, hidden_kinds = (_hidden(one, PEOPLE, least) for one in (by_unit, by_kind))
    return HoursPicture(
        sums.year,
        whole[0],
        _compliances(by_unit, names, least, hidden_units),
        len(hidden_units),
        _compliances(by_kind, {}, least, hidden_kinds),
        len(hidden_kinds),
    )


def _compliances(
    tally: _Tally, names: Mapping[str, str], least: int, hidden: set[str]
) -> tuple[Compliance, ...]:
    """Return the groups of a tally that are not hidden, by name, those not stated last."""
    few_bound, few_capped = _hidden(tally, BOUND, least), _hidden(tally, CAPPED, least)
    told = [
        _compliance(group, names.get(group, group), numbers, group in few_bound, group in few_capped)
        for group, numbers in tally.items()
        if group not in hidden
    ]
    return tuple(sorted(told, key=lambda one: (not one.name, one.name)))


def _compliance(group: str, name: str, numbers: FloatArray, few_bound: bool, few_capped: bool) -> Compliance:
    bound, capped = int(numbers[BOUND]), int(numbers[CAPPED])
    return Compliance(
        group,
        name,
        int(numbers[PEOPLE]),
        None if few_bound else bound,
        None if few_bound else _share(numbers[MET], bound),
        None if few_capped else capped,
        None if few_capped else _share(numbers[OVER], capped),
        None if few_bound else float(numbers[OWED]),
    )


def _access(sums: CitySums, attribute: Attribute) -> Access:
    tally, policy = sums.tallies[attribute], sums.dataset.policy
    hidden = _hidden(tally, PEOPLE, policy.privacy.small_group)
    order = _order(attribute, policy)
    shown = sorted(
        (group for group in tally if group not in hidden),
        key=lambda group: (not group, order.get(group, len(order)), group),
    )
    groups = (
        AccessGroup(
            group,
            int(tally[group][PEOPLE]),
            float(tally[group][TRAINED] / tally[group][PEOPLE]),
            float(tally[group][HOURS] / tally[group][PEOPLE]),
        )
        for group in shown
    )
    return Access(attribute, tuple(groups), len(hidden))


def _order(attribute: Attribute, policy: Policy) -> Mapping[str, int]:
    """Return the place of each group where the policy knows an order; all others go by name."""
    if attribute == "tier":
        return {tier: place for place, tier in enumerate(policy.tiers)}
    if attribute == "grade_band":
        bands, ranks = grade_bands(policy), policy.grades.ranks
        upwards = dict.fromkeys(bands[grade] for grade in sorted(ranks, key=lambda grade: ranks[grade]))
        return {band: place for place, band in enumerate(upwards)}
    return {}
