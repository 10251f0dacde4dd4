"""Answers that were given, as long as nothing they rest on has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from recommender.store.contents import Content


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with what the ledger keeps of it; `detail` is JSON: the question and chance's part."""

    body: bytes
    inputs: Content
    result: Content
    detail: str


class Remembered:
    """The latest answers by what they rest on; the longest unused go first when there are too many bytes.

    Nothing here is ever out of date: the key names the person's revision, the city, the model, the question.
    """

    def __init__(self, most_bytes: int = 64_000_000) -> None:
        self._most, self._bytes = most_bytes, 0
        self._lock = threading.Lock()
        self._given: OrderedDict[Hashable, Given] = OrderedDict()

    def get(self, key: Hashable) -> Given | None:
        """Return what was answered, if it is still here."""
        with self._lock:
            found = self._given.get(key)
            if found is not None:
                self._given.move_to_end(key)
            return found

    def keep(self, key: Hashable, given: Given) -> None:
        """Remember an answer."""
        with self._lock:
            if key not in self._given:
                self._bytes += _size(given)
            self._given[key] = given
            while self._bytes > self._most:
                _, gone = self._given.popitem(last=False)
                self._bytes -= _size(gone)


def _size(given: Given) -> int:
    return len(given.body) + len(given.inputs.body) + len(given.result.body) + 500
