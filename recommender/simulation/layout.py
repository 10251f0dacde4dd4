"""The offices of a city of a given size, and the seat of each employee in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recommender.domain import FloatArray, IntArray
from recommender.simulation.reference import FULL_CITY, read, stream

# Least numbers of units that keep a small city a city: offices, parts of the root office, districts.
_LEAST_OFFICES, _LEAST_PARTS, _LEAST_DISTRICTS = 9, 3, 2
_DIVISION_FROM = 12.0  # an office with fewer people has no divisions
_CORE_SHARE = 0.4
_ROOT_PEOPLE, _PART_PEOPLE = 12.0, 40.0


@dataclass(frozen=True, slots=True)
class Site:
    """One unit before it has people; `people` is its weight, `office` the name of its office."""

    name: str
    parent: str
    office: str
    template: str
    field_codes: tuple[str, str]
    field_name: str
    people: float
    staff: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layout:
    """Units that have people, and per employee the unit and the kind of position.

    Attributes
    ----------
    parent : row of the unit above, -1 for the root.
    office : number of the office a unit belongs to.
    unit : shape (employees,), the row of the unit.
    roles : per employee the key of the position and the site's field.
    """

    sites: tuple[Site, ...]
    parent: IntArray
    office: IntArray
    unit: IntArray
    roles: tuple[str, ...]


def plan_layout(employees: int, seed: int) -> Layout:
    """Spread `employees` over the units of a city of that size."""
    rng = stream(seed, "layout")
    sites = list(_sites(min(1.0, employees / FULL_CITY)))
    seats = _apportion(np.array([site.people for site in sites]), employees)
    kept = [(site, int(n)) for site, n in zip(sites, seats, strict=True) if n]
    names = {site.name: row for row, (site, _) in enumerate(kept)}
    offices = list(dict.fromkeys(site.office for site, _ in kept))
    roles = [role for site, n in kept for role in _fill(site, n, rng)]
    return Layout(
        sites=tuple(site for site, _ in kept),
        parent=np.array([names.get(site.parent, 0) if row else -1 for row, (site, _) in enumerate(kept)]),
        office=np.array([offices.index(site.office) for site, _ in kept]),
        unit=np.repeat(np.arange(len(kept)), [n for _, n in kept]),
        roles=tuple(roles),
    )


def _apportion(weights: FloatArray, total: int) -> IntArray:
    """Share out `total` seats by largest remainder; the root keeps at least one."""
    quota = weights / weights.sum() * total
    seats: IntArray = np.floor(quota).astype(np.int64)
    order = np.argsort(-(quota - seats), kind="stable")
    seats[order[: total - int(seats.sum())]] += 1
    if seats[0] == 0:
        seats[0] = 1
        seats[int(np.argmax(seats))] -= 1
    return seats


def _fill(site: Site, seats: int, rng: np.random.Generator) -> list[str]:
    """Return the positions of one unit: its heads first, then staff by weight."""
    template = read("offices")["templates"][site.template]
    heads: list[str] = template["heads"]
    count = min(len(heads), max(1, seats // template["span"])) if heads else 0
    weights = {**template["staff"]}
    for key, weight in site.staff.items():
        weights[key] = weights.get(key, 0) + weight * template.get("field_staff", 2)
    chances = np.array(list(weights.values()), dtype=float)
    drawn = rng.choice(len(weights), size=seats - min(count, seats), p=chances / chances.sum())
    keys = list(weights)
    return heads[: min(count, seats)] + [keys[row] for row in drawn]


def _count(full: int, scale: float, power: float, least: int) -> int:
    return int(min(full, max(least, round(full * scale**power))))


def _sites(scale: float) -> Iterator[Site]:
    data = read("offices")
    root: str = data["root"]
    yield Site(root, "", root, "setda", ("T.PM01", "T.KB01"), "Pemerintahan", _ROOT_PEOPLE)
    parts = data["parts"][: _count(len(data["parts"]), scale, 0.45, _LEAST_PARTS)]
    for part in parts:
        people = _PART_PEOPLE * len(data["parts"]) / len(parts)
        yield _site(part, name=part["name"], parent=root, office=root, template="bagian", people=people)
    yield from _office_sites(data, scale)
    for group in data["groups"]:
        count = _count(group["count"], scale, 0.75, group["least"])
        people = group["people"] * group["count"] / count
        for n in range(count):
            name = group["names"][n % len(group["names"])].format(n=f"{n + 1:03d}")
            parent = group["parent"]
            yield _site(
                group, name=name, parent=parent, office=parent, template=group["template"], people=people
            )
    yield from _district_sites(data["districts"], scale, root)


def _site(row: dict[str, Any], **values: Any) -> Site:
    first, second = row["field"]
    return Site(
        field_codes=(first, second), field_name=row["field_name"], staff=row.get("staff", {}), **values
    )


def _office_sites(data: dict[str, Any], scale: float) -> Iterator[Site]:
    offices = data["offices"][: _count(len(data["offices"]), scale, 0.45, _LEAST_OFFICES)]
    swell = sum(o["people"] for o in data["offices"]) / sum(o["people"] for o in offices)
    for office in offices:
        people, name = office["people"] * swell, office["name"]
        divisions = office.get("divisions", [])
        if people * scale < _DIVISION_FROM:
            divisions = []
        core = people * (_CORE_SHARE if divisions else 1.0)
        above = {"office": name, "parent": data["root"]}
        yield _site(office, name=name, template=office.get("template", "opd"), people=core, **above)
        for division in divisions:
            share = people * (1 - _CORE_SHARE) / len(divisions)
            title = f"{division} ({office['field_name']})"
            yield _site(office, name=title, parent=name, office=name, template="bidang", people=share)


def _district_sites(data: dict[str, Any], scale: float, root: str) -> Iterator[Site]:
    wards: list[tuple[str, int]] = data["wards"]
    districts = wards[: _count(len(wards), scale, 0.6, _LEAST_DISTRICTS)]
    kept = [_count(number, scale, 0.4, 1) for _, number in districts]
    per_ward = data["ward_people"] * sum(number for _, number in wards) / sum(kept)
    per_district = data["people"] * len(wards) / len(districts)
    for (name, _), number in zip(districts, kept, strict=True):
        title = f"Kecamatan {name}"
        yield _site(data, name=title, parent=root, office=title, template="kecamatan", people=per_district)
        for n in range(number):
            ward = f"Kelurahan {name} {n + 1}"
            yield _site(data, name=ward, parent=title, office=title, template="kelurahan", people=per_ward)
