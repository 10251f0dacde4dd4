"""The whole city in figures, for the training office: made in the background in portions, and kept.

This is where sex and year of birth are read to see who gets trained: added up by group, and not told where a
group is small.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from recommender.dataset.slices import with_people
from recommender.explain import Language
from recommender.planning.hours import hours_year_of
from recommender.rankers import gather_people
from recommender.service.advice import Advice, Ready
from recommender.service.background import Background, Progress
from recommender.service.city_figures import figures_of
from recommender.service.city_sums import CitySums
from recommender.service.city_told import CityFigures, PictureState, Status
from recommender.store.people import employees_of, read_people, revisions_now
from recommender.store.stamps import stamp

__all__ = ["CityFigures", "CityPicture", "PictureState"]

_AT_ONCE = 256  # people looked at together
_PATIENCE = 2.0  # seconds that somebody waits for figures that are being made
_AGAIN = 30.0  # seconds after which what failed is tried again
_Made = tuple[int, int, str]  # counters of the catalogue and of the records, digest of the model


@dataclass(frozen=True, slots=True)
class _Picture:
    """The sums of a city, what they were made of and when."""

    sums: CitySums
    made_of: _Made
    made_at: str
    as_of: str


class CityPicture:
    """Makes the figures of the city on a thread of its own and keeps the last, for many threads.

    Parameters
    ----------
    seconds : figures are made anew when the city or the model changed and they are so old.
    """

    def __init__(self, advice: Advice, seconds: float = 600.0) -> None:
        self._advice, self._seconds = advice, seconds
        self._background: Background[_Picture] = Background("city-picture", self._make)

    def state(self, language: Language) -> PictureState:
        """Return the figures, or how far they are; whoever asks first waits up to two seconds.

        Raises
        ------
        StoreUnavailable
            The store cannot be reached.
        """
        background, now = self._background, self._made_of()
        if self._is_due(now):
            background.start(0.0 if background.latest else _PATIENCE)  # older figures need not wait for newer
        picture, progress = background.latest, background.progress
        is_making = background.is_making
        figures = None if picture is None else _told(picture, language)
        status: Status = "ready" if figures is not None else "making" if is_making else "none"
        return PictureState(status, figures, is_making, progress.done, progress.total, background.failed)

    @property
    def background(self) -> Background[_Picture]:
        """What makes them."""
        return self._background

    def close(self) -> None:
        """Stop at the next portion and make nothing any more."""
        self._background.close()

    def _is_due(self, now: _Made) -> bool:
        background = self._background
        latest, age = background.latest, time.monotonic() - background.finished_at
        if background.is_making:
            return False
        if latest is None or background.failed:
            return not background.failed or age >= _AGAIN
        return latest.made_of != now and age >= self._seconds

    def _made_of(self) -> _Made:
        with self._advice.database.reading() as connection:
            counters = revisions_now(connection)
        return counters.get("catalogue", 0), counters.get("records", 0), self._advice.ready().model.digest

    def _make(self, progress: Progress) -> _Picture:
        made_of, ready = self._made_of(), self._advice.ready()
        with self._advice.database.reading() as connection:
            ids = employees_of(connection, None)
        as_of = ready.city.norms.as_of
        sums = CitySums(with_people(ready.city.catalogue.dataset, {}, ready.city.norms), hours_year_of(as_of))
        for start in range(0, len(ids), _AT_ONCE):
            progress.told(start, len(ids))
            self._add(sums, ready, ids[start : start + _AT_ONCE])
        progress.told(len(ids), len(ids))
        return _Picture(sums, made_of, stamp(), "" if np.isnat(as_of) else str(as_of))

    def _add(self, sums: CitySums, ready: Ready, employee_ids: list[str]) -> None:
        with self._advice.database.reading() as connection:
            rows = read_people(connection, employee_ids)
        dataset = with_people(ready.city.catalogue.dataset, rows, ready.city.norms)
        if len(dataset.employees.ids):  # all of them may have been erased meanwhile
            everybody = np.arange(len(dataset.employees.ids))
            sums.add(gather_people(dataset, ready.model.engine.estimator, everybody))


def _told(picture: _Picture, language: Language) -> CityFigures:
    return figures_of(picture.sums, (picture.made_at, picture.as_of, picture.made_of[2]), language)
