"""Programs as people look them up: what each teaches and changes, whom it reached, how it went."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass

import numpy as np

from recommender.dataset import Dataset
from recommender.dataset.slices import with_people
from recommender.domain import MISSING
from recommender.errors import UnknownEntry
from recommender.explain import Language
from recommender.service.advice import Advice
from recommender.service.findings import Measured
from recommender.service.models import ServedModel
from recommender.service.program_details import admits, mandates_of, next_sessions, phase_ratings, reached
from recommender.service.program_rows import in_order, is_wanted, program_rows
from recommender.service.program_told import ProgramList, ProgramPage, ProgramRow, ProgramsWanted
from recommender.store.program_counts import ratings_by_program, ratings_of, takers_of

__all__ = ["ProgramList", "ProgramPage", "ProgramPages", "ProgramRow", "ProgramsWanted"]

_MOST = 200  # programs of a page
_KEPT = 4  # catalogues kept: those of both languages, before and after a change
_Key = tuple[str, str, Language, bool]  # city, model, language, whether effects were measured


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """All programs, in the order of the dataset, which holds nobody."""

    dataset: Dataset
    rows: tuple[ProgramRow, ...]
    is_measured: bool


class ProgramPages:
    """Tells of programs, for many threads; nobody in particular is named, and small groups are not told."""

    def __init__(self, advice: Advice, models: ServedModel) -> None:
        self._advice, self.measured = advice, Measured(models)
        self._lock = threading.Lock()
        self._kept: dict[_Key, _Catalogue] = {}

    def programs(self, wanted: ProgramsWanted, language: Language) -> ProgramList:
        """Return a page of the programs that are wanted."""
        known = self._catalogue(language)
        found = sorted(filter(is_wanted(wanted), known.rows), key=in_order(wanted.sort))
        size = min(max(wanted.size, 1), _MOST)
        pages = max(math.ceil(len(found) / size), 1)
        page = min(max(wanted.page, 1), pages)
        taught = {(one.competency_id, one.name) for row in known.rows for one in row.taught}
        return ProgramList(
            tuple(found[(page - 1) * size : page * size]),
            len(known.rows),
            len(found),
            page,
            pages,
            tuple(sorted({row.form for row in known.rows if row.form})),
            tuple(sorted(taught, key=lambda pair: (pair[1].casefold(), pair[0]))),
            known.is_measured,
            _scale(known.dataset),
            _as_of(known.dataset),
        )

    def program(self, program_id: str, language: Language) -> ProgramPage:
        """Return all about one program.

        Raises
        ------
        UnknownEntry
            There is no such program.
        """
        known = self._catalogue(language)
        dataset, row = known.dataset, known.dataset.programs.ids.row(program_id)
        if row == MISSING:
            raise UnknownEntry(f"there is no program {program_id!r}; take the id from the list of programs.")
        with self._advice.database.reading() as connection:
            takers, ratings = takers_of(connection, program_id), ratings_of(connection, program_id)
        return ProgramPage(
            known.rows[row],
            str(dataset.programs.description[row]),
            str(dataset.programs.provider_type[row]),
            str(dataset.programs.language[row]),
            admits(dataset, row),
            reached(dataset, row, takers),
            phase_ratings(dataset, ratings, language),
            next_sessions(dataset, row),
            mandates_of(dataset, row),
            known.is_measured,
            _scale(dataset),
            _as_of(dataset),
        )

    def close(self) -> None:
        """Measure no effects any more."""
        self.measured.close()

    def _catalogue(self, language: Language) -> _Catalogue:
        ready, findings = self._advice.ready(), self.measured.now()
        key = (ready.city.digest, ready.model.digest, language, findings is not None)
        with self._lock:
            known = self._kept.get(key)
        if known is None:
            dataset = with_people(ready.city.catalogue.dataset, {}, ready.city.norms)
            with self._advice.database.reading() as connection:
                found = (findings, ratings_by_program(connection))
            rows = program_rows(dataset, ready.model.engine.estimator, found, language)
            known = _Catalogue(dataset, rows, findings is not None)
            with self._lock:
                self._kept[key] = known
                while len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
        return known


def _scale(dataset: Dataset) -> tuple[float, float]:
    return dataset.policy.feedback.rating_minimum, dataset.policy.feedback.rating_maximum


def _as_of(dataset: Dataset) -> str:
    return "" if np.isnat(dataset.as_of) else str(dataset.as_of)
