"""What the picture of the whole city shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.engine.gaps import GroupGap

Attribute = Literal["sex", "age_band", "employment_type", "grade_band", "tier"]
Status = Literal["none", "making", "ready"]


@dataclass(frozen=True, slots=True)
class KindGap:
    """How short people are of what is asked of them in one kind of competency.

    Only competencies that may be shown count, so that none of the others can be worked out.

    Attributes
    ----------
    kind : "technical", "managerial" ...; "soft" = managerial and sociocultural together; "" = not stated.
    competencies : how many of the kind are counted.
    total_gap : expected shortfall in levels, summed over people and competencies; `mean_gap` their mean.
    below : share of these pairs of person and competency that are expected to be below the level asked.
    """

    kind: str
    competencies: int
    total_gap: float
    mean_gap: float
    below: float


@dataclass(frozen=True, slots=True)
class UnitGaps:
    """The mean gap of a top unit, with all units below it, in each kind of `CityFigures.kinds`.

    Attributes
    ----------
    unit_id, unit : "" = people without a unit.
    mean_gaps : in levels; None where nothing of the kind is asked, or where too few people are asked.
    """

    unit_id: str
    unit: str
    people: int
    mean_gaps: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Compliance:
    """How a group keeps the JP of the year: the least that is asked of it, and the most that it may use.

    Attributes
    ----------
    id, name : of the group; name "" = not stated, id "" = everybody or not stated.
    people : in service.
    bound, met : people for whom a floor holds, and the share of them at or above it.
    capped, over : people for whom a ceiling holds, and the share of them above it.
    owed_hours : JP that those below their floor lack together.
        All are None where they are of too few people; shares also where nobody is bound.
    """

    id: str
    name: str
    people: int
    bound: int | None
    met: float | None
    capped: int | None
    over: float | None
    owed_hours: float | None


@dataclass(frozen=True, slots=True)
class HoursPicture:
    """The JP of the year: everybody, and by group; `hidden_*` are groups that are not shown."""

    year: int
    everybody: Compliance
    by_unit: tuple[Compliance, ...]
    hidden_units: int
    by_employment_type: tuple[Compliance, ...]
    hidden_employment_types: int


@dataclass(frozen=True, slots=True)
class AccessGroup:
    """How much training people of a group get; name "" = not stated.

    Attributes
    ----------
    trained : share of them with a completed training in the year. mean_hours : their mean JP in it.
    """

    name: str
    people: int
    trained: float
    mean_hours: float


@dataclass(frozen=True, slots=True)
class Access:
    """Access to training by one attribute.

    Attributes
    ----------
    hidden : groups that are too small to be shown, or that a small one could be worked out from.
    """

    attribute: Attribute
    groups: tuple[AccessGroup, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class CityFigures:
    """The city as it was when the figures were made.

    Attributes
    ----------
    made_at : ISO time. as_of : the data's date, ISO; "" where they carry none.
    people : in service. trained, mean_hours : of all of them, as `AccessGroup`; None where they are few.
    gaps : by competency, the largest first; `suppressed_gaps` are asked of too few.
    kinds : by kind of competency, the largest first, without "soft". soft : managerial and sociocultural
        together; None where neither is asked.
    units : top units, those of the largest mean gap first; `hidden_units` are not shown.
    model : digest of the bundle.
    """

    made_at: str
    as_of: str
    model: str
    people: int
    trained: float | None
    mean_hours: float | None
    gaps: tuple[GroupGap, ...]
    suppressed_gaps: int
    kinds: tuple[KindGap, ...]
    soft: KindGap | None
    units: tuple[UnitGaps, ...]
    hidden_units: int
    hours: HoursPicture
    access: tuple[Access, ...]  # one for each attribute that is stated of somebody


@dataclass(frozen=True, slots=True)
class PictureState:
    """What there is of the picture.

    Attributes
    ----------
    status : "none" nothing yet and nothing under way; "making" the first is being made; "ready".
    figures : the last that were finished; None before the first.
    is_making : whether new ones are being made; `done` of `total` people are looked at.
    problem : whether the last attempt failed.
    """

    status: Status
    figures: CityFigures | None
    is_making: bool
    done: int
    total: int
    problem: bool
