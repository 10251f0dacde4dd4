"""Words shared by all rooms: array types, the vocabulary of ids, and what an answer consists of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
DateArray = NDArray[np.datetime64]  # days; NaT where unknown
TextArray = NDArray[np.object_]  # str objects; "" where unknown

MISSING = -1  # the row number that stands for "no such row"


class Vocabulary(Sequence[str]):
    """The ids of one table in the table's order; turns ids into row numbers and back.

    Examples
    --------
    >>> programs = Vocabulary(["P1", "P2"])
    >>> programs.rows(["P2", "P9"]).tolist()
    [1, -1]
    """

    __slots__ = ("_row_of", "ids")

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        self._row_of = {id_: row for row, id_ in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: Any) -> Any:
        return self.ids[row]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._row_of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.ids == other.ids

    def __hash__(self) -> int:
        return hash(self.ids)

    def row(self, id_: str) -> int:
        """Return the row of one id, `MISSING` if unknown."""
        return self._row_of.get(id_, MISSING)

    def rows(self, ids: Iterable[str]) -> IntArray:
        """Return the row of each id, shape (n,), `MISSING` where unknown."""
        return np.array([self._row_of.get(id_, MISSING) for id_ in ids], dtype=np.int64)


EMPTY_VOCABULARY = Vocabulary(())
