"""The positions of a city: every kind of position, once per field where it has one, with its requirements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain import FloatArray, IntArray
from recommender.policy import Policy
from recommender.simulation.layout import Layout, Site
from recommender.simulation.reference import RoleSpec, competency_ids, role_specs

# Importance of a requirement: what the job is about, what its tier is about, and the rest.
_FIELD_WEIGHT, _TIER_WEIGHT, _OTHER_WEIGHT = 1.5, 1.0, 0.5
_STRUCTURAL = ("jpt_pratama", "administrator", "pengawas")
_FOR_ALL = ("M.01", "M.05")


@dataclass(frozen=True, slots=True)
class Roles:
    """Positions; `level` and `weight` have shape (positions, competencies), 0 where nothing is required."""

    ids: tuple[str, ...]
    specs: tuple[RoleSpec, ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    next: IntArray
    level: FloatArray
    weight: FloatArray

    @property
    def tiers(self) -> list[str]:
        """Return the tier of each position."""
        return [spec.tier for spec in self.specs]


def build_roles(layout: Layout, policy: Policy) -> tuple[Roles, IntArray]:
    """Return the positions held or next in line, and the position row of each employee."""
    specs = role_specs()
    held = [(specs[key], layout.sites[u]) for key, u in zip(layout.roles, layout.unit, strict=True)]
    known: dict[str, tuple[RoleSpec, Site]] = {}
    for spec, site in held:
        _add_chain(spec, site, specs, known)
    row_of = {id_: row for row, id_ in enumerate(known)}
    following = [_id(specs[spec.next], site) if spec.next else "" for spec, site in known.values()]
    level, weight = _requirements(list(known.values()), policy)
    roles = Roles(
        ids=tuple(known),
        specs=tuple(spec for spec, _ in known.values()),
        titles=tuple(spec.title.format(field=site.field_name) for spec, site in known.values()),
        texts=tuple(spec.text.format(field=site.field_name) for spec, site in known.values()),
        next=np.array([row_of.get(id_, -1) for id_ in following]),
        level=level,
        weight=weight,
    )
    return roles, np.array([row_of[_id(spec, site)] for spec, site in held])


def _id(spec: RoleSpec, site: Site) -> str:
    return f"{spec.key}-{site.field_codes[0][2:]}" if spec.per_field else spec.key


def _add_chain(
    spec: RoleSpec, site: Site, specs: dict[str, RoleSpec], known: dict[str, tuple[RoleSpec, Site]]
) -> None:
    """Add a position and those that follow it; each career chain ends, so this does too."""
    while _id(spec, site) not in known:
        known[_id(spec, site)] = (spec, site)
        if not spec.next:
            return
        spec = specs[spec.next]


def _requirements(known: list[tuple[RoleSpec, Site]], policy: Policy) -> tuple[FloatArray, FloatArray]:
    columns = {id_: column for column, id_ in enumerate(competency_ids())}
    general = [column for id_, column in columns.items() if not id_.startswith("T.")]
    level = np.zeros((len(known), len(columns)))
    weight = np.zeros_like(level)
    for row, (spec, site) in enumerate(known):
        level[row, general] = policy.tiers[spec.tier]
        weight[row, general] = _TIER_WEIGHT if spec.tier in _STRUCTURAL else _OTHER_WEIGHT
        weight[row, [columns[id_] for id_ in _FOR_ALL]] = _TIER_WEIGHT
        for id_, value in spec.raises.items():
            level[row, columns[id_]] = value
        fields = {"F1": site.field_codes[0], "F2": site.field_codes[1]}
        # A field may repeat what the position asks for anyway: the higher level holds.
        for code, value in spec.technical.items():
            column = columns[fields.get(code, code)]
            level[row, column] = max(level[row, column], value)
            weight[row, column] = _FIELD_WEIGHT
    return level, weight
