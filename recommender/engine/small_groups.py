"""Which groups of people are too small to be shown, and which a small one could be worked out from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

G = TypeVar("G", bound=Hashable)


def hidden_groups(people: Mapping[G, int], least: int) -> set[G]:
    """Return the groups that are too small and, if it is one alone, the next smallest too.

    Else the figure of the hidden group could be worked out from the others and that of all people.
    """
    upwards = sorted(people, key=lambda group: people[group])
    small = sum(count < least for count in people.values())
    return set(upwards[: 2 if small == 1 else small])
