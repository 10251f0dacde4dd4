"""The employees: kind of employment, service, grade, age, and the traits no table shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import BoolArray, DateArray, FloatArray, IntArray, TextArray
from recommender.policy import Policy
from recommender.simulation.layout import Layout
from recommender.simulation.reference import TODAY, read, stream
from recommender.simulation.roles import Roles

ENTRY_TIERS = ("pelaksana", "jf_ahli_pertama", "jf_terampil")
_PPPK_SHARE, _NEW_SHARE, _WOMEN_SHARE = 0.32, 0.49, 0.56
_LONG_SERVICE = {"jpt_pratama": 18.0, "administrator": 12.0, "jf_ahli_madya": 12.0}
# Who leads where a unit has no structural post: the higher tier, then the longer service.
_LEADS = ("jpt_pratama", "administrator", "pengawas", "jf_ahli_madya", "jf_ahli_muda", "jf_ahli_pertama")
_STATUSES = (("cuti", 0.007), ("tugas belajar", 0.007), ("pensiun", 0.006))


@dataclass(frozen=True, slots=True)
class People:
    """One entry per employee; `manager` is who leads the person (-1 for the first of the city)."""

    role: IntArray
    unit: IntArray
    office: IntArray
    pppk: BoolArray
    hired_on: DateArray
    birth_year: IntArray
    woman: BoolArray
    grade: TextArray
    grade_rank: IntArray
    retires: FloatArray
    status: TextArray
    target: IntArray
    unit_head: IntArray
    manager: IntArray

    def __len__(self) -> int:
        return len(self.role)

    def service_years(self, day: np.datetime64) -> FloatArray:
        """Return the years of service of each person on a day."""
        years: FloatArray = (day - self.hired_on) / np.timedelta64(1, "D") / 365.25
        return years


@dataclass(frozen=True, slots=True)
class Traits:
    """What drives people and never stands in a table; standard normal unless said otherwise.

    Attributes
    ----------
    ability : lifts all levels and the performance.
    eagerness : how often a person is sent, apart from all else.
    liking : how the manager likes the person.
    severity : how strict a person judges others.
    insight : 0-1.5, how much a person as manager sends staff by their real gaps.
    assessed : whether the person is ever assessed.
    """

    ability: FloatArray
    eagerness: FloatArray
    liking: FloatArray
    severity: FloatArray
    insight: FloatArray
    assessed: BoolArray


def draw_people(layout: Layout, roles: Roles, role: IntArray, policy: Policy, seed: int) -> People:
    """Draw the employees of a layout."""
    rng = stream(seed, "people")
    count = len(role)
    tiers = np.array(roles.tiers, dtype=object)[role]
    pppk, service = _employment(tiers, rng)
    retires = np.array([policy.retirement_age(tier) for tier in tiers])
    hired_on = _first_of_month(TODAY - np.round(service * 365.25).astype("timedelta64[D]"))
    age = np.clip(np.where(pppk, 24 + 18 * rng.random(count), 21 + 8 * rng.random(count)) + service, 21, None)
    grade = _grades(roles, role, pppk, service)
    head, manager = _managers(layout, tiers, service)
    return People(
        role=role,
        unit=layout.unit,
        office=layout.office[layout.unit],
        pppk=pppk,
        hired_on=hired_on,
        birth_year=2025 - np.floor(np.minimum(age, retires - 1)).astype(np.int64),
        woman=_exactly(_WOMEN_SHARE, rng.random(count)),
        grade=grade,
        grade_rank=np.array([policy.grades.ranks[g] for g in grade]),
        retires=retires,
        status=_statuses(rng.random(count)),
        target=np.where(rng.random(count) < 0.12, roles.next[role], -1),
        unit_head=head,
        manager=manager,
    )


def draw_traits(count: int, seed: int) -> Traits:
    """Draw the hidden traits of `count` employees."""
    rng = stream(seed, "traits")
    ability, eagerness, liking, severity = rng.standard_normal((4, count))
    return Traits(
        ability=ability,
        eagerness=eagerness,
        liking=0.3 * ability + 0.95 * liking,
        severity=severity,
        insight=1.5 * rng.random(count),
        assessed=rng.random(count) < 0.74,
    )


def _exactly(share: float, keys: FloatArray) -> BoolArray:
    """Return True for exactly that share of entries, those with the smallest keys."""
    chosen = np.zeros(len(keys), dtype=np.bool_)
    chosen[np.argsort(keys, kind="stable")[: round(share * len(keys))]] = True
    return chosen


def _employment(tiers: TextArray, rng: np.random.Generator) -> tuple[BoolArray, FloatArray]:
    """Return who is PPPK and the years of service; the young and the PPPK sit in the entry tiers."""
    count = len(tiers)
    not_entry = ~np.isin(tiers, ENTRY_TIERS)
    pppk = _exactly(_PPPK_SHARE, rng.random(count) + 2 * not_entry) & ~not_entry
    new = _exactly(_NEW_SHARE, rng.random(count) - 0.97 * pppk + 2 * not_entry) & ~not_entry
    least = np.array([_LONG_SERVICE.get(tier, 5.1) for tier in tiers])
    long = least + rng.beta(1.2, 1.8, count) * np.where(pppk, 3.0, 33.0 - least)
    return pppk, np.where(new, 0.3 + 4.6 * rng.random(count), long)


def _first_of_month(days: DateArray) -> DateArray:
    return days.astype("datetime64[M]").astype("datetime64[D]")


def _grades(roles: Roles, role: IntArray, pppk: BoolArray, service: FloatArray) -> TextArray:
    table = read("positions")["grades"]
    rows = [table[spec.grade_key] for spec in roles.specs]
    grades = []
    for r, contract, years in zip(role, pppk, service, strict=True):
        steps = rows[r]["pns"]
        grades.append(rows[r]["pppk"] if contract else steps[min(len(steps) - 1, int(years // 6))])
    return np.array(grades, dtype=object)


def _statuses(keys: FloatArray) -> TextArray:
    status = np.full(len(keys), "aktif", dtype=object)
    low = 0.0
    for name, share in _STATUSES:
        status[(keys >= low) & (keys < low + share)] = name
        low += share
    return status


def _managers(layout: Layout, tiers: TextArray, service: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the head of each unit, and of each person the head above (the next unit up for a head)."""
    rank = np.array([_LEADS.index(t) if t in _LEADS else len(_LEADS) for t in tiers])
    order = np.lexsort((-service, rank, layout.unit))
    _, first = np.unique(layout.unit[order], return_index=True)
    head = order[first]
    above = np.where(layout.parent >= 0, head[layout.parent], -1)
    people = np.arange(len(tiers))
    manager = head[layout.unit]
    return head, np.where(manager == people, above[layout.unit], manager)
