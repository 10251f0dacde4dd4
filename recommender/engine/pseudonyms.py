"""Keyed pseudonyms: how a stored engine knows its people without holding their ids.

An NIP is made of a birth date, a date of appointment and a serial, so a plain hash of it is undone by trying
them all; a keyed one is not, as long as the key stays apart from the bundle (UU 27/2022; RFC 2104).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import TextArray, Vocabulary


@dataclass(frozen=True, slots=True)
class PeopleKey:
    """A secret key that turns employee ids into pseudonyms."""

    secret: bytes

    def pseudonym(self, employee_id: str) -> str:
        """Return the pseudonym of an id, 32 hexadecimal digits."""
        return hmac.new(self.secret, employee_id.encode(), "sha256").hexdigest()[:32]

    def __repr__(self) -> str:
        return "PeopleKey(...)"


def without_identities(dataset: Dataset, key: PeopleKey) -> Dataset:
    """Return the data with pseudonyms for employee ids, without comments and sex.

    Assessors get pseudonyms too: how severe they are is known by them.

    The year of birth stays: the rule on years to retirement asks for it.
    """
    employees, assessments, feedback = dataset.employees, dataset.assessments, dataset.feedback
    return replace(
        dataset,
        employees=replace(
            employees,
            ids=Vocabulary(key.pseudonym(id_) for id_ in employees.ids),
            sex=np.full(len(employees.sex), "", dtype=object),
        ),
        assessments=replace(assessments, assessor=_pseudonyms(assessments.assessor, key)),
        feedback=replace(feedback, comment=np.full(len(feedback), "", dtype=object)),
        notes=(),
    )


def _pseudonyms(ids: TextArray, key: PeopleKey) -> TextArray:
    names, place = np.unique(ids.astype(str), return_inverse=True)
    known = [key.pseudonym(str(name)) if name else "" for name in names]
    return np.array(known, dtype=object)[place] if len(known) else ids
