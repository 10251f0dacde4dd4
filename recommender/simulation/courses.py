"""The programs of a city: a spread of the catalogue, or all of it and variants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from recommender.domain import BoolArray, FloatArray, IntArray, TextArray
from recommender.policy import Policy
from recommender.simulation.reference import ProgramSpec, competency_ids, program_specs, read, stream

# Forms that are taken at any time; all others run in sessions.
SELF_PACED = frozenset(
    {"e_learning", "coaching", "magang", "komunitas_belajar", "pertukaran", "tugas_belajar"}
)
_MANDATED_ALWAYS = ("P002", "P003", "P013")


@dataclass(frozen=True)
class Courses:
    """The programs as arrays; `entry` and `target` (programs, competencies), target NaN where not taught."""

    specs: tuple[ProgramSpec, ...]
    entry: FloatArray
    target: FloatArray

    def __len__(self) -> int:
        return len(self.specs)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each program id."""
        return {spec.id: row for row, spec in enumerate(self.specs)}

    @cached_property
    def teaches(self) -> BoolArray:
        """Whether a program teaches a competency."""
        taught: BoolArray = ~np.isnan(self.target)
        return taught

    @cached_property
    def hours(self) -> FloatArray:
        """Length in JP, NaN where it has none."""
        return np.array([spec.hours for spec in self.specs])

    @cached_property
    def self_paced(self) -> BoolArray:
        """Whether a program is taken at any time."""
        return np.array([spec.form in SELF_PACED for spec in self.specs])

    @cached_property
    def active(self) -> BoolArray:
        """Whether a program is still offered."""
        return np.array([spec.active for spec in self.specs])

    @cached_property
    def provider(self) -> IntArray:
        """Number of the provider."""
        known = list(read("providers")["providers"])
        return np.array([known.index(spec.provider) for spec in self.specs])

    @cached_property
    def prerequisites(self) -> list[tuple[int, int]]:
        """Pairs (program, program to complete before), where both are in the city's list."""
        pairs = ((row, self.row_of.get(id_)) for row, spec in enumerate(self.specs) for id_ in spec.after)
        return [(row, before) for row, before in pairs if before is not None]

    def repeats(self) -> IntArray:
        """Return the quarters after which a mandate repeats a program, 0 where none does."""
        quarters = np.zeros(len(self), dtype=np.int64)
        for mandate in read("providers")["mandates"]:
            if "repeat_months" in mandate and mandate["program"] in self.row_of:
                quarters[self.row_of[mandate["program"]]] = mandate["repeat_months"] // 3
        return quarters

    def admits_tier(self, tiers: list[str]) -> BoolArray:
        """Return (positions, programs): whether the eligibility rule admits the position's tier."""
        return np.array([[not spec.tiers or tier in spec.tiers for spec in self.specs] for tier in tiers])

    def admits_type(self, employment_type: str) -> BoolArray:
        """Return, per program, whether it admits this kind of employment."""
        kinds = [spec.employment_types for spec in self.specs]
        return np.array([not kind or employment_type in kind for kind in kinds])

    def minimum(self, rule: str) -> FloatArray:
        """Return a numeric eligibility rule of each program, minus infinity where there is none."""
        values = np.array([getattr(spec, rule) for spec in self.specs], dtype=float)
        return np.where(np.isnan(values), -np.inf, values)

    def grade_ranks(self, policy: Policy) -> IntArray:
        """Return the lowest grade rank admitted by each program, 0 where there is none."""
        return np.array([policy.grades.ranks[s.grade_min] if s.grade_min else 0 for s in self.specs])

    def titles(self) -> TextArray:
        """Return the titles."""
        return np.array([spec.title for spec in self.specs], dtype=object)


def build_courses(programs: int, seed: int) -> Courses:
    """Return `programs` programs: evenly spread over the catalogue, or all and variants of them."""
    catalogue = program_specs()
    if programs < len(catalogue):
        specs = _spread(catalogue, programs)
    else:
        specs = catalogue + _variants(catalogue, programs - len(catalogue), seed)
    columns = {id_: column for column, id_ in enumerate(competency_ids())}
    entry = np.zeros((len(specs), len(columns)))
    target = np.full_like(entry, np.nan)
    for row, spec in enumerate(specs):
        for code, (low, high) in spec.builds.items():
            entry[row, columns[code]], target[row, columns[code]] = low, high
    return Courses(tuple(specs), entry, target)


def _spread(catalogue: list[ProgramSpec], programs: int) -> list[ProgramSpec]:
    """Keep the main mandates and an even spread of the rest, in the catalogue's order."""
    rest = [spec for spec in catalogue if spec.id not in _MANDATED_ALWAYS]
    picks = np.linspace(0, len(rest) - 1, programs - len(_MANDATED_ALWAYS)).round().astype(int)
    kept = {rest[pick].id for pick in picks} | set(_MANDATED_ALWAYS)
    return [spec for spec in catalogue if spec.id in kept]


def _variants(catalogue: list[ProgramSpec], count: int, seed: int) -> list[ProgramSpec]:
    """Return further courses on the catalogue's subjects: other provider, form, length or level."""
    kinds: list[dict[str, Any]] = read("providers")["variants"]
    bases = [spec for spec in catalogue if spec.active and not spec.induction and spec.hours <= 200]
    order = stream(seed, "variants").permutation(len(bases))
    variants = []
    for n in range(count):
        base = bases[order[n % len(bases)]]
        lap = n // len(bases)
        kind = kinds[(n + lap) % len(kinds)]
        variants.append(_vary(base, kind, f"P{len(catalogue) + n + 1:03d}", lap // len(kinds)))
    return variants


def _vary(base: ProgramSpec, kind: dict[str, Any], id_: str, edition: int) -> ProgramSpec:
    shift = kind.get("shift", 0)
    # A shifted course keeps one step above where the basic one ended, within the scale.
    builds = {
        code: [min(low + shift, 4), min(max(high + shift, low + shift + 1), 5)]
        for code, (low, high) in base.builds.items()
    }
    label = kind["label"] + (f" Edisi {edition + 1}" if edition else "")
    return replace(
        base,
        id=id_,
        title=f"{base.title} - {label}",
        text=f"{base.text} {label}.",
        form=kind.get("form", base.form),
        hours=float(max(2, round(min(base.hours, 80) * kind["hours"]))),
        provider=kind["provider"],
        builds=builds,
        after=(base.id,) if shift else (),
    )
