"""What depends on a fitted ranker and a catalogue alone, worked out once for both.

Kept outside of rankers, whose state is what they learnt and nothing else (`bundle.py` pickles it), and
outside of datasets. A service asks for one person at a time, of whom there are thousands to one catalogue.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

from recommender.dataset import Programs

T = TypeVar("T")

_MOST = 16  # pairs of ranker and catalogue: those of a model in use, and of the one before it
_KEPT: OrderedDict[tuple[int, int], tuple[object, Programs, object]] = OrderedDict()


def once(owner: object, programs: Programs, work: Callable[[], T]) -> T:
    """Return what `work` returns for this owner and this catalogue; it is called when nobody asked before."""
    key = (id(owner), id(programs))
    kept = _KEPT.get(key)
    # An id may have been used before by something that is gone; what is kept holds on to its own.
    if kept is None or kept[0] is not owner or kept[1] is not programs:
        kept = (owner, programs, work())
        _KEPT[key] = kept
        while len(_KEPT) > _MOST:
            _KEPT.popitem(last=False)
    return cast("T", kept[2])
