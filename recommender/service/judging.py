"""Who judges what in the city, so that somebody looked at alone is asked what the whole city could ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from recommender.dataset.norms import Judges, Norms
from recommender.domain import MISSING
from recommender.service.advice import Ready
from recommender.store.database import Database
from recommender.store.judging import judged_by

_LONGEST = 600.0  # seconds: who judges what changes hardly ever, and to find it all assessments are read


class Judging:
    """Keeps the pairs of source and competency for some minutes, for many threads."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock
        self._kept: tuple[float, list[tuple[str, str]]] | None = None

    def with_judges(self, ready: Ready) -> Norms:
        """Return the city's norms with who judges what; sources that the model never met are left out."""
        known, dataset = ready.model.engine.estimator.model_.sources, ready.city.catalogue.dataset
        pairs = [pair for pair in self._pairs() if pair[0] in known]
        sources = tuple(sorted({source for source, _ in pairs}))
        judges = np.zeros((len(sources), len(dataset.competencies.ids)), dtype=bool)
        for source, competency in pairs:
            if (column := dataset.competencies.ids.row(competency)) != MISSING:
                judges[sources.index(source), column] = True
        return replace(ready.city.norms, judges=Judges(sources, judges))

    def _pairs(self) -> list[tuple[str, str]]:
        kept, now = self._kept, self._clock()
        if kept is None or now - kept[0] > _LONGEST:
            with self._database.reading() as connection:
                kept = (now, judged_by(connection))
            self._kept = kept
        return kept[1]
