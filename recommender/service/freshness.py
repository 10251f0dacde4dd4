"""The city as a service holds it: read anew when the store's counters say that it changed."""

from __future__ import annotations

import threading
import time

from recommender.service.city import Catalogue, City, read_catalogue_now, read_city_now
from recommender.store.database import Database
from recommender.store.people import revisions_now

_TOO_OLD = 10  # times the seconds: so old a city is not answered from while it is read anew


class CityInHand:
    """The newest city that was read, for many threads.

    A changed catalogue is read before the next answer. What all records say in sum moves little with each
    one: it is read anew at most every `seconds`, in the background; with 0 seconds before the next answer. A
    person's own records are never older than the last acknowledged one, whatever this says.
    """

    def __init__(self, database: Database, seconds: float = 5.0) -> None:
        self._database, self._seconds = database, seconds
        self._lock = threading.Lock()
        self._refreshing = threading.Event()
        self._city: City | None = None
        self._read_at = 0.0

    def now(self) -> City:
        """Return the city as it is in hand by the store's counters."""
        with self._database.reading() as connection:
            counters = revisions_now(connection)
        return self.at(counters.get("catalogue", 0), counters.get("records", 0))

    def at(self, catalogue: int, records: int) -> City:
        """Return the city for the counters that somebody just read."""
        city = self._city
        if city is None or city.catalogue.revision != catalogue:
            return self._read(catalogue, records)
        if city.revision == records:
            return city
        age = time.monotonic() - self._read_at
        if not self._seconds or age > _TOO_OLD * self._seconds:  # after a time without questions
            return self._read(catalogue, records)
        if age >= self._seconds and not self._refreshing.is_set():
            self._refreshing.set()
            threading.Thread(
                target=self._refresh, args=(catalogue, records), name="city-refresh", daemon=True
            ).start()
        return city

    def _refresh(self, catalogue: int, records: int) -> None:
        try:
            self._read(catalogue, records)
        finally:
            self._refreshing.clear()

    def _read(self, catalogue: int, records: int) -> City:
        with self._lock:
            city = self._city
            if city is not None and (city.catalogue.revision, city.revision) == (catalogue, records):
                return city  # somebody else read it meanwhile
            with self._database.reading() as connection:
                counters = revisions_now(connection)
                known = _still(city, counters.get("catalogue", 0))
                kept = known or read_catalogue_now(connection, counters.get("catalogue", 0))
                fresh = read_city_now(connection, kept, counters.get("records", 0))
            self._city, self._read_at = fresh, time.monotonic()
            return fresh


def _still(city: City | None, revision: int) -> Catalogue | None:
    return None if city is None or city.catalogue.revision != revision else city.catalogue
