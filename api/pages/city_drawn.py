"""The city's figures for the eye: gaps as bars, what stands out, who keeps the rules least."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from api.pages.words import word
from recommender.engine.gaps import GroupGap
from recommender.explain import Bar, Heading, Language, bars_svg
from recommender.service.city_figures import SOFT
from recommender.service.city_told import CityFigures, Compliance, KindGap, UnitGaps

Order = Literal["mean", "total"]
DRAWN = 15  # competencies in the picture; the table has all
_WIDE = 772  # pixels of the picture beside the table of kinds
_PHONE = 328  # pixels of a picture on a phone that is 360 wide


@dataclass(frozen=True, slots=True)
class StandingOut:
    """What somebody should see first; None where there is nothing of the kind.

    Attributes
    ----------
    widest, most : the competency with the widest gap per person, and that with most levels over all people.
    unit : where gaps are widest. least : the unit that keeps the floor of JP least.
    """

    widest: GroupGap | None
    most: GroupGap | None
    unit: UnitGaps | None
    least: Compliance | None


def standing_out(figures: CityFigures) -> StandingOut:
    """Return what stands out among what may be shown."""
    units = [unit for unit in figures.units if unit.unit_id]
    bound = [one for one in weakest_first(figures.hours.by_unit) if one.id and one.met is not None]
    return StandingOut(
        max(figures.gaps, key=lambda gap: gap.mean_gap, default=None),
        max(figures.gaps, key=total_gap, default=None),
        units[0] if len(units) > 1 else None,
        bound[0] if len(bound) > 1 and (bound[0].met or 0.0) < 1.0 else None,
    )


def total_gap(gap: GroupGap) -> float:
    """Return how many levels people lack of a competency together."""
    return gap.people * gap.mean_gap


def in_order(gaps: Iterable[GroupGap], order: Order) -> list[GroupGap]:
    """Return gaps, the largest first."""
    by = total_gap if order == "total" else lambda gap: gap.mean_gap
    return sorted(gaps, key=by, reverse=True)


def weakest_first(groups: Iterable[Compliance]) -> list[Compliance]:
    """Return groups in the order of the share that reaches the floor, those without such a share last."""
    return sorted(groups, key=lambda one: (math.inf if one.met is None else one.met, one.name))


def kinds_told(figures: CityFigures) -> list[tuple[KindGap, bool]]:
    """Return kinds of competency: technical, soft skills together, then each of these as a part (True)."""
    known = {one.kind: one for one in figures.kinds}
    soft = [(known[kind], True) for kind in SOFT if kind in known]
    together = [(figures.soft, False)] if figures.soft else []
    others = [(one, False) for one in figures.kinds if one.kind not in ("technical", *SOFT)]
    return [*[(known[kind], False) for kind in ("technical",) if kind in known], *together, *soft, *others]


def kind_columns(figures: CityFigures) -> list[int]:
    """Return the places of the kinds in the order of `kinds_told`, for tables that have a column for each."""
    places = {one.kind: place for place, one in enumerate(figures.kinds)}
    return [places[one.kind] for one, _ in kinds_told(figures) if one.kind in places]


def gap_bars(gaps: Sequence[GroupGap], order: Order, language: Language) -> tuple[str, str]:
    """Return the first gaps as bars, for a wide screen and for a phone."""
    bars = [
        Bar(
            f"{gap.name} ({gap.people})",
            total_gap(gap) if order == "total" else gap.mean_gap,
            is_soft=gap.kind in SOFT,
        )
        for gap in gaps[:DRAWN]
    ]
    heading = Heading(word("city.gaps", language), word(f"city.axis_{order}", language))
    return bars_svg(bars, heading, language, _WIDE), bars_svg(bars, heading, language, _PHONE)
