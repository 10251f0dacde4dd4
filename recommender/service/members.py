"""People as lists show them, kept in memory while nothing about them has changed."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from recommender.dataset.norms import Norms
from recommender.dataset.slices import with_people
from recommender.errors import UnknownEmployee
from recommender.planning.hours import hours_year_of
from recommender.rankers import gather_people
from recommender.service.advice import Advice, Ready
from recommender.service.member import Deadline, Lack, Member, members_from
from recommender.store.listing import Listed, listed_people
from recommender.store.people import read_people

__all__ = ["Deadline", "Lack", "Member", "Members"]

_AT_ONCE = 256  # people made together
_LONGEST = 60.0  # seconds for which somebody is kept though the norms of the city have moved
_MOST = 20_000  # people kept, of some 6 kB each


@dataclass(frozen=True, slots=True)
class _Basis:
    """What everybody who is made at one moment rests on, beside the own records.

    Attributes
    ----------
    made_of : digests of the catalogue and of the model.
    norms : digest of the norms; `year` is the hours year of their date.
    """

    made_of: tuple[str, str]
    norms: str
    year: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """Somebody who was made, and what that rests on."""

    member: Member
    revision: int
    basis: _Basis
    made_at: float


class Members:
    """Makes people as lists show them, and keeps the latest of them, for many threads.

    Whoever is shown has the name and the records of this moment. Somebody in whose own records nothing
    changed is made anew when the catalogue or the model is another one; and when the city's date, or how
    reviews fell out, has moved, after a minute, or at once where a new year has begun.
    """

    def __init__(
        self, advice: Advice, clock: Callable[[], float] = time.monotonic, most: int = _MOST
    ) -> None:
        self.advice = advice
        self._clock, self._most = clock, most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()  # by pseudonym, the longest unused first

    def of(self, employee_ids: Sequence[str], ready: Ready | None = None) -> list[Member]:
        """Return these people, in this order.

        Parameters
        ----------
        ready : whose catalogue and model they are made of; None = those of this moment. Who shows them beside
            something else of the catalogue gives the one that is shown.

        Raises
        ------
        UnknownEmployee
            Nobody has some of the ids.
        """
        found = self._found(employee_ids, ready)
        missing = [place for place, one in enumerate(employee_ids) if one not in found]
        if missing:
            raise UnknownEmployee(employee_ids, missing)
        return [found[one] for one in employee_ids]

    def there(self, employee_ids: Sequence[str], ready: Ready | None = None) -> list[Member]:
        """Return these people in this order, as `of`, without those who are not there (any more)."""
        found = self._found(employee_ids, ready)
        return [found[one] for one in employee_ids if one in found]

    def _found(self, employee_ids: Sequence[str], ready: Ready | None) -> dict[str, Member]:
        with self.advice.database.reading() as connection:
            listed = listed_people(connection, list(dict.fromkeys(employee_ids)))
        ready = ready or self.advice.ready()
        basis = _basis_of(ready)
        found = self._still_good(basis, listed)
        missing = [one for one in listed if one not in found]
        for start in range(0, len(missing), _AT_ONCE):
            some = {one: listed[one] for one in missing[start : start + _AT_ONCE]}
            for member in self._made(ready, some):
                self._keep(basis, some[member.employee_id], member)
                found[member.employee_id] = member
        return found

    def _still_good(self, basis: _Basis, listed: Mapping[str, Listed]) -> dict[str, Member]:
        oldest = self._clock() - _LONGEST
        found: dict[str, Member] = {}
        with self._lock:
            for one in listed.values():
                kept = self._kept.get(one.pseudonym)
                if kept is None or (kept.revision, kept.basis.made_of) != (one.revision, basis.made_of):
                    continue
                if kept.basis == basis or (kept.made_at > oldest and kept.basis.year == basis.year):
                    self._kept.move_to_end(one.pseudonym)
                    found[one.employee_id] = kept.member
        return found

    def _made(self, ready: Ready, listed: Mapping[str, Listed]) -> Iterator[Member]:
        # Read after the revisions: a record that comes in between makes somebody fresher, never older.
        with self.advice.database.reading() as connection:
            rows = read_people(connection, list(listed))
        dataset = with_people(ready.city.catalogue.dataset, rows, ready.city.norms)
        if len(dataset.employees.ids):  # all of them may have been erased
            everybody = np.arange(len(dataset.employees.ids))
            yield from members_from(gather_people(dataset, ready.model.engine.estimator, everybody), listed)

    def _keep(self, basis: _Basis, listed: Listed, member: Member) -> None:
        kept = _Kept(member, listed.revision, basis, self._clock())
        with self._lock:
            self._kept[listed.pseudonym] = kept
            self._kept.move_to_end(listed.pseudonym)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _basis_of(ready: Ready) -> _Basis:
    made_of = (ready.city.catalogue.content.digest, ready.model.digest)
    norms = ready.city.norms
    return _Basis(made_of, _named(norms), hours_year_of(norms.as_of))


def _named(norms: Norms) -> str:
    """Return a digest of what people rest on of the records of all; how programs went for others is not."""
    reviews = norms.reviews
    parts = (part.tobytes() for part in (reviews.key, reviews.mean, reviews.sd))
    return sha256(b"".join((f"{norms.as_of} {sorted(norms.known_facts)}".encode(), *parts))).hexdigest()
