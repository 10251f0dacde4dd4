"""Which groups of people are too small to be shown, and which a small one could be worked out from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

G = TypeVar("G", bound=Hashable)


def hidden_groups(people: Mapping[G, int], least: int) -> set[G]:
    """Return the groups that are too small, and of the next ones so many that the hidden hide each other.

    Whoever knows the figure of all people can work out that of all hidden ones together: so at least two
    groups are hidden, and at least `least` people, where any is (complementary suppression; Hundepool et al.,
    Statistical Disclosure Control, 2012, ch. 4).
    """
    hidden: list[G] = []
    for group in sorted(people, key=lambda one: people[one]):
        covered = sum(people[one] for one in hidden)
        is_needed = bool(hidden) and (len(hidden) < 2 or covered < least)
        if people[group] < least or is_needed:
            hidden.append(group)
    return set(hidden)
