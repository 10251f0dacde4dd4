"""A column's distinct texts: a hundred thousand rows hold few of them, so that each is looked at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

import numpy as np

from recommender.domain import IntArray, TextArray


@dataclass(frozen=True, slots=True)
class Texts:
    """One text per row.

    Attributes
    ----------
    codes : for each row the place of its text in `words`.
    words : the distinct texts, in order of first appearance.
    """

    codes: IntArray
    words: TextArray

    @staticmethod
    def of(texts: Iterable[str]) -> Texts:
        """Return these texts, one per row."""
        # A text that was not met before gets the next place.
        place_of: defaultdict[str, int] = defaultdict(count().__next__)
        codes = np.fromiter(map(place_of.__getitem__, texts), dtype=np.int64)
        words = np.empty(len(place_of), dtype=object)
        words[:] = list(place_of)
        return Texts(codes, words)

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, rows: IntArray) -> Texts:
        """Return the texts of these rows, among the same words in the same order."""
        return Texts(self.codes[rows], self.words)

    def stripped(self) -> Texts:
        """Return the texts without space around them."""
        return Texts.of(word.strip() for word in self.words).at(self.codes)

    def tolist(self) -> list[str]:
        """Return the text of each row."""
        return list(self.words[self.codes])
