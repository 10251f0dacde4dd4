"""Adding up a city, portion by portion: what is kept is sums by group, and nobody in particular."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from recommender.competency import expected_shortfall
from recommender.dataset import Dataset
from recommender.domain import MISSING, FloatArray, IntArray
from recommender.engine.gaps import GapSums
from recommender.planning.hours import hours_done, trainings_in
from recommender.policy import Policy
from recommender.rankers import People
from recommender.service.city_told import Attribute

PEOPLE, TRAINED, HOURS, BOUND, MET, OWED, CAPPED, OVER = range(8)  # what a tally counts
EVERYBODY = "everybody"
UNIT = "unit"
ATTRIBUTES: tuple[Attribute, ...] = ("sex", "age_band", "employment_type", "grade_band", "tier")


class CitySums:
    """Sums over people in service.

    Attributes
    ----------
    gaps : by competency, as those of a unit are told.
    tallies : by attribute (those of access, `UNIT` and `EVERYBODY`) and group: a number for each of `PEOPLE`
        to `OVER`. Units are top units.
    asked, short : people asked for each competency and their expected shortfall in levels, by top unit.
    """

    def __init__(self, dataset: Dataset, year: int) -> None:
        self.dataset, self.year = dataset, year
        self.gaps = GapSums(dataset)
        self.tallies: dict[str, dict[str, FloatArray]] = {name: {} for name in (*ATTRIBUTES, UNIT, EVERYBODY)}
        self.asked: dict[str, FloatArray] = {}
        self.short: dict[str, FloatArray] = {}
        self._tops = top_units(dataset.units.parent)
        self._bands = grade_bands(dataset.policy)

    def add(self, people: People) -> None:
        """Count in those of some people who are in service."""
        self.gaps.add(people)
        active = np.flatnonzero(people.dataset.employees.active[people.rows])
        if not len(active):
            return
        groups, counted = self._groups(people, active), self._counted(people, active)
        for attribute, labels in groups.items():
            tally = self.tallies[attribute]
            for label, rows in _by_label(labels).items():
                tally[label] = tally.get(label, np.zeros(len(counted))) + counted[:, rows].sum(axis=1)
        self._add_gaps(people, active, groups[UNIT])

    def _groups(self, people: People, active: IntArray) -> dict[str, list[str]]:
        """Return the label of each person in service by attribute; "" = not stated."""
        dataset, rows = people.dataset, people.rows[active]
        staff = dataset.employees
        units = staff.unit[rows]
        ids = dataset.units.ids
        tops = np.append(self._tops, MISSING)[units]
        tiers = np.append(dataset.positions.tier, "")[staff.position[rows]]
        return {
            EVERYBODY: [""] * len(rows),
            UNIT: ["" if top == MISSING else ids[top] for top in tops.tolist()],
            "sex": [str(one) for one in staff.sex[rows]],
            "age_band": [age_band(self.year - born) for born in staff.birth_year[rows].tolist()],
            "employment_type": [str(one) for one in staff.employment_type[rows]],
            "grade_band": [self._bands.get(str(one), str(one)) for one in staff.grade[rows]],
            "tier": [str(one) for one in tiers],
        }

    def _counted(self, people: People, active: IntArray) -> FloatArray:
        """Return for each of `PEOPLE` to `OVER` what each person in service adds, shape (8, n)."""
        rule = people.dataset.policy.hours
        kinds = [str(one) for one in people.dataset.employees.employment_type[people.rows[active]]]
        floor = np.array([rule.yearly_floor.get(kind, np.nan) for kind in kinds])
        ceiling = np.array([rule.yearly_ceiling.get(kind, np.nan) for kind in kinds])
        done = hours_done(people, self.year)[active]
        trained = trainings_in(people, self.year)[active] > 0
        owed = np.nan_to_num(np.maximum(floor - done, 0.0))
        bound, capped = ~np.isnan(floor), ~np.isnan(ceiling)
        rows = (np.ones(len(done)), trained, done, bound, done >= floor, owed, capped, done > ceiling)
        return np.array(rows, dtype=float)

    def _add_gaps(self, people: People, active: IntArray, units: list[str]) -> None:
        required, beliefs = people.required[active], people.beliefs
        asked, level = ~np.isnan(required), np.nan_to_num(required)
        gap = expected_shortfall(beliefs.mean[active], beliefs.sd[active], level)
        short = np.where(asked, gap, 0.0)
        for unit, rows in _by_label(units).items():
            nothing = np.zeros(required.shape[1])
            self.asked[unit] = self.asked.get(unit, nothing) + asked[rows].sum(axis=0)
            self.short[unit] = self.short.get(unit, nothing) + short[rows].sum(axis=0)


def _by_label(labels: list[str]) -> dict[str, IntArray]:
    found: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        found.setdefault(label, []).append(place)
    return {label: np.array(places) for label, places in found.items()}


def top_units(parent: IntArray) -> IntArray:
    """Return the top unit of each unit: the one under the only root, or else its root, shape (units,).

    Where all units stand below one, that one is the whole city, which divides nothing; it stands for itself.
    """
    roots = np.flatnonzero(parent == MISSING)
    city = int(roots[0]) if len(roots) == 1 else MISSING
    tops = np.arange(len(parent))
    for unit in range(len(parent)):
        top = unit
        while parent[top] != MISSING and (parent[top] != city or city == MISSING):
            top = int(parent[top])
        tops[unit] = top
    return tops


def grade_bands(policy: Policy) -> Mapping[str, str]:
    """Return the band of each grade: what stands before its slash, or before that of a grade beside it.

    In the ASN's policy I to IV: a PPPK's grade IX stands beside III/a, and so in band III.
    """
    ranks = policy.grades.ranks
    of_rank = {rank: grade.partition("/")[0] for grade, rank in ranks.items() if "/" in grade}
    return {grade: of_rank.get(rank, grade) for grade, rank in ranks.items()}


def age_band(age: float) -> str:
    """Return the decade of an age, "" where it is not known."""
    return "" if np.isnan(age) else f"{age // 10 * 10:.0f}-{age // 10 * 10 + 9:.0f}"
