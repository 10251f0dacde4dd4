"""The axis of a picture: which values it spans, by which round numbers it counts, and where a value lies."""

from __future__ import annotations

import math
from dataclasses import dataclass

_ROUND = (1.0, 2.0, 5.0, 10.0)  # what an axis counts by, times a power of ten


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that a picture spans, how far apart its marks are, and the pixels it has for them."""

    least: float
    most: float
    step: float
    left: float
    width: float

    @classmethod
    def around(cls, least: float, most: float, left: float, width: float, most_ticks: int = 8) -> Axis:
        """Return an axis that holds 0 and both values, from one round number to another."""
        least, most = min(least, 0.0), max(most, 0.0)
        most = most if most > least else least + 1.0
        power = 10.0 ** math.floor(math.log10((most - least) / most_ticks))
        step = next(one * power for one in _ROUND if (most - least) / (one * power) <= most_ticks)
        return cls(math.floor(least / step) * step, math.ceil(most / step) * step, step, left, width)

    def x(self, value: float) -> float:
        """Return the pixels from the left."""
        return self.left + self.width * (value - self.least) / (self.most - self.least)

    def ticks(self) -> list[float]:
        """Return the values that are marked."""
        counts = range(round(self.least / self.step), round(self.most / self.step) + 1)
        return [count * self.step for count in counts]
